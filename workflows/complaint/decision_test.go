package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

const decisionDuty = name + "/duties/1-hand-off-1-decision"

// decision is routing's rule of how a decision stands.
func (s handOffs) decision(answer *routingv1.SettleHandOffResponse) {
	answer.State = s.offered.state
	switch {
	case s.offered.state != routingv1.HandOff_RETURNED:
	case s.env.Now().Add(-s.slow).Before(s.offered.due):
		answer.RetryTime = timestamppb.New(s.offered.due)
	default:
		answer.Overdue = true
	}
}

// returns has the offer come back once too often: a manager has to decide within some time.
func (w *world) returns(within time.Duration) {
	w.mu.Lock()
	w.offered = offered{state: routingv1.HandOff_RETURNED, due: w.env.Now().Add(within)}
	w.mu.Unlock()
	w.signal(w.returned())
}

// returned is what the workflow hears of that.
func (w *world) returned() *workflowv1.ComplaintSignal {
	signal := answers(routingv1.HandOff_RETURNED)
	signal.GetDuty().Next = &workflowv1.HandOffFact{
		Name: handOff, Duty: decisionDuty, DueTime: timestamppb.New(w.offered.due), Decision: true, ToAgent: "agents/guo",
	}
	return signal
}

// decides has routing record a decision; the answer is what the workflow hears of it.
func (w *world) decides(verdict policyv1.Verdict) *workflowv1.ComplaintSignal {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offered.state = routingv1.HandOff_DECIDED
	return dutyFact(&workflowv1.DutyFact{Name: decisionDuty, Kind: policyv1.DutyKind_HAND_OFF, Verdict: verdict, Done: true})
}

// TestADecisionIsWaitedFor until its due time; then the ladder is told, and climbs until it is made. Nothing else depends on it.
func TestADecisionIsWaitedFor(t *testing.T) {
	t.Parallel()
	first := "1h30m0s escalated hand-off 1 HAND_OFF_UNDECIDED"
	for name, test := range map[string]struct {
		do    func(w *world)
		asked []string
		told  []string
	}{
		"in time": {func(w *world) {
			w.at(80*time.Minute, func() { w.signal(w.decides(policyv1.Verdict_MET)) })
		}, []string{}, []string{}},
		"in time, which is heard of late": {func(w *world) {
			w.at(80*time.Minute, func() { w.decides(policyv1.Verdict_MET) })
			w.at(2*time.Hour, func() { w.signal(w.decides(policyv1.Verdict_MET)) })
		}, []string{"1h30m0s asked decision DECIDED"}, []string{}},
		"late": {func(w *world) {
			w.at(2*time.Hour, func() { w.signal(w.decides(policyv1.Verdict_MET_LATE)) })
		}, []string{"1h30m0s asked decision RETURNED"}, []string{first, "2h0m0s off the ladder decision"}},
		"late, which is heard of later": {func(w *world) {
			w.at(2*time.Hour, func() { w.decides(policyv1.Verdict_MET_LATE) })
		}, []string{"1h30m0s asked decision RETURNED", "3h30m0s asked decision DECIDED"}, []string{first, "3h30m0s off the ladder decision"}},
		"never": {func(*world) {}, []string{
			"1h30m0s asked decision RETURNED", "3h30m0s asked decision RETURNED", "5h30m0s asked decision RETURNED",
		}, []string{first, "3h30m0s escalated hand-off 2 HAND_OFF_UNDECIDED", "5h30m0s escalated hand-off 3 HAND_OFF_UNDECIDED"}},
		"told twice": {func(w *world) {
			w.at(61*time.Minute, func() { w.signal(w.returned()) })
			w.at(2*time.Hour, func() { w.signal(w.decides(policyv1.Verdict_MET_LATE)) })
		}, []string{"1h30m0s asked decision RETURNED"}, []string{first, "2h0m0s off the ladder decision"}},
		"routing's clock is behind": {func(w *world) {
			w.slow = time.Second
			w.at(2*time.Hour, func() { w.signal(w.decides(policyv1.Verdict_MET_LATE)) })
		}, []string{
			"1h30m0s asked decision RETURNED", "1h30m0s asked decision RETURNED", "1h30m0s asked decision RETURNED", "1h30m1s asked decision RETURNED",
		}, []string{"1h30m1s escalated hand-off 1 HAND_OFF_UNDECIDED", "2h0m0s off the ladder decision"}},
		"the complaint is withdrawn": {func(w *world) { w.at(70*time.Minute, w.withdraw) }, []string{}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			covers.Requirement(t, "ROUTE-3", "ROUTE-4", "CLK-1")
			w := newWorld(owed(resolution, 72*time.Hour))
			w.acknowledgeAfter(0)
			w.enter(t, 0)
			w.at(30*time.Minute, func() { w.offer(2 * time.Hour) })
			w.at(time.Hour, func() { w.returns(30 * time.Minute) })
			w.at(65*time.Minute, func() {
				require.Contains(t, w.currentDetails(t), "| decision on a hand-off | 2026-01-01 10:30 UTC | owed by agents/guo |")
				require.Contains(t, w.changesOf("RedressWaitsFor"), "1h0m0s RedressWaitsFor=[agents/guo]", "the manager has to decide")
			})
			test.do(w)
			w.at(7*time.Hour, w.withdraw)
			w.run(t)
			require.Equal(t, test.asked, w.lines("asked"))
			require.Equal(t, test.told, w.lines("escalated hand-off", "off the ladder"))
			require.Empty(t, w.timers, "nothing is left behind")
		})
	}
}

// TestADecisionOutlivesTheRun, owed or overdue.
func TestADecisionOutlivesTheRun(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-4")
	w := newWorld(owed(resolution, 72*time.Hour))
	w.acknowledgeAfter(0)
	w.enter(t, 0)
	w.at(time.Hour, func() { w.returns(30 * time.Minute) })
	w.at(70*time.Minute, func() { w.env.SetContinueAsNewSuggested(true) })
	next := w.runUntilContinued(t)
	w.enter(t, w.elapsed())
	w.at(2*time.Hour, func() { w.env.SetContinueAsNewSuggested(true) })
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	next = w.continued(t)
	w.enter(t, w.elapsed())
	w.at(4*time.Hour, func() { w.signal(w.decides(policyv1.Verdict_MET_LATE)) })
	w.at(10*time.Hour, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{
		"1h30m0s escalated hand-off 1 HAND_OFF_UNDECIDED", "3h30m0s escalated hand-off 2 HAND_OFF_UNDECIDED", "4h0m0s off the ladder decision",
	}, w.lines("escalated hand-off", "off the ladder"))
}
