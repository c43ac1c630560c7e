package remedy

import (
	"context"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// Apply takes note of intake's facts (eventlog.Applier), once each, however often they are delivered. Facts that do not concern
// remedy are accepted and ignored. Errors: INVALID_FIELD for an event that can never be applied; NOT_YET_KNOWN or
// COMPLAINT_NOT_FOUND for the end of a complaint whose beginning was not told.
func (s *Service) Apply(ctx context.Context, e *eventv1.Event, p *eventv1.Payload) (bool, error) {
	next, err := standing(e, p)
	if err != nil {
		return false, err
	}
	done, err := s.deps.Store.Change(ctx, Change{Complaint: next.ID, Event: e}, func(c *Case) error {
		switch {
		case next.ID == "":
			return nil
		case next.Customer == "" && c.Complaint.ID == "":
			return s.unknown(ErrUnknown, next.ID)
		}
		c.advance(next)
		return nil
	})
	return err == nil && !done.Repeated, err
}

// standing is where an event says that its complaint stands; the zero value when it says nothing of that. Only the beginning of
// a cycle names the customer.
func standing(e *eventv1.Event, p *eventv1.Payload) (Complaint, error) {
	next := Complaint{Cycle: e.GetCycle()}
	begins := false
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_ComplaintReceived:
		next.Customer, begins = k.ComplaintReceived.GetCustomer(), true
	case *eventv1.Payload_ComplaintReopened:
		next.Customer, begins = k.ComplaintReopened.GetCustomer(), true
	case *eventv1.Payload_ComplaintResolved:
		next.End = intakev1.Complaint_RESOLVED
	case *eventv1.Payload_ComplaintClosed:
		next.End = intakev1.Complaint_CLOSED
	default:
		return Complaint{}, nil
	}
	var ok bool
	if next.ID, ok = complaintID(e.GetSubject()); !ok || next.Cycle < 1 {
		return Complaint{}, invalidField("event.subject", "It is not a cycle of a complaint.")
	}
	if begins && next.Customer == "" {
		return Complaint{}, invalidField("event.payload.customer", "The event does not name the customer.")
	}
	return next, nil
}
