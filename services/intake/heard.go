package intake

import (
	"context"
	"path"
	"strconv"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// OfferTypes are the types of remedy's events that intake hears.
func OfferTypes() []string { return []string{"offer_answered", "offer_lapsed"} }

// PromiseTypes are the types of followup's events that intake hears.
func PromiseTypes() []string {
	return []string{"promise_made", "promise_kept", "promise_released", "promise_broken"}
}

// heardOf is what becomes of a fact of remedy or followup; nil for one of which nothing does. What was declined and what was promised and
// not kept are signals of risk (RISK-3), once each; silence ends the complaint where the policy says so (REM-4), unless the customer has spoken
// since the offer.
func (s *Service) heardOf(p *eventv1.Payload, spoken bool) func(*edit) error {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_OfferAnswered:
		told := k.OfferAnswered
		if told.GetAnswer() != "DECLINED" {
			return nil
		}
		id := "declined-" + path.Base(told.GetRemedy()) + "-" + strconv.Itoa(int(told.GetVersion()))
		return s.signalled(id, told.GetRemedy(), policyv1.SignalKind_OFFER_REJECTED)
	case *eventv1.Payload_PromiseBroken:
		name := k.PromiseBroken.GetPromise()
		return s.signalled("broken-"+path.Base(name), name, policyv1.SignalKind_PROMISE_BROKEN)
	case *eventv1.Payload_OfferLapsed:
		if !k.OfferLapsed.GetClose() {
			return nil
		}
		return func(e *edit) error {
			s.endBySilence(e, k.OfferLapsed, spoken)
			return nil
		}
	default:
		return nil
	}
}

// signalled puts a signal on record of which a resource of another service is the evidence. Its id tells it from others, so that there is
// no second one.
func (s *Service) signalled(id, source string, kind policyv1.SignalKind) func(*edit) error {
	return func(e *edit) error {
		if e.key == nil || e.entry(SignalEntry, id) != nil {
			return nil
		}
		return s.raise(e, source, []finding{{id: id, kind: kind, weight: s.weight(kind), rule: "attention.weights"}})
	}
}

// applyHeard changes the complaint by what was heard, unless its cycle has ended: then nobody needs to hurry, and nothing is to be closed.
func (s *Service) applyHeard(ctx context.Context, event *eventv1.Event, p *eventv1.Payload) (first bool, err error) {
	id, err := complaintID("event.subject", event.GetSubject())
	if err != nil {
		return false, err
	}
	spoken, err := s.spokenSince(ctx, id, p.GetOfferLapsed())
	if err != nil {
		return false, fault(err)
	}
	rule := s.heardOf(p, spoken)
	amended, err := s.records.Amend(ctx, Amendment{
		Event: event, Complaint: id, Kinds: []EntryKind{SignalEntry},
		Decide: func(record *Record, entries []Entry) (Effects, error) {
			return s.decide(record, entries, event.GetActor(), func(e *edit) error {
				if e.Cycle != event.GetCycle() || !e.Open() {
					return nil
				}
				return rule(e)
			})
		},
	})
	return err == nil && !amended.Repeated, fault(err)
}
