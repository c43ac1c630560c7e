package intake

import (
	"context"
	"slices"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// owedBy is what an event of followup's does to the names of the promises that are owed; nil for an event that is of none. Updates on how it goes
// are left out: they end with the matter.
func owedBy(p *eventv1.Payload) func(owed []string) []string {
	without := func(name string) func([]string) []string {
		return func(owed []string) []string {
			return slices.DeleteFunc(owed, func(other string) bool { return other == name })
		}
	}
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_PromiseMade:
		switch {
		case k.PromiseMade.GetPeriod() == nil:
		case k.PromiseMade.GetAfterEnd():
			return func(owed []string) []string { return owed }
		default:
			return nil
		}
		return func(owed []string) []string {
			return append(without(k.PromiseMade.GetPromise())(owed), k.PromiseMade.GetPromise())
		}
	case *eventv1.Payload_PromiseKept:
		return without(k.PromiseKept.GetPromise())
	case *eventv1.Payload_PromiseReleased:
		return without(k.PromiseReleased.GetPromise())
	default:
		return nil
	}
}

// promisedAfterEnd opens a complaint again of which followup tells that something was promised to its customer after it had ended (PROM-2): what was said
// is owed, in a cycle with somebody in charge and a clock. What was merged goes on in another complaint, and who was erased has nobody to keep it for.
func (s *Service) promisedAfterEnd(e *edit, made *eventv1.PromiseMade, cycle int32) error {
	if !made.GetAfterEnd() || e.Open() || cycle < e.Cycle || e.MergedInto != "" || e.key == nil {
		return nil
	}
	return s.reopen(e, promisedSince(e.Language))
}

// promisedSince says why a complaint is opened again, in the customer's language. What was promised is on record with followup.
func promisedSince(language string) string {
	switch language {
	case "zh-Hans":
		return "结案之后又答应了客户事情。"
	case "zh-Hant":
		return "結案之後又答應了客戶事情。"
	default:
		return "Something was promised to the customer after the complaint had ended."
	}
}

// applyOwed notes what is promised, whatever has become of the complaint: its end lets go of no promise (PROM-1). What was promised after it opens it again.
func (s *Service) applyOwed(ctx context.Context, event *eventv1.Event, p *eventv1.Payload, noted func([]string) []string) (first bool, err error) {
	id, err := complaintID("event.subject", event.GetSubject())
	if err != nil {
		return false, err
	}
	first, err = s.store.Apply(ctx, event, id, func(record *Record) (Effects, error) {
		return s.decide(record, nil, event.GetActor(), func(e *edit) error {
			owed := noted(slices.Clone(e.details.Owed))
			if e.key != nil && !slices.Equal(owed, e.details.Owed) {
				e.details.Owed = owed
				e.touch(e.now)
			}
			return s.promisedAfterEnd(e, p.GetPromiseMade(), event.GetCycle())
		})
	})
	return first, fault(err)
}

// settledFirst refuses an end that would say that nothing is owed while something is that was promised to the customer (PROM-1).
func (e *edit) settledFirst() error {
	if len(e.details.Owed) > 0 {
		return promisesOwed(e.details.Owed)
	}
	return nil
}
