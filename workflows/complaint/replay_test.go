package complaint_test

import (
	"testing"

	"github.com/redress-dev/redress/workflows/complaint"
	"github.com/redress-dev/redress/workflows/history/historytest"
)

// TestReplay runs the workflow through every history that a real server recorded. It fails when the workflow would do
// something else than it did then: workflows that are running could not go on. Package history says how they are recorded. One is put together from two that were:
// v1_unheard_after_end tells a workflow whose cycle has ended of a threat and a severity, which the release of then passed over.
func TestReplay(t *testing.T) {
	t.Parallel()
	historytest.Replay(t, complaint.WorkflowName, complaint.Complaint)
}
