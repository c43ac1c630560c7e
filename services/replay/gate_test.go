package replay_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/services/replay"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/complaint"
)

// source has recorded histories as if they ran, and one that ends while it is looked at.
type source struct {
	histories map[string]*historypb.History
	err       error
}

func recorded(t *testing.T) *source {
	t.Helper()
	s := &source{histories: map[string]*historypb.History{"gone": nil}}
	for _, kind := range []string{"complaint", "approval", "followup", "improvement", "review"} {
		files, err := filepath.Glob("../../workflows/" + kind + "/testdata/histories/*.json")
		require.NoError(t, err)
		require.NotEmpty(t, files, kind)
		file, err := os.Open(files[0])
		require.NoError(t, err)
		history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
		require.NoError(t, err)
		require.NoError(t, file.Close())
		s.histories[kind+"/a"] = history
	}
	return s
}

// ListWorkflow has them on two pages.
func (s *source) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	resp := &workflowservice.ListWorkflowExecutionsResponse{}
	for id, history := range s.histories {
		if first := id < "d"; first != (len(r.GetNextPageToken()) == 0) {
			continue
		}
		kind := "Complaint"
		if history != nil {
			kind = history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName()
		}
		resp.Executions = append(resp.Executions, &workflowpb.WorkflowExecutionInfo{
			Execution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: "run"}, Type: &commonpb.WorkflowType{Name: kind},
		})
	}
	if len(r.GetNextPageToken()) == 0 {
		resp.NextPageToken = []byte("rest")
	}
	return resp, s.err
}

func (s *source) GetWorkflowHistory(_ context.Context, id, _ string, _ bool, _ enumspb.HistoryEventFilterType) client.HistoryEventIterator {
	return &events{history: s.histories[id]}
}

type events struct {
	history *historypb.History
	at      int
}

func (e *events) HasNext() bool { return e.history == nil || e.at < len(e.history.GetEvents()) }

func (e *events) Next() (*historypb.HistoryEvent, error) {
	if e.history == nil {
		return nil, serviceerror.NewNotFound("gone")
	}
	e.at++
	return e.history.GetEvents()[e.at-1], nil
}

// TestWhatRunsGoesOn replays one workflow of each type against this binary.
func TestWhatRunsGoesOn(t *testing.T) {
	t.Parallel()
	s := recorded(t)
	s.histories["complaint/new"] = &historypb.History{Events: s.histories["complaint/a"].GetEvents()[:2]} // No worker has seen it.
	r, err := replay.Gate(t.Context(), replay.Config{Converter: workflows.DataConverter(), AtOnce: 2}, s)
	require.NoError(t, err)
	require.Empty(t, r.Failures)
	require.Zero(t, r.Failed())
	require.Equal(t, []replay.Count{
		{Type: "Approval", Replayed: 1}, {Type: "Complaint", Replayed: 2}, {Type: "FollowUp", Replayed: 1}, {Type: "Improvement", Replayed: 1},
		{Type: "Review", Replayed: 1},
	}, r.Counts)
}

// TestAChangeWithoutAVersionIsCaught: the workflow waits first, which those that run did not.
func TestAChangeWithoutAVersionIsCaught(t *testing.T) {
	t.Parallel()
	changed := func(ctx workflow.Context, input *workflowv1.ComplaintInput) error {
		if err := workflow.Sleep(ctx, time.Hour); err != nil {
			return err
		}
		return complaint.Complaint(ctx, input)
	}
	s := recorded(t)
	s.histories["complaint/b"] = s.histories["complaint/a"]
	r, err := replay.Gate(t.Context(), replay.Config{
		Converter: workflows.DataConverter(), MostFailures: 1,
		Register: func(r replay.Registry) {
			replay.Register(others{r})
			r.RegisterWorkflowWithOptions(changed, workflow.RegisterOptions{Name: complaint.WorkflowName})
		},
	}, s)
	require.NoError(t, err)
	require.Equal(t, 2, r.Failed())
	require.Contains(t, r.Counts, replay.Count{Type: "Complaint", Replayed: 2, Failed: 2})
	require.Len(t, r.Failures, 1, "only the first are told")
	require.Equal(t, "complaint/a", r.Failures[0].Workflow)
	require.Contains(t, r.Failures[0].Error, "TMPRL1100", "it is not deterministic")
}

// others registers all workflows but Complaint.
type others struct{ replay.Registry }

func (o others) RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions) {
	if options.Name != complaint.WorkflowName {
		o.Registry.RegisterWorkflowWithOptions(w, options)
	}
}

func TestATemporalThatDoesNotAnswerIsAnError(t *testing.T) {
	t.Parallel()
	s := recorded(t)
	s.err = errors.New("down")
	_, err := replay.Gate(t.Context(), replay.Config{}, s)
	require.ErrorIs(t, err, s.err)
}
