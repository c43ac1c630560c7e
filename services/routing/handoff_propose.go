package routing

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
)

// handOffKind is the duty to accept or return what is handed over.
const handOffKind = policyv1.DutyKind_HAND_OFF

// errOvertaken says that another hand-off took the number meanwhile.
var errOvertaken = errors.New("routing: another hand-off was faster")

// HandOffComplaint offers a complaint to another department, once per idempotency key (ROUTE-3). Until it is accepted nothing changes
// but that the receiver has to answer by the due time. Errors: NOT_IN_CHARGE, NOT_ASSIGNED, CYCLE_ENDED, HAND_OFF_OPEN, CALL_MISSING,
// AGENT_RECUSED, HAND_OFF_ITEM_UNKNOWN, NOT_YET_KNOWN, REFERENCE_UNKNOWN, INVALID_FIELD, and intake's DATA_KEY_NOT_FOUND for a customer who was erased.
func (s *Service) HandOffComplaint(ctx context.Context, req *routingv1.HandOffComplaintRequest) (*routingv1.HandOff, error) {
	for {
		result, err := s.propose(ctx, req)
		if errors.Is(err, errOvertaken) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return s.readHandOff(ctx, result)
	}
}

func (s *Service) propose(ctx context.Context, req *routingv1.HandOffComplaintRequest) (string, error) {
	complaint := complaintID(req.GetName())
	known, err := s.deps.HandOffs.HandOffs(ctx, complaint)
	if err != nil {
		return "", s.unknown(err, complaint)
	}
	h := HandOff{
		Complaint: complaint, Number: int32(len(known.HandOffs)) + 1, State: routingv1.HandOff_PROPOSED, Proposer: actor(ctx),
		ToDepartment: departmentID(req.GetDepartment()), ToAgent: agentID(req.GetAgent()), Customer: known.Complaint.Customer,
	}
	if err := s.wantParts(ctx, req); err != nil {
		return "", err
	}
	if err := s.describe(ctx, &h, req); err != nil {
		return "", err
	}
	command, _ := idem.FromContext(ctx)
	result, _, err := s.deps.HandOffs.ChangeHandOff(ctx, eventlog.Cause{Command: command, Result: h.Name()}, complaint, func(c *HandOffCase) error {
		if len(c.HandOffs)+1 != int(h.Number) {
			return errOvertaken
		}
		if err := s.mayPropose(ctx, c, &h, req); err != nil {
			return err
		}
		h.Cycle, h.FromDepartment, h.Giver, h.CreateTime = c.Complaint.Cycle, c.Complaint.Department, c.Complaint.Assignee, s.now()
		h.DueTime = h.CreateTime.Add(s.deps.Policy.Proto().GetRouting().GetHandOffWithin().AsDuration())
		c.write(h)
		s.tellOf(c, &h, s.receiver(c, &h), offered)
		c.Changes.Drafts = append(c.Changes.Drafts, proposed(ctx, &h))
		return nil
	})
	return result, err
}

// describe takes over what is handed over, the call, and the note, which is sealed before the transaction.
func (s *Service) describe(ctx context.Context, h *HandOff, req *routingv1.HandOffComplaintRequest) error {
	for _, item := range req.GetItems() {
		h.Items = append(h.Items, HandedItem{Name: item, State: routingv1.HandedItem_PENDING})
	}
	if call := req.GetCall(); call != nil {
		h.Call = Call{Attempt: call.GetAttempt(), Caller: agentID(call.GetCaller())}
		if call.GetCallTime() != nil {
			h.Call.Time = call.GetCallTime().AsTime().UTC().Truncate(time.Microsecond)
		}
		if h.Call.Time.After(s.now().Add(s.deps.Policy.ClockSkew())) {
			return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), "call.call_time", "The call is still to come.")
		}
	}
	if req.GetNote() == "" {
		return nil
	}
	key, err := s.deps.Keys.Key(ctx, h.Customer)
	if err != nil {
		return err
	}
	h.Note, err = key.Seal([]byte(req.GetNote()), notePlace(h.Name()))
	return err
}

// mayPropose judges a proposal by what is the case now. It reads the directory.
func (s *Service) mayPropose(ctx context.Context, c *HandOffCase, h *HandOff, req *routingv1.HandOffComplaintRequest) error {
	if err := s.owned(c, h.Complaint); err != nil {
		return err
	}
	if _, err := c.Candidates(h.ToDepartment); err != nil {
		return err
	}
	if err := s.wantInCharge(ctx, c, ""); err != nil {
		return err
	}
	if err := s.unbiased(ctx, c.Directory, c.Complaint); err != nil {
		return err
	}
	if err := s.clear(ctx, c); err != nil {
		return err
	}
	receiver := c.Directory.agent(req.GetAgent())
	switch {
	case c.Directory.department(h.ToDepartment) == nil:
		return unknownReference("department", req.GetDepartment())
	case h.ToAgent != "" && (!isActive(receiver) || receiver.GetDepartment() != req.GetDepartment()):
		return unknownReference("agent", req.GetAgent())
	case h.ToAgent != "" && s.choiceOf(c).recused(receiver):
		return recusedFrom(req.GetAgent())
	case h.ToDepartment == c.Complaint.Department && (h.ToAgent == "" || h.ToAgent == c.Complaint.Assignee):
		return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), "department", "The complaint is there already.")
	case c.Complaint.Severity >= policyv1.Severity_HIGH && h.Call == Call{}:
		return callMissing(c.Complaint.Severity)
	case h.Call.Time.Before(c.Complaint.ReceiveTime.Add(-s.deps.Policy.ClockSkew())) && !h.Call.Time.IsZero():
		return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), "call.call_time", "The call was before the complaint was received.")
	case h.Call.Attempt != "" && !strings.HasPrefix(h.Call.Attempt, fmt.Sprintf("%s/callbacks/%d/", req.GetName(), c.Complaint.Cycle)):
		return itemUnknown("call.attempt", h.Call.Attempt) // A call of an earlier cycle told the customer nothing of this.
	case h.Call.Caller != "" && !isActive(c.Directory.agent(agentName(h.Call.Caller))):
		return unknownReference("call.caller", agentName(h.Call.Caller))
	}
	return nil
}

// owned wants a complaint that is open and that somebody was given in its cycle.
func (s *Service) owned(c *HandOffCase, complaint string) error {
	switch {
	case c.Complaint.ID == "":
		return s.unknown(ErrUnknown, complaint)
	case c.Complaint.Ended:
		return cycleEnded(complaint)
	case c.Complaint.AssignedCycle != c.Complaint.Cycle:
		return notAssigned(complaint)
	}
	return nil
}

// wantInCharge wants the caller to be in charge, or to be the one whose doing it was, or a supervisor and above.
func (s *Service) wantInCharge(ctx context.Context, c *HandOffCase, also string) error {
	who, _ := auth.FromContext(ctx)
	if who.Has(authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE) || who.Subject == also && also != "" ||
		c.Complaint.Assignee != "" && who.Subject == agentName(c.Complaint.Assignee) {
		return nil
	}
	return notInCharge()
}

// clear wants that no other hand-off is open. One that has expired, of which the workflow has not asked yet, is put on record as that.
func (s *Service) clear(ctx context.Context, c *HandOffCase) error {
	if len(c.HandOffs) == 0 {
		return nil
	}
	last := c.HandOffs[len(c.HandOffs)-1]
	if last.Cycle == c.Complaint.Cycle && last.stands(c.Complaint, s.now()) == routingv1.HandOff_EXPIRED && !last.came() {
		if err := s.expire(ctx, c, &last); err != nil {
			return err
		}
	}
	if last.Cycle == c.Complaint.Cycle && (last.State == routingv1.HandOff_PROPOSED || last.Undecided()) {
		return handOffOpen(last.Name())
	}
	if last.State == routingv1.HandOff_PROPOSED { // Of a cycle that ended.
		last.State = routingv1.HandOff_ENDED
		c.write(last)
	}
	return nil
}

// receiver is who is told of a proposal: who is meant, or who watches the queue of the department, or its manager, the first of them who
// can be told now. When nobody can, it is the first all the same. Whoever is recused is passed over; when all are, nobody is told, and the
// ladder is when nobody answers.
func (s *Service) receiver(c *HandOffCase, h *HandOff) string {
	department, judge := c.Directory.department(h.ToDepartment), s.choiceOf(c)
	names := []string{agentName(h.ToAgent), department.GetSupervisor(), department.GetManager()}
	for _, name := range names {
		if agent, _ := judge.reach(name, judge.recused); agent != "" {
			return agentID(agent)
		}
	}
	return agentID(judge.firstOf(names...))
}

// proposed is the event of a proposal.
func proposed(ctx context.Context, h *HandOff) eventlog.Draft {
	told := &eventv1.HandOffProposed{
		HandOff: h.Name(), Duty: dutyName(h.Complaint, h.Duty()), FromDepartment: departmentName(h.FromDepartment), Giver: agentName(h.Giver),
		ToDepartment: departmentName(h.ToDepartment), ToAgent: agentName(h.ToAgent), ItemCount: int32(len(h.Items)),
		DueTime: timestamppb.New(h.DueTime), Called: h.Call != Call{}, Note: sealedText(h.Customer, h.Note),
	}
	return handOffEvent(ctx, h, h.CreateTime, &eventv1.Payload{Kind: &eventv1.Payload_HandOffProposed{HandOffProposed: told}})
}

func handOffEvent(ctx context.Context, h *HandOff, at time.Time, p *eventv1.Payload) eventlog.Draft {
	return eventlog.Draft{Subject: complaintName(h.Complaint), Cycle: h.Cycle, Actor: actorOrSelf(ctx), RecordTime: at, Payload: p}
}

// sealedText is nil for no text.
func sealedText(customer string, ciphertext []byte) *eventv1.Sealed {
	if len(ciphertext) == 0 {
		return nil
	}
	return &eventv1.Sealed{Customer: customer, Ciphertext: ciphertext}
}
