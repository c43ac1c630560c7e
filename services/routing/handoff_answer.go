package routing

import (
	"context"
	"slices"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
)

// AcceptHandOff puts the caller in charge (ROUTE-3). Errors: HAND_OFF_SETTLED, CYCLE_ENDED, NOT_A_RECEIVER, AGENT_RECUSED, AGENT_FULL,
// ETAG_MISMATCH.
func (s *Service) AcceptHandOff(ctx context.Context, req *routingv1.AcceptHandOffRequest) (*routingv1.HandOff, error) {
	defer s.wake() // The giver has room now.
	return s.answer(ctx, req.GetName(), req.GetEtag(), func(c *HandOffCase, h *HandOff) error {
		candidates, err := c.Candidates(h.ToDepartment)
		if err == nil {
			err = s.mayAnswer(ctx, c, h)
		}
		if err != nil {
			return err
		}
		receiver := agentID(actor(ctx))
		if err := s.mayTake(c, candidates, receiver); err != nil {
			return err
		}
		s.settle(ctx, c, h, routingv1.HandOff_ACCEPTED, nil)
		s.tellOf(c, h, s.owner(c, c.Complaint.Assignee), "accepted")
		c.move(ctx, h.ToDepartment, receiver, "Handed over by "+departmentName(h.FromDepartment)+"; "+agentName(receiver)+" has accepted.", h.SettleTime)
		return nil
	})
}

// ReturnHandOff gives the complaint back to the giver, who has owed everything all the time. When that happens too often, a manager
// decides. Errors: HAND_OFF_SETTLED, CYCLE_ENDED, NOT_A_RECEIVER, HAND_OFF_ITEM_UNKNOWN, ETAG_MISMATCH, and intake's
// DATA_KEY_NOT_FOUND.
func (s *Service) ReturnHandOff(ctx context.Context, req *routingv1.ReturnHandOffRequest) (*routingv1.HandOff, error) {
	reason, err := s.sealed(ctx, req.GetName(), req.GetReason(), returnPlace)
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, req.GetName(), req.GetEtag(), func(c *HandOffCase, h *HandOff) error {
		if _, err := c.Candidates(h.ToDepartment); err != nil {
			return err
		}
		if err := s.mayAnswer(ctx, c, h); err != nil {
			return err
		}
		for _, item := range req.GetItems() {
			if !slices.ContainsFunc(h.Items, func(handed HandedItem) bool { return handed.Name == item }) {
				return itemUnknown("items", item)
			}
		}
		h.ReturnReason = reason
		s.settle(ctx, c, h, routingv1.HandOff_RETURNED, req.GetItems())
		s.tellOf(c, h, s.owner(c, c.Complaint.Assignee), "returned")
		return nil
	})
}

// WithdrawHandOff takes an offer back. Errors: HAND_OFF_SETTLED, CYCLE_ENDED, NOT_IN_CHARGE, ETAG_MISMATCH.
func (s *Service) WithdrawHandOff(ctx context.Context, req *routingv1.WithdrawHandOffRequest) (*routingv1.HandOff, error) {
	return s.answer(ctx, req.GetName(), req.GetEtag(), func(c *HandOffCase, h *HandOff) error {
		if err := s.wantInCharge(ctx, c, h.Proposer); err != nil {
			return err
		}
		if err := s.wantWaiting(c, h); err != nil {
			return err
		}
		if _, err := c.Candidates(h.ToDepartment); err != nil {
			return err
		}
		if err := s.unbiased(ctx, c.Directory, c.Complaint); err != nil {
			return err
		}
		s.settle(ctx, c, h, routingv1.HandOff_WITHDRAWN, nil)
		return s.tellWithdrawn(c, h)
	})
}

// tellWithdrawn has that person told who was told of the offer: whoever would be told of it now may never have heard of it. Who has left
// meanwhile has nothing to answer.
func (s *Service) tellWithdrawn(c *HandOffCase, h *HandOff) error {
	receiver, err := c.Recipient(h.noticeID(offered))
	if err == nil && isActive(c.Directory.agent(agentName(receiver))) {
		s.tellOf(c, h, receiver, "withdrawn")
	}
	return err
}

// answer changes one hand-off, once per idempotency key, and answers it as it is then.
func (s *Service) answer(ctx context.Context, name, etag string, decide func(*HandOffCase, *HandOff) error) (*routingv1.HandOff, error) {
	complaint, number := handOffIDs(name)
	command, _ := idem.FromContext(ctx)
	_, _, err := s.deps.HandOffs.ChangeHandOff(ctx, eventlog.Cause{Command: command, Result: name}, complaint, func(c *HandOffCase) error {
		if c.Complaint.ID == "" {
			return s.unknown(ErrUnknown, complaint)
		}
		current := c.find(number)
		switch {
		case current == nil:
			return notThere(name)
		case etag != "" && etag != etagOf(current):
			return outdated(etagOf(current))
		}
		h := *current
		h.Items = slices.Clone(h.Items)
		return decide(c, &h)
	})
	if err != nil {
		return nil, err
	}
	return s.readHandOff(ctx, name)
}

// mayAnswer wants a hand-off that waits, and a caller of the receiving department who is not the giver. The directory is read already.
func (s *Service) mayAnswer(ctx context.Context, c *HandOffCase, h *HandOff) error {
	if err := s.wantWaiting(c, h); err != nil {
		return err
	}
	caller := c.Directory.agent(actor(ctx))
	if !isActive(caller) || caller.GetDepartment() != departmentName(h.ToDepartment) || agentID(caller.GetName()) == c.Complaint.Assignee {
		return notReceiver(departmentName(h.ToDepartment))
	}
	return nil
}

// wantWaiting wants a hand-off that waits for an answer. What is recorded after the due time is no answer any more (CLK-1).
func (s *Service) wantWaiting(c *HandOffCase, h *HandOff) error {
	switch state := h.stands(c.Complaint, s.now()); state {
	case routingv1.HandOff_PROPOSED:
		return nil
	case routingv1.HandOff_ENDED:
		return cycleEnded(h.Complaint)
	default:
		return handOffSettled(h.Name(), state)
	}
}

// mayTake refuses to put somebody in charge who is complained about, or has no room.
func (s *Service) mayTake(c *HandOffCase, candidates []Candidate, agent string) error {
	rules, person := s.choiceOf(c), c.Directory.agent(agentName(agent))
	if rules.recused(person) {
		return recusedFrom(agentName(agent))
	}
	at := slices.IndexFunc(candidates, func(candidate Candidate) bool { return candidate.Agent == agent })
	if agent != c.Complaint.Assignee && at >= 0 && candidates[at].OpenCount >= rules.room(person) {
		return agentFull(agentName(agent))
	}
	return nil
}

// settle puts an answer on record, with what becomes of the items. Returned are those in the way; none for all.
func (s *Service) settle(ctx context.Context, c *HandOffCase, h *HandOff, state routingv1.HandOff_State, returned []string) {
	h.State, h.SettleTime, h.Settler = state, s.now(), actor(ctx)
	if state == routingv1.HandOff_EXPIRED {
		h.SettleTime, h.Settler = h.DueTime, ""
	}
	for i := range h.Items {
		h.Items[i].State = routingv1.HandedItem_RETURNED
		stays := len(returned) > 0 && !slices.Contains(returned, h.Items[i].Name)
		if state == routingv1.HandOff_ACCEPTED || state == routingv1.HandOff_RETURNED && stays {
			h.Items[i].State = routingv1.HandedItem_ACCEPTED
		}
	}
	if h.came() {
		h.ReturnCount = c.returns(h.Cycle) + 1
		if h.ReturnCount >= s.deps.Policy.Proto().GetRouting().GetHandOffReturnsMost() && c.asOffered(h) {
			s.wantDecision(c, h)
		}
	}
	c.write(*h)
	c.Changes.Drafts = append(c.Changes.Drafts, s.settledEvent(ctx, h))
}

// wantDecision has a manager decide where the complaint stays, from now on. Until that is done the giver owes everything.
func (s *Service) wantDecision(c *HandOffCase, h *HandOff) {
	if h.Decider = s.arbiter(c, h); h.Decider == "" {
		return // Everybody who could decide is complained about; the complaint may be offered again.
	}
	h.DecideDueTime = s.now().Add(s.deps.Policy.Proto().GetRouting().GetHandOffDecidedWithin().AsDuration())
	s.tellOf(c, h, s.reachable(c, h.Decider), deciding)
}

// expire puts on record that nobody answered. The directory must be readable.
func (s *Service) expire(ctx context.Context, c *HandOffCase, h *HandOff) error {
	if c.Directory == nil {
		if _, err := c.Candidates(h.FromDepartment); err != nil {
			return err
		}
	}
	s.settle(ctx, c, h, routingv1.HandOff_EXPIRED, nil)
	s.tellOf(c, h, s.owner(c, c.Complaint.Assignee), "expired")
	return nil
}

// settledEvent is the event of an answer. What expires does so of itself, whoever finds out.
func (s *Service) settledEvent(ctx context.Context, h *HandOff) eventlog.Draft {
	told := &eventv1.HandOffSettled{
		HandOff: h.Name(), Duty: dutyName(h.Complaint, h.Duty()), State: h.State.String(), Settler: h.Settler, ReturnCount: h.ReturnCount,
		Decider: agentName(h.Decider), Reason: sealedText(h.Customer, h.ReturnReason),
		DecideDueTime: timestamp(h.DecideDueTime),
	}
	if h.Decision() != "" {
		told.DecisionDuty = dutyName(h.Complaint, h.Decision())
	}
	for _, item := range h.Items {
		if item.State == routingv1.HandedItem_RETURNED && h.State == routingv1.HandOff_RETURNED {
			told.ReturnedCount++
		}
	}
	draft := handOffEvent(ctx, h, s.now(), &eventv1.Payload{Kind: &eventv1.Payload_HandOffSettled{HandOffSettled: told}})
	if h.State == routingv1.HandOff_EXPIRED {
		draft.Actor = noticeActor
	}
	return draft
}

// SettleHandOff says how a hand-off stands, or the decision on it. From its due time on one that waits has expired: it is put on record,
// and the complaint is back with the giver (CLK-1). A decision that is overdue is still to be made: it changes nothing but that the
// ladder is to be told.
func (s *Service) SettleHandOff(ctx context.Context, req *routingv1.SettleHandOffRequest) (*routingv1.SettleHandOffResponse, error) {
	complaint, number := handOffIDs(req.GetName())
	answer := &routingv1.SettleHandOffResponse{}
	_, _, err := s.deps.HandOffs.ChangeHandOff(ctx, eventlog.Cause{}, complaint, func(c *HandOffCase) error {
		current := c.find(number)
		if c.Complaint.ID == "" || current == nil {
			return notThere(req.GetName())
		}
		if req.GetDecision() {
			s.settleDecision(c, current, answer)
			return nil
		}
		h := *current
		h.Items = slices.Clone(h.Items)
		if answer.State = h.stands(c.Complaint, s.now()); h.State != routingv1.HandOff_PROPOSED || answer.State == routingv1.HandOff_ENDED {
			return nil
		}
		if s.now().Before(h.DueTime) {
			answer.RetryTime = timestamp(h.DueTime)
			return nil
		}
		answer.State = routingv1.HandOff_EXPIRED
		return s.expire(ctx, c, &h)
	})
	return answer, err
}

// settleDecision answers how the decision on a hand-off stands.
func (s *Service) settleDecision(c *HandOffCase, h *HandOff, answer *routingv1.SettleHandOffResponse) {
	switch answer.State = h.stands(c.Complaint, s.now()); {
	case c.Complaint.Ended || c.Complaint.Cycle != h.Cycle:
		answer.State = routingv1.HandOff_ENDED
	case !h.Undecided():
	case s.now().Before(h.DecideDueTime):
		answer.RetryTime = timestamp(h.DecideDueTime)
	default:
		answer.Overdue = true
	}
}

// sealed seals a text about a hand-off before the transaction.
func (s *Service) sealed(ctx context.Context, name, text string, place func(string) string) ([]byte, error) {
	complaint, _ := handOffIDs(name)
	known, err := s.deps.HandOffs.HandOffs(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	key, err := s.deps.Keys.Key(ctx, known.Complaint.Customer)
	if err != nil {
		return nil, err
	}
	return key.Seal([]byte(text), place(name))
}

// mayRead tells whether the caller's work needs the texts (API-4).
func mayRead(ctx context.Context) bool {
	who, _ := auth.FromContext(ctx)
	return who.Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE, authv1.Role_SERVICE)
}
