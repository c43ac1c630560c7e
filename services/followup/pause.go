package followup

import (
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
	"github.com/redress-dev/redress/services/internal/policy"
)

// Pause is a time in which the clock of a duty stood still, or does (CLK-3).
type Pause struct {
	// Reason is what the customer was waited for.
	Reason followupv1.Pause_Reason
	// Actor is who paused it.
	Actor string
	// BeginTime is since when.
	BeginTime time.Time
	// LimitTime is when the clock goes on by itself at the latest.
	LimitTime time.Time
	// EndTime is when it went on; zero while nothing has ended it before its limit.
	EndTime time.Time
	// End is how that came; unset likewise.
	End followupv1.Pause_End
	// Evidence is what ended it; empty for somebody's call.
	Evidence string
	// DueTime is by when the duty was owed before.
	DueTime time.Time
	// WarnTimes are when its owner was to be warned before.
	WarnTimes []time.Time
	// Measure is how the clock counted when it was paused, and Calendar the calendar that it went by, as policy.Keep keeps it: whatever list comes
	// later, the duty is due later by what was paused. Empty for a clock that needs none, and for pauses of before.
	Measure  policyv1.Clock_Measure
	Calendar []byte
}

// by is the arithmetic of the clock as it was when the pause began: clock, unless it was kept.
func (p *Pause) by(clock calendar.Clock) calendar.Clock {
	if len(p.Calendar) == 0 {
		return clock
	}
	kept, err := policy.CountingBy(p.Measure, p.Calendar)
	if err != nil { // It was written by Keep.
		return clock
	}
	return kept
}

// Until is when the clock goes on, or went on.
func (p *Pause) Until() time.Time {
	if p.EndTime.IsZero() {
		return p.LimitTime
	}
	return p.EndTime
}

// measured is how much of the clock's time it stood still until the moment at, at most.
func (p *Pause) measured(clock calendar.Clock, at time.Time) time.Duration {
	return p.by(clock).Measure(p.BeginTime, earlier(p.Until(), at))
}

// after moves a time that lay ahead when the pause began by what the clock stood still until end. It never lies before end: what is to
// come when a clock stops is to come when it goes on.
func (p *Pause) after(at, end time.Time, clock calendar.Clock) time.Time {
	moved, clock := at, p.by(clock)
	if paused := clock.Measure(p.BeginTime, end); paused > 0 {
		var err error
		if moved, err = clock.Add(at, paused); err != nil { // Centuries ahead.
			moved = at.Add(end.Sub(p.BeginTime))
		}
	}
	return later(moved, end)
}

// Paused is the pause in which the clock of the duty stands still at a moment; nil while it runs.
func (d *Duty) Paused(at time.Time) *Pause {
	p := d.lastPause()
	if p == nil || d.State != followupv1.Duty_OPEN || !p.EndTime.IsZero() || !at.Before(p.LimitTime) {
		return nil
	}
	return p
}

func (d *Duty) lastPause() *Pause {
	if len(d.Pauses) == 0 {
		return nil
	}
	return &d.Pauses[len(d.Pauses)-1]
}

// Pause has the clock of an open duty that is not due stand still from begin until limit, unless Resume ends it before. The duty has at
// once the due time and the warnings that follow if it lasts that long, so that nobody has to be there when it is over: the due time lies
// behind the limit, and each warning that was to come is to come.
func (d *Duty) Pause(p Pause, clock calendar.Clock) {
	d.expire()
	p.DueTime, p.WarnTimes = d.DueTime, d.WarnTimes
	d.Pauses = append(d.Pauses, p)
	d.shift(&p, p.LimitTime, clock)
}

// Resume ends the last pause at a moment in it: what was to come when it began is to come so much later as the clock stood still, as it
// counts. False: the pause did not last then. Of several ends the earliest counts, whichever is told first; a verdict by a fact that
// came after that is judged anew by the due time, and is Overturned when that makes it late (CLK-1).
func (d *Duty) Resume(at time.Time, end followupv1.Pause_End, evidence string, clock calendar.Clock, now time.Time) (outcome Outcome, resumed bool) {
	p := d.lastPause()
	if p == nil || at.Before(p.BeginTime) || !at.Before(p.Until()) {
		return Unchanged, false
	}
	replaced := !d.DueTime.Equal(p.after(p.DueTime, p.Until(), clock))
	p.EndTime, p.End, p.Evidence = at, end, evidence
	if replaced { // The customer wished for another time since, or it was owed sooner: that stands, whenever the pause ended.
		return Unchanged, true
	}
	d.shift(p, at, clock)
	if d.State == followupv1.Duty_KEPT && d.Verdict == policyv1.Verdict_MET && d.FactTime.After(d.DueTime) {
		d.Verdict, d.Corrected, d.SettleTime = policyv1.Verdict_MET_LATE, true, now
		return Overturned, true
	}
	return Unchanged, true
}

// expire notes that the last pause lasted as long as it might.
func (d *Duty) expire() {
	if p := d.lastPause(); p != nil && p.EndTime.IsZero() {
		p.EndTime, p.End = p.LimitTime, followupv1.Pause_LIMIT
	}
}

// shift gives the duty the times that follow when the pause ends at end. Warnings stay apart, and before the due time.
func (d *Duty) shift(p *Pause, end time.Time, clock calendar.Clock) {
	d.Moves++
	d.DueTime = p.after(p.DueTime, end, clock)
	d.WarnTimes = make([]time.Time, len(p.WarnTimes))
	next := d.DueTime
	for i := len(p.WarnTimes) - 1; i >= 0; i-- {
		at := p.WarnTimes[i]
		if at.After(p.BeginTime) {
			at = earlier(p.after(at, end, clock), next.Add(-time.Microsecond))
		}
		d.WarnTimes[i], next = at, at
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
