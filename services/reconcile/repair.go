package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/workflows/complaint"
	"github.com/redress-dev/redress/workflows/dispatch"
)

// repair does what a finding asks for, and notes how that went.
func (r *reconciler) repair(ctx context.Context, f *Finding) {
	var err error
	switch f.Problem {
	case NotRunning:
		err = r.begin(ctx, f)
	case NoRecord:
		err = r.terminate(ctx, f)
	case Ended:
		err = r.tell(ctx, f)
	case Unheard:
		err = r.redeliver(ctx, f)
	case NotScheduled:
		err = r.deps.Schedules.Make(ctx)
	}
	if err != nil {
		f.Error = err.Error()
		r.deps.Logger.ErrorContext(ctx, "not repaired", "problem", f.Problem, "workflow", f.Workflow, "subscriber", f.Subscriber, "error", err)
		return
	}
	f.Done = true
	r.deps.Logger.InfoContext(ctx, "repaired", "problem", f.Problem, "workflow", f.Workflow, "subscriber", f.Subscriber, "action", f.Action)
}

// begin starts the workflow of a record, and tells it what is on record.
func (r *reconciler) begin(ctx context.Context, f *Finding) error {
	begun, err := r.deliver(ctx, f, &only{Temporal: r.deps.Temporal, id: f.Workflow, mayStart: true})
	if err != nil {
		return err
	}
	if !begun {
		return errors.New("no event on record begins it")
	}
	return r.tell(ctx, f)
}

// tell tells a workflow all facts on record. Those that it knows change nothing.
func (r *reconciler) tell(ctx context.Context, f *Finding) error {
	_, err := r.deliver(ctx, f, &only{Temporal: r.deps.Temporal, id: f.Workflow, maySignal: true})
	return err
}

func (r *reconciler) terminate(ctx context.Context, f *Finding) error {
	err := r.deps.Temporal.TerminateWorkflow(ctx, f.Workflow, "", "redress reconcile: there is no record whose time it keeps")
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return nil
	}
	return err
}

func (r *reconciler) redeliver(ctx context.Context, f *Finding) error {
	for _, s := range r.deps.Services {
		if s.Name == f.Service {
			_, err := s.Recovery.RedeliverEvents(ctx, &eventv1.RedeliverEventsRequest{Subscriber: f.Subscriber, AfterSequence: f.first - 1})
			return err
		}
	}
	return fmt.Errorf("no service %s", f.Service)
}

// retell has Temporal told all events again. A service that has told it none begins at the beginning anyway.
func (r *reconciler) retell(ctx context.Context) error {
	for _, s := range r.deps.Services {
		_, err := s.Recovery.RedeliverEvents(ctx, &eventv1.RedeliverEventsRequest{Subscriber: r.cfg.Retell})
		if err != nil && status.Code(err) != codes.NotFound {
			return fmt.Errorf("tell Temporal everything of %s again: %w", s.Name, err)
		}
	}
	return nil
}

// orphan tells what is wrong with a workflow that runs although nothing is open; nil when nobody can tell.
func (r *reconciler) orphan(ctx context.Context, id string) (*Finding, error) {
	f := &Finding{Workflow: id}
	if f.subject, f.Cycle = subjectOf(id); f.subject == "" {
		resp, err := r.deps.Temporal.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", id, err)
		}
		if f.subject = complaintOf(resp.GetWorkflowExecutionInfo().GetSearchAttributes()); f.subject == "" {
			return nil, nil
		}
	}
	f.Record = f.subject
	began, err := r.deliver(ctx, f, &only{Temporal: r.deps.Temporal, id: id})
	if err != nil {
		return nil, err
	}
	f.Problem, f.Action, f.Detail = Ended, "tell the workflow all events on record", "it runs, and nothing is open"
	if !began {
		f.Problem, f.Action, f.Detail = NoRecord, "terminate the workflow", "no event on record begins it"
	}
	return f, nil
}

// complaintOf is the complaint that a workflow says that it is about; empty when it says none.
func complaintOf(attributes *commonpb.SearchAttributes) (name string) {
	if converter.GetDefaultDataConverter().FromPayload(attributes.GetIndexedFields()[complaint.ComplaintKey.GetName()], &name) != nil {
		return ""
	}
	return name
}

// deliver brings all events of the record's subject to one workflow, as far as the gate lets them. Begins is true when one of them begins it.
func (r *reconciler) deliver(ctx context.Context, f *Finding, gate *only) (begins bool, err error) {
	deliverer, err := r.deps.Dispatcher(gate)
	if err != nil {
		return false, err
	}
	events, err := r.events(ctx, f.subject)
	if err != nil {
		return false, err
	}
	for _, e := range events {
		if err := deliverer.Deliver(ctx, e); err != nil {
			return false, fmt.Errorf("event %s, %s: %w", e.GetEventId(), e.GetType(), err)
		}
	}
	return gate.begins, nil
}

// events are all that was recorded of a subject, by the time it was recorded.
func (r *reconciler) events(ctx context.Context, subject string) ([]*eventv1.Event, error) {
	var all []*eventv1.Event
	for _, s := range r.deps.Services {
		for token, more := "", true; more; more = token != "" {
			resp, err := s.Log.ListEvents(ctx, &eventv1.ListEventsRequest{Subject: subject, PageToken: token})
			if err != nil {
				return nil, fmt.Errorf("events of %s at %s: %w", subject, s.Name, err)
			}
			all, token = append(all, resp.GetEvents()...), resp.GetNextPageToken()
		}
	}
	slices.SortStableFunc(all, func(a, b *eventv1.Event) int {
		return a.GetRecordTime().AsTime().Compare(b.GetRecordTime().AsTime())
	})
	return all, nil
}

// only is a Temporal in which one workflow can be begun, or told something, and all others are left alone.
type only struct {
	Temporal

	id                  string
	mayStart, maySignal bool
	// begins is true once an event came that begins it.
	begins bool
}

var _ dispatch.Temporal = (*only)(nil)

// ExecuteWorkflow begins the one workflow even if it ran before: it was terminated, or its record was restored.
func (o *only) ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error) {
	if options.ID != o.id {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("left alone", "", "")
	}
	o.begins = true
	if !o.mayStart {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("only looked at", "", "")
	}
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	options.EnableEagerStart = false // No worker is here.
	return o.Temporal.ExecuteWorkflow(ctx, options, workflow, args...)
}

// SignalWorkflow tells the one workflow something. It may have ended meanwhile, then nobody needs to know.
func (o *only) SignalWorkflow(ctx context.Context, workflowID, runID, signalName string, arg any) error {
	if workflowID != o.id || !o.maySignal {
		return nil
	}
	err := o.Temporal.SignalWorkflow(ctx, workflowID, runID, signalName, arg)
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return nil
	}
	return err
}
