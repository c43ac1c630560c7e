package followup

import (
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// counting finds the arithmetic of a duty's clock.
type counting func(policyv1.Clock_Measure, string) calendar.Clock

func (c counting) of(d *Duty) calendar.Clock { return c(d.Measure, d.Calendar) }

// pause stops the clock of a duty, from now on.
func (l ledger) pause(d *Duty, reason followupv1.Pause_Reason, limit time.Time) {
	previous := d.DueTime
	d.Pause(Pause{
		Reason: reason, Actor: l.actor, BeginTime: l.now, LimitTime: limit, Measure: d.Measure, Calendar: l.copied(d.Calendar, l.now),
	}, l.clocks.of(d))
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_DutyPaused{DutyPaused: &eventv1.DutyPaused{
		Duty: dutyName(d.Complaint, d.ID), Kind: d.Kind, Reason: reason.String(), BeginTime: timestamppb.New(l.now), LimitTime: timestamppb.New(limit),
	}}})
	l.moved(d, previous, "The customer is waited for.")
}

// resume has the clock of a duty go on since a moment, if it stood still then.
func (l ledger) resume(d *Duty, at time.Time, end followupv1.Pause_End, evidence string) {
	previous, broken := d.DueTime, d.Breached()
	outcome, resumed := d.Resume(at, end, evidence, l.clocks.of(d), l.now)
	if !resumed {
		return
	}
	l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_DutyResumed{DutyResumed: &eventv1.DutyResumed{
		Duty: dutyName(d.Complaint, d.ID), Kind: d.Kind, End: end.String(), BeginTime: timestamppb.New(d.lastPause().BeginTime),
		EndTime: timestamppb.New(at), Evidence: evidence,
	}}})
	l.moved(d, previous, "Its clock goes on.")
	l.settled(d, outcome, broken)
}

// moved puts the times on record that a pause, its end or an extension has given a duty. Nobody keeps the time of what is owed no more.
func (l ledger) moved(d *Duty, previous time.Time, reason string) {
	if !slices.Contains(l.Changes.Moved, d) {
		l.Changes.Moved = append(l.Changes.Moved, d)
	}
	if d.State == followupv1.Duty_OPEN {
		l.draft(d.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_DutyRescheduled{DutyRescheduled: l.rescheduled(d, previous, reason)}})
	}
}

// rescheduled tells of the times that a duty has now.
func (l ledger) rescheduled(d *Duty, previous time.Time, reason string) *eventv1.DutyRescheduled {
	told := &eventv1.DutyRescheduled{
		Duty: dutyName(d.Complaint, d.ID), Kind: d.Kind, PreviousDueTime: timestamppb.New(previous), DueTime: timestamppb.New(d.DueTime),
		Reason: reason, Moves: d.Moves, Extensions: d.Extended(), Account: l.account(d),
	}
	for _, at := range d.WarnTimes {
		told.WarnTimes = append(told.WarnTimes, timestamppb.New(at))
	}
	if p := d.Paused(l.now); p != nil {
		told.PausedUntil = timestamppb.New(p.LimitTime)
	}
	return told
}

// settledWhilePaused ends the pause of a duty that was met, or is owed no more, since a moment: from then on there is nothing to wait for.
func (l ledger) settledWhilePaused(d *Duty, at time.Time) {
	if p := d.lastPause(); p != nil && d.State != followupv1.Duty_OPEN {
		l.resume(d, later(at, p.BeginTime), followupv1.Pause_SETTLED, d.Evidence)
	}
}

// wrote ends the pauses of a cycle in which the customer wrote, since then. A thank you starts no clock (REC-5), and what was written before
// a pause began was not waited for.
func (l ledger) wrote(cycle int32, message *eventv1.MessageRecorded, at time.Time) {
	if message.GetAuthor() != eventv1.MessageRecorded_CUSTOMER || message.GetKind() == policyv1.MessageKind_THANKS {
		return
	}
	for _, d := range l.ofCycle(cycle) {
		l.resume(d, at, followupv1.Pause_CUSTOMER_WROTE, message.GetMessage())
	}
}
