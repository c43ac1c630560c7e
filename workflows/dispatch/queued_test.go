package dispatch_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/workflows/dispatch"
)

// TestFirstTasksWaitForTheCurrentVersion where workers have versions; else the worker of the same process gets them with the answer.
func TestFirstTasksWaitForTheCurrentVersion(t *testing.T) {
	t.Parallel()
	for _, queued := range []bool{false, true} {
		server := &temporal{running: map[string]bool{}}
		d, err := dispatch.New(dispatch.Config{Queued: queued}, dispatch.Deps{
			Temporal: server, Intake: &intake{}, Routing: &routing{}, Approvals: &approvals{}, Improvements: &improvements{}, Logger: slog.New(slog.DiscardHandler),
		})
		require.NoError(t, err)
		require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
		require.Equal(t, !queued, server.options[0].EnableEagerStart)
	}
}
