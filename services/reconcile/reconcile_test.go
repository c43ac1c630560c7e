package reconcile_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/reconcile"
	"github.com/redress-dev/redress/workflows/dispatch"
)

const (
	one, two = "complaints/01arz3ndektsv4rrffq69g5fav", "complaints/01arz3ndektsv4rrffq69g5faw"
	flowOne  = "complaint/01arz3ndektsv4rrffq69g5fav/1"
	flowTwo  = "complaint/01arz3ndektsv4rrffq69g5faw/1"
)

// temporal keeps workflows by their status.
type temporal struct {
	status  map[string]enumspb.WorkflowExecutionStatus
	signals []string
	began   []client.StartWorkflowOptions
	err     error
}

func (f *temporal) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	if f.status[o.ID] == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "", "")
	}
	f.status[o.ID], f.began = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, append(f.began, o)
	return nil, nil //nolint:nilnil // nobody has use for the run
}

func (f *temporal) SignalWorkflow(_ context.Context, id, _, _ string, _ any) error {
	if f.status[id] != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return serviceerror.NewNotFound("not running")
	}
	f.signals = append(f.signals, id)
	return nil
}

func (f *temporal) DescribeWorkflowExecution(_ context.Context, id, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	if f.err != nil {
		return nil, f.err
	}
	status, ok := f.status[id]
	if !ok {
		return nil, serviceerror.NewNotFound("unknown")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Status: status}}, nil
}

func (f *temporal) ListWorkflow(context.Context, *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	resp := &workflowservice.ListWorkflowExecutionsResponse{}
	for id, status := range f.status {
		if status == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
			resp.Executions = append(resp.Executions, &workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{WorkflowId: id}})
		}
	}
	return resp, nil
}

func (f *temporal) TerminateWorkflow(_ context.Context, id, _, _ string, _ ...any) error {
	f.status[id] = enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED
	return nil
}

// service has open work, events, and hearers that forgot some.
type service struct {
	open    []*eventv1.OpenWork
	events  []*eventv1.Event
	unheard []*eventv1.UnheardEvents
	again   []string
	err     error
}

func (s *service) ListOpenWork(_ context.Context, r *eventv1.ListOpenWorkRequest, _ ...grpc.CallOption) (*eventv1.ListOpenWorkResponse, error) {
	if s.err != nil || len(s.open) == 0 {
		return &eventv1.ListOpenWorkResponse{}, s.err
	}
	if r.GetPageToken() == "" { // One at a time.
		resp := &eventv1.ListOpenWorkResponse{Work: s.open[:1]}
		if len(s.open) > 1 {
			resp.NextPageToken = "rest"
		}
		return resp, nil
	}
	return &eventv1.ListOpenWorkResponse{Work: s.open[1:]}, nil
}

func (s *service) ListUnheardEvents(
	_ context.Context, r *eventv1.ListUnheardEventsRequest, _ ...grpc.CallOption,
) (*eventv1.ListUnheardEventsResponse, error) {
	resp := &eventv1.ListUnheardEventsResponse{EventCount: 10}
	if len(s.again) == 0 {
		resp.Unheard = s.unheard
	}
	if r.GetAfterSequence() == 0 {
		resp.NextSequence = 10
	}
	return resp, nil
}

func (s *service) RedeliverEvents(_ context.Context, r *eventv1.RedeliverEventsRequest, _ ...grpc.CallOption) (*eventv1.RedeliverEventsResponse, error) {
	if r.GetSubscriber() == "nobody" {
		return nil, status.Error(codes.NotFound, "there is no such subscriber")
	}
	s.again = append(s.again, r.GetSubscriber()+" "+strings.Repeat("+", int(r.GetAfterSequence())))
	return &eventv1.RedeliverEventsResponse{}, nil
}

func (s *service) ListEvents(_ context.Context, r *eventv1.ListEventsRequest, _ ...grpc.CallOption) (*eventv1.ListEventsResponse, error) {
	return &eventv1.ListEventsResponse{Events: slices.DeleteFunc(slices.Clone(s.events), func(e *eventv1.Event) bool { return e.GetSubject() != r.GetSubject() })}, nil
}

// schedules may be missing.
type schedules struct{ missing []string }

func (s *schedules) Missing(context.Context) ([]string, error) { return s.missing, nil }
func (s *schedules) Make(context.Context) error                { s.missing = nil; return nil }

// world is what is compared.
type world struct {
	temporal  *temporal
	intake    *service
	schedules *schedules
	waited    func()
	cfg       reconcile.Config
}

func newWorld() *world {
	return &world{
		temporal:  &temporal{status: map[string]enumspb.WorkflowExecutionStatus{}},
		intake:    &service{},
		schedules: &schedules{},
		waited:    func() {},
		cfg:       reconcile.Config{Namespace: "redress", Patience: time.Second},
	}
}

func (w *world) run(t *testing.T) (*reconcile.Report, error) {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	return reconcile.Run(t.Context(), w.cfg, reconcile.Deps{
		Services: []reconcile.Service{{Name: "intake", Recovery: w.intake, Log: w.intake}}, Temporal: w.temporal, Schedules: w.schedules, Logger: logger,
		Wait: func(context.Context, time.Duration) error { w.waited(); return nil },
		Dispatcher: func(to dispatch.Temporal) (reconcile.Deliverer, error) {
			return dispatch.New(dispatch.Config{}, dispatch.Deps{
				Temporal: to, Intake: struct{ intakev1.IntakeServiceClient }{}, Routing: struct{ routingv1.RoutingServiceClient }{},
				Approvals: struct{ remedyv1.ApprovalServiceClient }{}, Improvements: struct {
					reviewv1.ImprovementServiceClient
				}{}, Logger: logger,
			})
		},
	})
}

// has puts a complaint on record, with an event that begins its workflow and one that it hears.
func (w *world) has(t *testing.T, name string, open bool) {
	t.Helper()
	if open {
		w.intake.open = append(w.intake.open, &eventv1.OpenWork{Kind: eventv1.WorkKind_COMPLAINT_CYCLE, Name: name, Subject: name, Cycle: 1})
	}
	for kind, payload := range map[string]*eventv1.Payload{
		"complaint_closed":   {Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{}}},
		"complaint_received": {Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{}}},
	} {
		raw, err := proto.Marshal(payload)
		require.NoError(t, err)
		w.intake.events = append(w.intake.events, &eventv1.Event{Subject: name, Cycle: 1, Type: kind, Payload: raw, RecordTime: timestamppb.New(time.Unix(1, 0))})
	}
}

func problems(r *reconcile.Report) (all []string) {
	for _, f := range r.Findings {
		all = append(all, string(f.Problem)+" "+f.Workflow+f.Subscriber)
	}
	return all
}

// TestWhatIsMissingIsBegun: a record without a workflow gets one, with all that is on record; one that runs is left alone.
func TestWhatIsMissingIsBegun(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1")
	w := newWorld()
	w.has(t, one, true)
	w.has(t, two, true)
	w.temporal.status[flowOne] = enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED
	w.temporal.status[flowTwo] = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	w.cfg.DryRun = true
	r, err := w.run(t)
	require.NoError(t, err)
	require.Equal(t, []string{"not running " + flowOne}, problems(r))
	require.False(t, r.Findings[0].Done)
	require.Empty(t, w.temporal.began)

	w.cfg.DryRun = false
	r, err = w.run(t)
	require.NoError(t, err)
	require.Equal(t, []any{1, true, 0, 2, 1}, []any{len(r.Findings), r.Findings[0].Done, r.Failed(), r.OpenWork, r.Running})
	require.Len(t, w.temporal.began, 1)
	require.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, w.temporal.began[0].WorkflowIDReusePolicy, "it ran before")
	require.Equal(t, []string{flowOne}, w.temporal.signals, "the one that runs is told nothing")
	r, err = w.run(t)
	require.NoError(t, err)
	require.Empty(t, r.Findings)
}

// TestWhatIsOnItsWayIsNoFinding: what is so no more at the second look does not count.
func TestWhatIsOnItsWayIsNoFinding(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.has(t, one, true)
	w.waited = func() { w.temporal.status[flowOne] = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING }
	r, err := w.run(t)
	require.NoError(t, err)
	require.Empty(t, r.Findings)
	require.Empty(t, w.temporal.began)
}

// TestOrphansGo: a workflow without a record is terminated, one whose record has ended is told so.
func TestOrphansGo(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.has(t, one, false)
	for _, id := range []string{flowOne, flowTwo, "improvement/x", "approval/x/1"} {
		w.temporal.status[id] = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	}
	r, err := w.run(t)
	require.NoError(t, err)
	require.Equal(t, []string{"no record " + flowTwo, "no record improvement/x", "record ended " + flowOne}, problems(r))
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, w.temporal.status[flowTwo])
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, w.temporal.status[flowOne])
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, w.temporal.status["approval/x/1"], "nobody can tell whose that is")
	require.Equal(t, []string{flowOne}, w.temporal.signals)
}

// TestWhatWasNotHeardComesAgain, first of all, since it may be why something else is missing; and schedules are made.
func TestWhatWasNotHeardComesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.has(t, one, true)
	w.intake.unheard = []*eventv1.UnheardEvents{{Subscriber: "routing", EventCount: 3, FirstSequence: 5}}
	w.schedules.missing = []string{"review-daily"}
	r, err := w.run(t)
	require.NoError(t, err)
	require.Equal(t, []string{"unheard routing", "not running " + flowOne, "not scheduled "}, problems(r))
	require.Equal(t, []any{int64(6), int64(20)}, []any{r.Findings[0].Events, r.Events}, "of both pages")
	require.Equal(t, []string{"routing ++++"}, w.intake.again, "from the first one that was not heard")
	require.Empty(t, w.schedules.missing)

	w.cfg.Retell = "temporal-1"
	_, err = w.run(t)
	require.NoError(t, err)
	require.Equal(t, []string{"routing ++++", "temporal-1 "}, w.intake.again)
	w.cfg.Retell = "nobody"
	_, err = w.run(t)
	require.NoError(t, err, "who has heard nothing yet hears everything")
}

// TestNothingIsRepairedBlindly: when somebody does not answer, nothing is known to be missing.
func TestNothingIsRepairedBlindly(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	w := newWorld()
	w.has(t, one, true)
	w.intake.err = down
	_, err := w.run(t)
	require.ErrorIs(t, err, down)
	w.intake.err, w.temporal.err = nil, down
	_, err = w.run(t)
	require.ErrorIs(t, err, down)
	require.Empty(t, w.temporal.began)
	_, err = reconcile.Run(t.Context(), w.cfg, reconcile.Deps{})
	require.Error(t, err)

	// What has no beginning on record is told, and the rest goes on.
	w.temporal.err, w.intake.events = nil, nil
	w.has(t, two, true)
	r, err := w.run(t)
	require.NoError(t, err)
	require.Equal(t, 1, r.Failed())
	require.Contains(t, r.Findings[0].Error, "begins")
	require.True(t, r.Findings[1].Done)
}
