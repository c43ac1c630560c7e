package approval_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/workflows/approval"
)

const (
	approved = remedyv1.Approval_APPROVED
	rejected = remedyv1.Approval_REJECTED
	returned = remedyv1.Approval_RETURNED
)

// story are the lines that people hear of, and what was decided.
func (w *world) story() []string {
	return w.lines("told", "reminded", "moved", "decided", "seconded", "found", "too late")
}

// TestDecidedBeforeTheReminder: whoever is asked decides at once, and nothing happens any more.
func TestDecidedBeforeTheReminder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	for _, decision := range []remedyv1.Approval_State{approved, rejected, returned} {
		t.Run(decision.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.enter(t, 0)
			w.at(time.Hour, func() { w.decide(decision, time.Second) })
			w.run(t)
			require.Equal(t, []string{"0s told agents/zhao, step 1, level 1, due 4h0m0s", "1h0m0s decided " + decision.String() + " at level 1"}, w.story())
			require.Equal(t, time.Hour+time.Second, w.elapsed(), "it ends when it hears of it")
			require.Len(t, w.lines("settled"), 1, "nothing is asked when the signal tells all")
		})
	}
}

// TestReminderAtHalfTime: after 2 of 4 hours, and when it is urgent after 30 of 60 minutes; nobody else is told.
func TestReminderAtHalfTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld()
	w.enter(t, 0)
	w.at(3*time.Hour, func() { w.decide(approved, 0) })
	w.run(t)
	require.Equal(t, []string{
		"0s told agents/zhao, step 1, level 1, due 4h0m0s", "2h0m0s reminded agents/zhao, step 1", "3h0m0s decided APPROVED at level 1",
	}, w.story())

	w = urgent()
	w.enter(t, 0)
	w.at(59*time.Minute, func() { w.decide(rejected, 0) })
	w.run(t)
	require.Equal(t, []string{
		"0s told agents/zhao, step 1, level 1, due 1h0m0s", "30m0s reminded agents/zhao, step 1", "59m0s decided REJECTED at level 1",
	}, w.story())
}

// TestNotDecidedInTime moves up to the next level and its own deadline, and at the last one is asked for again and again. Silence approves
// nothing.
func TestNotDecidedInTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld()
	w.enter(t, 0)
	w.at(17*time.Hour, func() { w.decide(approved, 0) })
	w.run(t)
	require.Equal(t, []string{
		"0s told agents/zhao, step 1, level 1, due 4h0m0s", "2h0m0s reminded agents/zhao, step 1", "4h0m0s moved up to level 2, step 2",
		"4h0m0s told agents/guo, step 2, level 2, due 8h0m0s", "6h0m0s reminded agents/guo, step 2", "8h0m0s moved up to level 3, step 3",
		"8h0m0s told agents/fang, step 3, level 3, due 12h0m0s", "10h0m0s reminded agents/fang, step 3", "12h0m0s moved up to level 3, step 4",
		"12h0m0s told agents/fang, step 4, level 3, due 16h0m0s", "14h0m0s reminded agents/fang, step 4", "16h0m0s moved up to level 3, step 5",
		"16h0m0s told agents/fang, step 5, level 3, due 20h0m0s", "17h0m0s decided APPROVED at level 3",
	}, w.story())
	require.Equal(t, []string{
		"4h0m0s RedressEscalationLevel=2", "8h0m0s RedressEscalationLevel=3",
	}, w.changesOf("RedressEscalationLevel"))
	require.Equal(t, []string{"4h0m0s RedressStage=level-2", "8h0m0s RedressStage=level-3", "17h0m0s RedressStage=APPROVED"}, w.changesOf("RedressStage"))
}

// TestNobodyEverDecides: a month at the last level, and nothing is approved.
func TestNobodyEverDecides(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld()
	w.enter(t, 0)
	w.at(30*24*time.Hour+time.Minute, func() { w.void(0) })
	w.run(t)
	require.Len(t, w.lines("moved up"), 180)
	require.Len(t, w.lines("told agents/fang"), 179)
	require.Len(t, w.lines("reminded"), 180)
	require.Equal(t, []string{"720h1m0s decided VOID at level 3"}, w.lines("decided"))
}

// TestUrgentMovesUpByTheHour: 1 h per level.
func TestUrgentMovesUpByTheHour(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := urgent()
	w.enter(t, 0)
	w.at(100*time.Minute, func() { w.decide(returned, 0) })
	w.run(t)
	require.Equal(t, []string{
		"0s told agents/zhao, step 1, level 1, due 1h0m0s", "30m0s reminded agents/zhao, step 1", "1h0m0s moved up to level 2, step 2",
		"1h0m0s told agents/guo, step 2, level 2, due 2h0m0s", "1h30m0s reminded agents/guo, step 2", "1h40m0s decided RETURNED at level 2",
	}, w.story())
}

// TestDecidedAtTheDueTime: what was recorded counts, not who heard of it first (CLK-1). A decision before the due time of which the
// workflow has not heard stands; one after it is refused by remedy, which has moved it up.
func TestDecidedAtTheDueTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "CLK-1")
	w := newWorld()
	w.enter(t, 0)
	w.at(within-time.Second, func() { w.decide(approved, time.Hour) })
	w.run(t)
	require.Equal(t, []string{"3h59m59s decided APPROVED at level 1"}, w.lines("decided", "moved"))
	require.Equal(t, within, w.elapsed(), "remedy says so when it is asked; nobody waits for the news")

	w = newWorld()
	w.enter(t, 0)
	w.at(within+time.Second, func() { w.decide(rejected, 0) })
	w.run(t)
	require.Equal(t, []string{"4h0m0s moved up to level 2, step 2", "4h0m1s decided REJECTED at level 2"}, w.lines("decided", "moved"))
}

// TestTwoLevelsApprove: the first approval leads to the level above at once, with a deadline of its own, and whoever gave it is not asked
// again (APPR-2).
func TestTwoLevelsApprove(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-2", "APPR-3")
	w := newWorld()
	w.needed, w.holders[2] = 2, "agents/zhao" // Who stands at two levels is one pair of eyes.
	w.enter(t, 0)
	w.at(time.Hour, func() { w.decide(approved, time.Second) })
	w.at(2*time.Hour, func() {
		details := w.currentDetails(t)
		require.Contains(t, details, "| 1 | 1 | agents/zhao | 2026-01-01 13:00 UTC | approved; the level above has to as well |")
		require.Contains(t, details, "| 2 | 3 | agents/fang | 2026-01-01 14:00 UTC | waits for a decision |")
	})
	w.at(4*time.Hour+time.Minute, func() { w.decide(approved, time.Second) })
	w.run(t)
	require.Equal(t, []string{
		"0s told agents/zhao, step 1, level 1, due 4h0m0s", "1h0m0s seconded", "1h0m1s told agents/fang, step 2, level 3, due 5h0m0s",
		"3h0m0s reminded agents/fang, step 2", "4h1m0s decided APPROVED at level 3",
	}, w.story())
	require.Equal(t, []string{`0s noted "agents/zhao" at level 1, passed over 0`, `1h0m1s noted "agents/fang" at level 3, passed over 1`}, w.lines("noted"))
}

// TestVoid: revised, withdrawn, or over with the cycle, it ends at once, whatever is under way.
func TestVoid(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "REM-1")
	for title, prepare := range map[string]func(*world){
		"waiting":             func(*world) {},
		"before the naming":   func(w *world) { w.during("ChooseApprover", 0, 100*time.Hour, down()) },
		"before the note":     func(w *world) { w.during("NameApprover", 0, 100*time.Hour, down()) },
		"while reminding":     func(w *world) { w.during("RemindApprover", 0, 100*time.Hour, down()) },
		"while remedy sleeps": func(w *world) { w.during("SettleApproval", 0, 100*time.Hour, down()) },
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			prepare(w)
			w.enter(t, 0)
			w.at(3*time.Hour, func() { w.void(0) })
			w.run(t)
			require.Equal(t, 3*time.Hour, w.elapsed())
			require.Equal(t, []string{"3h0m0s decided VOID at level 1"}, w.lines("decided", "moved"))
		})
	}
}

// TestWorkflowID names approvals apart by proposal and version.
func TestWorkflowID(t *testing.T) {
	t.Parallel()
	require.Equal(t, "approval/01jb3p5v9x7k2m4n6q8r0t1w3y/1", approval.WorkflowID(name))
}

// TestWhoeverIsComplainedAboutIsAskedNoMore: routing is told so, since it may not know yet, and no operator reads that they approved.
func TestWhoeverIsComplainedAboutIsAskedNoMore(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "APPR-3")
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Hour, w.recuse)
	w.at(2*time.Hour, func() {
		details := w.currentDetails(t)
		require.Contains(t, details, "Waits for: agents/guo · level 2 · until 2026-01-01 14:00 UTC")
		require.NotContains(t, details, "approved;")
		w.decide(approved, 0)
	})
	w.run(t)
	require.Equal(t, []string{"0s told agents/zhao, step 1, level 1, due 4h0m0s", "1h0m0s told agents/guo, step 2, level 2, due 5h0m0s"}, w.lines("told"))
}

// TestWhoBecameAbsentLosesTheTurnAtHalfTime: whoever stands in is asked with the whole time of the level, and nobody is reminded who is not there. Where
// nobody else can decide it stays their turn (APPR-3).
func TestWhoBecameAbsentLosesTheTurnAtHalfTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "ROUTE-2")
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Hour, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.absent = []string{"agents/zhao"}
	})
	w.at(5*time.Hour, func() { w.decide(remedyv1.Approval_APPROVED, 0) })
	w.run(t)
	require.Equal(t, []string{
		"0s told agents/zhao, step 1, level 1, due 4h0m0s",
		"2h0m0s passed on from agents/zhao, who is absent",
		"2h0m0s told agents/guo, step 2, level 2, due 6h0m0s",
		"4h0m0s reminded agents/guo, step 2",
		"5h0m0s decided APPROVED at level 2",
	}, w.lines("told", "passed on", "reminded", "decided"))

	top := newWorld()
	top.enter(t, 0)
	top.holders = map[int32]string{3: "agents/fang"}
	top.at(time.Hour, func() {
		top.mu.Lock()
		defer top.mu.Unlock()
		top.absent = []string{"agents/fang"}
	})
	top.at(3*time.Hour, func() { top.decide(remedyv1.Approval_APPROVED, 0) })
	top.run(t)
	require.Equal(t, []string{"2h0m0s reminded agents/fang, step 1"}, top.lines("passed on", "reminded"))
}
