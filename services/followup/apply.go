package followup

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redress-dev/redress/services/internal/arrival"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Types are the event types that mean something to followup; it accepts and
// ignores all others.
func Types() []string {
	return []string{
		"complaint_received", "complaint_imported", "message_recorded", "message_reclassified", "attachment_added", "complaint_resolved", "complaint_merged", "complaint_closed", "complaint_reopened",
		"severity_changed", "authority_answered", "alleged_promise_judged", "complaint_updated", "complaint_absorbed",
		"target_named",
	}
}

// Apply takes note of another service's fact: it accepts the event and changes
// duties in one transaction, once, however often the event is delivered. An
// event touches the duties of its own cycle only. Errors: INVALID_FIELD for an
// event that can never be applied; NOT_YET_KNOWN or COMPLAINT_NOT_FOUND for one
// that came before its complaint did.
func (s *Service) Apply(ctx context.Context, e *eventv1.Event, p *eventv1.Payload) (first bool, err error) {
	if told := p.GetDirectoryChanged(); told != nil {
		return s.people(ctx, e, told)
	}
	change := Change{Event: e}
	if told := p.GetOfferReminded(); told != nil { // Somebody may have been in touch since the time was over.
		change.Attempts = e.GetCycle()
		if told.GetOverTime().IsValid() {
			change.Written = micros(told.GetOverTime())
		}
	}
	if p.GetComplaintUpdated() != nil { // A way that turned out to be none may have been replaced.
		change.Attempts, change.Notifications = e.GetCycle(), true
	}
	if concernsSeries(p) {
		change.Touches = true
		if p.GetComplaintResolved() != nil {
			change.Neighbours = s.now()
		}
	}
	decide, err := s.rule(e, p)
	if err != nil {
		return false, err
	}
	if decide != nil {
		var ok bool
		if change.Complaint, ok = complaintID(e.GetSubject()); !ok || e.GetCycle() < 1 {
			return false, invalidField("event.subject", "It is not a cycle of a complaint.")
		}
	}
	done, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		switch {
		case decide == nil:
			return nil
		case c.Complaint.ID == "" && (recorded(e, p) != nil || p.GetComplaintAssigned() != nil || p.GetComplaintAbsorbed() != nil || p.GetTargetNamed() != nil) && !arrival.Expected(change.Complaint, s.now()):
			return nil // Of what was imported before followup heard of such, nothing is promised.
		case c.Complaint.ID == "" && opening(p) == nil && p.GetComplaintImported() == nil:
			return arrival.Unknown(change.Complaint, s.now())
		case c.goesOn(e, p):
			return errWentOn
		default:
			decide(s.ledger(c, e.GetActor()))
			return nil
		}
	})
	if errors.Is(err, errWentOn) {
		done, err = s.moveOn(ctx, change, p.GetComplaintMerged(), decide)
	}
	return err == nil && !done.Repeated, err
}

// rule is what an event does to its complaint; nil when that is nothing.
func (s *Service) rule(e *eventv1.Event, p *eventv1.Payload) (func(ledger), error) {
	if o := opening(p); o != nil {
		if err := o.check(); err != nil {
			return nil, err
		}
		return func(l ledger) { s.begin(l, e, o) }, nil
	}
	at := e.GetRecordTime()
	switch kind := p.GetKind().(type) {
	case *eventv1.Payload_ComplaintImported:
		return func(l ledger) { remember(l, e, kind.ComplaintImported) }, nil
	case *eventv1.Payload_MessageRecorded:
		f := Fact{Kind: AgentWrote, Time: micros(at), Evidence: kind.MessageRecorded.GetMessage(), Holding: kind.MessageRecorded.GetHolding()}
		return func(l ledger) {
			l.record(recorded(e, p))
			l.wrote(e.GetCycle(), kind.MessageRecorded, micros(at))
			if kind.MessageRecorded.GetAuthor() == eventv1.MessageRecorded_AGENT {
				l.fact(e.GetCycle(), f)
			}
		}, valid("event.record_time", at)
	case *eventv1.Payload_AttachmentAdded, *eventv1.Payload_MessageReclassified:
		return func(l ledger) { l.record(recorded(e, p)) }, valid("event.record_time", at)
	case *eventv1.Payload_ComplaintResolved:
		at := kind.ComplaintResolved.GetRequestTime()
		return func(l ledger) {
			resolve(l, e.GetCycle(), micros(at))
			s.planSeries(l, e.GetCycle(), micros(e.GetRecordTime()))
		}, valid("event.payload.request_time", at)
	case *eventv1.Payload_ComplaintClosed:
		outcome := intakev1.Complaint_Outcome(intakev1.Complaint_Outcome_value[kind.ComplaintClosed.GetOutcome()])
		return func(l ledger) { conclude(l, e.GetCycle(), outcome, micros(at), byStaff(e)) }, valid("event.record_time", at)
	case *eventv1.Payload_ComplaintMerged:
		return s.merged(e, kind.ComplaintMerged)
	case *eventv1.Payload_SeverityChanged:
		return s.attention(e, kind.SeverityChanged)
	case *eventv1.Payload_AllegedPromiseJudged:
		return s.verified(e, kind.AllegedPromiseJudged)
	case *eventv1.Payload_ComplaintUpdated:
		return func(l ledger) { l.contactCorrected(kind.ComplaintUpdated, micros(at)) }, valid("event.record_time", at)
	case *eventv1.Payload_ComplaintAbsorbed:
		return func(l ledger) { l.concerns(kind.ComplaintAbsorbed.GetTargetAgents()) }, nil
	case *eventv1.Payload_TargetNamed:
		return func(l ledger) { l.concerns(kind.TargetNamed.GetTargetAgents()) }, nil
	case *eventv1.Payload_ComplaintAssigned:
		return func(l ledger) {
			l.Complaint.Department, l.Complaint.Assignee = kind.ComplaintAssigned.GetDepartment(), kind.ComplaintAssigned.GetAssignee()
			l.Changes.Complaint, l.Changes.InCharge = &l.Complaint, true
		}, nil
	case *eventv1.Payload_RefusalStepRecorded:
		return s.parted(e, kind.RefusalStepRecorded)
	case *eventv1.Payload_RefusalEnded:
		return s.instead(e, kind.RefusalEnded)
	case *eventv1.Payload_AuthorityAnswered:
		at := kind.AuthorityAnswered.GetAnswerTime()
		return func(l ledger) { l.authorityAnswered(micros(at)) }, valid("event.payload.answer_time", at)
	default:
		return s.offered(e, p)
	}
}

// begin opens the duties of a cycle (ACK-1, ACK-2, CALL-1, REC-1). An event that
// comes late does not take the complaint back to an older cycle. The conversation
// in which the complaint was filed meets what it meets (REC-10).
func (s *Service) begin(l ledger, e *eventv1.Event, o *openingFacts) {
	id, _ := complaintID(e.GetSubject())
	l.stopEarlier(e.GetCycle(), micros(o.from))
	if l.Complaint.ID == "" || e.GetCycle() > l.Complaint.Cycle {
		l.Complaint = Complaint{
			ID: id, Customer: o.customer, Reference: o.reference, Language: o.language, Severity: o.severity,
			Cycle: e.GetCycle(), ReceiveTime: micros(o.from), About: l.Complaint.alsoAbout(o.targetAgent),
			Department: l.Complaint.Department, Assignee: l.Complaint.Assignee, // The same people, until routing says otherwise.
		}
		l.Changes.Complaint = &l.Complaint
	}
	for _, due := range o.dueTimes() {
		from, by := micros(o.from), micros(due.by)
		var warnings []time.Time
		if by.After(l.now) { // Nobody is warned of what an imported complaint has broken long ago.
			warnings = s.deps.Policy.Warnings(o.severity, due.kind, from, by)
		}
		measure, calendar := s.deps.Policy.Counted(o.severity, due.kind)
		l.open(&Duty{
			Kind: due.kind, Cycle: e.GetCycle(), OpenTime: from, DueTime: by, WarnTimes: warnings, Measure: measure, Calendar: calendar,
		})
	}
	s.oweByLaw(l, e.GetCycle(), o)
	if o.contact != nil {
		l.fact(e.GetCycle(), o.reached(id))
	}
}

// remember takes note of a complaint that had ended when it was imported: nothing is owed for it, until it is reopened (REC-8).
func remember(l ledger, e *eventv1.Event, imported *eventv1.ComplaintImported) {
	if l.Complaint.ID != "" {
		return
	}
	id, _ := complaintID(e.GetSubject())
	l.Complaint = Complaint{
		ID: id, Customer: imported.GetCustomer(), Reference: imported.GetReference(), Language: imported.GetLanguageCode(),
		Severity: imported.GetSeverity(), Cycle: e.GetCycle(), ReceiveTime: micros(imported.GetReceiveTime()),
		About: l.Complaint.alsoAbout(imported.GetTargetAgent()),
	}
	l.Changes.Complaint = &l.Complaint
}

// resolve ends what a confirmed resolution ends: the resolution is met by the
// time it was asked for, and what is still open is released. A callback that is
// owed stays owed (CALL-2); CheckResolution has objected to it. So does the reply
// to an authority, which waits for an answer whatever the customer was told, and
// what was promised: CheckResolution has objected to that, too. Updates on how it
// goes end with the matter. What was promised after CheckResolution was asked stays owed, and the ladder is told.
func resolve(l ledger, cycle int32, at time.Time) {
	l.fact(cycle, Fact{Kind: ResolutionConfirmed, Time: at, Evidence: complaintName(l.Complaint.ID)})
	l.outlive(cycle, "the complaint was resolved", at)
	l.release(cycle, "the complaint was resolved", at, policyv1.DutyKind_CALLBACK, policyv1.DutyKind_PROMISE, policyv1.DutyKind_FINAL_RESPONSE)
	l.end(cycle)
}

// conclude ends what closing ends, which is never the reply to an authority
// (REC-6), nor what was promised, unless it goes on elsewhere: nobody but the
// customer gives that up (PROM-1), who may withdraw through a front end; of
// anybody else intake has asked to settle it first. Breaches stay on record
// (CLK-4).
func conclude(l ledger, cycle int32, outcome intakev1.Complaint_Outcome, at time.Time, byStaff bool) {
	switch outcome {
	case intakev1.Complaint_NOT_A_COMPLAINT, intakev1.Complaint_WITHDRAWN, intakev1.Complaint_MERGED:
		l.stopSeries(cycle, eventv1.SeriesEnded_COMPLAINT_OVER, at)
	default: // Whoever closes a complaint that was resolved does not end what follows it (FUP-1).
	}
	switch outcome {
	case intakev1.Complaint_NOT_A_COMPLAINT:
		l.fact(cycle, Fact{Kind: ClosedAsEnquiry, Time: at, Evidence: complaintName(l.Complaint.ID)})
		l.concluded(cycle, "it was closed as no complaint", at)
	case intakev1.Complaint_WITHDRAWN:
		if !byStaff {
			l.release(cycle, "the customer withdrew the complaint", at)
			break
		}
		l.concluded(cycle, "the customer withdrew the complaint", at)
	case intakev1.Complaint_MERGED:
		l.release(cycle, "the matter went on in another complaint", at)
	default:
		l.concluded(cycle, "the complaint was closed", at, policyv1.DutyKind_CALLBACK, policyv1.DutyKind_FINAL_RESPONSE,
			policyv1.DutyKind_FOLLOW_UP)
	}
	l.end(cycle)
}

// byStaff tells whether one of us did it, and not the customer through a front end.
func byStaff(e *eventv1.Event) bool { return strings.HasPrefix(e.GetActor(), "agents/") }

// concluded releases what ends with a cycle that was closed, except for what stays owed regardless.
func (l ledger) concluded(cycle int32, reason string, at time.Time, stays ...policyv1.DutyKind) {
	l.outlive(cycle, reason, at)
	l.release(cycle, reason, at, append(stays, policyv1.DutyKind_PROMISE)...)
}

// valid refuses an event whose time is missing or none.
func valid(field string, at *timestamppb.Timestamp) error {
	if at == nil || !at.IsValid() {
		return invalidField(field, "The event does not tell the time.")
	}
	return nil
}

// micros has the precision of records.
func micros(at *timestamppb.Timestamp) time.Time { return at.AsTime().Truncate(time.Microsecond) }
