package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// TestGivenBackToTheQueue: the notices go on counting where they were, so that the next one is told; what was told before and is resolved
// is asked for anew.
func TestGivenBackToTheQueue(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(owed(resolution, 72*time.Hour))
	w.queue = 30 * time.Minute
	var told, numbers []int32
	resolved := false
	w.rungs = func(r *routingv1.RaiseEscalationRequest) (*routingv1.Escalation, bool) {
		number, now := r.GetNoticeNumber(), w.env.Now()
		numbers = append(numbers, number)
		answer := &routingv1.Escalation{
			Name: name0 + "unassigned", Level: min(number, 3), NoticeNumber: number, State: routingv1.Escalation_OPEN,
			ClimbTime: timestamppb.New(now.Add(2 * time.Hour)),
		}
		switch {
		case w.elapsed() >= 3*time.Hour && w.elapsed() < 5*time.Hour: // Somebody is in charge.
			answer.NoticeNumber, answer.State, answer.ClimbTime = number-1, routingv1.Escalation_RESOLVED, nil
			return answer, false
		case w.elapsed() >= 5*time.Hour && !resolved: // An earlier workflow told this one, and somebody was in charge since.
			resolved = true
			answer.State, answer.ClimbTime = routingv1.Escalation_RESOLVED, nil
			return answer, false
		}
		told = append(told, number)
		return answer, true
	}
	w.enter(t, 0)
	w.at(3*time.Hour, func() { w.signal(given("departments/claims", "agents/bo", 3*time.Hour)) })
	w.at(5*time.Hour, func() {
		require.NotContains(t, w.currentDetails(t), "Before the ladder")
		w.signal(given("departments/claims", "", 5*time.Hour))
	})
	w.at(8*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []int32{1, 2, 4, 5}, told)
	require.Equal(t, []int32{1, 2, 3, 3, 4, 5}, numbers)
}

// TestTheLevelIsTheHighest that was reached by anything.
func TestTheLevelIsTheHighest(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(owed(resolution, 72*time.Hour))
	w.acknowledgeAfter(0)
	w.enter(t, 0)
	w.at(time.Hour, func() { w.signal(seen(policyv1.SignalKind_THREAT)) })
	w.at(3*time.Hour+time.Minute, func() { w.signal(seen(policyv1.SignalKind_CHASED_TOO_OFTEN)) })
	w.at(6*time.Hour, w.withdraw)
	w.run(t)
	require.Len(t, w.lines("escalated"), 5, "the second one is one level below the first")
	require.Equal(t, []string{
		"1h0m0s RedressEscalationLevel=1", "3h0m0s RedressEscalationLevel=2", "5h0m0s RedressEscalationLevel=3",
	}, w.changesOf("RedressEscalationLevel"))
}

// TestWhatBecomesOfTheDutyToAnswer: an answer keeps it, and so does a decision; what is taken back or ends is owed no more, and is no breach.
func TestWhatBecomesOfTheDutyToAnswer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	for state, want := range map[routingv1.HandOff_State]policyv1.Verdict{
		routingv1.HandOff_ACCEPTED: policyv1.Verdict_MET, routingv1.HandOff_RETURNED: policyv1.Verdict_MET, routingv1.HandOff_DECIDED: policyv1.Verdict_MET,
		routingv1.HandOff_EXPIRED: policyv1.Verdict_MISSED, routingv1.HandOff_WITHDRAWN: policyv1.Verdict_VERDICT_UNSPECIFIED,
		routingv1.HandOff_ENDED: policyv1.Verdict_VERDICT_UNSPECIFIED, routingv1.HandOff_PROPOSED: policyv1.Verdict_VERDICT_UNSPECIFIED,
	} {
		require.Equal(t, want, complaint.HandOffVerdict(state.String()), state)
	}
	require.Zero(t, complaint.HandOffVerdict("SOMETHING_NEWER"))
}
