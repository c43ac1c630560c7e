package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/workflows/dispatch"
)

// Temporal is the part of client.Client that is used. The client must have workflows.DataConverter.
type Temporal interface {
	dispatch.Temporal
	// DescribeWorkflowExecution tells how the last run of a workflow stands.
	DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
	// ListWorkflow searches.
	ListWorkflow(ctx context.Context, request *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error)
	// TerminateWorkflow ends a workflow without asking it.
	TerminateWorkflow(ctx context.Context, workflowID, runID, reason string, details ...any) error
}

// Recovery is as much of any service's RecoveryService as is used.
type Recovery interface {
	// ListOpenWork lists the records whose time a workflow has to keep.
	ListOpenWork(ctx context.Context, in *eventv1.ListOpenWorkRequest, opts ...grpc.CallOption) (*eventv1.ListOpenWorkResponse, error)
	// ListUnheardEvents tells what hearers do not know.
	ListUnheardEvents(ctx context.Context, in *eventv1.ListUnheardEventsRequest, opts ...grpc.CallOption) (*eventv1.ListUnheardEventsResponse, error)
	// RedeliverEvents delivers events again.
	RedeliverEvents(ctx context.Context, in *eventv1.RedeliverEventsRequest, opts ...grpc.CallOption) (*eventv1.RedeliverEventsResponse, error)
}

// Events reads a service's event log.
type Events interface {
	// ListEvents lists the events of a subject in order.
	ListEvents(ctx context.Context, in *eventv1.ListEventsRequest, opts ...grpc.CallOption) (*eventv1.ListEventsResponse, error)
}

// Service is one of those that are compared.
type Service struct {
	// Name is the service's.
	Name string
	// Recovery and Log reach it.
	Recovery Recovery
	Log      Events
}

// Deliverer brings events to workflows: a dispatch.Dispatcher.
type Deliverer interface {
	// Deliver brings one event to its workflow.
	Deliver(ctx context.Context, event *eventv1.Event) error
}

// Schedules are those by which Temporal reviews periods.
type Schedules interface {
	// Missing names those that Temporal does not have.
	Missing(ctx context.Context) ([]string, error)
	// Make makes them.
	Make(ctx context.Context) error
}

// Config says how it is done.
type Config struct {
	// DryRun only looks.
	DryRun bool
	// Patience is how long after the first look the second one is made.
	Patience time.Duration
	// Namespace is Temporal's.
	Namespace string
	// Retell names the subscriber that stands for Temporal, to be told all events again, as a Temporal must be that was restored from
	// a backup; empty for not.
	Retell string
}

// Deps are what it needs, all of it.
type Deps struct {
	// Services are all that have an event log.
	Services []Service
	// Temporal keeps the time.
	Temporal Temporal
	// Dispatcher makes what brings events to a Temporal.
	Dispatcher func(dispatch.Temporal) (Deliverer, error)
	// Schedules are looked at, too.
	Schedules Schedules
	// Wait returns after a time, or with an error when the context ends before.
	Wait func(ctx context.Context, d time.Duration) error
	// Logger hears of each repair.
	Logger *slog.Logger
}

// Run looks, looks again at whether what was found is still so, and repairs it. What could not be repaired is told in the report; the error is for
// a look that could not be made: a service or Temporal does not answer. Nothing is repaired then.
func Run(ctx context.Context, cfg Config, deps Deps) (*Report, error) {
	if len(deps.Services) == 0 || deps.Temporal == nil || deps.Dispatcher == nil || deps.Schedules == nil || deps.Wait == nil || deps.Logger == nil {
		return nil, errors.New("reconcile: all of Deps is required")
	}
	r := &reconciler{cfg: cfg, deps: deps}
	if cfg.Retell != "" && !cfg.DryRun {
		if err := r.retell(ctx); err != nil {
			return nil, err
		}
	}
	report, err := r.look(ctx)
	if err != nil || len(report.Findings) == 0 {
		return report, err
	}
	if err := deps.Wait(ctx, cfg.Patience); err != nil {
		return nil, err
	}
	again, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, f := range report.Findings {
		found[f.key()] = true
	}
	again.Findings = slices.DeleteFunc(again.Findings, func(f *Finding) bool { return !found[f.key()] })
	if cfg.DryRun {
		return again, nil
	}
	for _, f := range again.Findings {
		r.repair(ctx, f)
	}
	return again, nil
}

// reconciler is one run.
type reconciler struct {
	cfg  Config
	deps Deps
}

// sorted puts findings into the order in which they are repaired: what was not heard first, since it may be why something else is missing.
func sorted(findings []*Finding) []*Finding {
	slices.SortFunc(findings, func(a, b *Finding) int {
		if (a.Problem == Unheard) != (b.Problem == Unheard) {
			if a.Problem == Unheard {
				return -1
			}
			return 1
		}
		return strings.Compare(a.key(), b.key())
	})
	return findings
}
