package approval_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/approval"
)

// TestSignalsComeTwice, late and out of order: whoever is asked is asked once, and reminded once.
func TestSignalsComeTwice(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "API-1")
	w := newWorld()
	w.enter(t, 0)
	for _, after := range []time.Duration{
		time.Second, time.Minute, 2*time.Hour + time.Second, 4*time.Hour + time.Second, 4*time.Hour + time.Second, 5 * time.Hour,
	} {
		w.at(after, w.movedUp)
	}
	w.at(6*time.Hour+time.Minute, func() {
		w.decide(approved, time.Second)
		w.env.RegisterDelayedCallback(func() { w.hear(approved) }, time.Second)
		w.env.RegisterDelayedCallback(w.movedUp, time.Second)
	})
	w.run(t)
	require.Equal(t, []string{
		"0s told agents/zhao, step 1, level 1, due 4h0m0s", "2h0m0s reminded agents/zhao, step 1", "4h0m0s moved up to level 2, step 2",
		"4h0m0s told agents/guo, step 2, level 2, due 8h0m0s", "6h0m0s reminded agents/guo, step 2", "6h1m0s decided APPROVED at level 2",
	}, w.story())
	require.Equal(t, []string{
		"0s RedressAssignee=agents/zhao", "4h0m0s RedressAssignee=<nil>", "4h0m0s RedressAssignee=agents/guo", "6h1m1s RedressAssignee=<nil>",
	}, w.changesOf("RedressAssignee"))
}

// TestAnAnswerAndANameCross: remedy answered before it was told who decides. Whoever was named is still asked, and reminded.
func TestAnAnswerAndANameCross(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.crossed = true
	w.enter(t, 0)
	w.at(time.Second, w.movedUp)
	w.at(3*time.Hour, func() { w.decide(approved, 0) })
	w.run(t)
	require.Equal(t, []string{"0s RedressAssignee=agents/zhao", "3h0m0s RedressAssignee=<nil>"}, w.changesOf("RedressAssignee"))
	require.Equal(t, []string{"2h0m0s reminded agents/zhao, step 1"}, w.lines("reminded"))
}

// TestDecidedBeforeTheFirstAnswer: the signal is there before remedy has said how it stands. Nobody is named.
func TestDecidedBeforeTheFirstAnswer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld()
	w.enter(t, 0)
	w.during("SettleApproval", 0, time.Hour, down())
	w.at(10*time.Minute, func() { w.decide(returned, 0) })
	w.run(t)
	require.Equal(t, []string{"10m0s decided RETURNED at level 1"}, w.story())
	require.Equal(t, 10*time.Minute, w.elapsed())
}

// TestOldNewsOfADecidedApproval: a Temporal that has lost its data is told everything again; what has ended ends at once, and nobody is told.
func TestOldNewsOfADecidedApproval(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "OPS-1")
	w := newWorld()
	w.state = approved
	w.enter(t, 50*time.Hour)
	w.run(t)
	require.Empty(t, w.story())
	require.Len(t, w.lines("settled"), 1)
}

// TestOldNewsOfAPendingApproval: it is taken up where it stands, and whoever was named before is neither named nor told again.
func TestOldNewsOfAPendingApproval(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "OPS-1")
	w := newWorld()
	w.step, w.level, w.due, w.named[2] = 2, 2, requested.Add(8*time.Hour), "agents/guo"
	w.enter(t, 5*time.Hour)
	w.at(9*time.Hour, func() { w.decide(approved, 0) })
	w.run(t)
	require.Equal(t, []string{
		"8h0m0s moved up to level 3, step 3", "8h0m0s told agents/fang, step 3, level 3, due 12h0m0s", "9h0m0s decided APPROVED at level 3",
	}, w.lines("told", "moved", "decided"))
	require.Len(t, w.lines("reminded"), 1, "routing knows whom, and tells them once")
}

// TestContinuedAsNew in each state: named, reminded, moved up, before the naming, seconded. Nothing is done twice, nothing is forgotten.
func TestContinuedAsNew(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	whole := []string{
		"0s told agents/zhao, step 1, level 1, due 4h0m0s", "2h0m0s reminded agents/zhao, step 1", "4h0m0s moved up to level 2, step 2",
		"4h0m0s told agents/guo, step 2, level 2, due 8h0m0s", "6h0m0s reminded agents/guo, step 2", "7h0m0s decided APPROVED at level 2",
	}
	for title, moment := range map[string]time.Duration{
		"named": time.Hour, "reminded": 3 * time.Hour, "moved up": 5 * time.Hour, "reminded again": 6*time.Hour + time.Minute,
		"with the reminder": 2 * time.Hour, "with the due time": 4 * time.Hour,
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.enter(t, 0)
			next := w.interrupted(t, moment, w.input())
			require.Equal(t, remedyv1.Approval_PENDING, w.state)
			w.resume(t, moment, next, func() { w.at(7*time.Hour, func() { w.decide(approved, 0) }) })
			require.Equal(t, whole, w.story())
		})
	}
}

// TestContinuedWhileSomethingIsUnderWay: the next run does what this one could not.
func TestContinuedWhileSomethingIsUnderWay(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	for _, method := range []string{"ChooseApprover", "NameApprover", "RemindApprover", "SettleApproval"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.enter(t, 0)
			moment := 2*time.Hour + time.Minute
			begins := time.Duration(0)
			if method == "SettleApproval" {
				begins = time.Second
				w.at(time.Minute, w.movedUp)
			}
			w.during(method, begins, moment+time.Second, down())
			next := w.interrupted(t, moment, w.input())
			w.resume(t, moment, next, func() { w.at(5*time.Hour, func() { w.decide(rejected, 0) }) })
			require.Len(t, w.lines("told agents/zhao"), 1)
			require.Len(t, w.lines("moved up"), 1)
			require.Len(t, w.lines("told agents/guo"), 1)
		})
	}
}

// TestContinuedWithNewsUnread: what was told in the moment of continuing is not forgotten; the second approver is asked at once.
func TestContinuedWithNewsUnread(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld()
	w.needed = 2
	w.enter(t, 0)
	w.at(time.Hour, func() {
		w.env.SetContinueAsNewSuggested(true)
		w.decide(approved, 0)
	})
	w.env.ExecuteWorkflow(approval.WorkflowName, w.input())
	next := w.continued(t)
	w.resume(t, time.Hour, next, func() { w.at(90*time.Minute, func() { w.decide(approved, 0) }) })
	require.Equal(t, []string{
		"0s told agents/zhao, step 1, level 1, due 4h0m0s", "1h0m0s seconded", "1h0m0s told agents/guo, step 2, level 2, due 5h0m0s",
		"1h30m0s decided APPROVED at level 2",
	}, w.story())
}

// interrupted lets a run go on until it continues as new at a moment, and returns what the next run is given.
func (w *world) interrupted(t *testing.T, moment time.Duration, input *workflowv1.ApprovalInput) *workflowv1.ApprovalInput {
	t.Helper()
	w.at(moment, func() {
		w.env.SetContinueAsNewSuggested(true)
		w.env.RegisterDelayedCallback(w.movedUp, 0) // Something happens.
	})
	w.env.ExecuteWorkflow(approval.WorkflowName, input)
	return w.continued(t)
}

// resume lets the next run go on to its end.
func (w *world) resume(t *testing.T, offset time.Duration, input *workflowv1.ApprovalInput, prepare func()) {
	t.Helper()
	w.enter(t, offset)
	prepare()
	w.env.ExecuteWorkflow(approval.WorkflowName, input)
	w.requireEnded(t)
}
