package followup

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// promise puts a promise on record and opens its duty, both of the cycle (PROM-1).
func (l ledger) promise(p *Promise, cycle int32, from, due time.Time) {
	p.Complaint, p.CreateTime, p.Version = l.Complaint.ID, l.now, 1
	p.Duty = promiseDuty(cycle, len(l.Promises)+1)
	d := &Duty{
		Complaint: p.Complaint, ID: p.Duty, Kind: policyv1.DutyKind_PROMISE, Cycle: cycle, State: followupv1.Duty_OPEN,
		OpenTime: from, DueTime: due, WarnTimes: l.warnTimes(from, due, l.rules.GetWarnings()),
	}
	told := &eventv1.PromiseMade{
		Promise: p.Name(), Duty: dutyName(d.Complaint, d.ID), Source: p.Source.String(), Owner: p.Owner, DueTime: timestamppb.New(due),
		Unauthorised: l.unauthorised(p), Remedy: p.Remedy, Part: p.Part,
		AfterEnd: p.AfterEnd,
	}
	l.Promises = append(l.Promises, p)
	l.Changes.Promised = append(l.Changes.Promised, p)
	l.add(d)
	for _, at := range d.WarnTimes {
		told.WarnTimes = append(told.WarnTimes, timestamppb.New(at))
	}
	if p.Series() {
		told.Period = durationpb.New(p.Period)
	}
	if p.Previous != "" {
		told.Previous = promiseName(p.Complaint, p.Previous)
	}
	for _, excess := range p.Excesses {
		told.Excesses = append(told.Excesses, excess.String())
	}
	told.Text = l.sealed(p.Text, p.TextPlace)
	l.draft(cycle, &eventv1.Payload{Kind: &eventv1.Payload_PromiseMade{PromiseMade: told}})
}

// warnTimes are when the owner is warned of what is due, so long before. Nobody is warned before it was owed, nor of what is over.
func (l ledger) warnTimes(from, due time.Time, warnings []*durationpb.Duration) []time.Time {
	var times []time.Time
	for _, before := range warnings {
		if at := due.Add(-before.AsDuration()); at.After(from) && at.After(l.now) {
			times = append(times, at)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	return slices.CompactFunc(times, time.Time.Equal)
}

// keep lets a fact keep a promise that is open, and opens the next one of a series. The evidence is sealed; empty when the fact is on
// record elsewhere.
func (l ledger) keep(p *Promise, d *Duty, f Fact, evidence []byte) {
	open, broken := d.State == followupv1.Duty_OPEN, d.Breached()
	l.settled(d, d.Meet(f, l.now), broken)
	if !open || d.State != followupv1.Duty_KEPT {
		return
	}
	p.Evidence, p.Settler = evidence, l.actor
	l.revise(p)
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_PromiseKept{PromiseKept: &eventv1.PromiseKept{
		Promise: p.Name(), KeepTime: timestamppb.New(f.Time), Keeper: l.actor, Remedy: p.Remedy, Part: p.Part,
		Evidence: l.sealed(evidence, p.evidencePlace()),
	}}})
	l.next(p, d)
}

// next opens the next one of progress updates: a period after the one that was kept, however late that was, while the cycle is open.
func (l ledger) next(p *Promise, d *Duty) {
	due := d.FactTime.Add(p.Period)
	if !p.Series() || l.Complaint.Ended || l.Complaint.Cycle != d.Cycle || !p.UntilTime.IsZero() && due.After(p.UntilTime) {
		return
	}
	l.promise(&Promise{
		ID: l.ids.ID(), Source: p.Source, Text: p.Text, TextPlace: p.TextPlace, Period: p.Period, UntilTime: p.UntilTime, Update: true,
		Owner: p.Owner, Speaker: p.Speaker, PromiseTime: p.PromiseTime, Previous: p.ID, Alleged: p.Alleged,
	}, d.Cycle, d.FactTime, due)
}

// let releases a promise: the customer does not want it any more, or nobody owes it since the time at. A breach stays on record.
func (l ledger) let(p *Promise, d *Duty, byCustomer bool, reason string, at time.Time, evidence []byte) {
	if !l.releaseDuty(d, reason, at) {
		return
	}
	p.Evidence, p.Settler = evidence, l.actor
	l.revise(p)
	told := &eventv1.PromiseReleased{
		Promise: p.Name(), ByCustomer: byCustomer, Remedy: p.Remedy, Part: p.Part, Evidence: l.sealed(evidence, p.evidencePlace()),
		Refuted: reason == neverMade, Way: p.Way, ConversationTime: timestamp(p.ConversationTime),
	}
	if into, ok := strings.CutPrefix(reason, wentOn); ok {
		told.CarriedInto = into + "/promises/" + p.ID
	}
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_PromiseReleased{PromiseReleased: told}})
}

// broken tells that a promise was not kept by its due time.
func (l ledger) broken(d *Duty) {
	p := l.promiseOf(d)
	if p == nil {
		return
	}
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_PromiseBroken{PromiseBroken: &eventv1.PromiseBroken{
		Promise: p.Name(), DueTime: timestamppb.New(d.DueTime), Owner: p.Owner,
	}}})
}

// revise marks a promise as changed, once, and not when it is new anyway.
func (l ledger) revise(p *Promise) {
	if !slices.Contains(l.Changes.Promised, p) && !slices.Contains(l.Changes.Revised, p) {
		p.Version++
		l.Changes.Revised = append(l.Changes.Revised, p)
	}
}

// sealed is a text that another service may open; nil for none.
func (l ledger) sealed(text []byte, place string) *eventv1.Sealed {
	if len(text) == 0 {
		return nil
	}
	return &eventv1.Sealed{Customer: l.Complaint.Customer, Ciphertext: text, Place: place}
}

// Promise finds a promise by its id; nil when the complaint has none such, or they were not read.
func (c *Case) Promise(id string) *Promise {
	for _, p := range c.Promises {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// promiseOf is the promise of a duty; nil for a duty that is none.
func (c *Case) promiseOf(d *Duty) *Promise {
	if d.Kind != policyv1.DutyKind_PROMISE {
		return nil
	}
	for _, p := range c.Promises {
		if p.Duty == d.ID {
			return p
		}
	}
	return nil
}

// unauthorised tells whether a promise that is about to be put on record goes before the ladder (PROM-2). What is merely one too many does so once:
// while another such is owed, whoever has to see to it knows.
func (l ledger) unauthorised(p *Promise) bool {
	if !slices.Equal(p.Excesses, []followupv1.Promise_Excess{followupv1.Promise_TOO_MANY}) {
		return len(p.Excesses) > 0
	}
	return !slices.ContainsFunc(l.Promises, func(other *Promise) bool {
		duty := l.Duty(other.Duty)
		return slices.Contains(other.Excesses, followupv1.Promise_TOO_MANY) && duty != nil && duty.State == followupv1.Duty_OPEN
	})
}

// openPromises counts the promises that are still owed.
func (c *Case) openPromises() int {
	n := 0
	for _, d := range c.Duties {
		if d.Kind == policyv1.DutyKind_PROMISE && d.State == followupv1.Duty_OPEN {
			n++
		}
	}
	return n
}
