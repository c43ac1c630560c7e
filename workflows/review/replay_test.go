package review_test

import (
	"testing"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/workflows/history/historytest"
	"github.com/redress-dev/redress/workflows/review"
)

// TestReplay runs the workflow through every history that a real server recorded. It fails when the workflow would do something else than it
// did then: workflows that are running could not go on. Package history says how they are recorded.
func TestReplay(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	historytest.Replay(t, review.WorkflowName, review.Review)
}
