package followup

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
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
	}
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

// callbackMessage is a callback as it stands at the moment now, without notes.
func callbackMessage(c *Callback, now time.Time) *followupv1.Callback {
	d := &c.Duty
	m := &followupv1.Callback{
		Name: callbackName(d.Complaint, d.Cycle), Duty: dutyName(d.Complaint, d.ID), State: d.State, Verdict: d.Verdict,
		DueTime: timestamp(d.DueTime), Overdue: d.Overdue(now),
	}
	for i := range c.Attempts {
		a := &c.Attempts[i]
		m.Attempts = append(m.Attempts, &followupv1.Attempt{
			Name: a.Name(), Outcome: a.Outcome, Way: a.Way, AttemptTime: timestamp(a.AttemptTime),
			RecordTime: timestamp(a.RecordTime), Agent: a.Agent, Flagged: a.Flagged(), FlagReason: a.FlagReason,
		})
	}
	return m
}

// addNotes fills in the notes of a callback's attempts. They are read by those
// who handle complaints and by no one else (API-4).
func (s *Service) addNotes(ctx context.Context, c *Callback, m *followupv1.Callback) error {
	if !caller(ctx).Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE,
		authv1.Role_SERVICE) {
		return nil
	}
	for i := range c.Attempts {
		if len(c.Attempts[i].Note) == 0 {
			continue
		}
		note, err := s.openNote(ctx, &c.Attempts[i])
		if err != nil {
			return err
		}
		m.Attempts[i].Note = note
	}
	return nil
}

// openNote reads a sealed note. The note of a customer who was erased is gone
// and reads as empty.
func (s *Service) openNote(ctx context.Context, a *Attempt) (string, error) {
	key, err := s.deps.Keys.Key(ctx, a.Customer)
	if errs.Reason(err) == intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String() {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	note, err := key.Open(a.Note, noteContext(a))
	if err != nil {
		// One damaged note must not make a whole list unreadable.
		s.deps.Logger.ErrorContext(ctx, "a note cannot be opened", "attempt", a.Name(), "error", err)
		return "", nil
	}
	return string(note), nil
}

// noteContext binds a sealed note to its attempt.
func noteContext(a *Attempt) string { return a.Name() + "#note" }
