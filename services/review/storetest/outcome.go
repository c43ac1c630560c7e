package storetest

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/review"
)

func whole(t *testing.T, env Env) {
	t.Helper()
	_, err := env.Outcomes.Outcome(t.Context(), "a", 2, 0)
	require.ErrorIs(t, err, review.ErrUnknown)
	o := put(t, env, outcome("a", 9))
	require.EqualValues(t, 1, o.Sequence)
	got, err := env.Outcomes.Outcome(t.Context(), "a", 2, 0)
	require.NoError(t, err)
	require.Equal(t, o, got)
	_, err = env.Outcomes.Outcome(t.Context(), "a", 1, 0)
	require.ErrorIs(t, err, review.ErrUnknown)
	require.Equal(t, []string{"outcome_recorded"}, env.Types(t, "complaints/a"))

	bare := put(t, env, review.Outcome{Complaint: "b", Cycle: 1, Version: 1})
	got, err = env.Outcomes.Outcome(t.Context(), "b", 1, 0)
	require.NoError(t, err)
	require.Equal(t, bare, got)
}

func nothing(t *testing.T, env Env) {
	t.Helper()
	refused := errors.New("refused")
	o := outcome("a", 9)
	for _, decide := range []func(*review.Outcome, *review.Answer) (*review.Outcome, error){
		func(*review.Outcome, *review.Answer) (*review.Outcome, error) { return nil, nil },
		func(*review.Outcome, *review.Answer) (*review.Outcome, error) { return &o, refused },
	} {
		_, err := env.Outcomes.ChangeOutcome(t.Context(), review.Change{Complaint: "a", Cycle: 2}, decide)
		if err != nil {
			require.ErrorIs(t, err, refused)
		}
	}
	_, err := env.Outcomes.Outcome(t.Context(), "a", 2, 0)
	require.ErrorIs(t, err, review.ErrUnknown)
	require.Empty(t, env.Types(t, "complaints/a"))
}

func commandOnce(t *testing.T, env Env) {
	t.Helper()
	change := review.Change{Complaint: "a", Cycle: 2, Result: "complaints/a/outcomes/2", Command: idem.Command{
		Caller: "agents/lin", Method: "m", Key: "k", Fingerprint: []byte{1}, Now: at(0), Retention: 1 << 40,
	}}
	for _, repeated := range []bool{false, true} {
		done, err := env.Outcomes.ChangeOutcome(t.Context(), change, func(last *review.Outcome, _ *review.Answer) (*review.Outcome, error) {
			require.Nil(t, last)
			o := outcome("a", 9)
			return &o, nil
		})
		require.NoError(t, err)
		require.Equal(t, review.Done{Repeated: repeated, Result: "complaints/a/outcomes/2"}, done)
	}
}

// versions: the one before stays as it was, and knows which place the next one has.
func versions(t *testing.T, env Env) {
	t.Helper()
	first := put(t, env, outcome("a", 9))
	other := put(t, env, outcome("b", 5))
	second := first
	second.Version, second.Supersedes, second.Satisfaction, second.Origin = 2, 1, 1, reviewv1.Outcome_CORRECTED
	_, err := env.Outcomes.ChangeOutcome(t.Context(), review.Change{Complaint: "a", Cycle: 2}, func(last *review.Outcome, _ *review.Answer) (*review.Outcome, error) {
		require.Equal(t, &first, last)
		return &second, nil
	})
	require.NoError(t, err)
	got, err := env.Outcomes.Outcome(t.Context(), "a", 2, 0)
	require.NoError(t, err)
	require.Equal(t, second, got)
	first.SupersededBy = second.Sequence
	for version, want := range map[int32]review.Outcome{1: first, 2: second} {
		got, err := env.Outcomes.Outcome(t.Context(), "a", 2, version)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err = env.Outcomes.Outcome(t.Context(), "a", 2, 3)
	require.ErrorIs(t, err, review.ErrUnknown)
	for all, want := range map[bool][]review.Outcome{false: {second, other}, true: {second, first, other}} {
		list, err := env.Outcomes.Outcomes(t.Context(), review.OutcomeQuery{AllVersions: all, Limit: 9})
		require.NoError(t, err)
		require.Equal(t, want, list)
	}
}

// places are taken one after the other, without gaps, however many write at once.
func places(t *testing.T, env Env) {
	t.Helper()
	var all sync.WaitGroup
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		all.Go(func() {
			o := outcome(id, 1)
			_, err := env.Outcomes.ChangeOutcome(t.Context(), review.Change{Complaint: id, Cycle: 2},
				func(*review.Outcome, *review.Answer) (*review.Outcome, error) { return &o, nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	list, err := env.Outcomes.Outcomes(t.Context(), review.OutcomeQuery{Limit: 9})
	require.NoError(t, err)
	for i, o := range list {
		require.EqualValues(t, 6-i, o.Sequence)
	}
	require.Len(t, list, 6)
}

func list(t *testing.T, env Env) {
	t.Helper()
	late, early := outcome("a", 90), outcome("b", 10)
	early.Facts.Category, early.Facts.Department, early.Facts.Repeated = policyv1.Scenario_PRICE, "departments/billing", false
	early.Facts.Escalations, early.Retention = 0, reviewv1.Outcome_LOST
	late, early = put(t, env, late), put(t, env, early)
	for filter, want := range map[string][]review.Outcome{
		"":                                   {late, early},
		`category = "PRICE"`:                 {early},
		`department = "departments/returns"`: {late},
		`end_time >= "2026-03-01T09:00:20Z"`: {late},
		`end_time < "2026-03-01T09:00:20Z"`:  {early},
		`escalation_count > 0`:               {late},
		`NOT repeated`:                       {early},
		`retention = "LOST" AND severity = "HIGH" AND result = "REMEDIED" AND channel = "HOTLINE" AND satisfaction > 3`: {early},
		`product = "门锁 1" AND fault_code = "jam" AND responsibility = "RESPONSIBLE"`:                                    {late, early},
		`cause_department = "departments/x" OR start_time < "2026-01-01T00:00:00Z"`:                                     nil,
	} {
		got, err := env.Outcomes.Outcomes(t.Context(), review.OutcomeQuery{Filter: filter, Limit: 9})
		require.NoError(t, err, filter)
		require.Equal(t, want, got, filter)
	}
	got, err := env.Outcomes.Outcomes(t.Context(), review.OutcomeQuery{Limit: 1, After: &review.OutcomePosition{EndTime: at(90), Sequence: late.Sequence}})
	require.NoError(t, err)
	require.Equal(t, []review.Outcome{early}, got)
	got, err = env.Outcomes.Outcomes(t.Context(), review.OutcomeQuery{Limit: 9, Complaint: "b"})
	require.NoError(t, err)
	require.Equal(t, []review.Outcome{early}, got)
	_, err = env.Outcomes.Outcomes(t.Context(), review.OutcomeQuery{Filter: "lesson = 1"})
	require.Error(t, err)
}

// escalated counts by category or fault, by beginning, and only what is current and a complaint of its own.
func escalated(t *testing.T, env Env) {
	t.Helper()
	calm, merged, other := outcome("b", 20), outcome("c", 20), outcome("d", 20)
	calm.Facts.Escalations, calm.Facts.StartTime = 0, at(15)
	calm.Facts.Product, calm.Facts.Fault = "门锁  1 ", "JAM" // The same, written otherwise.
	merged.Facts.Result = intakev1.Complaint_MERGED
	other.Facts.Category, other.Facts.Fault = policyv1.Scenario_PRICE, "rust"
	for _, o := range []review.Outcome{outcome("a", 10), calm, merged, other} {
		put(t, env, o)
	}
	corrected := outcome("a", 10)
	corrected.Version, corrected.Supersedes = 2, 1
	_, err := env.Outcomes.ChangeOutcome(t.Context(), review.Change{Complaint: "a", Cycle: 2},
		func(*review.Outcome, *review.Answer) (*review.Outcome, error) { return &corrected, nil })
	require.NoError(t, err)
	quality, jam := review.Subject{Category: policyv1.Scenario_QUALITY}, review.Subject{Product: "门锁 1", Fault: "jam"}
	for _, c := range []struct {
		query review.EscalatedQuery
		want  review.Tally
	}{
		{review.EscalatedQuery{Subject: quality, From: at(0), Until: at(99)}, review.Tally{Count: 2, Escalated: 1}},
		{review.EscalatedQuery{Subject: jam, From: at(0), Until: at(99)}, review.Tally{Count: 2, Escalated: 1}},
		{review.EscalatedQuery{Subject: review.Subject{Product: " 门锁 1", Fault: "Jam"}, From: at(0), Until: at(99)}, review.Tally{Count: 2, Escalated: 1}},
		{review.EscalatedQuery{Subject: quality, From: at(1), Until: at(15)}, review.Tally{}},
		{review.EscalatedQuery{Subject: quality, From: at(0), Until: at(15)}, review.Tally{Count: 1, Escalated: 1}},
		{review.EscalatedQuery{Subject: quality, From: at(15), Until: at(16)}, review.Tally{Count: 1}},
		{review.EscalatedQuery{Subject: review.Subject{Product: "门锁 1", Fault: "no"}, From: at(0), Until: at(99)}, review.Tally{}},
	} {
		got, err := env.Outcomes.Escalated(t.Context(), c.query)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%v", c.query)
	}
}
