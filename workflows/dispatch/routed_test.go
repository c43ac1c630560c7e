package dispatch_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
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

// TestHandOffsSignal: the workflow hears of an offer and of its answer, and of nothing that was said.
func TestHandOffsSignal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	d, server, _ := newDispatcher(t)
	require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
	duty := subject + "/duties/1-hand-off-1"
	events := []*eventv1.Event{
		event(t, "hand_off_proposed", &eventv1.Payload{Kind: &eventv1.Payload_HandOffProposed{HandOffProposed: &eventv1.HandOffProposed{
			HandOff: subject + "/handOffs/1", Duty: duty, DueTime: timestamppb.New(receiveTime()), Note: words(),
			ToDepartment: "departments/claims", ToAgent: "agents/bo",
		}}}),
		event(t, "hand_off_settled", &eventv1.Payload{Kind: &eventv1.Payload_HandOffSettled{HandOffSettled: &eventv1.HandOffSettled{
			HandOff: subject + "/handOffs/1", Duty: duty, State: "RETURNED", Reason: words(),
		}}}),
		event(t, "hand_off_decided", &eventv1.Payload{Kind: &eventv1.Payload_HandOffDecided{HandOffDecided: &eventv1.HandOffDecided{
			HandOff: subject + "/handOffs/1", Reason: words(), // Of a time when decisions had no deadline.
		}}}),
	}
	for _, e := range events {
		require.True(t, d.Wants(e.GetType()))
		require.NoError(t, d.Deliver(t.Context(), e))
	}
	require.Len(t, server.signals, 2)
	offer, ok := server.signals[0].(*workflowv1.ComplaintSignal)
	require.True(t, ok)
	require.Equal(t, []string{subject + "/handOffs/1", duty}, []string{offer.GetHandOff().GetName(), offer.GetHandOff().GetDuty()})
	require.Equal(t, receiveTime(), offer.GetHandOff().GetDueTime().AsTime())
	require.Equal(t, []string{"departments/claims", "agents/bo"}, []string{offer.GetHandOff().GetToDepartment(), offer.GetHandOff().GetToAgent()})
	answer, ok := server.signals[1].(*workflowv1.ComplaintSignal)
	require.True(t, ok)
	require.Equal(t, policyv1.Verdict_MET, answer.GetDuty().GetVerdict())
	require.True(t, answer.GetDuty().GetDone())
	require.NotContains(t, offer.String()+answer.String(), sealed)
}

// TestDecisionsSignal: the workflow hears by when a manager has to decide, and that it was decided, in time or late.
func TestDecisionsSignal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	d, server, _ := newDispatcher(t)
	require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
	handOff, duty, decision := subject+"/handOffs/2", subject+"/duties/1-hand-off-2", subject+"/duties/1-hand-off-2-decision"
	decided := func(late bool) *eventv1.Event {
		return event(t, "hand_off_decided", &eventv1.Payload{Kind: &eventv1.Payload_HandOffDecided{HandOffDecided: &eventv1.HandOffDecided{
			HandOff: handOff, Duty: decision, Late: late, Reason: words(),
		}}})
	}
	require.NoError(t, d.Deliver(t.Context(), event(t, "hand_off_settled", &eventv1.Payload{Kind: &eventv1.Payload_HandOffSettled{
		HandOffSettled: &eventv1.HandOffSettled{
			HandOff: handOff, Duty: duty, State: "RETURNED", Decider: "agents/guo", DecisionDuty: decision, DecideDueTime: timestamppb.New(receiveTime()),
		},
	}})))
	require.NoError(t, d.Deliver(t.Context(), decided(false)))
	require.NoError(t, d.Deliver(t.Context(), decided(true)))
	var facts []*workflowv1.DutyFact
	for _, s := range server.signals {
		signal, ok := s.(*workflowv1.ComplaintSignal)
		require.True(t, ok)
		require.NotContains(t, signal.String(), sealed)
		facts = append(facts, signal.GetDuty())
	}
	require.Len(t, facts, 3)
	next := facts[0].GetNext()
	require.Equal(t, []any{handOff, decision, true, "agents/guo"}, []any{next.GetName(), next.GetDuty(), next.GetDecision(), next.GetToAgent()})
	require.Equal(t, receiveTime(), next.GetDueTime().AsTime())
	require.Equal(t, []any{duty, decision, decision}, []any{facts[0].GetName(), facts[1].GetName(), facts[2].GetName()})
	require.Equal(t, []any{policyv1.Verdict_MET, policyv1.Verdict_MET, policyv1.Verdict_MET_LATE},
		[]any{facts[0].GetVerdict(), facts[1].GetVerdict(), facts[2].GetVerdict()})
}
