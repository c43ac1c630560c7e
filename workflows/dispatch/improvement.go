package dispatch

import (
	"context"
	"errors"
	"fmt"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/improvement"
)

// opensImprovement is the event that begins an improvement's workflow.
const opensImprovement = "improvement_opened"

// improvementTypes are the events that begin an improvement's workflow, or concern it. What the workflow brought about itself is not among them.
func improvementTypes() []string {
	return []string{opensImprovement, "improvement_assigned", "improvement_completed", "improvement_abandoned"}
}

// aboutImprovement is true of an event about an improvement, whose subject is its name.
func aboutImprovement(event *eventv1.Event) bool {
	return strings.HasPrefix(event.GetSubject(), "improvements/")
}

// improvement brings an event of an improvement to its workflow. Nothing of what it says is needed there: review is asked.
func (d *Dispatcher) improvement(ctx context.Context, event *eventv1.Event) error {
	if event.GetType() == opensImprovement {
		return d.startImprovement(ctx, event.GetSubject())
	}
	return d.signalImprovement(ctx, event.GetSubject(), &workflowv1.ImprovementSignal{
		EventId: event.GetEventId(), Type: event.GetType(), RecordTime: event.GetRecordTime(),
	})
}

// startImprovement begins an improvement's workflow, once for ever.
func (d *Dispatcher) startImprovement(ctx context.Context, name string) error {
	id := improvement.WorkflowID(name)
	_, err := d.deps.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       id,
		TaskQueue:                                d.taskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		EnableEagerStart:                         d.eager,
		TypedSearchAttributes:                    improvement.StartAttributes(),
		StaticSummary:                            "Improvement",
		StaticDetails:                            fmt.Sprintf("`%s`", name),
	}, improvement.WorkflowName, &workflowv1.ImprovementInput{Improvement: name})
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if err == nil || errors.As(err, &already) {
		return nil
	}
	return fmt.Errorf("start %s: %w", id, err)
}

// signalImprovement tells a running workflow that review has recorded something. If there is none, either the improvement is over, and nobody
// needs to know, or the event that starts the workflow is still on its way.
func (d *Dispatcher) signalImprovement(ctx context.Context, name string, signal *workflowv1.ImprovementSignal) error {
	id := improvement.WorkflowID(name)
	err := d.deps.Temporal.SignalWorkflow(ctx, id, "", improvement.SignalName, signal)
	var missing *serviceerror.NotFound
	if err == nil {
		return nil
	}
	if !errors.As(err, &missing) {
		return fmt.Errorf("signal %s: %w", id, err)
	}
	known, err := d.deps.Improvements.GetImprovement(ctx, &reviewv1.GetImprovementRequest{Name: name})
	if err != nil {
		return fmt.Errorf("signal %s: no workflow runs, and asking whether the improvement is over: %w", id, err)
	}
	switch known.GetState() {
	case reviewv1.Improvement_OPEN, reviewv1.Improvement_DONE:
		return fmt.Errorf("signal %s: no workflow runs, but the improvement is not over: %w", id, missing)
	default:
		return nil
	}
}
