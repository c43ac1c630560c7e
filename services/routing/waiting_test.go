package routing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// unassigned asks routing to tell the ladder that nobody is in charge.
func (w *world) unassigned(complaint string, cycle, number int32) *routingv1.Escalation {
	w.t.Helper()
	e, err := w.routing.RaiseEscalation(w.t.Context(), &routingv1.RaiseEscalationRequest{
		Reason: routingv1.Escalation_UNASSIGNED, NoticeNumber: number, Unassigned: &routingv1.UnassignedComplaint{Complaint: complaint, Cycle: cycle},
	})
	require.NoError(w.t, err)
	return e
}

// TestAMoveFromQueueToQueueRestartsNothing: the half hour counts from when nobody was in charge, wherever it waited.
func TestAMoveFromQueueToQueueRestartsNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	w.away("he", "xu", "tang")
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	a := w.assign(complaint, 1)
	require.Empty(t, a.GetAssignee())
	lead, at := w.queues("agents/zhao", authv1.Role_SUPERVISOR), a.GetEscalateTime().AsTime()
	for _, department := range []string{"quality", "billing"} {
		w.now = w.now.Add(14 * time.Minute)
		_, err := lead.ReassignComplaint(t.Context(), give(complaint, "departments/"+department, ""))
		require.NoError(t, err)
		require.Equal(t, at, w.unassigned(complaint, 1, 1).GetClimbTime().AsTime(), "as before")
	}
	w.now = at
	require.EqualValues(t, 1, w.unassigned(complaint, 1, 1).GetNoticeNumber())
}

// TestTheTimeWithoutAnybodyBeginsAnew once somebody had it: for whoever leaves, and in another cycle.
func TestTheTimeWithoutAnybodyBeginsAnew(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	w.away("he")
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	require.Empty(t, w.assign(complaint, 1).GetAssignee())
	w.now = w.now.Add(20 * time.Minute)
	w.edit("he", func(a *routingv1.Agent) { a.TakesComplaints = true }, "takes_complaints")
	require.Equal(t, "agents/he", w.hand(complaint).GetAssignee())
	w.now = w.now.Add(20 * time.Minute)
	w.edit("he", func(a *routingv1.Agent) { a.Active = proto.Bool(false) }, "active")
	require.Equal(t, w.now.Add(30*time.Minute), w.unassigned(complaint, 1, 1).GetClimbTime().AsTime())

	w.now = w.now.Add(20 * time.Minute)
	w.close(complaint, 1)
	w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_DELIVERY,
	}}})
	w.now = w.now.Add(20 * time.Minute)
	require.Equal(t, w.now.Add(30*time.Minute), w.assign(complaint, 2).GetEscalateTime().AsTime())
}

// TestTheComplaintsLevelIsTheHighest: what comes back begins below, and the complaint stays as high as it was.
func TestTheComplaintsLevelIsTheHighest(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	w.away("he")
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	w.now = w.assign(complaint, 1).GetEscalateTime().AsTime()
	e := w.unassigned(complaint, 1, 1)
	for e.GetLevel() < 3 {
		w.now = e.GetClimbTime().AsTime()
		e = w.again(e)
	}
	level := func() int32 {
		a, err := w.routing.GetAssignment(t.Context(), &routingv1.GetAssignmentRequest{Name: complaint + "/assignment"})
		require.NoError(t, err)
		return a.GetEscalationLevel()
	}
	require.EqualValues(t, 3, level())
	w.give(complaint, "he")
	require.Equal(t, routingv1.Escalation_ASSIGNED, w.again(e).GetResolution())
	w.give(complaint, "")
	w.now = w.now.Add(30 * time.Minute)
	again := w.again(e)
	require.EqualValues(t, 1, again.GetLevel(), "it begins below")
	require.EqualValues(t, 3, level())
	w.now = again.GetClimbTime().AsTime()
	require.EqualValues(t, 2, w.again(again).GetLevel())
	require.EqualValues(t, 3, level())
}
