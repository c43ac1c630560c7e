package complaint_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// drafts is the part of intake's letters that activities use.
type drafts struct {
	intakev1.DraftServiceClient
	*world
}

func (s drafts) WriteDraft(context.Context, *intakev1.WriteDraftRequest, ...grpc.CallOption) (*intakev1.Draft, error) {
	leave, err := s.enterCall("WriteDraft")
	defer leave()
	return &intakev1.Draft{Template: "closing", Text: "The result: " + secret, LanguageCode: "en"}, err
}

func (s followup) SendLetter(_ context.Context, r *followupv1.SendLetterRequest, _ ...grpc.CallOption) (*followupv1.SendLetterResponse, error) {
	leave, err := s.enterCall("SendLetter")
	defer leave()
	if err == nil {
		s.note("letter %s in %s", r.GetOccasion(), r.GetRecipient().GetLanguageCode())
	}
	return &followupv1.SendLetterResponse{}, err
}

// TestHowItEndedIsTold (REM-6): resolved, or closed by silence; whoever withdraws knows. A channel that is away is waited for, and a letter
// that cannot be written is noted for operators and ends nobody's cycle later.
func TestHowItEndedIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "REC-10")
	ends := func(outcome intakev1.Complaint_Outcome) *workflowv1.ComplaintSignal {
		return &workflowv1.ComplaintSignal{Type: "complaint_closed", Fact: &workflowv1.ComplaintSignal_End{
			End: &workflowv1.EndFact{Outcome: outcome.String()},
		}}
	}
	closed := func(w *world, outcome intakev1.Complaint_Outcome) {
		w.close()
		w.signal(ends(outcome))
		w.signal(ends(outcome))
	}
	for title, c := range map[string]struct {
		do    func(w *world)
		lines []string
	}{
		"resolved":     {func(w *world) { w.askToResolve("1") }, []string{"1h0m0s letter resolved in en"}},
		"silent":       {func(w *world) { closed(w, intakev1.Complaint_UNREACHABLE) }, []string{"1h0m0s letter closed in en"}},
		"no complaint": {func(w *world) { closed(w, intakev1.Complaint_NOT_A_COMPLAINT) }, []string{}},
		"withdrawn":    {func(w *world) { w.withdraw() }, []string{}},
		"settled when it was filed": {func(w *world) {
			w.settledAtOnce = &intakev1.Settled{Answer: "a"}
			w.askToResolve("1")
		}, []string{}},
		"no such letter": {func(w *world) {
			w.faults["WriteDraft"] = func() error {
				return reasoned(codes.NotFound, intakev1.ErrorReason_TEMPLATE_NOT_FOUND.String())
			}
			w.askToResolve("1")
		}, []string{}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.enter(t, 0)
			w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
			w.at(time.Hour, func() { c.do(w) })
			w.run(t)
			require.Equal(t, c.lines, w.lines("letter"))
			require.Equal(t, time.Hour, w.elapsed())
		})
	}
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.during("SendLetter", 3*time.Hour, down())
	w.at(time.Hour, func() { w.askToResolve("1") })
	w.run(t)
	require.Len(t, w.lines("letter resolved in en"), 1)
	require.Equal(t, "RESOLVED", w.attributes["RedressStage"])
}
