package history_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/client"

	"github.com/redress-dev/redress/workflows/history"
)

// source is a server that has one history.
type source struct {
	events []*historypb.HistoryEvent
	err    error
}

func (s *source) GetWorkflowHistory(
	context.Context, string, string, bool, enumspb.HistoryEventFilterType,
) client.HistoryEventIterator {
	return s
}

func (s *source) HasNext() bool { return len(s.events) > 0 || s.err != nil }

func (s *source) Next() (*historypb.HistoryEvent, error) {
	if s.err != nil {
		return nil, s.err
	}
	next := s.events[0]
	s.events = s.events[1:]
	return next, nil
}

func TestRecordWritesWhatAReplayerReadsAndNamesNoMachine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "v1_scenario.json")
	server := &source{events: []*historypb.HistoryEvent{
		{EventId: 1, Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
			WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{
				Identity: "7@secret-host", TaskQueue: &taskqueuepb.TaskQueue{Name: "redress"},
			},
		}},
		{EventId: 2, Attributes: &historypb.HistoryEvent_WorkflowTaskScheduledEventAttributes{
			WorkflowTaskScheduledEventAttributes: &historypb.WorkflowTaskScheduledEventAttributes{TaskQueue: &taskqueuepb.TaskQueue{
				Name: "secret-host:1", Kind: enumspb.TASK_QUEUE_KIND_STICKY, NormalName: "redress",
			}},
		}},
	}}
	require.NoError(t, history.Record(t.Context(), server, "complaint/x/1", path))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(text), "secret-host")

	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	read, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
	require.NoError(t, err)
	require.Len(t, read.GetEvents(), 2)
	require.Equal(t, "redress", read.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetTaskQueue().GetName())
}

func TestRecordTellsWhatItCouldNotDo(t *testing.T) {
	t.Parallel()
	unknown := serviceerror.NewNotFound("no such workflow")
	err := history.Record(t.Context(), &source{err: unknown}, "complaint/x/1", filepath.Join(t.TempDir(), "h.json"))
	require.ErrorIs(t, err, unknown)
	require.Error(t, history.Record(t.Context(), &source{}, "complaint/x/1", filepath.Join(t.TempDir(), "absent", "h.json")))
}
