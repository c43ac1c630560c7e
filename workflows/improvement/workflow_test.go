package improvement_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/improvement"
)

const name = "improvements/01jb3p5v9x7k2m4n6q8r0t1w3y"

var opened = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// world is an improvement as review has it, by its rules: due after 30 days, looked at 30 days after it was done.
type world struct {
	reviewv1.ImprovementServiceClient
	env *testsuite.TestWorkflowEnvironment

	mu      sync.Mutex
	state   reviewv1.Improvement_State
	due     time.Time
	done    time.Time
	told    []time.Duration // When it was told to be overdue, after its opening.
	checked []time.Duration // When it was looked at, likewise.
	asked   int
	fail    int // So many calls fail first.
}

const month = 30 * 24 * time.Hour

func (w *world) SettleImprovement(
	context.Context, *reviewv1.SettleImprovementRequest, ...grpc.CallOption,
) (*reviewv1.SettleImprovementResponse, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	if w.fail > 0 {
		w.fail--
		return nil, status.Error(codes.Unavailable, "down")
	}
	now := w.env.Now()
	overdue := w.state == reviewv1.Improvement_OPEN && !now.Before(w.due)
	switch {
	case overdue && len(w.told) == 0:
		w.told = append(w.told, now.Sub(opened))
	case w.state == reviewv1.Improvement_DONE && !now.Before(w.done.Add(month)):
		w.checked = append(w.checked, now.Sub(opened))
		w.state = reviewv1.Improvement_EFFECTIVE
	}
	answer := &reviewv1.SettleImprovementResponse{State: w.state, Overdue: overdue, Owner: "agents/gao", DueTime: timestamppb.New(w.due)}
	switch {
	case w.state == reviewv1.Improvement_DONE:
		answer.NextTime = timestamppb.New(w.done.Add(month))
	case w.state == reviewv1.Improvement_OPEN && len(w.told) == 0:
		answer.NextTime = timestamppb.New(w.due)
	}
	return answer, nil
}

// after has something recorded so long after the opening, and the workflow told of it.
func (w *world) after(at time.Duration, kind string, change func()) {
	w.env.RegisterDelayedCallback(func() {
		w.mu.Lock()
		change()
		w.mu.Unlock()
		w.env.SignalWorkflow(improvement.SignalName, &workflowv1.ImprovementSignal{Type: kind})
	}, at)
}

func (w *world) complete() { w.state, w.done = reviewv1.Improvement_DONE, w.env.Now() }

func newWorld() *world {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w := &world{env: suite.NewTestWorkflowEnvironment(), state: reviewv1.Improvement_OPEN, due: opened.Add(month)}
	w.env.SetStartTime(opened)
	w.env.SetTestTimeout(30 * time.Second)
	w.env.SetDataConverter(workflows.DataConverter())
	improvement.Register(w.env, &improvement.Activities{Improvements: w})
	return w
}

// run lets the workflow run to its end.
func (w *world) run(t *testing.T) {
	t.Helper()
	w.env.ExecuteWorkflow(improvement.WorkflowName, &workflowv1.ImprovementInput{Improvement: name})
	require.True(t, w.env.IsWorkflowCompleted())
	require.NoError(t, w.env.GetWorkflowError())
}

// TestDoneInTime is looked at thirty days after it was done, and at no other time.
func TestDoneInTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	w := newWorld()
	w.after(20*24*time.Hour, "improvement_completed", w.complete)
	w.run(t)
	require.Empty(t, w.told)
	require.Equal(t, []time.Duration{50 * 24 * time.Hour}, w.checked)
	require.Equal(t, 3, w.asked, "it asks when there is something to ask, and does not poll")
}

// TestOverdue is told once, at the due time, and still waited for.
func TestOverdue(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	w := newWorld()
	w.after(40*24*time.Hour, "improvement_completed", w.complete)
	w.run(t)
	require.Equal(t, []time.Duration{month}, w.told)
	require.Equal(t, []time.Duration{70 * 24 * time.Hour}, w.checked)
}

// TestAssignedAnew is told by the time that holds then.
func TestAssignedAnew(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	w := newWorld()
	w.after(10*24*time.Hour, "improvement_assigned", func() { w.due = opened.Add(2 * month) })
	w.after(65*24*time.Hour, "improvement_completed", w.complete)
	w.run(t)
	require.Equal(t, []time.Duration{2 * month}, w.told)
}

// TestAbandoned ends it at once.
func TestAbandoned(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	w := newWorld()
	w.after(time.Hour, "improvement_abandoned", func() { w.state = reviewv1.Improvement_ABANDONED })
	w.run(t)
	require.Equal(t, opened.Add(time.Hour), w.env.Now().UTC())
	require.Empty(t, w.checked)
}

// TestReviewIsDown for a while, and nothing is lost.
func TestReviewIsDown(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	w := newWorld()
	w.after(20*24*time.Hour, "improvement_completed", func() { w.complete(); w.fail = 9 })
	w.run(t)
	require.Len(t, w.checked, 1)
}
