package routing

import (
	"context"
	"errors"
	"time"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// ChooseApprover names who decides at a turn of an approval, and has that person told, once (APPR-3). Errors: NOT_YET_KNOWN,
// COMPLAINT_NOT_FOUND.
func (s *Service) ChooseApprover(ctx context.Context, req *routingv1.ChooseApproverRequest) (*routingv1.ChooseApproverResponse, error) {
	complaint, turn := complaintID(req.GetComplaint()), Turn{Approval: approvalPart(req.GetApproval()), Step: req.GetStep()}
	named, err := s.deps.Approvers.ChooseApprover(ctx, complaint, turn, func(c *Case) (Approver, error) {
		if c.Complaint.ID == "" {
			return Approver{}, ErrUnknown
		}
		directory, err := c.Look()
		if err != nil {
			return Approver{}, err
		}
		found := s.approver(directory, c.Complaint, int(req.GetLevel()), req.GetExcluded())
		found.Turn, found.Urgent = turn, req.GetUrgent()
		if found.Agent != "" {
			c.Changes.Notice = s.yours(ctx, c.Complaint, found, turn.noticeID("named"), req.GetDueTime().AsTime())
		}
		return found, nil
	})
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	resp := &routingv1.ChooseApproverResponse{Approver: agentName(named.Agent), Level: named.Level}
	for _, p := range named.Passed {
		resp.Passed = append(resp.Passed, &routingv1.PassedOver{Level: p.Level, Agent: agentName(p.Agent), Cause: p.Cause})
	}
	return resp, nil
}

// RemindApprover reminds who was named for a turn, once (APPR-3). Who became absent since is not reminded while somebody else can decide: the answer says
// so. Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) RemindApprover(ctx context.Context, req *routingv1.RemindApproverRequest) (*routingv1.RemindApproverResponse, error) {
	complaint, turn := complaintID(req.GetComplaint()), Turn{Approval: approvalPart(req.GetApproval()), Step: req.GetStep()}
	named, err := s.deps.Approvers.Approver(ctx, turn)
	if errors.Is(err, ErrUnknown) || err == nil && named.Agent == "" {
		return &routingv1.RemindApproverResponse{}, nil
	}
	if err != nil {
		return nil, err
	}
	resp := &routingv1.RemindApproverResponse{Recipient: agentName(named.Agent)}
	_, err = s.deps.Store.Change(ctx, Change{Complaint: complaint, Notices: true}, func(c *Case) error {
		id := turn.noticeID("due")
		switch {
		case c.Complaint.ID == "":
			return ErrUnknown
		case c.Told(id):
			return nil
		}
		directory, err := c.Look()
		if err != nil {
			return err
		}
		if resp.Absent = s.standsIn(directory, c.Complaint, named, req.GetExcluded()); !resp.GetAbsent() {
			c.Changes.Notice = s.yours(ctx, c.Complaint, named, id, req.GetDueTime().AsTime())
		}
		return nil
	})
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	return resp, nil
}

// standsIn tells whether who was named is absent by now, and somebody else would be named from the level on.
func (s *Service) standsIn(d *Directory, c Complaint, named Approver, excluded []string) bool {
	agent := d.agent(agentName(named.Agent))
	if agent == nil || absence(agent, s.now()) == nil {
		return false
	}
	other := s.approver(d, c, int(named.Level), excluded).Agent
	return other != "" && other != named.Agent
}

// yours is the notice to somebody whose turn it is.
func (s *Service) yours(ctx context.Context, c Complaint, named Approver, id string, due time.Time) *Notice {
	n := &Notice{ID: id, Complaint: c.ID, About: routingv1.Notice_APPROVAL, Recipient: named.Agent, DueTime: due}
	s.tellTimely(ctx, n, named.Urgent)
	return n
}
