package remedy

import (
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// PromiseTypes are the types of followup's events that remedy goes by: what became of the parts of an option that was accepted.
func PromiseTypes() []string { return []string{"promise_made", "promise_kept", "promise_released"} }

// told is what followup tells of a part that was accepted.
type told struct {
	promise, remedy string
	part            int32
	// state is what became of it; what was only made is still owed.
	state OwedState
}

// ofRemedy tells whether what a promise is a part of is a remedy. The alternative of a refusal costs nothing here, and remedy waits for none.
func ofRemedy(name string) bool { return strings.Contains(name, "/remedies/") }

// promised reads an event of followup's; false for one that is of no remedy.
func promised(p *eventv1.Payload) (told, bool) {
	var t told
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_PromiseMade:
		t = told{k.PromiseMade.GetPromise(), k.PromiseMade.GetRemedy(), k.PromiseMade.GetPart(), StillOwed}
	case *eventv1.Payload_PromiseKept:
		t = told{k.PromiseKept.GetPromise(), k.PromiseKept.GetRemedy(), k.PromiseKept.GetPart(), Kept}
	case *eventv1.Payload_PromiseReleased:
		t = told{k.PromiseReleased.GetPromise(), k.PromiseReleased.GetRemedy(), k.PromiseReleased.GetPart(), Dropped}
		if k.PromiseReleased.GetByCustomer() {
			t.state = Let
		}
		if into := k.PromiseReleased.GetCarriedInto(); into != "" { // It is owed in the complaint that this one was merged into.
			t.promise, t.state = into, StillOwed
		}
	}
	return t, ofRemedy(t.remedy)
}

// promise notes what became of a part that was accepted. What was done is spent, what was released is held no more (REM-5). A part of
// which that is known stays as it is. What is told of a remedy that is not known, or of no part of it, is nothing that remedy owes.
func (s *Service) promise(c *Case, e *eventv1.Event, t told) error {
	_, id := remedyIDs(t.remedy)
	r := c.remedy(id)
	if r == nil || r.State != remedyv1.Remedy_ACCEPTED || t.part < 1 || int(t.part) > len(r.Answer.Owed) {
		return nil
	}
	owed := &r.Answer.Owed[t.part-1]
	if owed.State != StillOwed {
		return nil
	}
	*owed = Owed{Promise: t.promise, State: t.state}
	now := s.now()
	if t.state != StillOwed {
		taken, _ := r.taken()
		part := taken.Parts[t.part-1]
		kind := remedyv1.LedgerEntry_SPEND
		if t.state != Kept {
			kind = remedyv1.LedgerEntry_RELEASE
		}
		why := cause{name: t.promise, actor: e.GetActor(), at: now}
		if _, err := s.consume(c, r, kind, part.Basis, s.rules.Of(part.Amount), why); err != nil {
			return err
		}
		s.finish(c, r, e.GetActor(), now)
	}
	c.put(r)
	return nil
}
