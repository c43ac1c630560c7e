package routing_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// wrongNumber is the fact that a number is somebody else's.
func wrongNumber(complaint, attempt string) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_WayUnusable{WayUnusable: &eventv1.WayUnusable{
		Callback: complaint + "/callbacks/1", Way: policyv1.ContactWay_PHONE, Attempt: complaint + "/callbacks/1/attempts/" + attempt,
	}}}
}

// wayFound is the fact that another one is on record.
func wayFound() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_WayFound{WayFound: &eventv1.WayFound{Fields: []string{"complainant.phone"}}}}
}

// TestAWrongNumber is told to whoever is in charge, who is to find another way; and of what came back from an address that was known to be
// none nobody is told again.
func TestAWrongNumber(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "ROUTE-2")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	assignee := w.assign(complaint, 1).GetAssignee()
	w.apply(complaint, 1, wrongNumber(complaint, "a1"))
	w.apply(complaint, 1, wrongNumber(complaint, "a1"))
	w.service.Deliver(t.Context())
	require.EqualValues(t, 1, w.told.count.Load())
	require.Equal(t, []any{routingv1.Notice_FIND_WAY, assignee}, []any{w.told.last().About, "agents/" + w.told.last().Recipient})
	require.Empty(t, w.ladder(complaint), "the call that is owed climbs, not this")

	bounced := func(id string, known bool) {
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_MessageBounced{MessageBounced: &eventv1.MessageBounced{
			Notification: complaint + "/notifications/" + id, Owed: true, Known: known,
		}}})
		w.service.Deliver(t.Context())
	}
	bounced("ack-1", false)
	bounced("letter-1-resolved", true)
	require.Len(t, w.ladder(complaint), 2, "what is owed climbs all the same")
	undelivered := slices.DeleteFunc(w.notices(complaint), func(told string) bool { return told != "notice_sent UNDELIVERED" })
	require.Len(t, undelivered, 1, "told once for each address")
}

// TestAnotherWayIsOnRecord before what waits was told, and nobody is told any more to find one.
func TestAnotherWayIsOnRecord(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1")
	for _, found := range []bool{false, true} {
		w := newWorld(t)
		complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
		w.assign(complaint, 1)
		w.told.failing.Store(true)
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_OfferReminded{OfferReminded: &eventv1.OfferReminded{
			Remedy: complaint + "/remedies/r1", Version: 1,
		}}})
		w.service.Deliver(t.Context()) // Who could not be told is told of what follows with others.
		w.apply(complaint, 1, wrongNumber(complaint, "a1"))
		if found {
			w.apply(complaint, 1, wayFound())
		}
		require.Equal(t, !found, slices.Contains(w.waiting(complaint), "1-find_way-phone-a1"))
	}
}

// waiting are the ids of notices that wait.
func (w *world) waiting(complaint string) []string {
	w.t.Helper()
	known, err := w.store.Case(w.t.Context(), strings.TrimPrefix(complaint, "complaints/"))
	require.NoError(w.t, err)
	return known.Waiting
}
