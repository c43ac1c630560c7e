package followup

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// addClock tells how much time the duty has and has used, and what moved it.
func (s *Service) addClock(m *followupv1.Duty, d *Duty, now time.Time) {
	clock := s.deps.Policy.Counting(d.Measure, d.Calendar)
	total, used := d.Budget(clock, now)
	m.Why = join(m.GetWhy(), d.whyMoved(clock, now))
	m.Budget, m.Moves, m.Statutory = durationpb.New(total), d.Moves, statutory(d.Kind)
	if d.State != followupv1.Duty_RELEASED {
		m.BudgetUsed = durationpb.New(used)
	}
	for i := range d.Pauses {
		m.Pauses = append(m.Pauses, pauseMessage(&d.Pauses[i], clock, now))
	}
	if p := d.Paused(now); p != nil {
		m.PausedUntil = timestamppb.New(p.LimitTime)
	}
	for _, e := range d.Extensions {
		m.Extensions = append(m.Extensions, &followupv1.Extension{
			State: e.State, Requester: e.Requester, RequestTime: timestamp(e.RequestTime), DueTime: timestamp(e.DueTime),
			PreviousDueTime: timestamp(e.PreviousDueTime), Decider: e.Decider, DecideTime: timestamp(e.DecideTime),
		})
	}
}

// pauseMessage is a pause as it stands at the moment now.
func pauseMessage(p *Pause, clock calendar.Clock, now time.Time) *followupv1.Pause {
	m := &followupv1.Pause{
		Reason: p.Reason, Actor: p.Actor, BeginTime: timestamppb.New(p.BeginTime), LimitTime: timestamppb.New(p.LimitTime),
		EndTime: timestamp(p.EndTime), End: p.End, Evidence: p.Evidence, Measured: durationpb.New(p.measured(clock, now)),
	}
	if p.EndTime.IsZero() && !now.Before(p.LimitTime) {
		m.EndTime, m.End = m.LimitTime, followupv1.Pause_LIMIT
	}
	return m
}
