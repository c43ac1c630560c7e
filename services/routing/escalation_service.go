package routing

import (
	"context"
	"strconv"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
)

// EscalateComplaint brings a complaint before the first level of the ladder by hand, once at a time for each reason (ROUTE-4).
func (s *Service) EscalateComplaint(ctx context.Context, req *routingv1.EscalateComplaintRequest) (*routingv1.Escalation, error) {
	complaint := complaintID(req.GetName())
	known, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	id, standing := known.asked(req.GetReason())
	var raised *Escalation
	var notice *Notice
	raise := func(c *Case) {
		raising := &routingv1.RaiseEscalationRequest{Reason: req.GetReason(), NoticeNumber: 1}
		made := s.raise(c, id, raising, lowest)
		raised, notice = &made, s.toTell(ctx, c.Complaint, made, raising)
	}
	if standing == nil && !known.Complaint.Ended {
		raise(known)
	}
	command, _ := idem.FromContext(ctx)
	name, _, err := s.deps.Ladder.Command(context.WithoutCancel(ctx), complaint, eventlog.Cause{Command: command, Result: escalationName(complaint, id)},
		func(c *Case) error {
			now, standing := c.asked(req.GetReason())
			switch {
			case c.Complaint.Ended:
				return nothingToEscalate(complaint)
			case standing != nil:
				return alreadyEscalated(escalationName(complaint, standing.ID))
			case raised == nil || now != id:
				return outdated("") // It was resolved since we looked; the next attempt finds it so.
			case c.changedHands(known):
				c.Directory = known.Directory
				raise(c)
			}
			c.Changes.Escalation, c.Changes.Notice = raised, notice
			c.Changes.Drafts = append(c.Changes.Drafts, s.onEscalation(ctx, c, *raised, asking(complaint, *raised)))
			return nil
		})
	if err != nil {
		return nil, err
	}
	return s.escalation(ctx, name)
}

// asked is the escalation for this reason that is before the ladder in the newest cycle, or the id of the next one.
func (c *Case) asked(reason routingv1.Escalation_Reason) (id string, standing *Escalation) {
	return c.numbered(reasonID(c.Complaint.Cycle, reason))
}

// numbered is the escalation that is before the ladder among those whose ids begin with the first one's, or the id of the next one.
func (c *Case) numbered(first string) (id string, standing *Escalation) {
	id = first
	for number := 2; ; number++ {
		e := c.Escalation(id)
		if e == nil {
			return id, nil
		}
		if !e.resolved() {
			return id, e
		}
		id = first + "-" + strconv.Itoa(number)
	}
}

// AcknowledgeEscalation notes that whoever was told last knows of it (ROUTE-4). What is noted after the time for it stops no climb.
// Errors: NOT_THE_RECIPIENT, AGENT_RECUSED, ESCALATION_RESOLVED.
func (s *Service) AcknowledgeEscalation(ctx context.Context, req *routingv1.AcknowledgeEscalationRequest) (*routingv1.Escalation, error) {
	return s.answerEscalation(ctx, req.GetName(), func(c *Case, e *Escalation) error {
		if !e.AcknowledgeTime.IsZero() {
			return nil // As it was: who does it again changes nothing.
		}
		now := s.now()
		late := !e.ClimbTime.IsZero() && !now.Before(e.ClimbTime)
		e.AcknowledgeTime, e.Acknowledger = now, agentID(actor(ctx))
		if !late {
			e.ClimbTime = s.slowly(*e)
		}
		c.Changes.Escalation = e
		c.Changes.Drafts = append(c.Changes.Drafts, s.onEscalation(ctx, c, *e, &eventv1.Payload{
			Kind: &eventv1.Payload_EscalationAcknowledged{EscalationAcknowledged: &eventv1.EscalationAcknowledged{
				Escalation: req.GetName(), Level: e.Level, Reason: e.Reason.String(), Late: late,
			}},
		}))
		return nil
	})
}

// ResolveEscalation notes what was done. It resolves neither a callback nor a promise that is owed (CALL-2, PROM-1), nor that nobody is in
// charge. Errors: NOT_THE_RECIPIENT, AGENT_RECUSED, ESCALATION_RESOLVED, CALLBACK_OWED, PROMISE_OWED, NOBODY_IN_CHARGE.
func (s *Service) ResolveEscalation(ctx context.Context, req *routingv1.ResolveEscalationRequest) (*routingv1.Escalation, error) {
	return s.answerEscalation(ctx, req.GetName(), func(c *Case, e *Escalation) error {
		if e.persistent() && e.Reason == routingv1.Escalation_UNASSIGNED {
			return nobodyInCharge(c.Complaint.ID)
		}
		if e.promised() {
			return promiseOwed(req.GetName())
		}
		if e.persistent() {
			return callbackOwed(dutyName(c.Complaint.ID, e.ID))
		}
		e.resolve(s.now(), agentID(actor(ctx)), req.GetResolution())
		c.Changes.Escalation = e
		c.Changes.Drafts = append(c.Changes.Drafts, s.onEscalation(ctx, c, *e, &eventv1.Payload{
			Kind: &eventv1.Payload_EscalationResolved{EscalationResolved: &eventv1.EscalationResolved{
				Escalation: req.GetName(), Reason: e.Reason.String(), Resolution: req.GetResolution().String(),
			}},
		}))
		return nil
	})
}

// answerEscalation carries out what somebody does about an escalation, once per idempotency key, if it is theirs to do.
func (s *Service) answerEscalation(ctx context.Context, name string, decide func(*Case, *Escalation) error) (*routingv1.Escalation, error) {
	complaint, id := escalationIDs(name)
	directory, err := s.deps.Directory.Directory(ctx)
	if err != nil {
		return nil, err
	}
	command, _ := idem.FromContext(ctx)
	_, _, err = s.deps.Ladder.Command(ctx, complaint, eventlog.Cause{Command: command, Result: name}, func(c *Case) error {
		if c.Complaint.ID == "" {
			return ErrUnknown
		}
		e := c.Escalation(id)
		if e == nil {
			return notThere(name)
		}
		if err := s.mayAnswerEscalation(directory, c.Complaint, *e, actor(ctx)); err != nil {
			return err
		}
		if escalationProto(c.Complaint, *e).GetState() == routingv1.Escalation_RESOLVED {
			return escalationResolved(name)
		}
		return decide(c, e)
	})
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	return s.escalation(ctx, name)
}

// escalation reads one as it stands.
func (s *Service) escalation(ctx context.Context, name string) (*routingv1.Escalation, error) {
	complaint, id := escalationIDs(name)
	c, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	e := c.Escalation(id)
	if e == nil {
		return nil, notThere(name)
	}
	return escalationProto(c.Complaint, *e), nil
}

// onEscalation is an event of what somebody does, on the escalation's cycle.
func (s *Service) onEscalation(ctx context.Context, c *Case, e Escalation, p *eventv1.Payload) eventlog.Draft {
	return eventlog.Draft{
		Subject: complaintName(c.Complaint.ID), Cycle: cycleOf(e.ID, c.Complaint.Cycle), Actor: actorOrSelf(ctx), RecordTime: s.now(), Payload: p,
	}
}

// SettleEscalation notes that a duty is owed no more that was brought before the ladder. One that never was is answered as resolved too.
func (s *Service) SettleEscalation(ctx context.Context, req *routingv1.SettleEscalationRequest) (*routingv1.Escalation, error) {
	complaint, id := dutyIDs(req.GetDuty())
	var answer *routingv1.Escalation
	_, err := s.deps.Store.Change(ctx, Change{Complaint: complaint}, func(c *Case) error {
		if c.Complaint.ID == "" {
			return ErrUnknown
		}
		e := c.Escalation(id)
		if e == nil {
			e = &Escalation{ID: id, ResolveTime: s.now(), Resolution: routingv1.Escalation_DUTY_DONE}
		} else if !e.resolved() {
			e.resolve(s.now(), "", routingv1.Escalation_DUTY_DONE)
			c.Changes.Escalation = e
		}
		answer = escalationProto(c.Complaint, *e)
		return nil
	})
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	return answer, nil
}

// queued tells of an assignment when the ladder hears that nobody is in charge.
func (s *Service) queued(c *Case) *routingv1.Assignment {
	answer := assignment(c)
	if c.Complaint.Assignee == "" && !c.Complaint.Ended {
		answer.EscalateTime = timestamp(c.Complaint.UnassignedSince.Add(s.deps.Policy.UnassignedWithin()))
	}
	return answer
}
