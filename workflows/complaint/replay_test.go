package complaint_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/complaint"
)

// TestReplay runs the workflow through every history that a real server recorded. It fails when the workflow would do
// something else than it did then: workflows that are running could not go on. Package history says how they are recorded. One is put together from two that were:
// v1_unheard_after_end tells a workflow whose cycle has ended of a threat and a severity, which the release of then passed over.
func TestReplay(t *testing.T) {
	t.Parallel()
	histories, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, histories, "no history to replay")
	for _, path := range histories {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DataConverter: workflows.DataConverter()})
			require.NoError(t, err)
			replayer.RegisterWorkflowWithOptions(complaint.Complaint, workflow.RegisterOptions{Name: complaint.WorkflowName})
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(silent{}, path))
		})
	}
}
