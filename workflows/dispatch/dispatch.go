// Package dispatch brings recorded events to the workflows that they concern: some start a workflow, some signal one.
//
// A Dispatcher is a subscriber of the relay, which delivers each event at least once and in order per subject. It is
// idempotent: a workflow that was started before counts as delivered, and workflows ignore facts they know. It keeps
// nothing. What crosses into Temporal are names, ids and times.
package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// Temporal is the part of client.Client that the dispatcher uses. The client must have workflows.DataConverter.
type Temporal interface {
	// ExecuteWorkflow starts a workflow.
	ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error)
	// SignalWorkflow signals a running workflow.
	SignalWorkflow(ctx context.Context, workflowID, runID, signalName string, arg any) error
}

// Config is what may differ between installations.
type Config struct {
	// TaskQueue is where workflows are started; complaint.TaskQueue if empty.
	TaskQueue string
	// Queued has first tasks wait in the task queue, as they must where workers have versions: Temporal hands an eager one to the worker of this
	// process, whether or not its version is the current one.
	Queued bool
}

// Deps are what a dispatcher needs, all of it.
type Deps struct {
	// Temporal takes starts and signals.
	Temporal Temporal
	// Intake knows whether a cycle has ended.
	Intake intakev1.IntakeServiceClient
	// Routing brings signals of risk before the ladder when no workflow runs that would.
	Routing routingv1.RoutingServiceClient
	// Approvals knows whether an approval has ended.
	Approvals remedyv1.ApprovalServiceClient
	// Improvements knows whether an improvement is over.
	Improvements reviewv1.ImprovementServiceClient
	// Logger hears of signals that were dropped.
	Logger *slog.Logger
}

// Dispatcher delivers events to workflows. It is safe for concurrent use.
type Dispatcher struct {
	taskQueue string
	eager     bool
	deps      Deps
}

// New returns a dispatcher; an error if a dependency is missing.
func New(cfg Config, deps Deps) (*Dispatcher, error) {
	if deps.Temporal == nil || deps.Intake == nil || deps.Routing == nil || deps.Approvals == nil || deps.Improvements == nil || deps.Logger == nil {
		return nil, errors.New("dispatch: Deps.Temporal, Deps.Intake, Deps.Routing, Deps.Approvals, Deps.Improvements and Deps.Logger are required")
	}
	if cfg.TaskQueue == "" {
		cfg.TaskQueue = complaint.TaskQueue
	}
	return &Dispatcher{taskQueue: cfg.TaskQueue, eager: !cfg.Queued, deps: deps}, nil
}

// PermanentError is a delivery that will never succeed, however often it is tried.
type PermanentError struct {
	// Err says why.
	Err error
}

// Error says why.
func (e *PermanentError) Error() string { return "dispatch: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *PermanentError) Unwrap() error { return e.Err }

// Permanent is true. It lets the relay recognise the error without knowing its type.
func (e *PermanentError) Permanent() bool { return true }

// Name is the subscriber's name, under which the relay keeps its place: "temporal".
func (d *Dispatcher) Name() string { return "temporal" }

// Wants is true for the types of events that concern a workflow.
func (d *Dispatcher) Wants(eventType string) bool {
	return slices.Contains(slices.Concat(types(), approvalTypes(), improvementTypes(), seriesTypes()), eventType)
}

// Deliver brings one event to its workflow. It returns nil when it is there, or when the workflow's cycle has ended so
// that nobody waits for it, and the ladder was told of a signal of risk that came then; a *PermanentError when the event cannot be
// understood; any other error is worth another try.
func (d *Dispatcher) Deliver(ctx context.Context, event *eventv1.Event) error {
	delivery, err := route(event)
	switch {
	case err != nil:
		return &PermanentError{Err: err}
	case delivery.start != nil:
		return d.start(ctx, delivery)
	case delivery.signal != nil:
		return d.signal(ctx, event, delivery)
	case delivery.approval.name != "":
		return d.approval(ctx, delivery.approval)
	case delivery.improvement:
		return d.improvement(ctx, event)
	case delivery.series.workflowID != "":
		return d.series(ctx, delivery.series)
	default:
		return nil
	}
}

// DeliverAll is Deliver for several events of one subject in their order. Facts that follow each other and concern the same
// workflow are told in one signal: a call that reached the customer settles three duties at once. A ladder that cannot be told is an
// error in the end; what follows the signal is delivered all the same, since a cycle that is opened again must not wait for it.
func (d *Dispatcher) DeliverAll(ctx context.Context, events []*eventv1.Event) error {
	var pending delivery
	var first *eventv1.Event
	var untold error
	flush := func() error {
		if pending.signal == nil {
			return nil
		}
		err := d.signal(ctx, first, pending)
		pending = delivery{}
		if alarm, ok := errors.AsType[*alarmError](err); ok {
			untold = errors.Join(untold, alarm)
			return nil
		}
		return err
	}
	for _, event := range events {
		next, err := route(event)
		switch {
		case err != nil:
			return errors.Join(flush(), untold, &PermanentError{Err: err})
		case next.signal != nil && pending.signal != nil && next.workflowID == pending.workflowID:
			pending.signal.Later = append(pending.signal.Later, next.signal)
			continue
		case next.signal == nil && next.start == nil && next.approval.name == "" && !next.improvement && next.series.workflowID == "":
			continue
		}
		if err := flush(); err != nil {
			return errors.Join(untold, err)
		}
		if next.signal != nil {
			pending, first = next, event
		} else if err := d.Deliver(ctx, event); err != nil {
			return errors.Join(untold, err)
		}
	}
	err := flush()
	return errors.Join(untold, err)
}

// start begins a cycle's workflow, once for ever: its id names the cycle, and an id is never used again (API-1).
func (d *Dispatcher) start(ctx context.Context, delivery delivery) error {
	input := delivery.start
	_, err := d.deps.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       delivery.workflowID,
		TaskQueue:                                d.taskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		// Where the worker is in this process and has room, it gets the first task with the answer.
		EnableEagerStart:      d.eager,
		TypedSearchAttributes: complaint.StartAttributes(input),
		StaticSummary:         fmt.Sprintf("Complaint %s (%s at receipt)", input.GetReference(), strings.ToLower(input.GetSeverity().String())),
		StaticDetails: fmt.Sprintf("Cycle %d of `%s`, received %s.", input.GetCycle(), input.GetComplaint(),
			input.GetReceiveTime().AsTime().Format("2006-01-02 15:04:05 UTC")),
	}, complaint.WorkflowName, input)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if err == nil || errors.As(err, &already) {
		return nil
	}
	return fmt.Errorf("start %s: %w", delivery.workflowID, err)
}

// signal tells a running workflow a fact. If there is none, either the cycle has ended, and nobody needs to know but of signals of
// risk, or the event that starts the workflow is still on its way.
func (d *Dispatcher) signal(ctx context.Context, event *eventv1.Event, delivery delivery) error {
	err := d.deps.Temporal.SignalWorkflow(ctx, delivery.workflowID, "", complaint.SignalName, delivery.signal)
	var missing *serviceerror.NotFound
	if err == nil {
		return nil
	}
	if !errors.As(err, &missing) {
		return fmt.Errorf("signal %s: %w", delivery.workflowID, err)
	}
	cycle, err := d.deps.Intake.GetCycle(ctx, &intakev1.GetCycleRequest{Name: event.GetSubject(), Cycle: event.GetCycle()})
	if err != nil {
		return fmt.Errorf("signal %s: no workflow runs, and asking whether the cycle has ended: %w", delivery.workflowID, err)
	}
	if cycle.GetOpen() {
		return fmt.Errorf("signal %s: no workflow runs, but the cycle is open: %w", delivery.workflowID, missing)
	}
	if err := d.alarm(ctx, event, delivery.signal); err != nil {
		return &alarmError{workflowID: delivery.workflowID, err: err}
	}
	d.deps.Logger.DebugContext(ctx, "no workflow hears a signal, because its cycle has ended",
		"workflow", delivery.workflowID, "event", event.GetEventId(), "type", event.GetType())
	return nil
}

// delivery is what becomes of an event: a start, a signal, something about an approval or a series, or nothing.
type delivery struct {
	workflowID string
	start      *workflowv1.ComplaintInput
	signal     *workflowv1.ComplaintSignal
	approval   approvalDelivery
	series     seriesDelivery
	// improvement is true of an event that an improvement's workflow hears, or begins with.
	improvement bool
}
