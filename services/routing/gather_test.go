package routing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// missed escalates the callback of a new complaint.
func (w *world) missed() *routingv1.Escalation {
	w.t.Helper()
	complaint := w.file("customers/k", policyv1.TargetKind_SERVICE)
	raised, err := w.routing.RaiseEscalation(w.t.Context(), &routingv1.RaiseEscalationRequest{
		Duty: complaint + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, Reason: routingv1.Escalation_CALLBACK_MISSED,
		NoticeNumber: 1, DueTime: timestamppb.New(w.now.Add(-time.Minute)),
	})
	require.NoError(w.t, err)
	return raised
}

func TestManyNoticesToOnePersonAreGathered(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8", "ROUTE-4")
	w := newWorld(t)
	const many = 200
	for range many {
		raised := w.missed()
		require.Equal(t, "agents/zhao", raised.GetRecipient(), "each escalation is on record at once")
	}
	require.EqualValues(t, 5, w.told.count.Load(), "the first five were told one by one")
	require.NoError(t, w.service.Gather(t.Context()))
	require.EqualValues(t, 6, w.told.count.Load())
	require.Equal(t, many-5, w.told.last().Count)
	require.Equal(t, "zhao", w.told.last().Recipient)
	require.NoError(t, w.service.Gather(t.Context()))
	require.EqualValues(t, 6, w.told.count.Load(), "nothing is told twice")

	for range 20 {
		w.missed()
	}
	w.now = w.now.Add(4 * time.Minute)
	require.NoError(t, w.service.Gather(t.Context()))
	require.EqualValues(t, 6, w.told.count.Load(), "one gathered notice an interval")
	w.now = w.now.Add(2 * time.Minute)
	w.told.failing.Store(true)
	require.Error(t, w.service.Gather(t.Context()))
	w.told.failing.Store(false)
	require.NoError(t, w.service.Gather(t.Context()), "what could not be told is told later")
	require.EqualValues(t, 7, w.told.count.Load())
	require.Equal(t, 20, w.told.last().Count)
}
