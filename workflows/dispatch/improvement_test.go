package dispatch_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/dispatch"
	"github.com/redress-dev/redress/workflows/improvement"
)

const (
	improvementName     = "improvements/01jb3p5v9x7k2m4n6q8r0t1w3y"
	improvementWorkflow = "improvement/01jb3p5v9x7k2m4n6q8r0t1w3y"
)

// improvements knows one improvement.
type improvements struct {
	reviewv1.ImprovementServiceClient
	state reviewv1.Improvement_State
	err   error
}

func (s *improvements) GetImprovement(
	_ context.Context, r *reviewv1.GetImprovementRequest, _ ...grpc.CallOption,
) (*reviewv1.Improvement, error) {
	if s.err != nil {
		return nil, s.err
	}
	return &reviewv1.Improvement{Name: r.GetName(), State: s.state}, nil
}

func aboutImprovement(t *testing.T, kind string, payload *eventv1.Payload) *eventv1.Event {
	t.Helper()
	e := event(t, kind, payload)
	e.Subject, e.Cycle = improvementName, 0
	return e
}

func openedImprovement(t *testing.T) *eventv1.Event {
	t.Helper()
	return aboutImprovement(t, "improvement_opened", &eventv1.Payload{Kind: &eventv1.Payload_ImprovementOpened{
		ImprovementOpened: &eventv1.ImprovementOpened{Improvement: improvementName},
	}})
}

func completedImprovement(t *testing.T) *eventv1.Event {
	t.Helper()
	return aboutImprovement(t, "improvement_completed", &eventv1.Payload{Kind: &eventv1.Payload_ImprovementCompleted{
		ImprovementCompleted: &eventv1.ImprovementCompleted{Improvement: improvementName},
	}})
}

// TestAnImprovementIsStartedOnce for ever, and told what review records of it.
func TestAnImprovementIsStartedOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2", "API-1")
	d, server, _ := newApprovalDispatcher(t)
	for _, kind := range []string{"improvement_opened", "improvement_assigned", "improvement_completed", "improvement_abandoned"} {
		require.True(t, d.Wants(kind), kind)
	}
	for _, kind := range []string{"improvement_overdue", "improvement_checked", "outcome_recorded"} {
		require.False(t, d.Wants(kind), "the workflow brought that about, or has nothing to do with it: %s", kind)
	}
	require.NoError(t, d.DeliverAll(t.Context(), []*eventv1.Event{openedImprovement(t), openedImprovement(t), completedImprovement(t)}))
	require.Len(t, server.options, 1)
	require.Equal(t, improvementWorkflow, server.options[0].ID)
	require.Equal(t, improvement.WorkflowName, server.inputs[0])
	input, ok := server.inputs[1].(*workflowv1.ImprovementInput)
	require.True(t, ok)
	require.Equal(t, improvementName, input.GetImprovement())
	require.Equal(t, []string{improvementWorkflow + " event"}, server.targets)
	signal, ok := server.signals[0].(*workflowv1.ImprovementSignal)
	require.True(t, ok)
	require.Equal(t, "improvement_completed", signal.GetType())
	server.running[improvementWorkflow] = false
	require.NoError(t, d.Deliver(t.Context(), openedImprovement(t)))
	require.Len(t, server.options, 1)
}

// TestAnImprovementWithoutAWorkflow is left alone once it is over, and tried again until then.
func TestAnImprovementWithoutAWorkflow(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	server, service := &temporal{running: map[string]bool{}}, &improvements{state: reviewv1.Improvement_DONE}
	d, err := dispatch.New(dispatch.Config{}, dispatch.Deps{
		Temporal: server, Intake: &intake{open: true}, Routing: &routing{}, Approvals: &approvals{}, Improvements: service, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	err = d.Deliver(t.Context(), completedImprovement(t))
	require.ErrorContains(t, err, "not over")
	requireRetryable(t, err)
	service.err = status.Error(codes.Unavailable, "down")
	requireRetryable(t, d.Deliver(t.Context(), completedImprovement(t)))
	service.err, service.state = nil, reviewv1.Improvement_EFFECTIVE
	require.NoError(t, d.Deliver(t.Context(), completedImprovement(t)))
}
