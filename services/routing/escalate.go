package routing

import (
	"context"
	"strconv"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// RaiseEscalation brings a broken duty before the level of the ladder that the notice number reaches (ROUTE-4), or a signal of
// risk (RISK-5), which has one escalation per kind and cycle. Asking again with a number that was told answers the escalation as
// it stands.
func (s *Service) RaiseEscalation(ctx context.Context, req *routingv1.RaiseEscalationRequest) (*routingv1.Escalation, error) {
	complaint, id := dutyIDs(req.GetDuty())
	if signal := req.GetSignal(); signal != nil {
		complaint, id = complaintID(signal.GetComplaint()), signalID(signal.GetCycle(), signal.GetKind())
	}
	known, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	if e := known.Escalation(id); e != nil && e.NoticeNumber >= req.GetNoticeNumber() {
		return escalationProto(complaint, *e), nil
	}
	raised := s.raise(known, id, req)
	notice := Notice{
		ID: id + "#" + strconv.Itoa(int(req.GetNoticeNumber())), Complaint: complaint, Duty: id, Recipient: raised.Recipient,
		Reason: raised.Reason, Level: raised.Level, SendTime: raised.NotifyTime,
	}
	if due := req.GetDueTime(); due != nil {
		notice.DueTime = due.AsTime()
	}
	// Told first, recorded then: somebody may be told twice, but nobody is on record as told who was not. What waits is recorded to be
	// told, even if the caller gave up meanwhile: asking again then finds it.
	s.tell(ctx, &notice)
	_, err = s.deps.Store.Change(context.WithoutCancel(ctx), Change{Complaint: complaint}, func(c *Case) error {
		if e := c.Escalation(id); e != nil && e.NoticeNumber >= req.GetNoticeNumber() {
			raised = *e
			return nil
		}
		c.Changes.Escalation, c.Changes.Notice = &raised, &notice
		c.Changes.Drafts = append(c.Changes.Drafts, escalated(ctx, c.Complaint, req, raised))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return escalationProto(complaint, raised), nil
}

// escalated is the event of an escalation, on the cycle of the duty or the signal.
func escalated(ctx context.Context, c Complaint, req *routingv1.RaiseEscalationRequest, raised Escalation) eventlog.Draft {
	return eventlog.Draft{
		Subject: complaintName(c.ID), Cycle: cycleOf(raised.ID, c.Cycle), Actor: actor(ctx), RecordTime: raised.NotifyTime,
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_EscalationRaised{EscalationRaised: &eventv1.EscalationRaised{
			Escalation: escalationName(c.ID, raised.ID), Duty: req.GetDuty(), Kind: raised.Kind, Level: raised.Level,
			Recipient: agentName(raised.Recipient), Reason: raised.Reason.String(), Signal: raised.Signal(),
		}}},
	}
}

// raise decides whom the notice tells and when the next one is due.
func (s *Service) raise(c *Case, id string, req *routingv1.RaiseEscalationRequest) Escalation {
	now := s.now()
	recipient, level, climb := s.recipient(c.Directory, c.Complaint, req.GetNoticeNumber())
	raised := Escalation{
		ID: id, Kind: req.GetKind(), Reason: req.GetReason(), NoticeNumber: req.GetNoticeNumber(),
		Level: level, Recipient: recipient, CreateTime: now, NotifyTime: now,
	}
	if req.GetKind() == policyv1.DutyKind_CALLBACK {
		raised.ClimbTime = now.Add(climb) // A callback alone climbs until it is made (CALL-2).
	}
	if earlier := c.Escalation(id); earlier != nil {
		raised.CreateTime = earlier.CreateTime
		// A level that was passed over because nobody stood there is not gone back to.
		raised.Level = max(raised.Level, earlier.Level)
	}
	return raised
}

// ListEscalations lists the escalations of a complaint, oldest first.
func (s *Service) ListEscalations(ctx context.Context, req *routingv1.ListEscalationsRequest) (*routingv1.ListEscalationsResponse, error) {
	complaint := complaintID(req.GetParent())
	c, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	resp := &routingv1.ListEscalationsResponse{}
	for _, e := range c.Escalations {
		resp.Escalations = append(resp.Escalations, escalationProto(complaint, e))
	}
	return resp, nil
}
