package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/review"
)

// improves is one that is open.
func improves(id string, subject review.Subject, created int) review.Improvement {
	return review.Improvement{
		ID: id, State: reviewv1.Improvement_OPEN, Subject: subject, Owner: "agents/gao", Plan: "重新培训", Opener: "reviews/2026-W10",
		Figures:    &review.Figures{StartTime: at(0), EndTime: at(9), Count: 30, Total: 100, Escalated: 7, Share: 0.3, UsualShare: 0.125},
		CreateTime: at(created), DueTime: at(created + 50), Version: 1,
	}
}

func quality() review.Subject { return review.Subject{Category: policyv1.Scenario_QUALITY} }
func jam() review.Subject     { return review.Subject{Product: "门锁", Fault: "jam"} }

// opens has one opened and returns the name of the one that is open instead.
func opens(t *testing.T, env Env, i review.Improvement) string {
	t.Helper()
	opened, _, err := env.Improvements.OpenImprovement(t.Context(), review.Change{}, i)
	require.NoError(t, err)
	return opened
}

// changes has one changed and returns it.
func changes(t *testing.T, env Env, id string, do func(*review.Improvement)) review.Improvement {
	t.Helper()
	_, err := env.Improvements.ChangeImprovement(t.Context(), review.Change{Improvement: id, Actor: "agents/gao"},
		func(i *review.Improvement) ([]*eventv1.Payload, error) {
			do(i)
			return []*eventv1.Payload{{Kind: &eventv1.Payload_ImprovementCompleted{ImprovementCompleted: &eventv1.ImprovementCompleted{Improvement: i.Name()}}}}, nil
		})
	require.NoError(t, err)
	got, err := env.Improvements.Improvement(t.Context(), id)
	require.NoError(t, err)
	return got
}

func improvement(t *testing.T, env Env) {
	t.Helper()
	_, err := env.Improvements.Improvement(t.Context(), "i1")
	require.ErrorIs(t, err, review.ErrUnknown)
	_, err = env.Improvements.ChangeImprovement(t.Context(), review.Change{Improvement: "i1"}, nil)
	require.ErrorIs(t, err, review.ErrUnknown)
	want := improves("i1", quality(), 1)
	require.Empty(t, opens(t, env, want))
	got, err := env.Improvements.Improvement(t.Context(), "i1")
	require.NoError(t, err)
	require.Equal(t, want, got)
	want.State, want.CompleteTime, want.Completer, want.Evidence, want.CheckTime = reviewv1.Improvement_DONE, at(5), "agents/gao", "培训记录", at(99)
	want.Texts, want.OverdueTime, want.AboveTime = []review.Text{{Language: "en", Text: "We did."}}, at(4), at(5)
	want.Effect = &review.Effect{Before: review.Tally{Count: 100, Escalated: 35}, Confidence: 0.95, CheckTime: at(9), Finding: reviewv1.Effect_FEWER}
	want.AbandonReason, want.Owner, want.DueTime = "no", "agents/wu", at(77)
	got = changes(t, env, "i1", func(i *review.Improvement) { *i = want })
	want.Version = 2
	require.Equal(t, want, got)
	refused := errors.New("refused")
	_, err = env.Improvements.ChangeImprovement(t.Context(), review.Change{Improvement: "i1"},
		func(i *review.Improvement) ([]*eventv1.Payload, error) { i.Owner = "x"; return nil, refused })
	require.ErrorIs(t, err, refused)
	_, err = env.Improvements.ChangeImprovement(t.Context(), review.Change{Improvement: "i1"},
		func(i *review.Improvement) ([]*eventv1.Payload, error) { i.Owner = "x"; return nil, nil })
	require.NoError(t, err)
	got, err = env.Improvements.Improvement(t.Context(), "i1")
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, []string{"improvement_opened", "improvement_completed"}, env.Types(t, "improvements/i1"))
}

// oneAtATime: a subject has one until it was looked at whether it helped; others have theirs.
func oneAtATime(t *testing.T, env Env) {
	t.Helper()
	require.Empty(t, opens(t, env, improves("i1", quality(), 1)))
	require.Equal(t, "improvements/i1", opens(t, env, improves("i2", quality(), 2)))
	require.Empty(t, opens(t, env, improves("i3", jam(), 3)))
	changes(t, env, "i1", func(i *review.Improvement) { i.State = reviewv1.Improvement_DONE })
	require.Equal(t, "improvements/i1", opens(t, env, improves("i2", quality(), 2)), "whether it helped is not known yet")
	for _, over := range []reviewv1.Improvement_State{reviewv1.Improvement_NOT_EFFECTIVE, reviewv1.Improvement_EFFECTIVE, reviewv1.Improvement_ABANDONED} {
		changes(t, env, "i1", func(i *review.Improvement) { i.State = over })
		require.Equal(t, "improvements/i1", opens(t, env, improves("i2", quality(), 2)), "a review opens one of a subject, whatever becomes of it")
	}
	next := improves("i2", quality(), 2)
	next.Opener = "reviews/2026-W11"
	change := review.Change{Result: "improvements/i2", Command: idem.Command{
		Caller: "agents/gao", Method: "m", Key: "k", Fingerprint: []byte{1}, Now: at(0), Retention: time.Hour,
	}}
	for _, repeated := range []bool{false, true} {
		opened, done, err := env.Improvements.OpenImprovement(t.Context(), change, next)
		require.NoError(t, err)
		require.Empty(t, opened)
		require.Equal(t, review.Done{Repeated: repeated, Result: "improvements/i2"}, done)
	}
	require.Equal(t, []string{"improvement_opened"}, env.Types(t, "improvements/i2"))
	change.Command.Key = "other"
	other := improves("i4", quality(), 2)
	other.Opener = "agents/sun"
	opened, _, err := env.Improvements.OpenImprovement(t.Context(), change, other)
	require.NoError(t, err)
	require.Equal(t, "improvements/i2", opened)
	require.Equal(t, "improvements/i1", opens(t, env, improves("i5", quality(), 2)), "the review's own, though another one is open")
	changes(t, env, "i2", func(i *review.Improvement) { i.State = reviewv1.Improvement_ABANDONED })
	require.Empty(t, opens(t, env, other), "what somebody opens is of no period")
}

// race: of many that open the same at once, one does.
func race(t *testing.T, env Env) {
	t.Helper()
	var all sync.WaitGroup
	var won atomic.Int32
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		all.Go(func() {
			opened, _, err := env.Improvements.OpenImprovement(t.Context(), review.Change{}, improves(id, jam(), 1))
			if err != nil {
				t.Error(err)
			}
			if opened == "" {
				won.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, won.Load())
}

func improvementList(t *testing.T, env Env) {
	t.Helper()
	early, late := improves("i1", quality(), 1), improves("i2", jam(), 2)
	late.Owner, late.DueTime = "agents/wu", at(10)
	require.Empty(t, opens(t, env, early)+opens(t, env, late))
	for filter, want := range map[string][]review.Improvement{
		"":                {late, early},
		"overdue":         {late},
		"overdue = false": {early},
		`state = "OPEN" AND owner = "agents/gao"`:                                   {early},
		`category = "QUALITY"`:                                                      {early},
		`product = "门锁" AND fault_code = "jam"`:                                     {late},
		`due_time < "2026-03-01T09:00:20Z" OR create_time < "2026-01-01T00:00:00Z"`: {late},
		`state = "DONE"`: nil,
	} {
		got, err := env.Improvements.Improvements(t.Context(), review.ImprovementQuery{Filter: filter, Now: at(10), Limit: 9})
		require.NoError(t, err, filter)
		require.Equal(t, want, got, filter)
	}
	got, err := env.Improvements.Improvements(t.Context(), review.ImprovementQuery{
		Limit: 1, After: &review.ImprovementPosition{CreateTime: at(2), ID: "i2"},
	})
	require.NoError(t, err)
	require.Equal(t, []review.Improvement{early}, got)
	_, err = env.Improvements.Improvements(t.Context(), review.ImprovementQuery{Filter: "plan = 1"})
	require.Error(t, err)
}

// improved: what was done and is not known to be of no effect, the latest first.
func improved(t *testing.T, env Env) {
	t.Helper()
	for n, state := range []reviewv1.Improvement_State{
		reviewv1.Improvement_EFFECTIVE, reviewv1.Improvement_NOT_EFFECTIVE, reviewv1.Improvement_ABANDONED,
		reviewv1.Improvement_NOT_JUDGED, reviewv1.Improvement_DONE,
	} {
		id := string(rune('a' + n))
		of := improves(id, quality(), n)
		of.Opener = "agents/sun"
		require.Empty(t, opens(t, env, of))
		changes(t, env, id, func(i *review.Improvement) {
			if i.State = state; state != reviewv1.Improvement_ABANDONED {
				i.CompleteTime = at(10 + n)
			}
		})
	}
	require.Empty(t, opens(t, env, improves("open", jam(), 1)))
	ids := func(after, limit int, subjects ...review.Subject) (ids []string) {
		list, err := env.Improvements.Improved(t.Context(), subjects, at(after), limit)
		require.NoError(t, err)
		for _, i := range list {
			ids = append(ids, i.ID)
		}
		return ids
	}
	require.Equal(t, []string{"e", "d", "a"}, ids(0, 9, jam(), quality()))
	require.Equal(t, []string{"e", "d"}, ids(10, 9, quality()))
	require.Equal(t, []string{"e"}, ids(0, 1, quality()))
	require.Empty(t, ids(0, 9, jam()))
}
