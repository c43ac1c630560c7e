package routing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// refusalEnded is what remedy tells when a refusal has ended.
func refusalEnded(complaint, state string, watch time.Time) *eventv1.Payload {
	ended := &eventv1.RefusalEnded{Refusal: complaint + "/refusals/1", State: state}
	if !watch.IsZero() {
		ended.WatchTime = timestamppb.New(watch)
	}
	return &eventv1.Payload{Kind: &eventv1.Payload_RefusalEnded{RefusalEnded: ended}}
}

// TestContactThatWasEndedIsBroughtBeforeTheLadder, and no other end of a refusal.
func TestContactThatWasEndedIsBroughtBeforeTheLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	w.apply(complaint, 1, refusalEnded(complaint, "ACCEPTED", time.Time{}))
	require.Empty(t, w.ladder(complaint))
	w.apply(complaint, 1, refusalEnded(complaint, "CONTACT_ENDED", w.now.Add(time.Hour)))
	w.service.Deliver(t.Context())
	e := w.ladder(complaint)[0]
	require.Equal(t, complaint+"/escalations/1-contact-ended-1", e.GetName())
	require.Equal(t, routingv1.Escalation_CONTACT_ENDED, e.GetReason())
	require.Equal(t, "agents/zhao", e.GetRecipient())
	require.Equal(t, "zhao", w.told.last().Recipient)
}

// TestSupervisorIsToldWhoComesAgain by itself: it is nothing that climbs.
func TestSupervisorIsToldWhoComesAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	first, again := w.file("customers/a", policyv1.TargetKind_SERVICE), w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(again, 1)
	before := w.told.count.Load()
	for range 2 { // However often it is said of one complaint, the supervisor is told once.
		w.apply(again, 1, &eventv1.Payload{Kind: &eventv1.Payload_RefusalRepeated{RefusalRepeated: &eventv1.RefusalRepeated{
			Refusal: first + "/refusals/1", Complaint: again,
		}}})
		w.service.Deliver(t.Context())
	}
	require.Equal(t, before+1, w.told.count.Load())
	require.Empty(t, w.ladder(again))
	require.Equal(t, routingv1.Notice_REPEAT, w.told.last().About)
	require.Equal(t, "zhao", w.told.last().Recipient)
	require.Contains(t, w.notices(again), "notice_sent REPEAT")
}

// TestWhoIsNamedAsSupportIsTold, once, and nobody of a department, of the last step, or who has left.
func TestWhoIsNamedAsSupportIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	w.service.Deliver(t.Context())
	before := w.told.count.Load()
	recorded := func(step, party string) {
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_RefusalStepRecorded{RefusalStepRecorded: &eventv1.RefusalStepRecorded{
			Refusal: complaint + "/refusals/1", Step: step, Done: true, Party: party,
		}}})
		w.service.Deliver(t.Context())
	}
	recorded("END_CONTACT", "agents/zhao")
	recorded("SUPPORT", "departments/quality")
	recorded("SUPPORT", "agents/nobody")
	recorded("SUPPORT", "")
	require.Equal(t, before, w.told.count.Load())
	recorded("SUPPORT", "agents/zhao")
	recorded("SUPPORT", "agents/zhao")
	require.Equal(t, before+1, w.told.count.Load())
	require.Equal(t, routingv1.Notice_SUPPORT, w.told.last().About)
	require.Equal(t, "zhao", w.told.last().Recipient)
	require.Contains(t, w.notices(complaint), "notice_sent SUPPORT")
}
