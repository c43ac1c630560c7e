package routing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestNobodyAnswersForThemselves: whoever is in charge does not hear of the ladder in the place of somebody higher up, whom the next level
// hears of it instead.
func TestNobodyAnswersForThemselves(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	w.give(complaint, "wu")
	w.absent("zhao", "agents/wu", 0, time.Hour)
	e := w.raise(complaint, 1)
	require.Equal(t, []any{"agents/sun", int32(2)}, []any{e.GetRecipient(), e.GetLevel()})
	require.Equal(t, []string{"agents/zhao ABSENT", "agents/wu IN_CHARGE"}, over(e))
	w.refused("agents/wu", e.GetName(), routingv1.ErrorReason_NOT_THE_RECIPIENT)

	own := w.file("customers/b", policyv1.TargetKind_SERVICE)
	w.assign(own, 1)
	w.give(own, "sun") // The manager, who stands on the ladder above the first level.
	e = w.raise(own, 1)
	require.Equal(t, "agents/fang", e.GetRecipient())
	w.refused("agents/sun", e.GetName(), routingv1.ErrorReason_NOT_THE_RECIPIENT)
	require.Equal(t, "agents/fang", w.acknowledge("agents/fang", e.GetName()).GetAcknowledger())
}

// TestTheRecusedDoNotSteer: who is complained about, or stands next to that person, does not choose who judges it.
func TestTheRecusedDoNotSteer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "ROUTE-3", "ROUTE-5")
	w := newWorld(t)
	for _, agent := range []string{"agents/ma", "agents/he"} { // ma is he's supervisor.
		complaint := w.about(agent, policyv1.TargetKind_DELIVERY)
		_, err := w.queues("agents/ma", authv1.Role_SUPERVISOR).ReassignComplaint(t.Context(), &routingv1.ReassignComplaintRequest{
			Name: complaint, Department: "departments/customer-service", Reason: routingv1.ReassignReason_EXPERTISE,
		})
		rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_AGENT_RECUSED.String())
		offer := &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/quality"}
		_, err = w.as("ma", authv1.Role_SUPERVISOR).HandOffComplaint(t.Context(), offer)
		rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_AGENT_RECUSED.String())
		h, err := w.as("guo", authv1.Role_MANAGER).HandOffComplaint(t.Context(), offer)
		if agent == "agents/ma" { // guo is ma's supervisor, so somebody else offers it.
			rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_AGENT_RECUSED.String())
			h, err = w.as("fang", authv1.Role_EXECUTIVE).HandOffComplaint(t.Context(), offer)
		}
		require.NoError(t, err)
		_, err = w.as("ma", authv1.Role_SUPERVISOR).WithdrawHandOff(t.Context(), &routingv1.WithdrawHandOffRequest{Name: h.GetName()})
		rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_AGENT_RECUSED.String())
	}
}

// TestTheTopSteersWhatNobodyElseMay: whoever is told at the top since nobody is above has to be able to do something about it.
func TestTheTopSteersWhatNobodyElseMay(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "ROUTE-5")
	w := newWorld(t)
	complaint := w.about("agents/guo", policyv1.TargetKind_DELIVERY) // guo reports to the executive.
	_, err := w.queues("agents/fang", authv1.Role_EXECUTIVE).ReassignComplaint(t.Context(), &routingv1.ReassignComplaintRequest{
		Name: complaint, Department: "departments/customer-service", Reason: routingv1.ReassignReason_CONFLICT_OF_INTEREST,
	})
	require.NoError(t, err)
	about := w.about("agents/fang", policyv1.TargetKind_DELIVERY)
	_, err = w.queues("agents/fang", authv1.Role_EXECUTIVE).ReassignComplaint(t.Context(), &routingv1.ReassignComplaintRequest{
		Name: about, Department: "departments/customer-service", Reason: routingv1.ReassignReason_CONFLICT_OF_INTEREST,
	})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_AGENT_RECUSED.String())
}

// TestACallBeforeTheComplaintIsNone: who called a customer before the complaint was received told nothing of what becomes of it.
func TestACallBeforeTheComplaintIsNone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	w := newWorld(t)
	complaint := "complaints/" + w.ids.ID()
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_DELIVERY, Severity: policyv1.Severity_HIGH, ReceiveTime: timestamppb.New(w.now.Add(-time.Hour)),
	}}})
	w.assign(complaint, 1)
	offer := func(at time.Time) error {
		_, err := w.as("he").HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{
			Name: complaint, Department: "departments/quality", Call: &routingv1.CallEvidence{Caller: "agents/he", CallTime: timestamppb.New(at)},
		})
		return err
	}
	rpctest.RequireReason(t, offer(w.now.Add(-2*time.Hour)), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	require.NoError(t, offer(w.now.Add(-time.Hour)))
}

// TestWhatIsTakenAwayDoesNotComeBack by a pass, also when nobody else is there; by hand it does, and then it is as if nothing had been.
func TestWhatIsTakenAwayDoesNotComeBack(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5")
	w := newWorld(t)
	lead := w.queues("agents/ma", authv1.Role_SUPERVISOR)
	take := func(complaint, to string) string {
		a, err := lead.ReassignComplaint(t.Context(), &routingv1.ReassignComplaintRequest{
			Name: complaint, Assignee: to, Reason: routingv1.ReassignReason_CONFLICT_OF_INTEREST,
		})
		require.NoError(t, err)
		return a.GetAssignee()
	}
	inCharge := func(complaint string) string {
		a, err := w.routing.GetAssignment(t.Context(), &routingv1.GetAssignmentRequest{Name: complaint + "/assignment"})
		require.NoError(t, err)
		return a.GetAssignee()
	}
	complaint := w.delivery()
	require.Empty(t, take(complaint, ""), "he is the only one there")
	other := w.delivery()
	w.give(other, "")
	w.now = w.now.Add(time.Minute)
	require.NoError(t, w.service.Hand(t.Context()))
	require.Empty(t, inCharge(complaint))
	require.Equal(t, "agents/he", inCharge(other), "another one is given as ever")
	require.Empty(t, take(complaint, ""), "it waits as before")
	require.NoError(t, w.service.Hand(t.Context()))
	require.Empty(t, inCharge(complaint))
	require.Equal(t, "agents/he", take(complaint, "agents/he"))
	w.absent("he", "", 0, 48*time.Hour)
	require.NoError(t, w.service.Hand(t.Context()))
	require.Empty(t, inCharge(complaint), "an absence is another matter")
}
