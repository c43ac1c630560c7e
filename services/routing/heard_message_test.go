package routing_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// TestAMessageThatDidNotArrive: whoever is in charge is told, and what is owed with nowhere to go stands before the ladder until it is sent.
func TestAMessageThatDidNotArrive(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	assignee := w.assign(complaint, 1).GetAssignee()
	undelivered := func(id string, owed bool) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_MessageUndelivered{MessageUndelivered: &eventv1.MessageUndelivered{
			Notification: complaint + "/notifications/" + id, Owed: owed,
		}}}
	}
	bounced := func(id, again string) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_MessageBounced{MessageBounced: &eventv1.MessageBounced{
			Notification: complaint + "/notifications/" + id, Again: again, Owed: true,
		}}}
	}
	w.apply(complaint, 1, undelivered("survey-1-first", false))
	w.apply(complaint, 1, bounced("ack-1", complaint+"/notifications/ack-1-again-1"))
	w.service.Deliver(t.Context())
	require.Empty(t, w.ladder(complaint), "nothing is owed that has nowhere to go")
	require.EqualValues(t, 2, w.told.count.Load())
	require.Equal(t, routingv1.Notice_UNDELIVERED, w.told.last().About)
	require.Equal(t, assignee, "agents/"+w.told.last().Recipient)

	w.apply(complaint, 1, bounced("ack-1-again-1", ""))
	w.service.Deliver(t.Context())
	require.EqualValues(t, 4, w.told.count.Load(), "the second address is news to whoever is in charge, beside the ladder")
	w.apply(complaint, 1, undelivered("letter-1-resolved", true))
	require.Len(t, w.ladder(complaint), 2)
	for _, e := range w.ladder(complaint) {
		require.Equal(t, routingv1.Escalation_MESSAGE_UNDELIVERED, e.GetReason())
		require.Equal(t, "agents/zhao", e.GetRecipient())
	}
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_MessageRecovered{MessageRecovered: &eventv1.MessageRecovered{
		Notification: complaint + "/notifications/ack-1", Sent: complaint + "/notifications/ack-1-again-2",
	}}})
	open := 0
	for _, e := range w.ladder(complaint) {
		if e.GetState() == routingv1.Escalation_OPEN {
			open++
			require.Contains(t, e.GetName(), "letter-1-resolved")
		}
	}
	require.Equal(t, 1, open, "what was sent after all is done")
}
