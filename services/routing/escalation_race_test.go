package routing_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/routing"
)

// overtaken is a store in which something happens after a complaint was read and before it is changed.
type overtaken struct {
	routing.Store
	happens func()
}

func (b *overtaken) Change(ctx context.Context, change routing.Change, decide func(*routing.Case) error) (bool, error) {
	if do := b.happens; do != nil {
		b.happens = nil
		do()
	}
	return b.Store.Change(ctx, change, decide)
}

// TestWhatHappensWhileItIsRaised counts: who is told is decided by what is on record in the moment in which it is recorded.
func TestWhatHappensWhileItIsRaised(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4", "CLK-1")
	raising := func(t *testing.T) (w *world, complaint string, late *routing.Service, store *overtaken) {
		w = newWorld(t)
		complaint = w.file("customers/a", policyv1.TargetKind_DELIVERY)
		w.assign(complaint, 1)
		store = &overtaken{Store: w.store}
		deps := w.deps
		deps.Store = store
		late, err := routing.New(routing.Config{}, deps)
		require.NoError(t, err)
		return w, complaint, late, store
	}
	t.Run("it is acknowledged in time", func(t *testing.T) {
		t.Parallel()
		w, complaint, late, store := raising(t)
		first, err := w.climber("agents/he", authv1.Role_AGENT).EscalateComplaint(t.Context(), &routingv1.EscalateComplaintRequest{
			Name: complaint, Reason: routingv1.Escalation_ASKED_FOR,
		})
		require.NoError(t, err)
		climbs := first.GetClimbTime().AsTime()
		w.now = climbs
		store.happens = func() {
			w.now = climbs.Add(-time.Second) // Its clock is a little behind.
			w.acknowledge("agents/ma", first.GetName())
			w.now = climbs
		}
		answer, err := late.RaiseEscalation(t.Context(), &routingv1.RaiseEscalationRequest{
			Escalation: first.GetName(), Reason: first.GetReason(), NoticeNumber: 2,
		})
		require.NoError(t, err)
		require.Equal(t, routingv1.Escalation_ACKNOWLEDGED, answer.GetState())
		require.EqualValues(t, 1, answer.GetNoticeNumber())
	})
	t.Run("somebody is put in charge", func(t *testing.T) {
		t.Parallel()
		w, complaint, late, store := raising(t)
		w.give(complaint, "")
		w.now = w.now.Add(time.Hour)
		store.happens = func() { w.give(complaint, "he") }
		answer, err := late.RaiseEscalation(t.Context(), nobody(complaint, 1))
		require.NoError(t, err)
		require.Zero(t, answer.GetNoticeNumber())
		require.Equal(t, routingv1.Escalation_ASSIGNED, answer.GetResolution())
		require.Equal(t, []string{"complaint_assigned"}, w.types(complaint))
	})
	t.Run("the cycle ends", func(t *testing.T) {
		t.Parallel()
		w, complaint, late, store := raising(t)
		store.happens = func() { w.close(complaint, 1) }
		answer, err := late.RaiseEscalation(t.Context(), threat(complaint, 1))
		require.NoError(t, err)
		require.Nil(t, answer.GetClimbTime(), "no workflow keeps it")
		w.now = w.now.Add(31 * time.Minute)
		require.NoError(t, w.service.Climb(t.Context()))
		list, err := w.routing.ListEscalations(t.Context(), &routingv1.ListEscalationsRequest{Parent: complaint})
		require.NoError(t, err)
		require.EqualValues(t, 2, list.GetEscalations()[0].GetLevel(), "routing does")
	})
}

// nobody says that nobody is in charge of a complaint.
func nobody(complaint string, number int32) *routingv1.RaiseEscalationRequest {
	return &routingv1.RaiseEscalationRequest{
		Reason: routingv1.Escalation_UNASSIGNED, NoticeNumber: number, Unassigned: &routingv1.UnassignedComplaint{Complaint: complaint, Cycle: 1},
	}
}

// TestFromQueueToQueue: each move between queues leaves whoever was told the time that there is, and once somebody was in charge it
// begins anew.
func TestFromQueueToQueue(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	complaint := w.delivery()
	w.give(complaint, "")
	w.now = w.now.Add(30 * time.Minute)
	raise := func(number int32) *routingv1.Escalation {
		e, err := w.routing.RaiseEscalation(t.Context(), nobody(complaint, number))
		require.NoError(t, err)
		return e
	}
	first := raise(1)
	require.EqualValues(t, 1, first.GetNoticeNumber())
	for range 3 {
		w.now = w.now.Add(10 * time.Minute)
		w.give(complaint, "")
		answer := raise(2)
		require.EqualValues(t, 1, answer.GetNoticeNumber())
		require.Equal(t, first.GetClimbTime().AsTime(), answer.GetClimbTime().AsTime())
	}
	w.give(complaint, "he")
	w.give(complaint, "")
	answer := raise(2)
	require.EqualValues(t, 1, answer.GetNoticeNumber())
	require.Equal(t, w.now.Add(30*time.Minute), answer.GetClimbTime().AsTime())
}

// TestADroppedHandOffStandsUntilALaterOneIsAccepted, whatever is told of it.
func TestADroppedHandOffStandsUntilALaterOneIsAccepted(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-4")
	w := newWorld(t)
	complaint := w.delivery()
	dropped := w.toQuality(complaint)
	w.now = dropped.GetDueTime().AsTime()
	_, err := w.worker().SettleHandOff(t.Context(), &routingv1.SettleHandOffRequest{Name: dropped.GetName()})
	require.NoError(t, err)
	first, err := w.routing.RaiseEscalation(t.Context(), &routingv1.RaiseEscalationRequest{
		Duty: complaint + "/duties/1-hand-off-1", Kind: policyv1.DutyKind_HAND_OFF, Reason: routingv1.Escalation_HAND_OFF_OVERDUE,
		NoticeNumber: 1, DueTime: dropped.GetDueTime(),
	})
	require.NoError(t, err)
	w.now = first.GetClimbTime().AsTime()
	second := w.again(first)
	require.Equal(t, []any{routingv1.Escalation_OPEN, int32(2)}, []any{second.GetState(), second.GetLevel()})
	later := w.toQuality(complaint)
	_, err = w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: later.GetName()})
	require.NoError(t, err)
	w.now = second.GetClimbTime().AsTime()
	answer := w.again(second)
	require.Equal(t, []any{routingv1.Escalation_RESOLVED, int32(2)}, []any{answer.GetState(), answer.GetLevel()})
}
