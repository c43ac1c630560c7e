package remedy

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// Apply takes note of what intake, routing and followup have recorded (eventlog.Applier), once each, however often it is delivered. Facts
// that do not concern remedy are accepted and ignored. Errors: INVALID_FIELD for an event that can never be applied; NOT_YET_KNOWN or
// COMPLAINT_NOT_FOUND for what is told of a complaint whose beginning was not told.
func (s *Service) Apply(ctx context.Context, e *eventv1.Event, p *eventv1.Payload) (bool, error) {
	change, decide, err := s.rule(e, p)
	if err != nil {
		return false, err
	}
	change.Event = e
	done, err := s.deps.Store.Change(ctx, change, decide)
	if changed := p.GetDirectoryChanged(); changed != nil && err == nil { // Also when it is told again: this may have failed the first time.
		err = s.relieve(ctx, changed, e.GetActor())
	}
	return err == nil && !done.Repeated, err
}

// rule is what an event does, and to what.
func (s *Service) rule(e *eventv1.Event, p *eventv1.Payload) (Change, func(*Case) error, error) {
	switch p.GetKind().(type) {
	case *eventv1.Payload_ComplaintReceived, *eventv1.Payload_ComplaintReopened, *eventv1.Payload_ComplaintImported:
		next, err := beginning(e, p)
		return Change{Complaint: next.ID, Watched: next.Customer}, func(c *Case) error {
			c.advance(next)
			if at, came := comes(e, p); came {
				s.repeated(c, e.GetCycle(), at, e.GetActor())
			}
			return nil
		}, err
	case *eventv1.Payload_ComplaintResolved, *eventv1.Payload_ComplaintClosed:
		next, err := ending(e, p)
		return Change{Complaint: next.ID, Remedies: true, Money: true, Refusals: true}, func(c *Case) error {
			if c.Complaint.ID == "" {
				return s.unknown(ErrUnknown, next.ID)
			}
			c.advance(next)
			s.endRefusal(c, next.Cycle, e.GetActor())
			return s.end(c, next.Cycle, e.GetActor())
		}, err
	}
	if t, ok := promised(p); ok {
		complaint, _ := remedyIDs(t.remedy)
		return Change{Complaint: complaint, Remedies: true, Money: true}, func(c *Case) error {
			if made := p.GetPromiseMade(); made != nil {
				c.Changes.Duty = promisedDuty(e, made)
			}
			return s.promise(c, e, t)
		}, nil
	}
	for _, told := range []func(*eventv1.Event, *eventv1.Payload) (Change, func(*Case) error, bool){s.followedUp, s.accounts, s.says} {
		if change, decide, ok := told(e, p); ok {
			return change, decide, nil
		}
	}
	return s.fact(e, p)
}

// fact is what an event does that tells something of a complaint that goes on.
func (s *Service) fact(e *eventv1.Event, p *eventv1.Payload) (Change, func(*Case) error, error) {
	switch p.GetKind().(type) {
	case *eventv1.Payload_UnderstandingChanged, *eventv1.Payload_ComplaintAssessed, *eventv1.Payload_ResponsibilityRuled,
		*eventv1.Payload_RulingAppealed, *eventv1.Payload_AppealDecided, *eventv1.Payload_SeverityChanged, *eventv1.Payload_ItemChanged,
		*eventv1.Payload_ComplaintMerged, *eventv1.Payload_ComplaintAbsorbed, *eventv1.Payload_TargetNamed, *eventv1.Payload_AuthorityAnswered:
	case *eventv1.Payload_ComplaintAssigned:
	default:
		return Change{}, func(*Case) error { return nil }, nil
	}
	id, ok := complaintID(e.GetSubject())
	if !ok {
		return Change{}, nil, invalidField("event.subject", "It is not a complaint.")
	}
	_, assigned := p.GetKind().(*eventv1.Payload_ComplaintAssigned)
	named := p.GetTargetNamed() != nil || p.GetComplaintAbsorbed() != nil
	return Change{Complaint: id, Accounts: judges(p), Remedies: named}, func(c *Case) error {
		switch {
		case c.Complaint.ID != "":
			c.hear(e, p)
			s.judged(c, e, p)
			if named {
				return s.recuse(c, e.GetActor())
			}
		case assigned: // Routing may be faster than intake.
			return s.unknown(ErrUnknown, id)
		}
		// What intake tells comes in order, so a complaint that is not known was imported as ended before remedy heard of such.
		return nil
	}, nil
}

// judges tells whether an event is of a ruling.
func judges(p *eventv1.Payload) bool {
	switch p.GetKind().(type) {
	case *eventv1.Payload_ResponsibilityRuled, *eventv1.Payload_RulingAppealed, *eventv1.Payload_AppealDecided:
		return true
	}
	return false
}

// beginning is where the beginning of a cycle says that its complaint stands. Only it names the customer.
func beginning(e *eventv1.Event, p *eventv1.Payload) (Complaint, error) {
	next := Complaint{Cycle: e.GetCycle()}
	f := &next.Facts
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_ComplaintReceived:
		r := k.ComplaintReceived
		next.Customer, f.ReceiveTime = r.GetCustomer(), r.GetReceiveTime().AsTime()
		f.Language, f.Severity, f.Target = r.GetLanguageCode(), r.GetSeverity(), r.GetTargetAgent()
		f.Authority = r.GetAuthorityReplyDueTime() != nil
		if r.GetReceiveTime() == nil {
			f.ReceiveTime = time.Time{}
		}
	case *eventv1.Payload_ComplaintReopened:
		r := k.ComplaintReopened
		next.Customer, f.Language, f.Severity, f.Target = r.GetCustomer(), r.GetLanguageCode(), r.GetSeverity(), r.GetTargetAgent()
	case *eventv1.Payload_ComplaintImported:
		r := k.ComplaintImported
		next.Customer, next.End, f.ReceiveTime = r.GetCustomer(), intakev1.Complaint_CLOSED, r.GetReceiveTime().AsTime()
		f.Language, f.Severity = r.GetLanguageCode(), r.GetSeverity()
	}
	f.Heard.Attended = e.GetPosition()
	if err := next.place(e); err != nil {
		return Complaint{}, err
	}
	if next.Customer == "" {
		return Complaint{}, invalidField("event.payload.customer", "The event does not name the customer.")
	}
	return next, nil
}

// comes is when a customer came with a complaint, or came again with one; false for what was only imported as ended.
func comes(e *eventv1.Event, p *eventv1.Payload) (time.Time, bool) {
	if received := p.GetComplaintReceived(); received.GetReceiveTime() != nil {
		return received.GetReceiveTime().AsTime(), true
	}
	return e.GetRecordTime().AsTime(), p.GetComplaintImported() == nil
}

// ending is where the end of a cycle says that its complaint stands.
func ending(e *eventv1.Event, p *eventv1.Payload) (Complaint, error) {
	next := Complaint{Cycle: e.GetCycle(), End: intakev1.Complaint_CLOSED}
	if p.GetComplaintResolved() != nil {
		next.End = intakev1.Complaint_RESOLVED
	}
	return next, next.place(e)
}

// place takes the complaint's id from the event.
func (c *Complaint) place(e *eventv1.Event) error {
	var ok bool
	if c.ID, ok = complaintID(e.GetSubject()); !ok || c.Cycle < 1 {
		return invalidField("event.subject", "It is not a cycle of a complaint.")
	}
	return nil
}
