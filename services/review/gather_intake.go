package review

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/errs"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
)

// matter is what intake's log says of a cycle while it is read.
type matter struct {
	facts *Facts
	cycle int32
	// said is what each message of the customer is taken for; by its name.
	said map[string]policyv1.MessageKind
	// ruled and appealed are of the last ruling.
	known bool
}

// readIntake reads what the customer said and what was found, from intake's log.
func (s *Service) readIntake(ctx context.Context, f *Facts, complaint string, cycle int32) error {
	m := &matter{facts: f, cycle: cycle, said: map[string]policyv1.MessageKind{}}
	if err := each(ctx, s.deps.Owners.IntakeLog, complaint, cycle, m.hear); err != nil {
		return err
	}
	if !m.known {
		return errs.NotFound(errorv1.Reason_COMPLAINT_NOT_FOUND.String(), "There is no complaint %s.", complaint).With("name", complaint)
	}
	m.count()
	return nil
}

// hear takes an event of this cycle or an earlier one. What was found earlier holds until something else is.
func (m *matter) hear(e *eventv1.Event, p *eventv1.Payload) {
	m.known = true
	f := m.facts
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_ComplaintReceived:
		r := k.ComplaintReceived
		f.Reference, f.Customer, f.PolicyVersion = r.GetReference(), r.GetCustomer(), r.GetPolicyVersion()
		f.Channel = intakev1.Complaint_Channel(intakev1.Complaint_Channel_value[r.GetChannel()])
		f.Severity, f.StartTime = r.GetSeverity(), timeOf(r.GetReceiveTime())
	case *eventv1.Payload_ComplaintReopened:
		r := k.ComplaintReopened
		f.Severity, f.StartTime = r.GetSeverity(), timeOf(r.GetReopenTime())
	case *eventv1.Payload_SeverityChanged:
		f.Severity = k.SeverityChanged.GetSeverity()
	case *eventv1.Payload_ComplaintAssessed:
		a := k.ComplaintAssessed
		f.Category, f.Causes, f.Established = a.GetScenario(), a.GetCauses(), a.GetEstablished()
		f.Product, f.Fault, f.CauseDepartment = a.GetProduct(), a.GetFaultCode(), a.GetDepartment()
	case *eventv1.Payload_ResponsibilityRuled:
		f.Responsibility, f.RulingReason = k.ResponsibilityRuled.GetResponsibility(), k.ResponsibilityRuled.GetReason()
	case *eventv1.Payload_AppealDecided:
		if k.AppealDecided.GetOverturned() {
			f.Responsibility = k.AppealDecided.GetResponsibility()
		}
	default:
		if e.GetCycle() == m.cycle {
			m.happened(e, p)
		}
	}
}

// happened takes an event that counts in its own cycle alone.
func (m *matter) happened(e *eventv1.Event, p *eventv1.Payload) {
	f := m.facts
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_MessageRecorded:
		if k.MessageRecorded.GetAuthor() == eventv1.MessageRecorded_CUSTOMER {
			m.said[k.MessageRecorded.GetMessage()] = k.MessageRecorded.GetKind()
		}
	case *eventv1.Payload_MessageReclassified:
		if _, customers := m.said[k.MessageReclassified.GetMessage()]; customers {
			m.said[k.MessageReclassified.GetMessage()] = k.MessageReclassified.GetKind()
		}
	case *eventv1.Payload_ComplaintAbsorbed:
		f.Contacts++ // The customer came with the other one, too.
		f.ReExplanations++
	case *eventv1.Payload_ComplaintLinked:
		f.Repeated = f.Repeated || (k.ComplaintLinked.GetRelation() == intakev1.Relation_REPEAT.String() && k.ComplaintLinked.GetOutgoing())
	case *eventv1.Payload_ComplaintResolved:
		m.end(e, k.ComplaintResolved.GetOutcome())
	case *eventv1.Payload_ComplaintClosed:
		if f.EndTime.IsZero() { // What was resolved, and closed later, had ended with the former.
			m.end(e, k.ComplaintClosed.GetOutcome())
		}
	}
}

func (m *matter) end(e *eventv1.Event, outcome string) {
	m.facts.EndTime = timeOf(e.GetRecordTime())
	m.facts.Result = intakev1.Complaint_Outcome(intakev1.Complaint_Outcome_value[outcome])
}

// count adds up what the customer said, each message as it is taken by now.
func (m *matter) count() {
	for _, kind := range m.said {
		m.facts.Contacts++
		switch kind {
		case policyv1.MessageKind_PROGRESS_CHASE:
			m.facts.Chases++
		case policyv1.MessageKind_REPEATS_ISSUE:
			m.facts.ReExplanations++
		default:
		}
	}
}

// timeOf is the zero time for none, in the precision of the databases.
func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime().Truncate(time.Microsecond)
}
