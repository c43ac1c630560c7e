package suite_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/envelope"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/complaint"
)

// TestHistoriesReplayEncrypted proves that workflows go on whatever of their histories is encrypted: what was recorded before replays with the
// keys there, and so it does when all of it is encrypted. With another key no workflow is failed: the task is.
func TestHistoriesReplayEncrypted(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	keys, err := envelope.LoadOrCreateKeys(filepath.Join(t.TempDir(), "temporal.key"))
	require.NoError(t, err)
	paths, err := filepath.Glob("../../workflows/complaint/testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	on := envelope.NewCodec(keys, envelope.On)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			for _, sealed := range []bool{false, true} {
				file, err := os.Open(path)
				require.NoError(t, err)
				history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
				require.NoError(t, err)
				require.NoError(t, file.Close())
				if sealed {
					require.NoError(t, proxy.VisitPayloads(t.Context(), history, proxy.VisitPayloadsOptions{
						SkipSearchAttributes: true,
						Visitor: func(_ *proxy.VisitPayloadsContext, payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
							return on.Encode(payloads)
						},
					}))
				}
				replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
					DataConverter: converter.NewCodecDataConverter(workflows.DataConverter(), on.Blocking()),
				})
				require.NoError(t, err)
				replayer.RegisterWorkflowWithOptions(complaint.Complaint, workflow.RegisterOptions{Name: complaint.WorkflowName})
				require.NoError(t, replayer.ReplayWorkflowHistory(slog.New(slog.DiscardHandler), history), "encrypted: %v", sealed)
			}
		})
	}
}
