package routing

import (
	"context"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// DecideHandOff settles where a complaint stays that came back too often (ROUTE-3). Errors: HAND_OFF_SETTLED when there is nothing to
// decide, NOT_THE_DECIDER, CYCLE_ENDED, REFERENCE_UNKNOWN, AGENT_RECUSED, AGENT_FULL, ETAG_MISMATCH, and intake's DATA_KEY_NOT_FOUND.
func (s *Service) DecideHandOff(ctx context.Context, req *routingv1.DecideHandOffRequest) (*routingv1.HandOff, error) {
	reason, err := s.sealed(ctx, req.GetName(), req.GetReason(), decisionPlace)
	if err != nil {
		return nil, err
	}
	defer s.wake() // Who had it may have room now.
	return s.answer(ctx, req.GetName(), req.GetEtag(), func(c *HandOffCase, h *HandOff) error {
		department := departmentID(req.GetDepartment())
		candidates, err := c.Candidates(department)
		if err == nil {
			err = s.mayDecide(ctx, c, h)
		}
		if err != nil {
			return err
		}
		assignee, err := s.decided(c, candidates, department, req.GetAgent())
		if err != nil {
			return err
		}
		h.State, h.DecideTime = routingv1.HandOff_DECIDED, s.now()
		c.write(*h)
		c.Changes.Drafts = append(c.Changes.Drafts, decidedEvent(ctx, h, &eventv1.HandOffDecided{
			Department: departmentName(department), Assignee: agentName(assignee), Reason: sealedText(h.Customer, reason),
		}))
		if department != c.Complaint.Department || assignee != c.Complaint.Assignee {
			c.move(ctx, department, assignee, "Decided by "+actor(ctx)+".", h.DecideTime)
		}
		s.tellOf(c, h, s.owner(c, assignee), "decided")
		return nil
	})
}

// decidedEvent is the event of a decision, which keeps the duty to decide, in time or late.
func decidedEvent(ctx context.Context, h *HandOff, told *eventv1.HandOffDecided) eventlog.Draft {
	told.HandOff = h.Name()
	if h.Decision() != "" {
		told.Duty, told.Late = dutyName(h.Complaint, h.Decision()), h.DecideTime.After(h.DecideDueTime)
	}
	return handOffEvent(ctx, h, h.DecideTime, &eventv1.Payload{Kind: &eventv1.Payload_HandOffDecided{HandOffDecided: told}})
}

// mayDecide wants a hand-off that waits for a decision, and a caller whose it is: who was told of it, the delegate, somebody above, or
// an executive; but nobody who is recused, unless it falls to that person because there is nobody else, or because nobody is above: whom
// the top of the ladder tells of it must be able to end it.
func (s *Service) mayDecide(ctx context.Context, c *HandOffCase, h *HandOff) error {
	who, _ := auth.FromContext(ctx)
	decider, judge := agentName(h.Decider), s.choiceOf(c)
	barred := judge.recusedBut(decider)
	deputy, _ := judge.reach(decider, barred)
	switch {
	case c.Complaint.Ended || c.Complaint.Cycle != h.Cycle:
		return cycleEnded(h.Complaint)
	case !h.Undecided():
		return handOffSettled(h.Name(), h.stands(c.Complaint, s.now()))
	case who.Subject == decider, who.Has(authv1.Role_EXECUTIVE), c.Directory.above(who.Subject, decider),
		deputy == who.Subject:
		if person := c.Directory.agent(who.Subject); person != nil && barred(person) && who.Subject != s.last(judge) {
			return recusedFrom(who.Subject)
		}
		return nil
	}
	return notDecider(decider)
}

// decided is the id of who is in charge after a decision: who is named, who is in charge there already, or who is chosen as for a new
// complaint; empty when nobody can be, and it waits in the queue.
func (s *Service) decided(c *HandOffCase, candidates []Candidate, department, agent string) (string, error) {
	if c.Directory.department(department) == nil {
		return "", unknownReference("department", departmentName(department))
	}
	if agent != "" {
		person := c.Directory.agent(agent)
		if !isActive(person) || person.GetDepartment() != departmentName(department) {
			return "", unknownReference("agent", agent)
		}
		return agentID(agent), s.mayTake(c, candidates, agentID(agent))
	}
	if department == c.Complaint.Department && c.Complaint.Assignee != "" {
		return c.Complaint.Assignee, nil
	}
	judge := s.choiceOf(c)
	if department != c.Complaint.Department { // No rule chose that one, nor what it takes there.
		judge.complaint.Needs = nil
	}
	chosen, _ := judge.choose(candidates)
	return chosen, nil
}
