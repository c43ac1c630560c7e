package routing_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/routing"
)

// reopen begins the next cycle of a complaint and has it assigned.
func (w *world) reopen(complaint string, cycle int32) {
	w.t.Helper()
	w.apply(complaint, cycle, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_DELIVERY,
	}}})
	w.assign(complaint, cycle)
}

// handOff reads one.
func (w *world) handOff(name string) *routingv1.HandOff {
	w.t.Helper()
	h, err := w.as("he").GetHandOff(w.t.Context(), &routingv1.GetHandOffRequest{Name: name})
	require.NoError(w.t, err)
	return h
}

// moved gives a department another parent or manager.
func (w *world) moved(d *routingv1.Department) {
	w.t.Helper()
	_, err := w.people.UpdateDepartment(w.t.Context(), &routingv1.UpdateDepartmentRequest{Department: d})
	require.NoError(w.t, err)
}

// TestWhatWasOfferedInAnEarlierCycle is over: it counts for nothing in the next one.
func TestWhatWasOfferedInAnEarlierCycle(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	t.Run("an offer", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.delivery()
		h := w.toQuality(complaint)
		w.close(complaint, 1)
		for range 2 { // Before its due time, and after it.
			answer, err := w.worker().SettleHandOff(t.Context(), &routingv1.SettleHandOffRequest{Name: h.GetName()})
			require.NoError(t, err)
			require.Equal(t, routingv1.HandOff_ENDED, answer.GetState())
			require.Nil(t, answer.GetRetryTime())
			w.now = w.now.Add(time.Hour)
		}
		_, err := w.as("he").HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/quality"})
		rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_CYCLE_ENDED.String())
		w.reopen(complaint, 2)
		require.Equal(t, routingv1.HandOff_ENDED, w.handOff(h.GetName()).GetState())
		_, err = w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: h.GetName()})
		rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_CYCLE_ENDED.String())
		require.Equal(t, []string{"complaint_assigned", "hand_off_proposed", "complaint_assigned"}, w.types(complaint), "nothing expired")
	})
	t.Run("what came back", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.delivery()
		w.back(complaint)
		w.close(complaint, 1)
		w.reopen(complaint, 2)
		require.Empty(t, w.back(complaint).GetDecider())
	})
	t.Run("what was to be decided", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.delivery()
		w.back(complaint)
		h := w.back(complaint)
		lead := w.queues("agents/zhao", authv1.Role_SUPERVISOR)
		_, err := lead.ReassignComplaint(t.Context(), give(complaint, "departments/billing", ""))
		rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_HAND_OFF_OPEN.String())
		w.close(complaint, 1)
		w.reopen(complaint, 2)
		_, err = w.as("guo", authv1.Role_MANAGER).DecideHandOff(t.Context(), &routingv1.DecideHandOffRequest{
			Name: h.GetName(), Department: "departments/quality", Reason: "Late.",
		})
		rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_CYCLE_ENDED.String())
		_, err = lead.ReassignComplaint(t.Context(), give(complaint, "departments/billing", ""))
		require.NoError(t, err)
	})
}

// TestWhoMayTakeAnOffer: severity HIGH wants a call, too; nobody answers their own offer, nor after leaving; who proposed it takes it back.
func TestWhoMayTakeAnOffer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	require.Equal(t, "agents/chen", w.assign(complaint, 1).GetAssignee())
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{Severity: policyv1.Severity_HIGH}}})
	offer := &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/customer-service", Agent: "agents/wu"}
	_, err := w.as("chen").HandOffComplaint(t.Context(), offer)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_CALL_MISSING.String())
	w.consists(complaint, complaint+"/callbacks/1/attempts/1")
	offer.Call = &routingv1.CallEvidence{Attempt: complaint + "/callbacks/1/attempts/1"}
	h, err := w.as("zhao", authv1.Role_SUPERVISOR).HandOffComplaint(t.Context(), offer)
	require.NoError(t, err)
	_, err = w.as("chen").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: h.GetName()})
	rpctest.RequireReason(t, err, codes.PermissionDenied, routingv1.ErrorReason_NOT_A_RECEIVER.String())
	w.edit("wu", func(a *routingv1.Agent) { a.Active = proto.Bool(false) }, "active")
	_, err = w.as("wu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: h.GetName()})
	rpctest.RequireReason(t, err, codes.PermissionDenied, routingv1.ErrorReason_NOT_A_RECEIVER.String())
	h, err = w.as("zhao").WithdrawHandOff(t.Context(), &routingv1.WithdrawHandOffRequest{Name: h.GetName()})
	require.NoError(t, err, "whoever proposed it")
	require.Equal(t, "agents/zhao", h.GetSettler())
	_, err = w.as("zhao", authv1.Role_SUPERVISOR).WithdrawHandOff(t.Context(), &routingv1.WithdrawHandOffRequest{Name: h.GetName()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_HAND_OFF_SETTLED.String())
}

// TestWhoIsToDecide: the manager above both departments, unless complained about; also when the giver has left; nobody did what expired.
func TestWhoIsToDecide(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-2")
	for name, tc := range map[string]struct {
		before func(w *world)
		about  string
		want   string
	}{
		"the giver's manager": {func(*world) {}, "", "agents/guo"},
		"the manager above both": {func(w *world) {
			_, err := w.people.CreateDepartment(w.t.Context(), &routingv1.CreateDepartmentRequest{
				DepartmentId: "operations", Department: &routingv1.Department{DisplayName: "Operations", Manager: "agents/sun"},
			})
			require.NoError(w.t, err)
			w.moved(&routingv1.Department{Name: "departments/logistics", Parent: "departments/operations"})
			w.moved(&routingv1.Department{Name: "departments/quality", Parent: "departments/operations"})
		}, "", "agents/sun"},
		"the executive, on a complaint about the manager": {func(*world) {}, "agents/guo", "agents/fang"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.before(w)
			complaint := "complaints/" + w.ids.ID()
			w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
				Customer: "customers/a", TargetKind: policyv1.TargetKind_DELIVERY, Severity: policyv1.Severity_NORMAL, TargetAgent: tc.about,
			}}})
			require.Equal(t, "agents/he", w.assign(complaint, 1).GetAssignee())
			w.back(complaint)
			h := w.toQuality(complaint)
			w.edit("he", func(a *routingv1.Agent) { a.Active = proto.Bool(false) }, "active")
			w.now = h.GetDueTime().AsTime()
			_, err := w.worker().SettleHandOff(t.Context(), &routingv1.SettleHandOffRequest{Name: h.GetName()})
			require.NoError(t, err)
			h = w.handOff(h.GetName())
			require.Equal(t, []any{routingv1.HandOff_EXPIRED, tc.want, ""}, []any{h.GetState(), h.GetDecider(), h.GetSettler()})
		})
	}
}

// TestWhatIsDecided: somebody further up may, too; nobody gets it who has left, has no room or is complained about; where it is it stays
// with whom it is.
func TestWhatIsDecided(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-2")
	w := newWorld(t)
	w.edit("guo", func(a *routingv1.Agent) { a.Supervisor = "agents/sun" }, "supervisor")
	complaint := w.aboutXu()
	require.Equal(t, "departments/logistics agents/he", w.owner(complaint))
	for range 2 {
		h, err := w.as("he").HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/billing"})
		require.NoError(t, err)
		_, err = w.as("gao").ReturnHandOff(t.Context(), &routingv1.ReturnHandOffRequest{Name: h.GetName(), Reason: "Not ours."})
		require.NoError(t, err)
	}
	decide := func(department, agent string) error {
		_, err := w.as("fang", authv1.Role_MANAGER).DecideHandOff(t.Context(), &routingv1.DecideHandOffRequest{
			Name: complaint + "/handOffs/2", Department: department, Agent: agent, Reason: "So it is.",
		})
		return err
	}
	require.Equal(t, "agents/guo", w.handOff(complaint+"/handOffs/2").GetDecider())
	rpctest.RequireReason(t, decide("departments/quality", "agents/xu"), codes.FailedPrecondition, routingv1.ErrorReason_AGENT_RECUSED.String())
	w.assign(w.file("customers/b", policyv1.TargetKind_BILLING), 1)
	w.edit("tang", func(a *routingv1.Agent) { a.Capacity = proto.Int32(1) }, "capacity")
	rpctest.RequireReason(t, decide("departments/billing", "agents/tang"), codes.FailedPrecondition, routingv1.ErrorReason_AGENT_FULL.String())
	w.edit("tang", func(a *routingv1.Agent) { a.Active = proto.Bool(false) }, "active")
	rpctest.RequireReason(t, decide("departments/billing", "agents/tang"), codes.InvalidArgument, routingv1.ErrorReason_REFERENCE_UNKNOWN.String())
	w.edit("ma", func(a *routingv1.Agent) { a.TakesComplaints = true }, "takes_complaints")
	require.NoError(t, decide("departments/logistics", ""))
	require.Equal(t, "departments/logistics agents/he", w.owner(complaint), "although ma has less to do")
	require.Equal(t, "hand_off_decided", w.types(complaint)[len(w.types(complaint))-1])
}

// faster is a store of hand-offs in which something happens after they were read and before they are changed.
type faster struct {
	routing.HandOffStore

	happens func()
}

func (f *faster) HandOffs(ctx context.Context, complaint string) (*routing.HandOffCase, error) {
	c, err := f.HandOffStore.HandOffs(ctx, complaint)
	if do := f.happens; do != nil {
		f.happens = nil
		do()
	}
	return c, err
}

// TestAnOfferThatIsOvertaken has the next number: what was offered and taken back meanwhile stays on record.
func TestAnOfferThatIsOvertaken(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	w := newWorld(t)
	complaint := w.delivery()
	store := &faster{HandOffStore: w.deps.HandOffs, happens: func() {
		_, err := w.as("he").WithdrawHandOff(t.Context(), &routingv1.WithdrawHandOffRequest{Name: w.toQuality(complaint).GetName()})
		require.NoError(t, err)
	}}
	deps := w.deps
	deps.HandOffs = store
	late, err := routing.New(routing.Config{}, deps)
	require.NoError(t, err)
	h, err := late.HandOffComplaint(supervising(t.Context(), "agents/ma"), &routingv1.HandOffComplaintRequest{
		Name: complaint, Department: "departments/quality", Note: "The van was late.",
	})
	require.NoError(t, err)
	require.Equal(t, []any{complaint + "/handOffs/2", "The van was late."}, []any{h.GetName(), h.GetNote()})
	require.Equal(t, routingv1.HandOff_WITHDRAWN, w.handOff(complaint+"/handOffs/1").GetState())
}
