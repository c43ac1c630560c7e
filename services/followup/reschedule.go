package followup

import (
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Reschedule has the duty owed by an earlier time, and warned of at other times,
// since the moment from. A later due time changes nothing (CLK-4), and neither
// does a moment at which the duty was not owed any more. It is as if it had been
// told at that moment: a verdict by a fact that came after it is judged anew by
// the new due time, and is Overturned when that makes it late (CLK-1). A fact of
// before needs no care, because no due time moves to before from.
func (d *Duty) Reschedule(due, from time.Time, warnings []time.Time, now time.Time) (outcome Outcome, moved bool) {
	if d.State == followupv1.Duty_RELEASED || (d.State == followupv1.Duty_KEPT && !d.FactTime.After(from)) || d.DueTime.Before(from) {
		return Unchanged, false
	}
	if due.Before(from) {
		due = from
	}
	if due.After(d.DueTime) {
		due = d.DueTime
	}
	warnings = d.warnings(warnings, from, now)
	if due.Equal(d.DueTime) && slices.EqualFunc(warnings, d.WarnTimes, time.Time.Equal) {
		return Unchanged, false
	}
	d.DueTime, d.WarnTimes = due, warnings
	if d.Verdict == policyv1.Verdict_MET && d.FactTime.After(due) {
		d.Verdict, d.Corrected, d.SettleTime = policyv1.Verdict_MET_LATE, true, now
		return Overturned, true
	}
	if d.Verdict == policyv1.Verdict_MET_BY_NOTICE && d.FactTime.After(due) {
		d.Corrected, d.SettleTime = true, now
		return Overturned, true
	}
	return Unchanged, true
}

// warnings are the warn times of the past, which are on record or about to be,
// and those of the new clocks that lie ahead of the moment from which they run.
func (d *Duty) warnings(fresh []time.Time, from, now time.Time) []time.Time {
	var all []time.Time
	for _, at := range d.WarnTimes {
		if !at.After(now) {
			all = append(all, at)
		}
	}
	for _, at := range fresh {
		if at.After(from) && !slices.ContainsFunc(all, at.Equal) {
			all = append(all, at)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// attention is what a change of severity does: it tightens the clocks of its
// cycle from that moment on when it rises (RISK-5). What a person lowers stays
// due when it was: nothing edited resets a clock (CLK-4), and what is still owed
// in a cycle that has ended is not owed sooner for it.
func (s *Service) attention(e *eventv1.Event, changed *eventv1.SeverityChanged) (func(ledger), error) {
	if err := valid("event.record_time", e.GetRecordTime()); err != nil {
		return nil, err
	}
	raised := changed.GetSeverity() > changed.GetPrevious()
	for _, due := range declared(changed.GetTargets()) {
		if err := valid("event.payload.targets", due.by); raised && err != nil {
			return nil, err
		}
	}
	return func(l ledger) {
		latest := e.GetCycle() == l.Complaint.Cycle
		if latest {
			l.Complaint.Severity = changed.GetSeverity()
			l.Changes.Complaint = &l.Complaint
		}
		if ended := latest && l.Complaint.Ended; raised && !ended {
			s.tighten(l, e, changed)
		}
	}, nil
}

// tighten reschedules what is owed in the cycle.
func (s *Service) tighten(l ledger, e *eventv1.Event, changed *eventv1.SeverityChanged) {
	reason := fmt.Sprintf("The severity was raised from %s to %s.", lower(changed.GetPrevious()), lower(changed.GetSeverity()))
	for _, target := range declared(changed.GetTargets()) {
		d := l.Duty(DutyID(e.GetCycle(), target.kind))
		if d == nil || !d.WishedFrom.IsZero() { // What the customer wished for stands, whatever we make of the matter.
			continue
		}
		l.resume(d, micros(e.GetRecordTime()), followupv1.Pause_SEVERITY_RAISED, "") // Whoever needs more attention is waited for no more.
		due := micros(target.by)
		if d.DueTime.Before(due) {
			due = d.DueTime
		}
		warnings := s.deps.Policy.Warnings(changed.GetSeverity(), d.Kind, d.OpenTime, due)
		if due.Before(d.DueTime) { // It is the clock of the new severity that is due by then.
			d.Measure, d.Calendar = s.deps.Policy.Counted(changed.GetSeverity(), d.Kind)
		}
		l.reschedule(d, due, micros(e.GetRecordTime()), warnings, reason)
	}
}

// reschedule moves a due time to an earlier one.
func (l ledger) reschedule(d *Duty, due, from time.Time, warnings []time.Time, reason string) {
	previous, broken := d.DueTime, d.Breached()
	outcome, moved := d.Reschedule(due, from, warnings, l.now)
	if !moved {
		return
	}
	l.Changes.Rescheduled = append(l.Changes.Rescheduled, d)
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_DutyRescheduled{DutyRescheduled: l.rescheduled(d, previous, reason)}})
	l.settled(d, outcome, broken)
}

// authorityAnswered meets the reply that is owed to an authority, in whichever
// cycle it came to be owed: reopening does not begin it anew.
func (l ledger) authorityAnswered(at time.Time) {
	for _, d := range l.Duties {
		if d.Kind == policyv1.DutyKind_AUTHORITY_REPLY {
			l.fact(d.Cycle, Fact{Kind: AuthorityAnswered, Time: at, Evidence: complaintName(l.Complaint.ID)})
		}
	}
}

// lower writes a severity within a sentence.
func lower(severity policyv1.Severity) string { return strings.ToLower(severity.String()) }
