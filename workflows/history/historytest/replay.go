// Package historytest replays recorded histories in tests.
package historytest

import (
	"log/slog"
	"path/filepath"
	"testing"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/redress-dev/redress/workflows"
)

// Replay runs a workflow, under its name, through every history below testdata/histories that a real server recorded. It fails when there is
// none, or when the workflow would do something else than it did then: workflows that are running could not go on. Package history says how
// they are recorded.
func Replay(t *testing.T, name string, run any) {
	t.Helper()
	histories, err := filepath.Glob("testdata/histories/*.json")
	if err != nil || len(histories) == 0 {
		t.Fatalf("no history to replay: %v", err)
	}
	for _, path := range histories {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DataConverter: workflows.DataConverter()})
			if err != nil {
				t.Fatal(err)
			}
			replayer.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: name})
			if err := replayer.ReplayWorkflowHistoryFromJSONFile(slog.New(slog.DiscardHandler), path); err != nil {
				t.Fatal(err)
			}
		})
	}
}
