package review_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/review"
)

// TestReplay runs the workflow through every history that a real server recorded. It fails when the workflow would do something else than it
// did then: workflows that are running could not go on. Package history says how they are recorded.
func TestReplay(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	histories, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, histories, "no history to replay")
	for _, path := range histories {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DataConverter: workflows.DataConverter()})
			require.NoError(t, err)
			replayer.RegisterWorkflowWithOptions(review.Review, workflow.RegisterOptions{Name: review.WorkflowName})
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(silent{}, path))
		})
	}
}
