package dispatch_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// TestAssignmentSignalsWhenItChanges: the workflow asked for the first one itself, so that one costs no signal.
func TestAssignmentSignalsWhenItChanges(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	d, server, _ := newDispatcher(t)
	require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
	assigned := &eventv1.ComplaintAssigned{Department: "departments/claims", Assignee: "agents/bo", Reason: sealed}
	deliver := func() {
		payload := &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssigned{ComplaintAssigned: assigned}}
		require.True(t, d.Wants("complaint_assigned"))
		require.NoError(t, d.Deliver(t.Context(), event(t, "complaint_assigned", payload)))
	}
	deliver()
	require.Empty(t, server.signals)
	assigned.Changed, assigned.TeamAlias = true, map[string]string{"en": "Claims team"}
	deliver()
	require.Len(t, server.signals, 1)
	signal, ok := server.signals[0].(*workflowv1.ComplaintSignal)
	require.True(t, ok)
	fact := signal.GetAssignment()
	require.Equal(t, []string{"departments/claims", "agents/bo", "Claims team"}, []string{fact.GetDepartment(), fact.GetAssignee(), fact.GetTeamAlias()["en"]})
	require.Equal(t, receiveTime(), fact.GetAssignTime().AsTime())
	require.NotContains(t, signal.String(), sealed)
}
