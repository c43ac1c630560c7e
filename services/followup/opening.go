package followup

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// openingFacts is what the two events that begin a cycle have in common.
type openingFacts struct {
	customer, reference, language string
	severity                      policyv1.Severity
	from                          *timestamppb.Timestamp
	targets                       *eventv1.DeclaredTargets
}

// dueTime says by when something is owed.
type dueTime struct {
	kind policyv1.DutyKind
	by   *timestamppb.Timestamp
}

// opening reads an event that begins a cycle; nil for any other.
func opening(p *eventv1.Payload) *openingFacts {
	switch kind := p.GetKind().(type) {
	case *eventv1.Payload_ComplaintReceived:
		e := kind.ComplaintReceived
		return &openingFacts{
			customer: e.GetCustomer(), reference: e.GetReference(), language: e.GetLanguageCode(),
			severity: e.GetSeverity(), from: e.GetReceiveTime(), targets: e.GetTargets(),
		}
	case *eventv1.Payload_ComplaintReopened:
		e := kind.ComplaintReopened
		return &openingFacts{
			customer: e.GetCustomer(), reference: e.GetReference(), language: e.GetLanguageCode(),
			severity: e.GetSeverity(), from: e.GetReopenTime(), targets: e.GetTargets(),
		}
	default:
		return nil
	}
}

// dueTimes are the targets as they were declared to the customer: followup
// computes none of its own, so that what was promised is what is enforced.
func (o *openingFacts) dueTimes() []dueTime {
	return []dueTime{
		{policyv1.DutyKind_ACKNOWLEDGE, o.targets.GetAcknowledge()},
		{policyv1.DutyKind_CONTACT, o.targets.GetContact()},
		{policyv1.DutyKind_FIRST_RESPONSE, o.targets.GetFirstResponse()},
		{policyv1.DutyKind_CALLBACK, o.targets.GetCallback()},
		{policyv1.DutyKind_RESOLUTION, o.targets.GetResolution()},
	}
}

// check refuses an event from which no duty could be opened.
func (o *openingFacts) check() error {
	if o.customer == "" {
		return invalidField("event.payload.customer", "The event does not tell the customer.")
	}
	for _, due := range o.dueTimes() {
		if err := valid("event.payload.targets", due.by); err != nil {
			return err
		}
	}
	return valid("event.payload", o.from)
}
