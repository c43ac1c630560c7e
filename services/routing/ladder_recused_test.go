package routing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// about is a complaint in which somebody of the directory is complained about.
func (w *world) about(agent string, kind policyv1.TargetKind) string {
	w.t.Helper()
	complaint := "complaints/" + w.ids.ID()
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Customer: "customers/about", TargetKind: kind, Severity: policyv1.Severity_NORMAL, TargetAgent: agent,
	}}})
	w.assign(complaint, 1)
	return complaint
}

// over is who was passed over, in words.
func over(e *routingv1.Escalation) (list []string) {
	for _, p := range e.GetPassed() {
		list = append(list, p.GetAgent()+" "+p.GetCause().String())
	}
	return list
}

// refused wants that somebody may not answer an escalation.
func (w *world) refused(agent, escalation string, reason routingv1.ErrorReason) {
	w.t.Helper()
	code := codes.FailedPrecondition
	if reason == routingv1.ErrorReason_NOT_THE_RECIPIENT {
		code = codes.PermissionDenied
	}
	as := w.climber(agent, authv1.Role_EXECUTIVE)
	_, err := as.AcknowledgeEscalation(w.t.Context(), &routingv1.AcknowledgeEscalationRequest{Name: escalation})
	rpctest.RequireReason(w.t, err, code, reason.String())
	_, err = as.ResolveEscalation(w.t.Context(), &routingv1.ResolveEscalationRequest{Name: escalation, Resolution: routingv1.Escalation_NOT_NEEDED})
	rpctest.RequireReason(w.t, err, code, reason.String())
}

// TestNobodyHearsOfWhatIsAboutThem, nor whoever stands directly above or below, as long as there is anybody else.
func TestNobodyHearsOfWhatIsAboutThem(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4", "ROUTE-2")
	t.Run("about an agent", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.about("agents/lin", policyv1.TargetKind_SERVICE)
		e := w.raise(complaint, 1)
		require.Equal(t, []any{"agents/sun", int32(2)}, []any{e.GetRecipient(), e.GetLevel()})
		require.Equal(t, []string{"agents/zhao RECUSED"}, over(e))
		w.refused("agents/lin", e.GetName(), routingv1.ErrorReason_NOT_THE_RECIPIENT)
		require.Equal(t, "agents/sun", w.acknowledge("agents/sun", e.GetName()).GetAcknowledger())
	})
	t.Run("about a supervisor", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		e := w.raise(w.about("agents/ma", policyv1.TargetKind_DELIVERY), 1)
		require.Equal(t, []any{"agents/fang", int32(3)}, []any{e.GetRecipient(), e.GetLevel()})
		require.Equal(t, []string{"agents/ma RECUSED", "agents/guo RECUSED"}, over(e))
	})
	t.Run("by a delegate", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.absent("sun", "agents/zhao", 0, time.Hour)
		e := w.raise(w.about("agents/lin", policyv1.TargetKind_SERVICE), 1)
		require.Equal(t, "agents/fang", e.GetRecipient())
		require.Equal(t, []string{"agents/zhao RECUSED", "agents/sun ABSENT", "agents/zhao RECUSED"}, over(e))
	})
	t.Run("in a warning", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.about("agents/lin", policyv1.TargetKind_SERVICE)
		for _, agent := range []string{"chen", "wu"} { // One of them has it.
			w.absent(agent, "agents/lin", 0, time.Hour)
		}
		warned, err := w.routing.SendNotice(t.Context(), &routingv1.SendNoticeRequest{
			Duty: complaint + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, DueTime: timestamppb.New(w.now), WarnTime: timestamppb.New(w.now),
		})
		require.NoError(t, err)
		require.Equal(t, "agents/sun", warned.GetRecipient())
	})
	t.Run("in what had ended when it was imported", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := "complaints/" + w.ids.ID()
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintImported{ComplaintImported: &eventv1.ComplaintImported{
			Customer: "customers/about", TargetKind: policyv1.TargetKind_DELIVERY, TargetAgent: "agents/ma",
		}}})
		e, err := w.routing.RaiseEscalation(t.Context(), threat(complaint, 1))
		require.NoError(t, err)
		require.Equal(t, "agents/fang", e.GetRecipient())
	})
	t.Run("asked for by somebody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		e, err := w.climber("agents/chen", authv1.Role_AGENT).EscalateComplaint(t.Context(), &routingv1.EscalateComplaintRequest{
			Name: w.about("agents/lin", policyv1.TargetKind_SERVICE), Reason: routingv1.Escalation_ASKED_FOR,
		})
		require.NoError(t, err)
		require.Equal(t, "agents/sun", e.GetRecipient())
	})
}

// TestTheTopOfAComplaintAboutTheTop: somebody has to hear of it, so whoever stands at the top hears also what is about somebody directly
// below, but never what is about themselves.
func TestTheTopOfAComplaintAboutTheTop(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4", "ROUTE-2", "APPR-2")
	t.Run("somebody directly below", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.about("agents/sun", policyv1.TargetKind_DELIVERY)
		e := w.raise(complaint, 1)
		require.Equal(t, "agents/ma", e.GetRecipient())
		w.refused("agents/fang", e.GetName(), routingv1.ErrorReason_AGENT_RECUSED)
		for number := range int32(2) {
			w.now = e.GetClimbTime().AsTime()
			e = w.raise(complaint, number+2)
		}
		require.Equal(t, []any{"agents/fang", int32(3)}, []any{e.GetRecipient(), e.GetLevel()})
		require.Equal(t, "agents/fang", w.acknowledge("agents/fang", e.GetName()).GetAcknowledger(), "nobody else is there")
	})
	t.Run("the executive", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.about("agents/fang", policyv1.TargetKind_DELIVERY)
		e := w.raise(complaint, 1)
		require.Equal(t, "agents/ma", e.GetRecipient())
		w.refused("agents/fang", e.GetName(), routingv1.ErrorReason_AGENT_RECUSED)
		w.refused("agents/guo", e.GetName(), routingv1.ErrorReason_AGENT_RECUSED)
		w.now = e.GetClimbTime().AsTime()
		e = w.raise(complaint, 2)
		require.Equal(t, []any{"agents/ma", int32(3)}, []any{e.GetRecipient(), e.GetLevel()}, "the highest one who may hear of it")
		require.Equal(t, []string{"agents/guo RECUSED", "agents/fang RECUSED"}, over(e))
		w.refused("agents/fang", e.GetName(), routingv1.ErrorReason_AGENT_RECUSED)
		w.acknowledge("agents/ma", e.GetName())
	})
	t.Run("somebody is everything", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.people.UpdateDepartment(t.Context(), &routingv1.UpdateDepartmentRequest{
			Department: &routingv1.Department{Name: "departments/logistics", Manager: "agents/fang", Supervisor: "agents/fang"},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"manager", "supervisor"}},
		})
		require.NoError(t, err)
		w.edit("he", func(a *routingv1.Agent) { a.Supervisor = "agents/fang" }, "supervisor")
		complaint := w.about("agents/fang", policyv1.TargetKind_DELIVERY)
		told := w.told.count.Load()
		e := w.raise(complaint, 1)
		require.Equal(t, []any{"", int32(3)}, []any{e.GetRecipient(), e.GetLevel()})
		require.Equal(t, []string{"agents/fang RECUSED", "agents/fang RECUSED", "agents/fang RECUSED"}, over(e))
		require.Equal(t, told, w.told.count.Load(), "nobody is told")
		open, err := w.climber("agents/sun", authv1.Role_MANAGER).ListOpenEscalations(t.Context(), &routingv1.ListOpenEscalationsRequest{})
		require.NoError(t, err)
		require.Len(t, open.GetEscalations(), 1, "and everybody who looks can see that")
		w.refused("agents/fang", e.GetName(), routingv1.ErrorReason_AGENT_RECUSED)
		asked, err := w.climber("agents/he", authv1.Role_AGENT).EscalateComplaint(t.Context(), &routingv1.EscalateComplaintRequest{
			Name: complaint, Reason: routingv1.Escalation_ASKED_FOR,
		})
		require.NoError(t, err)
		require.Empty(t, asked.GetRecipient())
	})
}

// TestHandOffsPassOverTheRecused: neither an offer nor what becomes of it is told whoever is complained about, or stands directly above
// or below; and such a person decides nothing.
func TestHandOffsPassOverTheRecused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-2", "APPR-2")
	t.Run("the receiver", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.about("agents/xu", policyv1.TargetKind_DELIVERY)
		w.toQuality(complaint)
		require.Equal(t, []string{"agents/guo"}, w.heard(complaint), "not liu, who stands directly above")
	})
	t.Run("nobody to receive", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.about("agents/liu", policyv1.TargetKind_DELIVERY)
		w.toQuality(complaint)
		require.Empty(t, w.heard(complaint))
	})
	t.Run("the decider", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.about("agents/liu", policyv1.TargetKind_DELIVERY)
		h := w.refusedTwice(complaint)
		require.Equal(t, "agents/fang", h.GetDecider())
		decide := &routingv1.DecideHandOffRequest{Name: h.GetName(), Department: "departments/logistics", Reason: "It was the van."}
		for _, agent := range []string{"liu", "guo"} {
			_, err := w.as(agent, authv1.Role_EXECUTIVE).DecideHandOff(t.Context(), decide)
			rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_AGENT_RECUSED.String())
		}
		_, err := w.as("fang", authv1.Role_EXECUTIVE).DecideHandOff(t.Context(), decide)
		require.NoError(t, err)
	})
	t.Run("the executive as decider", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.about("agents/fang", policyv1.TargetKind_DELIVERY)
		h := w.refusedTwice(complaint)
		require.Equal(t, "agents/ma", h.GetDecider())
		decide := &routingv1.DecideHandOffRequest{Name: h.GetName(), Department: "departments/logistics", Reason: "It was the van."}
		_, err := w.as("fang", authv1.Role_EXECUTIVE).DecideHandOff(t.Context(), decide)
		rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_AGENT_RECUSED.String())
		_, err = w.as("ma", authv1.Role_SUPERVISOR).DecideHandOff(t.Context(), decide)
		require.NoError(t, err)
	})
	t.Run("the giver", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.about("agents/wu", policyv1.TargetKind_DELIVERY)
		h := w.toQuality(complaint)
		w.edit("he", func(a *routingv1.Agent) { a.Supervisor = "agents/wu" }, "supervisor")
		_, err := w.as("xu").ReturnHandOff(t.Context(), &routingv1.ReturnHandOffRequest{Name: h.GetName(), Reason: "Not ours."})
		require.NoError(t, err)
		require.Equal(t, []string{"agents/liu", "agents/guo"}, w.heard(complaint), "he works for the one complained about now")
	})
}

// refusedTwice has a complaint offered to quality inspection, which returns it, as often as it takes for somebody to have to decide.
func (w *world) refusedTwice(complaint string) (h *routingv1.HandOff) {
	w.t.Helper()
	for range 2 {
		offer, err := w.as("he").HandOffComplaint(w.t.Context(), &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/quality"})
		require.NoError(w.t, err)
		h, err = w.as("xu").ReturnHandOff(w.t.Context(), &routingv1.ReturnHandOffRequest{Name: offer.GetName(), Reason: "Not ours."})
		require.NoError(w.t, err)
	}
	return h
}
