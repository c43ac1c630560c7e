package review_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/review"
)

// TestWilson against intervals that are published: R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
// Medicine 17, 1998, table I, method 3.
func TestWilson(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	for _, c := range []struct {
		tally     review.Tally
		low, high float64
	}{
		{review.Tally{Count: 263, Escalated: 81}, 0.2553, 0.3662},
		{review.Tally{Count: 148, Escalated: 15}, 0.0624, 0.1605},
		{review.Tally{Count: 20, Escalated: 0}, 0, 0.1611},
		{review.Tally{Count: 29, Escalated: 1}, 0.0061, 0.1718},
	} {
		got := c.tally.Wilson(0.95)
		require.InDelta(t, c.low, got.Low, 0.00006, "%v", c.tally)
		require.InDelta(t, c.high, got.High, 0.00006, "%v", c.tally)
	}
	require.Equal(t, review.Interval{Low: 0, High: 1}, review.Tally{}.Wilson(0.95))
}

// TestDifference against intervals that are published: R. G. Newcombe, "Interval estimation for the difference between independent
// proportions", Statistics in Medicine 17, 1998, table II, method 10.
func TestDifference(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	for _, c := range []struct {
		after, before review.Tally
		low, high     float64
	}{
		{review.Tally{Count: 70, Escalated: 56}, review.Tally{Count: 80, Escalated: 48}, 0.0524, 0.3339},
		{review.Tally{Count: 10, Escalated: 9}, review.Tally{Count: 10, Escalated: 3}, 0.1705, 0.8090},
		{review.Tally{Count: 10, Escalated: 10}, review.Tally{Count: 20, Escalated: 0}, 0.6791, 1},
	} {
		e := review.Effect{Before: c.before, After: c.after, Confidence: 0.95}
		_, got := e.Difference()
		require.InDelta(t, c.low, got.Low, 0.00006, "%v", c)
		require.InDelta(t, c.high, got.High, 0.00006, "%v", c)
	}
}

// TestIntervalsHold what they are of, whatever it is.
func TestIntervalsHold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	tally := func(rt *rapid.T, name string) review.Tally {
		count := rapid.Int32Range(1, 5000).Draw(rt, name)
		return review.Tally{Count: count, Escalated: rapid.Int32Range(0, count).Draw(rt, name+" escalated")}
	}
	const little = 1e-9
	rapid.Check(t, func(rt *rapid.T) {
		e := review.Effect{Before: tally(rt, "before"), After: tally(rt, "after"), Confidence: rapid.Float64Range(0.5, 0.999).Draw(rt, "confidence")}
		one := e.Before.Wilson(e.Confidence)
		require.True(rt, 0 <= one.Low && one.Low <= e.Before.Rate()+little && e.Before.Rate() <= one.High+little && one.High <= 1)
		d, both := e.Difference()
		require.True(rt, both.Low <= d+little && d <= both.High+little && !math.IsNaN(both.Low+both.High))
		turned := review.Effect{Before: e.After, After: e.Before, Confidence: e.Confidence}
		_, other := turned.Difference()
		require.InDelta(rt, both.Low, -other.High, little, "the other way round it is the other way round")
	})
}
