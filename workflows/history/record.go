// Package history writes down what a real Temporal server recorded of a workflow, for replay tests.
//
// The end-to-end tests record one history per scenario when REDRESS_RECORD_HISTORIES is "1", into
// workflows/<type>/testdata/histories/v<n>_<scenario>.json. The number grows with each release that changes what the
// workflow does; files of earlier numbers stay, because workflows begun then still run. The replay test of the workflow's
// package replays every file.
package history

import (
	"context"
	"fmt"
	"os"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Source is the part of client.Client that Record uses.
type Source interface {
	// GetWorkflowHistory iterates over the events of a run, the latest if runID is empty.
	GetWorkflowHistory(ctx context.Context, workflowID, runID string, longPoll bool, filter enumspb.HistoryEventFilterType) client.HistoryEventIterator
}

// Record writes the history of the latest run of a workflow as JSON to path, as worker.WorkflowReplayer reads it. Names
// of machines and processes are left out. It fails when the workflow is unknown or the file cannot be written.
func Record(ctx context.Context, source Source, workflowID, path string) error {
	history := &historypb.History{}
	events := source.GetWorkflowHistory(ctx, workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return fmt.Errorf("history: read %s: %w", workflowID, err)
		}
		history.Events = append(history.Events, event)
	}
	if err := anonymise(history); err != nil {
		return fmt.Errorf("history: clean %s: %w", workflowID, err)
	}
	text, err := protojson.MarshalOptions{Multiline: true, Indent: " "}.Marshal(history)
	if err != nil {
		return fmt.Errorf("history: write %s: %w", workflowID, err)
	}
	return os.WriteFile(path, append(text, '\n'), 0o644) //nolint:gosec // a file of the repository, readable like the others
}

// anonymise removes identities of workers, which name the machine, wherever they stand.
func anonymise(history *historypb.History) error {
	return protorange.Range(history.ProtoReflect(), func(v protopath.Values) error {
		m, ok := v.Index(-1).Value.Interface().(protoreflect.Message)
		if !ok {
			return nil
		}
		if identity := m.Descriptor().Fields().ByName("identity"); identity != nil && identity.Kind() == protoreflect.StringKind {
			m.Clear(identity)
		}
		if queue, ok := m.Interface().(*taskqueuepb.TaskQueue); ok && queue.GetKind() == enumspb.TASK_QUEUE_KIND_STICKY {
			proto.Reset(queue)
			queue.Name, queue.Kind = "sticky", enumspb.TASK_QUEUE_KIND_STICKY
		}
		return nil
	})
}
