package followup

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// Budget is how much time the clock of the duty allows without pauses, as it counts, and how much of that has passed: up to what met it, or
// until now. More than all of it has passed when the duty is overdue.
func (d *Duty) Budget(clock calendar.Clock, now time.Time) (total, used time.Duration) {
	until := now
	if d.State == followupv1.Duty_KEPT {
		until = d.FactTime
	}
	total, used = clock.Measure(d.OpenTime, d.DueTime), clock.Measure(d.OpenTime, until)
	for i := range d.Pauses {
		p := &d.Pauses[i]
		total -= p.measured(clock, p.Until())
		used -= p.measured(clock, until)
	}
	return max(total, 0), max(used, 0)
}

// account tells with an event how the clock of a duty stands, as whoever reads the duty is told: who only hears of events cannot measure it.
func (l ledger) account(d *Duty) *eventv1.DutyAccount {
	clock := l.clocks(d.Measure, d.Calendar)
	total, used := d.Budget(clock, l.now)
	told := &eventv1.DutyAccount{
		TellTime: timestamppb.New(l.now), Budget: durationpb.New(total), BudgetUsed: durationpb.New(used), FactTime: timestamp(d.FactTime),
		WishedFromTime: timestamp(d.WishedFrom), NoticeTime: timestamp(d.NoticeTime),
	}
	for i := range d.Pauses {
		p := pauseMessage(&d.Pauses[i], clock, l.now)
		paused := &eventv1.PauseAccount{Reason: p.GetReason().String(), BeginTime: p.GetBeginTime(), UntilTime: p.GetLimitTime(), Measured: p.GetMeasured()}
		if p.GetEndTime() != nil {
			paused.UntilTime, paused.End = p.GetEndTime(), p.GetEnd().String()
		}
		told.Pauses = append(told.Pauses, paused)
	}
	for _, e := range d.Extensions {
		told.Extensions = append(told.Extensions, &eventv1.ExtensionAccount{
			State: e.State.String(), DueTime: timestamppb.New(e.DueTime), Requester: e.Requester, Decider: e.Decider,
		})
	}
	return told
}
