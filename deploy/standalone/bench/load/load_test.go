package load_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/bench/load"
)

// TestClosed proves, in a time that stands still while nobody sleeps, that the rate is that of the callers, and that the warm-up
// is not counted.
func TestClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		result := load.Closed{Callers: 4, WarmUp: time.Second, Duration: 2 * time.Second, Now: time.Now}.
			Run(t.Context(), func(context.Context, int) error {
				calls.Add(1)
				time.Sleep(9 * time.Millisecond)
				return nil
			})
		require.InDelta(t, 4/0.009, result.Rate(), 3)
		require.InDelta(t, 3*4/0.009, calls.Load(), 12)
		require.Zero(t, result.Errors)
		require.Equal(t, 9*time.Millisecond, result.Latency(1))
	})
}

// TestClosedLeast proves that slow calls are measured, too.
func TestClosedLeast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		result := load.Closed{Callers: 2, Duration: time.Second, Least: 3, Now: time.Now}.Run(t.Context(), func(context.Context, int) error {
			time.Sleep(2 * time.Second)
			return nil
		})
		require.Equal(t, 6, result.Calls)
		require.Equal(t, 2*time.Second, result.Latency(0.5))
		require.InDelta(t, 1, result.Rate(), 0.001)
	})
}

// TestClosedCountsErrors proves that a failed call is no call.
func TestClosedCountsErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n int
		failed := errors.New("refused")
		result := load.Closed{Callers: 1, Duration: time.Second, Now: time.Now}.Run(t.Context(), func(context.Context, int) error {
			time.Sleep(30 * time.Millisecond)
			if n++; n%3 == 0 {
				return failed
			}
			return nil
		})
		require.Equal(t, 33, result.Calls+result.Errors)
		require.Equal(t, 11, result.Errors)
		require.ErrorIs(t, result.Problem, failed)
	})
}

// TestOpenMeasuresFromTheIntendedTime proves what an open loop is for: while one call hangs, those that were to be sent
// meanwhile are sent, and where they cannot be, their wait is on record.
func TestOpenMeasuresFromTheIntendedTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		// From the 4th to the 5th second nothing is answered.
		result := load.Open{Rate: 1000, Duration: 10 * time.Second, Waiting: 2000, Now: time.Now}.
			Run(t.Context(), func(context.Context, int) error {
				if at := time.Since(began); at > 4*time.Second && at < 5*time.Second {
					time.Sleep(5*time.Second - at)
				}
				return nil
			})
		require.InDelta(t, 1000, result.Rate(), 50)
		require.Zero(t, result.Latency(0.5))
		require.InDelta(t, 0.9, result.Latency(0.99).Seconds(), 0.02)
		require.InDelta(t, 1, result.Latency(1).Seconds(), 0.02)
		require.Zero(t, result.Late(1))
	})
}

// TestOpenOverrun proves that calls which were never sent count as errors, and do not vanish.
func TestOpenOverrun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		result := load.Open{Rate: 1000, Duration: time.Second, Waiting: 10, Now: time.Now}.
			Run(t.Context(), func(context.Context, int) error {
				time.Sleep(time.Hour)
				return nil
			})
		require.Equal(t, 10, result.Calls)
		require.InDelta(t, 990, result.Errors, 100)
		require.ErrorIs(t, result.Problem, load.ErrOverrun)
	})
}
