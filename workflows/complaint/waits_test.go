package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// ladderOfThree has three people, of whom the next is told every two hours.
func (w *world) ladderOfThree() {
	w.rungs = func(r *routingv1.RaiseEscalationRequest) (*routingv1.Escalation, bool) {
		level := min(r.GetNoticeNumber(), 3)
		return &routingv1.Escalation{
			Name: name0 + escalatedName(r), Level: level, NoticeNumber: r.GetNoticeNumber(), State: routingv1.Escalation_OPEN,
			Recipient: []string{"agents/ma", "agents/guo", "agents/fang"}[level-1], ClimbTime: timestamppb.New(w.env.Now().Add(2 * time.Hour)),
		}, true
	}
}

// TestOperatorsFindWhoseAnswerIsAwaited: whoever was told of a broken duty last, whoever shall accept a hand-off, and whoever was told
// that nobody did; and nobody any more once it is over.
func TestOperatorsFindWhoseAnswerIsAwaited(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-4")
	w := newWorld(owed(firstResponse, 30*time.Minute), owed(resolution, 72*time.Hour))
	w.ladderOfThree()
	w.enter(t, 0)
	w.at(time.Hour, func() {
		require.Contains(t, w.currentDetails(t), "| notice 1 to agents/ma, climbs 2026-01-01 11:30 UTC |")
	})
	w.at(3*time.Hour, func() { w.met(firstResponse) })
	w.at(4*time.Hour, func() { w.offer(30 * time.Minute) })
	w.at(5*time.Hour, func() {
		require.Contains(t, w.currentDetails(t), "Before the ladder: hand off overdue, notice 1 to agents/ma, climbs 2026-01-01 15:30 UTC")
	})
	w.at(7*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"30m0s RedressWaitsFor=[agents/ma]", "2h30m0s RedressWaitsFor=[agents/guo]", "3h0m0s RedressWaitsFor=<nil>",
		"4h0m0s RedressWaitsFor=[agents/bo departments/claims]", "4h30m0s RedressWaitsFor=[agents/ma]",
		"6h30m0s RedressWaitsFor=[agents/guo]", "7h0m0s RedressWaitsFor=<nil>",
	}, w.changesOf("RedressWaitsFor"))
}

// TestWhoeverWasAskedByHandIsAwaited, each person once, and in the next run as well.
func TestWhoeverWasAskedByHandIsAwaited(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(owed(firstResponse, 30*time.Minute), owed(resolution, 72*time.Hour))
	w.ladderOfThree()
	w.enter(t, 0)
	w.at(time.Hour, func() {
		w.signal(&workflowv1.ComplaintSignal{Type: "escalation_asked", Fact: &workflowv1.ComplaintSignal_Escalation{Escalation: &workflowv1.EscalationFact{
			Name: name0 + "asked-for", Reason: "ASKED_FOR", NoticeCount: 1, Level: 2, Recipient: "agents/guo",
			ClimbTime: timestamppb.New(received.Add(100 * time.Hour)),
		}}})
	})
	w.at(3*time.Hour, func() { w.env.SetContinueAsNewSuggested(true) })
	next := w.runUntilContinued(t)
	before := w.changesOf("RedressWaitsFor")
	require.Equal(t, []string{
		"30m0s RedressWaitsFor=[agents/ma]", "1h0m0s RedressWaitsFor=[agents/guo agents/ma]", "2h30m0s RedressWaitsFor=[agents/guo]",
	}, before)
	w.enter(t, w.elapsed())
	w.at(4*time.Hour, func() { w.met(firstResponse) })
	w.at(5*time.Hour, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, append(before, "5h0m0s RedressWaitsFor=<nil>"), w.changesOf("RedressWaitsFor"), "what the run before wrote stands")
}
