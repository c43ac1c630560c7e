package approval_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// TestRoutingIsDown for six hours: the deadline does not wait for it. Whoever is named late is told at once, and the next level in its time.
func TestRoutingIsDown(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "OPS-1")
	w := newWorld()
	w.enter(t, 0)
	w.during("ChooseApprover", 0, 6*time.Hour, down())
	w.at(time.Hour, func() {
		require.Contains(t, w.currentDetails(t), "Waits for: not named yet · level 1 · until 2026-01-01 13:00 UTC")
	})
	w.at(9*time.Hour, func() { w.decide(approved, 0) })
	w.run(t)
	story := w.story()
	require.Equal(t, "4h0m0s moved up to level 2, step 2", story[0], "nobody was told; the time was over all the same")
	require.Contains(t, story[1], "told agents/guo, step 2, level 2, due 8h0m0s")
	require.Equal(t, []string{
		"8h0m0s moved up to level 3, step 3", "8h0m0s told agents/fang, step 3, level 3, due 12h0m0s", "9h0m0s decided APPROVED at level 3",
	}, story[2:], "nobody is reminded who was told after half time")
}

// TestNamedBeforeTheReminder: a routing that comes back in time has the reminder sent at half time.
func TestNamedBeforeTheReminder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld()
	w.enter(t, 0)
	w.during("ChooseApprover", 0, time.Hour, down())
	w.at(3*time.Hour, func() { w.decide(approved, 0) })
	w.run(t)
	require.Len(t, w.lines("told agents/zhao"), 1)
	require.Equal(t, []string{"2h0m0s reminded agents/zhao, step 1"}, w.lines("reminded"))
}

// TestTheReminderIsLate when routing is away at half time, and is given up with the step.
func TestTheReminderIsLate(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld()
	w.enter(t, 0)
	w.during("RemindApprover", 0, 3*time.Hour, down())
	w.at(3*time.Hour+30*time.Minute, func() { w.decide(approved, 0) })
	w.run(t)
	require.Len(t, w.lines("reminded"), 1)
	w = newWorld()
	w.enter(t, 0)
	w.during("RemindApprover", 0, 5*time.Hour, down())
	w.at(5*time.Hour+30*time.Minute, func() { w.decide(approved, 0) })
	w.run(t)
	require.Empty(t, w.lines("reminded"), "nobody is reminded of what is somebody else's turn")
	require.Equal(t, []string{"4h0m0s moved up to level 2, step 2"}, w.lines("moved"))
}

// TestRemedyIsDown over several due times: it moves up by the recorded times, level by level, when it answers (CLK-1).
func TestRemedyIsDown(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "CLK-1", "OPS-1")
	w := newWorld()
	w.enter(t, 0)
	w.during("SettleApproval", time.Minute, 9*time.Hour, down())
	w.at(10*time.Hour+30*time.Minute, func() { w.decide(approved, 0) })
	w.run(t)
	require.Len(t, w.lines("moved up"), 2, "over two levels at once")
	require.Empty(t, w.lines("told agents/guo"), "whose time is over is not asked")
	require.Equal(t, []string{"10h30m0s decided APPROVED at level 3"}, w.lines("decided"))
	require.Len(t, w.lines("told agents/fang, step 3, level 3, due 12h0m0s"), 1)
	require.Equal(t, []string{"10h0m0s reminded agents/fang, step 3"}, w.lines("reminded agents/fang"))
}

// TestNobodyCanBeNamed at any level: that is noted, its time runs, and it is asked for again.
func TestNobodyCanBeNamed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld()
	w.holders = map[int32]string{2: "agents/lin"} // Who proposed it.
	w.enter(t, 0)
	w.at(time.Hour, func() { require.Contains(t, w.currentDetails(t), "Waits for: nobody · level 1") })
	w.at(12*time.Hour+time.Minute, func() {
		w.mu.Lock()
		w.holders[3] = "agents/fang" // There is an executive again.
		w.mu.Unlock()
	})
	w.at(17*time.Hour, func() { w.decide(rejected, 0) })
	w.run(t)
	require.Equal(t, []string{
		"0s found nobody for step 1", "4h0m0s moved up to level 2, step 2", "4h0m0s found nobody for step 2",
		"8h0m0s moved up to level 3, step 3", "8h0m0s found nobody for step 3", "12h0m0s moved up to level 3, step 4",
		"12h0m0s found nobody for step 4", "16h0m0s moved up to level 3, step 5", "16h0m0s told agents/fang, step 5, level 3, due 20h0m0s",
		"17h0m0s decided REJECTED at level 3",
	}, w.story())
	require.Equal(t, `0s noted "" at level 1, passed over 3`, w.lines("noted")[0])
}

// TestSomebodyHigherUp is named when nobody below can be: the level is hers.
func TestSomebodyHigherUp(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "APPR-3")
	w := newWorld()
	w.absent, w.holders[2] = []string{"agents/zhao"}, "agents/lin"
	w.enter(t, 0)
	w.at(time.Hour, func() {
		require.Contains(t, w.currentDetails(t), "Waits for: agents/fang · level 3 · until 2026-01-01 13:00 UTC · reminded: no")
	})
	w.at(5*time.Hour, func() { w.decide(approved, 0) })
	w.run(t)
	require.Equal(t, []string{
		"0s told agents/fang, step 1, level 3, due 4h0m0s", "2h0m0s reminded agents/fang, step 1", "4h0m0s moved up to level 3, step 2",
		"4h0m0s told agents/fang, step 2, level 3, due 8h0m0s", "5h0m0s decided APPROVED at level 3",
	}, w.story())
	require.Equal(t, []string{"0s RedressEscalationLevel=3"}, w.changesOf("RedressEscalationLevel"))
}

// TestARefusalIsShown to operators and ends nothing: the step runs out, and it moves up.
func TestARefusalIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.enter(t, 0)
	w.during("ChooseApprover", 0, time.Hour, reasoned(codes.FailedPrecondition, routingv1.ErrorReason_NOT_ASSIGNED.String()))
	w.at(3*time.Hour, func() {
		require.Contains(t, w.currentDetails(t), "Name who decides, level 1: refused, routing.ChooseApprover: FailedPrecondition NOT_ASSIGNED")
		require.NotContains(t, w.currentDetails(t), secret)
	})
	w.at(5*time.Hour, func() { w.decide(approved, 0) })
	w.run(t)
	require.Equal(t, []string{"4h0m0s told agents/guo, step 2, level 2, due 8h0m0s"}, w.lines("told"))
}

// TestRemedysClockIsBehind: what is not over there is asked for again, ever more rarely.
func TestRemedysClockIsBehind(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1")
	w := newWorld()
	w.slow = time.Minute
	w.enter(t, 0)
	w.at(5*time.Hour, func() { w.decide(approved, 0) })
	w.run(t)
	require.Len(t, w.lines("moved up"), 1)
	require.Less(t, len(w.lines("settled")), 14)
}

// TestNobodyIsRemindedAfterTheDueTime, also when remedy has not seen yet that it is over.
func TestNobodyIsRemindedAfterTheDueTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld()
	w.slow, w.named[1] = 90*time.Minute, "agents/zhao"
	w.enter(t, 5*time.Hour) // No worker ran before.
	w.at(5*time.Hour+45*time.Minute, func() { w.decide(approved, 0) })
	w.run(t)
	require.Empty(t, w.lines("reminded"))
	require.Len(t, w.lines("moved up to level 2"), 1)
}
