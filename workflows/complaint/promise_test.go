package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/workflows/complaint"
)

// TestAPromiseIsADutyOfItsOwn: a refund within 24 hours and a parcel out within 12, as the policy has them, kept and broken in every way.
func TestAPromiseIsADutyOfItsOwn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "REM-5", "CLK-1")
	const refund, parcel = 24 * time.Hour, 12 * time.Hour
	for title, c := range map[string]struct {
		due   time.Duration
		keep  time.Duration // when it was kept; 0 for never
		heard time.Duration // when that is heard
		lines []string
	}{
		"a refund in time": {refund, 10 * time.Hour, 10 * time.Hour, []string{}},
		"a parcel in time": {parcel, 11*time.Hour + 59*time.Minute, 11*time.Hour + 59*time.Minute, []string{"11h45m0s noticed promise"}},
		"just in time, and heard of later": {parcel, parcel, parcel + time.Minute, []string{
			"11h45m0s noticed promise", "12h0m0s settled promise MET",
		}},
		"late": {refund, 30 * time.Hour, 30 * time.Hour, []string{
			"23h45m0s noticed promise", "24h0m0s settled promise MISSED", "24h0m0s escalated promise 1 PROMISE_BROKEN",
		}},
		"found broken, though it was kept in time": {refund, 23 * time.Hour, 25 * time.Hour, []string{
			"23h45m0s noticed promise", "24h0m0s settled promise MISSED", "24h0m0s escalated promise 1 PROMISE_BROKEN",
		}},
		"never": {parcel, 0, 0, []string{
			"11h45m0s noticed promise", "12h0m0s settled promise MISSED", "12h0m0s escalated promise 1 PROMISE_BROKEN",
		}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.enter(t, 0)
			w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
			w.at(time.Minute, func() { w.promised(1, c.due, c.due-15*time.Minute) })
			switch {
			case title == "found broken, though it was kept in time": // The fact is on its way while it is settled.
				w.at(c.heard, func() { w.signal(w.kept(1, c.keep)) })
			case c.heard > 0:
				w.at(c.keep, func() {
					fact := w.kept(1, c.keep)
					w.env.RegisterDelayedCallback(func() { w.signal(fact) }, c.heard-c.keep)
				})
			}
			w.at(48*time.Hour, w.withdraw)
			w.run(t)
			require.Equal(t, c.lines, w.lines("noticed promise", "settled promise", "escalated promise"))
		})
	}
}

// TestABrokenPromiseClimbs until it is kept: nothing else ends it but the customer's word, whatever was acknowledged.
func TestABrokenPromiseClimbs(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "ROUTE-4")
	for _, released := range []bool{false, true} {
		w := newWorld()
		w.acknowledgeAfter(0)
		w.enter(t, 0)
		w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
		w.at(time.Minute, func() { w.promised(1, time.Hour) })
		w.at(6*time.Hour, func() {
			if released {
				w.letGo(1)
			} else {
				w.signal(w.kept(1, 6*time.Hour))
			}
		})
		w.at(20*time.Hour, w.withdraw)
		w.run(t)
		require.Equal(t, []string{
			"1h0m0s escalated promise 1 PROMISE_BROKEN", "3h0m0s escalated promise 2 PROMISE_BROKEN", "5h0m0s escalated promise 3 PROMISE_BROKEN",
		}, w.lines("escalated promise"))
		require.Len(t, w.lines("6h0m0s off the ladder promise"), 1)
		require.Equal(t, []string{"1h0m0s RedressBreach=[promise]", "6h0m0s RedressBreach=<nil>"}, w.changesOf("RedressBreach"))
	}
}

// TestABrokenPromiseClimbsThoughItWasAcknowledged, a level every twelve hours, until it is kept.
func TestABrokenPromiseClimbsThoughItWasAcknowledged(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "ROUTE-4")
	w := newWorld()
	w.acknowledgeAfter(90 * time.Minute)
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.at(time.Minute, func() { w.promised(1, time.Hour) })
	w.at(30*time.Hour, func() { w.signal(w.kept(1, 30*time.Hour)) })
	w.at(60*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"1h0m0s escalated promise 1 PROMISE_BROKEN", "13h0m0s escalated promise 2 PROMISE_BROKEN", "25h0m0s escalated promise 3 PROMISE_BROKEN",
	}, w.lines("escalated promise"))
	require.Len(t, w.lines("30h0m0s off the ladder promise"), 1)
}

// TestOfASeriesOneIsForgotten: updates every ten minutes, of which one comes late. That is one breach.
func TestOfASeriesOneIsForgotten(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	said := []time.Duration{9 * time.Minute, 18 * time.Minute, 40 * time.Minute, 49 * time.Minute}
	w.at(time.Minute, func() { w.promised(1, 11*time.Minute) })
	for i, at := range said {
		w.at(at, func() {
			w.signal(w.kept(i+1, at))
			w.promised(i+2, at+10*time.Minute)
		})
	}
	w.at(55*time.Minute, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"28m0s settled promise MISSED", "28m0s escalated promise 1 PROMISE_BROKEN"},
		w.lines("settled promise", "escalated promise"))
	require.Equal(t, []string{"28m0s RedressBreach=[promise]", "40m0s RedressBreach=<nil>"}, w.changesOf("RedressBreach"))
}

// TestPromisesThatWereMadeBeforeTheyCouldBeHeard are kept once: told before the duties were listed, and listed, and told again.
func TestPromisesThatWereMadeBeforeTheyCouldBeHeard(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	w := newWorld()
	w.hidden = true
	w.enter(t, 0)
	var told []func()
	w.at(time.Minute, func() {
		first := w.pledge(1, 2*time.Hour, time.Hour)
		w.signal(first)
		told = append(told, func() { w.signal(first) })
	})
	w.at(2*time.Minute, func() { w.hidden = false })
	w.at(5*time.Minute, func() { w.met(contact, firstResponse, callback); told[0](); w.promised(2, 3*time.Hour) })
	w.at(4*time.Hour, func() { w.signal(w.kept(1, 4*time.Hour)); w.signal(w.kept(2, 4*time.Hour)) })
	w.at(5*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"1h0m0s noticed promise"}, w.lines("noticed promise"))
	require.Equal(t, []string{"2h0m0s escalated promise 1 PROMISE_BROKEN", "3h0m0s escalated promise 1 PROMISE_BROKEN"}, w.lines("escalated promise"))
}

// TestContinuingAsNewKeepsPromises, their warnings and what is before the ladder.
func TestContinuingAsNewKeepsPromises(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.at(time.Minute, func() { w.promised(1, time.Hour); w.promised(2, 6*time.Hour, 90*time.Minute, 4*time.Hour) })
	w.at(3*time.Hour, func() { w.env.SetContinueAsNewSuggested(true); w.promised(3, 7*time.Hour) })
	next := w.runUntilContinued(t)
	require.NotEmpty(t, next.GetState().GetDuties()[5].GetPromise())
	w.enter(t, w.elapsed())
	w.at(8*time.Hour, func() {
		w.signal(w.kept(1, 8*time.Hour))
		w.signal(w.kept(2, 8*time.Hour))
		w.signal(w.kept(3, 8*time.Hour))
	})
	w.at(9*time.Hour, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"1h30m0s noticed promise", "4h0m0s noticed promise"}, w.lines("noticed promise"))
	require.Equal(t, []string{
		"1h0m0s escalated promise 1 PROMISE_BROKEN", "6h0m0s escalated promise 1 PROMISE_BROKEN", "7h0m0s escalated promise 1 PROMISE_BROKEN",
	}, w.lines("escalated promise"))
}

// TestTheEndOfTheCycleEndsTheClocksOfPromises, and what is said in it is no keeping of any.
func TestTheEndOfTheCycleEndsTheClocksOfPromises(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.at(time.Minute, func() { w.promised(1, 2*time.Hour, time.Hour) })
	w.at(30*time.Minute, w.withdraw)
	w.run(t)
	require.Equal(t, 30*time.Minute, w.elapsed(), "no timer holds it")
	require.Empty(t, w.lines("noticed promise", "settled promise", "escalated promise"))
}
