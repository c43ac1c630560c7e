package e2e_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/approval"
	"github.com/redress-dev/redress/workflows/complaint"
	"github.com/redress-dev/redress/workflows/history"
)

// approvalHistories is where the replay test of the workflow finds what was recorded.
const approvalHistories = "../../../workflows/approval/testdata/histories"

// TestApprovalHistoriesReplay lives through what approvals meet and replays what the server recorded of each. With
// REDRESS_RECORD_HISTORIES=1 the histories are also kept, for the replays of later releases.
func TestApprovalHistoriesReplay(t *testing.T) {
	t.Parallel()
	w := alone(t, demoPolicy)
	for scenario, live := range map[string]func(*testing.T, *world) string{
		"approved": approvedAtOnce, "moved_up_returned": movedUpReturned, "seconded": secondedApproval, "voided": voidedApproval,
		"not_pending": notPending, "continued": continuedApproval, "services_late": nobodyAnswers,
	} {
		t.Run(scenario, func(t *testing.T) {
			told := *w
			told.t = t
			told.replaysApproval(t, scenario, live(t, &told))
		})
	}
}

// replaysApproval waits for an approval's end and replays what was recorded of it.
func (w *world) replaysApproval(t *testing.T, scenario, id string) {
	t.Helper()
	w.ended(id)
	path := filepath.Join(t.TempDir(), scenario+".json")
	if os.Getenv("REDRESS_RECORD_HISTORIES") == "1" {
		path = filepath.Join(approvalHistories, release+"_"+scenario+".json")
	}
	require.NoError(t, history.Record(t.Context(), w.temporal, id, path))
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DataConverter: workflows.DataConverter()})
	require.NoError(t, err)
	replayer.RegisterWorkflowWithOptions(approval.Approval, workflow.RegisterOptions{Name: approval.WorkflowName})
	require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(slog.New(slog.DiscardHandler), path))
}

// waiting is a proposal that waits for ma.
func (w *world) waiting(phone, units string) (remedy object, name string) {
	w.t.Helper()
	remedy = w.propose(w.restated(phone), units)
	name, _ = remedy["approval"].(string)
	w.asked(name, "agents/ma")
	return remedy, name
}

func approvedAtOnce(_ *testing.T, w *world) string {
	ma, _, _, _ := w.deciders()
	_, name := w.waiting("+8613812340501", "150")
	ma.post("/v1/"+name+":approve", object{})
	return approvalWorkflow(name)
}

func movedUpReturned(_ *testing.T, w *world) string {
	_, _, guo, _ := w.deciders()
	_, name := w.waiting("+8613812340502", "150")
	w.asked(name, "agents/guo")
	guo.post("/v1/"+name+":return", object{"comment": "请再谈谈。"})
	return approvalWorkflow(name)
}

func secondedApproval(_ *testing.T, w *world) string {
	ma, _, guo, _ := w.deciders()
	_, name := w.waiting("+8613812340503", "200")
	ma.post("/v1/"+name+":approve", object{})
	w.asked(name, "agents/guo")
	guo.post("/v1/"+name+":approve", object{})
	return approvalWorkflow(name)
}

func voidedApproval(_ *testing.T, w *world) string {
	remedy, name := w.waiting("+8613812340504", "150")
	w.as("agents/he", authv1.Role_AGENT).post("/v1/"+remedy["name"].(string)+":withdrawRemedy", object{"reason": "客户不要了。"})
	return approvalWorkflow(name)
}

// notPending begins a workflow for an approval that has ended, as an empty Temporal is told to.
func notPending(t *testing.T, w *world) string {
	id := voidedApproval(t, w)
	w.ended(id)
	input := w.approvalInput(t, id)
	return w.beginApproval(t, input, "-again")
}

// continuedApproval begins a workflow with the state that an earlier run left.
func continuedApproval(t *testing.T, w *world) string {
	ma, _, _, _ := w.deciders()
	_, name := w.waiting("+8613812340506", "150")
	input := w.approvalInput(t, approvalWorkflow(name))
	input.State = &workflowv1.ApprovalState{
		Step: 1, Level: 1, Approver: "agents/ma", DueTime: input.GetDueTime(), RemindTime: input.GetRemindTime(), Excluded: []string{"agents/he"},
	}
	id := w.beginApproval(t, input, "-next")
	ma.post("/v1/"+name+":approve", object{})
	return id
}

// nobodyAnswers begins a workflow before remedy has the approval, as if it were slow to answer; it is told of the end.
func nobodyAnswers(t *testing.T, w *world) string {
	due := timestamppb.New(time.Now().Add(time.Hour))
	id := w.beginApproval(t, &workflowv1.ApprovalInput{
		Approval: "approvals/01arz3ndektsv4rrffq69g5fav-1", Complaint: "complaints/01arz3ndektsv4rrffq69g5fav", Cycle: 1, Level: 1,
		DueTime: due, RemindTime: due, Amount: 150, Currency: "CNY", Proposer: "agents/he",
	}, "")
	time.Sleep(3 * time.Second) // Longer than a quick call is tried.
	require.NoError(t, w.temporal.SignalWorkflow(t.Context(), id, "", approval.SignalName, &workflowv1.ApprovalSignal{
		Type: "approval_voided", End: "VOID",
	}))
	return id
}

// approvalInput is what a workflow was started with.
func (w *world) approvalInput(t *testing.T, id string) *workflowv1.ApprovalInput {
	t.Helper()
	events := w.temporal.GetWorkflowHistory(t.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	first, err := events.Next()
	require.NoError(t, err)
	var input *workflowv1.ApprovalInput
	require.NoError(t, workflows.DataConverter().FromPayloads(first.GetWorkflowExecutionStartedEventAttributes().GetInput(), &input))
	return input
}

// beginApproval starts a workflow beside the one that the event starts.
func (w *world) beginApproval(t *testing.T, input *workflowv1.ApprovalInput, suffix string) string {
	t.Helper()
	run, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: approval.WorkflowID(input.GetApproval()) + suffix, TaskQueue: complaint.TaskQueue,
		TypedSearchAttributes: approval.StartAttributes(input),
	}, approval.WorkflowName, input)
	require.NoError(t, err)
	return run.GetID()
}
