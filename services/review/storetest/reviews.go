package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/review"
	"github.com/redress-dev/redress/services/review/period"
)

// RunReviews checks how reviews are kept. Open gives stores of an empty database.
func RunReviews(t *testing.T, open func(t *testing.T) ReviewStores) {
	t.Helper()
	t.Run("a further review is a version", func(t *testing.T) { reviewVersions(t, open(t)) })
	t.Run("one improvement for a subject", func(t *testing.T) { opensOnce(t, open(t)) })
	t.Run("a period is made once", func(t *testing.T) { once(t, open(t)) })
	t.Run("a command is carried out once", func(t *testing.T) { repeated(t, open(t)) })
	t.Run("what fails writes nothing", func(t *testing.T) { fails(t, open(t)) })
	t.Run("lists", func(t *testing.T) { lists(t, open(t)) })
}

func draftOf(id string, proposed ...review.Improvement) review.PeriodDraft {
	p, err := period.Parse(id, zone())
	if err != nil {
		panic(err)
	}
	return review.PeriodDraft{Period: p, Complete: true, Records: 7, Highest: 9, Author: "services/worker", CreateTime: p.End, Proposed: proposed}
}

// add writes a review that keeps its version, and what became of the proposals.
func (s ReviewStores) add(t *testing.T, draft review.PeriodDraft, change review.Change) (review.Done, []review.Opening) {
	t.Helper()
	var became []review.Opening
	done, err := s.Reviews.AddReview(t.Context(), change, draft, func(version int32, opened []review.Opening) ([]byte, error) {
		became = opened
		return fmt.Appendf(nil, "%s %d", draft.Period.ID(), version), nil
	})
	require.NoError(t, err)
	return done, became
}

func (s ReviewStores) read(t *testing.T, id string, version int32) string {
	t.Helper()
	kept, err := s.Reviews.Review(t.Context(), id, version)
	require.NoError(t, err)
	return string(kept)
}

func reviewVersions(t *testing.T, s ReviewStores) {
	covers.Requirement(t, "REV-1")
	for range 3 {
		s.add(t, draftOf("weekly-2026-11-16"), review.Change{})
	}
	s.add(t, draftOf("weekly-2026-11-09"), review.Change{})
	require.Equal(t, "weekly-2026-11-16 3", s.read(t, "weekly-2026-11-16", 0))
	require.Equal(t, "weekly-2026-11-16 1", s.read(t, "weekly-2026-11-16", 1))
	require.Equal(t, "weekly-2026-11-09 1", s.read(t, "weekly-2026-11-09", 0))
	for _, unknown := range []string{"weekly-2026-11-02", "daily-2026-11-16"} {
		_, err := s.Reviews.Review(t.Context(), unknown, 0)
		require.ErrorIs(t, err, review.ErrUnknown)
	}
	_, err := s.Reviews.Review(t.Context(), "weekly-2026-11-16", 4)
	require.ErrorIs(t, err, review.ErrUnknown)
}

func proposal(id, opener string, subject review.Subject) review.Improvement {
	return review.Improvement{
		ID: id, State: reviewv1.Improvement_OPEN, Subject: subject, Opener: opener, CreateTime: begin().UTC(), DueTime: begin().AddDate(0, 0, 30).UTC(), Version: 1,
	}
}

// opensOnce: a re-run opens no second one, nor does the review of the next week.
func opensOnce(t *testing.T, s ReviewStores) {
	covers.Requirement(t, "REV-1", "REV-2")
	quality, lock := review.Subject{Category: policyv1.Scenario_QUALITY}, review.Subject{Product: "lock", Fault: "jams"}
	first, next := "reviews/weekly-2026-11-09", "reviews/weekly-2026-11-16"
	_, became := s.add(t, draftOf("weekly-2026-11-09", proposal("i1", first, quality), proposal("i2", first, lock)), review.Change{})
	require.Equal(t, []review.Opening{{Improvement: "improvements/i1", Now: true, Own: true}, {Improvement: "improvements/i2", Now: true, Own: true}}, became)
	_, became = s.add(t, draftOf("weekly-2026-11-09", proposal("i3", first, lock)), review.Change{})
	require.Equal(t, []review.Opening{{Improvement: "improvements/i2", Own: true}}, became, "the same review again")
	_, became = s.add(t, draftOf("weekly-2026-11-16", proposal("i4", next, lock), proposal("i5", next, review.Subject{Product: "lock", Fault: "rusts"})),
		review.Change{})
	require.Equal(t, []review.Opening{{Improvement: "improvements/i2"}, {Improvement: "improvements/i5", Now: true, Own: true}}, became)
	list, err := s.Improvements.Improvements(t.Context(), review.ImprovementQuery{Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 3)
}

// once: what a schedule orders is made once, however often it is ordered; a review of what went on counts for nothing.
func once(t *testing.T, s ReviewStores) {
	covers.Requirement(t, "REV-1")
	draft := draftOf("daily-2026-11-16")
	draft.Complete = false
	s.add(t, draft, review.Change{})
	draft.Complete, draft.Once = true, true
	done, _ := s.add(t, draft, review.Change{})
	require.False(t, done.Repeated)
	done, _ = s.add(t, draft, review.Change{})
	require.True(t, done.Repeated)
	require.Equal(t, "daily-2026-11-16 2", s.read(t, "daily-2026-11-16", 0))
	draft.Once = false
	s.add(t, draft, review.Change{})
	require.Equal(t, "daily-2026-11-16 3", s.read(t, "daily-2026-11-16", 0), "a person may have it made again")
}

func repeated(t *testing.T, s ReviewStores) {
	covers.Requirement(t, "REV-1", "API-1")
	change := review.Change{Result: "reviews/daily-2026-11-16", Command: idem.Command{
		Caller: "agents/sun", Method: "RunReview", Key: "k", Fingerprint: []byte{1}, Now: begin(), Retention: time.Hour,
	}}
	s.add(t, draftOf("daily-2026-11-16"), change)
	done, _ := s.add(t, draftOf("daily-2026-11-16"), change)
	require.Equal(t, review.Done{Repeated: true, Result: "reviews/daily-2026-11-16"}, done)
	require.Equal(t, "daily-2026-11-16 1", s.read(t, "daily-2026-11-16", 0))
	s.add(t, draftOf("daily-2026-11-16"), review.Change{})
	for result, version := range map[string]int32{change.Result: 1, "": 0, "reviews/other": 0} {
		made, err := s.Reviews.MadeBy(t.Context(), "daily-2026-11-16", result)
		require.NoError(t, err)
		require.Equal(t, version, made)
	}
}

func fails(t *testing.T, s ReviewStores) {
	covers.Requirement(t, "REV-1")
	draft := draftOf("weekly-2026-11-16", proposal("i1", "reviews/weekly-2026-11-16", review.Subject{Category: policyv1.Scenario_QUALITY}))
	_, err := s.Reviews.AddReview(t.Context(), review.Change{}, draft, func(int32, []review.Opening) ([]byte, error) { return nil, context.Canceled })
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Reviews.Review(t.Context(), "weekly-2026-11-16", 0)
	require.ErrorIs(t, err, review.ErrUnknown)
	list, err := s.Improvements.Improvements(t.Context(), review.ImprovementQuery{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, list, "an improvement is opened with its review or not at all")
}

func lists(t *testing.T, s ReviewStores) {
	covers.Requirement(t, "REV-1")
	ids, first, err := s.Reviews.Reviewed(t.Context(), reviewv1.Review_DAILY, begin())
	require.NoError(t, err)
	require.Empty(t, ids)
	require.True(t, first.IsZero())
	for _, id := range []string{"daily-2026-11-16", "weekly-2026-11-16", "daily-2026-11-15", "daily-2026-11-16", "monthly-2026-11-01", "daily-2026-11-01"} {
		draft := draftOf(id)
		draft.Complete = id != "daily-2026-11-15"
		s.add(t, draft, review.Change{})
	}
	var all []string
	query := review.PeriodQuery{Limit: 2}
	for {
		rows, err := s.Reviews.Reviews(t.Context(), query)
		require.NoError(t, err)
		for _, row := range rows {
			all = append(all, string(row.Kept))
		}
		if len(rows) < query.Limit {
			break
		}
		query.After = &rows[1].PeriodPosition
	}
	require.Equal(t, []string{
		"weekly-2026-11-16 1", "daily-2026-11-16 2", "daily-2026-11-15 1", "monthly-2026-11-01 1", "daily-2026-11-01 1",
	}, all)
	rows, err := s.Reviews.Reviews(t.Context(), review.PeriodQuery{Kind: reviewv1.Review_MONTHLY, Limit: 5})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	ids, _, err = s.Reviews.Reviewed(t.Context(), reviewv1.Review_DAILY, begin())
	require.NoError(t, err)
	require.Equal(t, []string{"daily-2026-11-16"}, ids, "those of the whole period, from a time on")
}
