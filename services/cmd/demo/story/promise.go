package story

import (
	"context"
	"errors"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// offer tells the customer of what was granted.
func (s *stage) offer(ctx context.Context, remedy, scene string) error {
	told := &remedyv1.Remedy{}
	err := s.server.post(ctx, s.tokens[s.assignee], "/v1/"+remedy+":offer", &remedyv1.MakeOfferRequest{Way: policyv1.ContactWay_CHAT}, told)
	if err != nil {
		return err
	}
	s.act(told.GetOffer().GetOfferTime().AsTime(), s.assignee,
		s.words.say("act."+scene, "answer", s.since(told.GetOffer().GetAnswerTime().AsTime())), "/v1/complaints/…/remedies/…:offer")
	return nil
}

// choose puts on record that the customer has chosen the first option, and returns what is promised from then on (REM-5).
func (s *stage) choose(ctx context.Context, remedy string) (*followupv1.Promise, error) {
	chosen := &remedyv1.Remedy{}
	err := s.server.post(ctx, s.tokens[s.assignee], "/v1/"+remedy+":accept", &remedyv1.AcceptOfferRequest{Option: 1}, chosen)
	if err != nil {
		return nil, err
	}
	s.act(chosen.GetAnswer().GetAnswerTime().AsTime(), s.assignee, s.words.say("act.choose"), "/v1/complaints/…/remedies/…:accept")
	var promised *followupv1.Promise
	err = s.soon(ctx, func() error {
		list := &followupv1.ListPromisesResponse{}
		if err := s.get(ctx, "/promises", list); err != nil {
			return err
		}
		if len(list.GetPromises()) == 0 {
			return errors.New("an option was accepted, and nobody owes what it promises")
		}
		promised = list.GetPromises()[0]
		return nil
	})
	if err == nil {
		s.paper.below(plain, s.words.say("act.promised", "due", s.since(promised.GetDueTime().AsTime())))
	}
	return promised, err
}

// keep puts on record that a promise was kept, with what proves it.
func (s *stage) keep(ctx context.Context, promise *followupv1.Promise, scene, evidence string) error {
	kept := &followupv1.Promise{}
	err := s.server.post(ctx, s.tokens[s.assignee], "/v1/"+promise.GetName()+":keep", &followupv1.KeepPromiseRequest{Evidence: evidence}, kept)
	if err != nil {
		return err
	}
	s.act(kept.GetKeepTime().AsTime(), s.assignee, s.words.say("act."+scene), "/v1/complaints/…/promises/…:keep")
	s.speak(scene, evidence)
	return s.until(ctx, "all that was accepted done", s.serverTime(), func(h happening) bool { return h.payload.GetRemedyFulfilled() != nil })
}

// broken lets the time of a promise pass: the ladder hears of it, nothing can be closed, and it is made good, late (PROM-1).
func (s *stage) broken(ctx context.Context, promise *followupv1.Promise) error {
	s.begin("broken")
	due := promise.GetDueTime().AsTime()
	if err := s.until(ctx, "the promise broken", due, settled(policyv1.DutyKind_PROMISE, policyv1.Verdict_MISSED)); err != nil {
		return err
	}
	if err := s.until(ctx, "the escalation of the promise", due, func(h happening) bool {
		return h.payload.GetEscalationRaised().GetReason() == routingv1.Escalation_PROMISE_BROKEN.String()
	}); err != nil {
		return err
	}
	if err := s.resolve(ctx, "unpaid", intakev1.Complaint_REMEDIED, notPaid); err != nil {
		return err
	}
	if err := s.until(ctx, "the refusal to resolve while a promise is owed", due, func(h happening) bool {
		return len(h.payload.GetResolutionRefused().GetObjections()) > 0
	}); err != nil {
		return err
	}
	if err := s.keep(ctx, promise, "paid", receipt); err != nil {
		return err
	}
	if err := s.until(ctx, "the promise kept late", due, settled(policyv1.DutyKind_PROMISE, policyv1.Verdict_MET_LATE)); err != nil {
		return err
	}
	return s.ended(ctx, "paid.resolution", intakev1.Complaint_REMEDIED, whatWasPaid)
}

// ended resolves the complaint, and waits until it is.
func (s *stage) ended(ctx context.Context, scene string, outcome intakev1.Complaint_Outcome, told string) error {
	if err := s.resolve(ctx, scene, outcome, told); err != nil {
		return err
	}
	return s.until(ctx, "the complaint resolved", s.complaint.GetTargets().GetResolution().AsTime(), func(h happening) bool {
		return h.payload.GetComplaintResolved() != nil
	})
}
