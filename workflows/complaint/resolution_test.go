package complaint_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

func TestResolutionIsRefusedWhileSomethingIsOwedThenConfirmed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2")
	w := newWorld()
	w.objections = []string{"the callback is owed"}
	w.enter(t, 0)
	w.at(time.Hour, func() { w.askToResolve("1"); w.askToResolve("1") })
	w.at(2*time.Hour, func() {
		w.met(callback)
		w.mu.Lock()
		w.objections = nil
		w.mu.Unlock()
		w.askToResolve("1") // a repeated delivery of the first request
		w.askToResolve("2")
	})
	w.run(t)
	require.Equal(t, []string{"1h0m0s refused 1: the callback is owed", "2h0m0s confirmed 2"}, w.lines("refused", "confirmed"))
	require.Equal(t, []string{
		"0s RedressStage=ACTIVE", "1h0m0s RedressStage=RESOLVING", "1h0m0s RedressStage=ACTIVE",
		"2h0m0s RedressStage=RESOLVING", "2h0m0s RedressStage=RESOLVED",
	}, w.changesOf("RedressStage"))
	require.Equal(t, 2*time.Hour, w.elapsed(), "no timer holds it")
	require.Empty(t, w.lines("settled resolution"))
}

func TestResolutionIsDecidedWhenItsOwnersAreBack(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"CheckResolution", "ConfirmResolution"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.enter(t, 0)
			w.during(method, 3*time.Hour, down())
			w.at(2*time.Hour, func() { w.askToResolve("1") })
			w.run(t)
			// A slow machine may have the call made twice: it is idempotent.
			require.Len(t, slices.Compact(w.lines("confirmed 1")), 1)
			require.Equal(t, "RESOLVED", w.attributes["RedressStage"])
		})
	}
}

func TestARequestThatIsNotPendingAnyMoreIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := onlyCallback()
	w.enter(t, 0)
	asked := 0
	w.faults["ConfirmResolution"] = func() error {
		asked++
		return reasoned(codes.FailedPrecondition, intakev1.ErrorReason_RESOLUTION_NOT_PENDING.String())
	}
	w.at(time.Hour, func() { w.askToResolve("1") })
	w.at(25*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, 1, asked)
	require.Len(t, w.lines("escalated"), 1, "the clocks went on")
	require.Equal(t, "CLOSED", w.attributes["RedressStage"])
}

func TestARequestThatWasSettledWithoutUsEndsTheCycle(t *testing.T) {
	t.Parallel()
	w := onlyCallback()
	w.enter(t, 0)
	w.faults["ConfirmResolution"] = func() error {
		w.cycle = &intakev1.Cycle{State: intakev1.Complaint_RESOLVED}
		return reasoned(codes.FailedPrecondition, intakev1.ErrorReason_RESOLUTION_NOT_PENDING.String())
	}
	w.at(time.Hour, func() { w.askToResolve("1") })
	w.run(t)
	require.Equal(t, time.Hour, w.elapsed())
	require.Equal(t, "RESOLVED", w.attributes["RedressStage"])
}
