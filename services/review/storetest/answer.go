package storetest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/review"
)

// answers are kept once for each event, also before there is a record, and nothing is kept of one that is refused.
func answers(t *testing.T, env Env) {
	t.Helper()
	hear := func(id string, a *review.Answer, decide func(*review.Outcome, *review.Answer) (*review.Outcome, error)) (review.Done, error) {
		change := review.Change{Complaint: "a", Cycle: 2, Answer: a, Event: &eventv1.Event{
			EventId: id, Source: "followup", Subject: "complaints/a", Type: "touch_answered",
		}}
		return env.Outcomes.ChangeOutcome(t.Context(), change, decide)
	}
	early, late := &review.Answer{FollowUp: "1", Satisfaction: 2, Time: at(1)}, &review.Answer{FollowUp: "2", Done: true, Time: at(2)}
	refused := errors.New("refused")
	_, err := hear("e1", early, func(*review.Outcome, *review.Answer) (*review.Outcome, error) { return nil, refused })
	require.ErrorIs(t, err, refused)
	for _, repeated := range []bool{false, true} {
		done, err := hear("e1", late, func(last *review.Outcome, said *review.Answer) (*review.Outcome, error) {
			require.Nil(t, last)
			require.Equal(t, late, said, "of what was refused nothing is left")
			return nil, nil
		})
		require.NoError(t, err)
		require.Equal(t, repeated, done.Repeated)
	}
	both := &review.Answer{FollowUp: "2", Done: true, Satisfaction: 2, Time: at(2)}
	_, err = hear("e2", early, func(_ *review.Outcome, said *review.Answer) (*review.Outcome, error) {
		require.Equal(t, both, said)
		return nil, nil
	})
	require.NoError(t, err)
	o := outcome("a", 9)
	_, err = env.Outcomes.ChangeOutcome(t.Context(), review.Change{Complaint: "a", Cycle: 2},
		func(_ *review.Outcome, said *review.Answer) (*review.Outcome, error) {
			o.Answer = said
			return &o, nil
		})
	require.NoError(t, err)
	got, err := env.Outcomes.Outcome(t.Context(), "a", 2, 0)
	require.NoError(t, err)
	require.Equal(t, both, got.Answer)
	_, err = env.Outcomes.ChangeOutcome(t.Context(), review.Change{Complaint: "a", Cycle: 1},
		func(_ *review.Outcome, said *review.Answer) (*review.Outcome, error) {
			require.Nil(t, said, "an answer belongs to its cycle")
			return nil, nil
		})
	require.NoError(t, err)
}
