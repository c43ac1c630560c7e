package followup

import (
	"cmp"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
)

// ledger changes a case and writes down each change as an event, so that there
// is no way to do the one without the other.
type ledger struct {
	*Case
	// now is when the changes are recorded.
	now time.Time
	// actor is who causes them.
	actor string
	// rules are the policy's for promises.
	rules *policyv1.Promises
	// ids names the next one of a series.
	ids ids.Generator
	// clocks count.
	clocks counting
	// copied is a calendar as it stands, with the days of the year of a moment and later ones.
	copied func(name string, since time.Time) []byte
}

// ledger changes a case now, on somebody's account.
func (s *Service) ledger(c *Case, actor string) ledger {
	return ledger{
		Case: c, now: s.now(), actor: actor, rules: s.deps.Policy.Proto().GetPromises(), ids: s.deps.IDs, clocks: s.deps.Policy.Counting,
		copied: s.deps.Policy.Keep,
	}
}

// open makes a new duty. One that exists stays as it is (CLK-4).
func (l ledger) open(d *Duty) {
	d.Complaint, d.ID, d.State = l.Complaint.ID, DutyID(d.Cycle, d.Kind), followupv1.Duty_OPEN
	if l.Duty(d.ID) == nil {
		l.add(d)
	}
}

// add puts a new duty on record.
func (l ledger) add(d *Duty) {
	l.Duties = append(l.Duties, d)
	l.Changes.Opened = append(l.Changes.Opened, d)
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_DutyOpened{DutyOpened: &eventv1.DutyOpened{
		Duty: dutyName(d.Complaint, d.ID), Kind: d.Kind, DueTime: timestamppb.New(d.DueTime),
	}}})
}

// fact lets a fact meet whichever duties of the cycle it meets. Of promises it keeps the progress updates that it is.
func (l ledger) fact(cycle int32, f Fact) {
	for _, d := range l.ofCycle(cycle) {
		if d.Kind == policyv1.DutyKind_PROMISE {
			if p := l.promiseOf(d); p != nil && p.keptBy(f, d) {
				l.keep(p, d, f, nil)
			}
			continue
		}
		broken := d.Breached()
		l.settled(d, d.Meet(f, l.now), broken)
	}
}

// settle decides a duty whose time has come.
func (l ledger) settle(d *Duty) {
	broken := d.Breached()
	l.settled(d, d.Settle(l.now), broken)
}

// settled records what a step did to the verdict of a duty that was, or was not, known to be broken before.
func (l ledger) settled(d *Duty, outcome Outcome, broken bool) {
	if outcome == Unchanged {
		return
	}
	l.touch(d)
	if d.State == followupv1.Duty_KEPT {
		l.settledWhilePaused(d, d.FactTime)
	}
	remedy, version := d.offer()
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: &eventv1.DutySettled{
		Duty: dutyName(d.Complaint, d.ID), Kind: d.Kind, Verdict: d.Verdict, DueTime: timestamppb.New(d.DueTime),
		FactTime: timestamp(d.FactTime), Evidence: d.Evidence, Correction: outcome == Overturned,
		NewlyBroken: !broken && d.Breached(), OpenTime: timestamp(d.OpenTime), EarlierFact: outcome == Redated,
		Remedy: remedy, Version: version, Account: l.account(d),
	}}})
	if !broken && d.Breached() {
		l.broken(d)
	}
}

// release ends the open duties of a cycle that nobody is owed any more since
// the time at, except those that stay owed regardless. The reply to an authority
// always does: it is not the customer's to give up (REC-6, CLK-4).
func (l ledger) release(cycle int32, reason string, at time.Time, stays ...policyv1.DutyKind) {
	for _, d := range l.ofCycle(cycle) {
		if d.Kind == policyv1.DutyKind_AUTHORITY_REPLY || slices.Contains(stays, d.Kind) {
			continue
		}
		if p := l.promiseOf(d); p != nil {
			l.let(p, d, false, reason, at, nil)
			continue
		}
		l.releaseDuty(d, reason, at)
	}
}

// releaseDuty ends one duty that nobody is owed any more since the time at. False: it was not open.
func (l ledger) releaseDuty(d *Duty, reason string, at time.Time) bool {
	broken := d.Breached()
	outcome, released := d.Release(reason, at, l.now)
	if !released {
		return false
	}
	l.touch(d)
	l.settledWhilePaused(d, at)
	why := reason
	if outcome == Decided {
		// The breach is on record before the release is.
		l.settled(d, outcome, broken)
	}
	if outcome == Overturned {
		why += "; it was not owed any more when it fell due, so that MISSED is overturned"
	}
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_DutyReleased{DutyReleased: &eventv1.DutyReleased{
		Duty: dutyName(d.Complaint, d.ID), Kind: d.Kind, Reason: why,
	}}})
	return true
}

// warn notes that the owner of a duty was warned, or will be while the warning
// waits.
func (l ledger) warn(d *Duty, at time.Time, waiting bool) {
	if !d.Warn(at) {
		return
	}
	l.touch(d)
	told := &eventv1.DutyWarned{
		Duty: dutyName(d.Complaint, d.ID), Kind: d.Kind, DueTime: timestamppb.New(d.DueTime), Waiting: waiting, WarnTime: timestamppb.New(at),
	}
	if p := l.promiseOf(d); p != nil { // Routing warned whoever is in charge, and knows no other owner.
		told.Owner = p.Owner
	}
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_DutyWarned{DutyWarned: told}})
}

// attempt records an attempt and lets it meet duties when it reached the
// customer and is not flagged (CALL-2).
func (l ledger) attempt(a Attempt) {
	a.Customer, a.PhoneTime = l.Complaint.Customer, l.Complaint.PhoneTime
	l.Changes.Attempt = &a
	l.Attempts = append(l.Attempts, a)
	slices.SortStableFunc(l.Attempts, func(a, b Attempt) int {
		return cmp.Or(a.AttemptTime.Compare(b.AttemptTime), cmp.Compare(a.ID, b.ID))
	})
	told := &eventv1.AttemptRecorded{
		Attempt: a.Name(), Outcome: a.Outcome.String(), Way: a.Way,
		AttemptTime: timestamppb.New(a.AttemptTime), Flagged: a.Flagged(), AgreedTime: timestamp(a.AgreedTime),
	}
	if len(a.Note) > 0 {
		told.Note = &eventv1.Sealed{Customer: a.Customer, Ciphertext: a.Note}
	}
	if len(a.Wish) > 0 {
		told.CustomersWish = &eventv1.Sealed{Customer: a.Customer, Ciphertext: a.Wish}
	}
	l.draft(a.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_AttemptRecorded{AttemptRecorded: told}})
	if f, ok := a.Fact(); ok {
		l.fact(a.Cycle, f)
	}
}

// sent records a message that a channel took. The acknowledgement's proof meets
// the duty to acknowledge (ACK-1).
func (l ledger) sent(cycle int32, n Notification) {
	l.Notifications = append(l.Notifications, n)
	l.Changes.Notification = &n
	name := notificationName(n.Complaint, n.ID)
	l.draft(cycle, &eventv1.Payload{Kind: &eventv1.Payload_MessageSent{MessageSent: &eventv1.MessageSent{
		Notification: name, Template: n.Template, LanguageCode: n.Language, Channel: n.Channel, Proof: n.Proof,
		Address: n.Address, SendTime: timestamp(n.SendTime),
	}}})
	if n.Template == acknowledgement {
		l.fact(cycle, Fact{Kind: AcknowledgementSent, Time: n.SendTime, Evidence: name})
	}
}

// end notes that a cycle was resolved or closed.
func (l ledger) end(cycle int32) {
	if cycle == l.Complaint.Cycle && !l.Complaint.Ended {
		l.Complaint.Ended = true
		l.Changes.Complaint = &l.Complaint
	}
}

// draft adds an event on the complaint.
func (l ledger) draft(cycle int32, p *eventv1.Payload) {
	l.Changes.Drafts = append(l.Changes.Drafts, eventlog.Draft{
		Subject: complaintName(l.Complaint.ID), Cycle: cycle, Actor: l.actor, RecordTime: l.now, Payload: p,
	})
}

// timestamp leaves out the zero time.
func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
