package dispatch_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/approval"
	"github.com/redress-dev/redress/workflows/complaint"
	"github.com/redress-dev/redress/workflows/dispatch"
)

const (
	remedyName = subject + "/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y"
	approvalID = "approvals/01jb3p5v9x7k2m4n6q8r0t1w3y-2"
	workflowID = "approval/01jb3p5v9x7k2m4n6q8r0t1w3y/2"
)

// approvals knows one approval.
type approvals struct {
	remedyv1.ApprovalServiceClient
	state remedyv1.Approval_State
	err   error
}

func (s *approvals) GetApproval(_ context.Context, r *remedyv1.GetApprovalRequest, _ ...grpc.CallOption) (*remedyv1.Approval, error) {
	if s.err != nil {
		return nil, s.err
	}
	return &remedyv1.Approval{Name: r.GetName(), State: s.state}, nil
}

func newApprovalDispatcher(t *testing.T) (*dispatch.Dispatcher, *temporal, *approvals) {
	t.Helper()
	server, service := &temporal{running: map[string]bool{}}, &approvals{state: remedyv1.Approval_PENDING}
	d, err := dispatch.New(dispatch.Config{}, dispatch.Deps{
		Temporal: server, Intake: &intake{open: true}, Routing: &routing{}, Approvals: service, Improvements: &improvements{}, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	return d, server, service
}

func requestedEvent(t *testing.T) *eventv1.Event {
	t.Helper()
	return event(t, "approval_requested", &eventv1.Payload{Kind: &eventv1.Payload_ApprovalRequested{ApprovalRequested: &eventv1.ApprovalRequested{
		Approval: approvalID, Remedy: remedyName, Version: 2, Level: 1, Needed: 2, DueTime: timestamppb.New(receiveTime().Add(4 * time.Hour)),
		RemindTime: timestamppb.New(receiveTime().Add(2 * time.Hour)), Amount: &money.Money{CurrencyCode: "CNY", Units: 200, Nanos: 990_000_000},
		Urgent: true, Proposer: "agents/lin",
	}}})
}

// told are the events that concern a running approval, and what each tells its workflow.
func told(t *testing.T) map[string]*eventv1.Event {
	t.Helper()
	return map[string]*eventv1.Event{
		"REJECTED": event(t, "approval_decided", &eventv1.Payload{Kind: &eventv1.Payload_ApprovalDecided{ApprovalDecided: &eventv1.ApprovalDecided{
			Approval: approvalID, Remedy: remedyName, Version: 2, Decision: "REJECTED", Decider: "agents/zhao", Comment: words(),
		}}}),
		"VOID": event(t, "approval_voided", &eventv1.Payload{Kind: &eventv1.Payload_ApprovalVoided{ApprovalVoided: &eventv1.ApprovalVoided{
			Approval: approvalID, Remedy: remedyName, Version: 2, Reason: sealed,
		}}}),
		"": event(t, "approval_moved_up", &eventv1.Payload{Kind: &eventv1.Payload_ApprovalMovedUp{ApprovalMovedUp: &eventv1.ApprovalMovedUp{
			Approval: approvalID, FromLevel: 1, Level: 2, Seconded: true,
		}}}),
	}
}

// TestAnApprovalIsStartedOnce: for ever, with what operators search for, and nothing that somebody wrote.
func TestAnApprovalIsStartedOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "API-1", "API-4")
	d, server, _ := newApprovalDispatcher(t)
	require.True(t, d.Wants("approval_requested"))
	require.NoError(t, d.Deliver(t.Context(), requestedEvent(t)))
	require.NoError(t, d.Deliver(t.Context(), requestedEvent(t)))
	server.running[workflowID] = false // It has ended.
	require.NoError(t, d.DeliverAll(t.Context(), []*eventv1.Event{requestedEvent(t)}))
	require.Len(t, server.options, 1)
	options := server.options[0]
	require.Equal(t, []string{workflowID, complaint.TaskQueue, "Approval of 200 CNY, urgent"},
		[]string{options.ID, options.TaskQueue, options.StaticSummary})
	require.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, options.WorkflowIDReusePolicy)
	require.Zero(t, options.WorkflowExecutionTimeout+options.WorkflowRunTimeout, "nothing is decided by a workflow that ends silently")
	amount, _ := options.TypedSearchAttributes.GetInt64(complaint.AmountKey)
	stage, _ := options.TypedSearchAttributes.GetKeyword(complaint.StageKey)
	due, _ := options.TypedSearchAttributes.GetTime(complaint.DueTimeKey)
	require.Equal(t, []any{int64(200), "level-1", receiveTime().Add(4 * time.Hour)}, []any{amount, stage, due})
	require.Equal(t, approval.WorkflowName, server.inputs[0])
	input, ok := server.inputs[1].(*workflowv1.ApprovalInput)
	require.True(t, ok)
	require.Equal(t, protojson.Format(&workflowv1.ApprovalInput{
		Approval: approvalID, Complaint: subject, Cycle: 1, Level: 1, DueTime: timestamppb.New(receiveTime().Add(4 * time.Hour)),
		RemindTime: timestamppb.New(receiveTime().Add(2 * time.Hour)), Amount: 200, Currency: "CNY", Urgent: true, Proposer: "agents/lin",
	}), protojson.Format(input))
}

// TestWhatBecomesOfAnApprovalIsSignalled without the words in which it was said.
func TestWhatBecomesOfAnApprovalIsSignalled(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "API-4")
	for end, e := range told(t) {
		t.Run(e.GetType(), func(t *testing.T) {
			t.Parallel()
			d, server, _ := newApprovalDispatcher(t)
			require.True(t, d.Wants(e.GetType()))
			require.NoError(t, d.DeliverAll(t.Context(), []*eventv1.Event{requestedEvent(t), e}))
			require.Equal(t, []string{workflowID + " event"}, server.targets)
			signal, ok := server.signals[0].(*workflowv1.ApprovalSignal)
			require.True(t, ok)
			require.Equal(t, protojson.Format(&workflowv1.ApprovalSignal{
				EventId: e.GetEventId(), Type: e.GetType(), RecordTime: e.GetRecordTime(), End: end,
			}), protojson.Format(signal))
			for _, crossing := range append(server.inputs, server.signals...) {
				payload, err := workflows.DataConverter().ToPayload(crossing)
				require.NoError(t, err)
				requireNothingSealed(t, string(payload.GetData()))
			}
		})
	}
}

// TestAnApprovalWithoutAWorkflow is left alone once it has ended, and tried again until then: what was decided must not be waited for for
// ever.
func TestAnApprovalWithoutAWorkflow(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	for _, e := range told(t) {
		d, server, service := newApprovalDispatcher(t)
		err := d.Deliver(t.Context(), e)
		require.ErrorContains(t, err, "the approval is pending")
		requireRetryable(t, err)
		service.err = status.Error(codes.Unavailable, "down")
		requireRetryable(t, d.Deliver(t.Context(), e))
		service.err = nil
		for _, state := range []remedyv1.Approval_State{remedyv1.Approval_APPROVED, remedyv1.Approval_VOID} {
			service.state = state
			require.NoError(t, d.Deliver(t.Context(), e))
		}
		server.err = serviceerror.NewUnavailable("down")
		requireRetryable(t, d.Deliver(t.Context(), e))
		requireRetryable(t, d.DeliverAll(t.Context(), []*eventv1.Event{requestedEvent(t)}))
	}
}

// TestApprovalsAndComplaintsAreToldInOrder: facts of the complaint that stand around an approval's are told before and after it.
func TestApprovalsAndComplaintsAreToldInOrder(t *testing.T) {
	t.Parallel()
	d, server, _ := newApprovalDispatcher(t)
	settled := settledEvent(t, &eventv1.DutySettled{Duty: callID, Kind: policyv1.DutyKind_CONTACT, Verdict: policyv1.Verdict_MET})
	require.NoError(t, d.DeliverAll(t.Context(), []*eventv1.Event{receivedEvent(t), settled, requestedEvent(t), told(t)["VOID"], settled}))
	cycle := "complaint/01arz3ndektsv4rrffq69g5fav/1 event"
	require.Equal(t, []string{cycle, workflowID + " event", cycle}, server.targets)
	garbled := requestedEvent(t)
	garbled.Cycle = 0
	var permanent interface{ Permanent() bool }
	require.ErrorAs(t, d.Deliver(t.Context(), garbled), &permanent)
}
