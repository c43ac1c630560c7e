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
		if k.PromiseMade.GetPeriod() != nil {
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

// applyOwed notes what is promised, whatever has become of the complaint: its end lets go of no promise (PROM-1).
func (s *Service) applyOwed(ctx context.Context, event *eventv1.Event, noted func([]string) []string) (first bool, err error) {
	id, err := complaintID("event.subject", event.GetSubject())
	if err != nil {
		return false, err
	}
	first, err = s.store.Apply(ctx, event, id, func(record *Record) (Effects, error) {
		return s.decide(record, nil, event.GetActor(), func(e *edit) error {
			owed := noted(slices.Clone(e.details.Owed))
			if e.key == nil || slices.Equal(owed, e.details.Owed) {
				return nil
			}
			e.details.Owed = owed
			e.touch(e.now)
			return nil
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
