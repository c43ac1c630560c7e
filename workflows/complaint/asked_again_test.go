package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// TestTheLetterPromisesWhatIsPlanned: that the customer is asked again is said of a resolution after which somebody asks, as followup says, for whom the letter
// waits. One that is too old to be asked promises nothing, and nobody asks after what was closed without a resolution.
func TestTheLetterPromisesWhatIsPlanned(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "REM-6")
	for title, c := range map[string]struct {
		asked    bool
		fault    error
		do       func(w *world)
		promises int
	}{
		"asked again":     {true, nil, func(w *world) { w.askToResolve("1") }, 1},
		"not asked again": {false, nil, func(w *world) { w.askToResolve("1") }, 0},
		"followup away":   {true, status.Error(codes.Unavailable, "x"), func(w *world) { w.askToResolve("1") }, 1},
		"followup old":    {true, status.Error(codes.Unimplemented, "x"), func(w *world) { w.askToResolve("1") }, 0},
		"closed by silence": {true, nil, func(w *world) {
			w.close()
			w.signal(&workflowv1.ComplaintSignal{Type: "complaint_closed", Fact: &workflowv1.ComplaintSignal_End{
				End: &workflowv1.EndFact{Outcome: intakev1.Complaint_UNREACHABLE.String()},
			}})
		}, 0},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.asked = c.asked
			w.enter(t, 0)
			w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
			if c.fault != nil {
				w.during("GetFollowUpPlan", 3*time.Hour, c.fault)
			}
			w.at(time.Hour, func() { c.do(w) })
			w.run(t)
			require.Len(t, w.lines("letter"), 1)
			require.Len(t, w.lines("which promises"), c.promises)
		})
	}
}
