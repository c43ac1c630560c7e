package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// given is what the workflow hears when another department or person is in charge since some time after receipt.
func given(department, assignee string, after time.Duration) *workflowv1.ComplaintSignal {
	return &workflowv1.ComplaintSignal{Type: "complaint_assigned", Fact: &workflowv1.ComplaintSignal_Assignment{
		Assignment: &workflowv1.AssignmentFact{
			Department: department, Assignee: assignee, AssignTime: timestamppb.New(received.Add(after)), TeamAlias: map[string]string{"zh-Hans": "理赔组"},
		},
	}}
}

// TestChangedAssignmentIsHeard: operators see who is in charge now, and what is older than that changes nothing.
func TestChangedAssignmentIsHeard(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "ROUTE-3")
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Hour, func() { w.signal(given("departments/claims", "agents/bo", time.Hour)) })
	w.at(2*time.Hour, func() {
		require.Contains(t, w.currentDetails(t), "Owner: agents/bo, departments/claims")
		w.signal(given("departments/quality", "agents/lin", 30*time.Minute))
		w.signal(given("departments/claims", "", 2*time.Hour))
	})
	w.at(3*time.Hour, func() {
		require.Contains(t, w.currentDetails(t), "Owner: the queue of departments/claims")
		w.withdraw()
	})
	w.run(t)
	require.Equal(t, []string{"0s RedressDepartment=departments/quality", "1h0m0s RedressDepartment=departments/claims"}, w.changesOf("RedressDepartment"))
	require.Equal(t, []string{
		"0s RedressAssignee=agents/lin", "1h0m0s RedressAssignee=agents/bo", "2h0m0s RedressAssignee=<nil>",
	}, w.changesOf("RedressAssignee"))
}

// TestChangedAssignmentOvertakesTheAnswer: routing's answer was on its way for long, and somebody else is in charge meanwhile.
func TestChangedAssignmentOvertakesTheAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.assignTime = received
	w.enter(t, 0)
	w.during("AssignComplaint", 10*time.Minute, down())
	w.at(time.Minute, func() { w.signal(given("departments/claims", "agents/bo", time.Minute)) })
	w.at(time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"1m0s RedressAssignee=agents/bo"}, w.changesOf("RedressAssignee"))
}

// assignment is who is in charge at first.
func (w *world) assignment() *routingv1.Assignment {
	a := &routingv1.Assignment{Department: "departments/quality", Assignee: "agents/lin", Reason: secret, TeamAlias: w.alias}
	if !w.assignTime.IsZero() {
		a.AssignTime = timestamppb.New(w.assignTime)
	}
	return a
}
