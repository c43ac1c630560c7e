package followup

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
)

// caller is who calls; the interceptors refuse calls without one.
func caller(ctx context.Context) auth.Identity {
	identity, _ := auth.FromContext(ctx)
	return identity
}

// dutyMessage is a duty as it stands at the moment now.
func (s *Service) dutyMessage(d *Duty, now time.Time) *followupv1.Duty {
	m := &followupv1.Duty{
		Name: dutyName(d.Complaint, d.ID), Kind: d.Kind, Cycle: d.Cycle, State: d.State, Verdict: d.Verdict,
		OpenTime: timestamp(d.OpenTime), DueTime: timestamp(d.DueTime), Overdue: d.Overdue(now), Breached: d.Breached(),
		FactTime: timestamp(d.FactTime), Evidence: d.Evidence, Why: d.Why(), Corrected: d.Corrected,
		SettleTime: timestamp(d.SettleTime), Measure: d.Measure, Calendar: d.Calendar,
		WishedFromTime: timestamp(d.WishedFrom), NoticeTime: timestamp(d.NoticeTime),
	}
	s.addClock(m, d, now)
	for _, at := range d.WarnTimes {
		m.WarnTimes = append(m.WarnTimes, timestamppb.New(at))
	}
	if d.State == followupv1.Duty_OPEN {
		m.RiskTime = timestamppb.New(d.DueTime.Add(s.deps.Policy.Proto().GetAttention().GetPastTarget().AsDuration()))
	}
	return m
}

// settlement answers whether a duty is kept.
func (s *Service) settlement(d *Duty, now time.Time) *followupv1.Settlement {
	m := &followupv1.Settlement{Duty: s.dutyMessage(d, now)}
	switch {
	case d.State == followupv1.Duty_RELEASED:
		m.Answer = followupv1.Settlement_RELEASED
	case d.Verdict == policyv1.Verdict_MET:
		m.Answer = followupv1.Settlement_MET
	case d.Verdict == policyv1.Verdict_MET_LATE:
		m.Answer = followupv1.Settlement_MET_LATE
	case d.Verdict == policyv1.Verdict_MET_BY_NOTICE:
		m.Answer = followupv1.Settlement_MET_BY_NOTICE
	case d.Verdict == policyv1.Verdict_MISSED:
		m.Answer = followupv1.Settlement_MISSED
	default:
		m.Answer = followupv1.Settlement_NOT_DUE
		m.RetryTime = timestamppb.New(d.DueTime)
	}
	return m
}
