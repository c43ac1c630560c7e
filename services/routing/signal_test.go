package routing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// threat is a signal to escalate.
func threat(complaint string, cycle int32) *routingv1.RaiseEscalationRequest {
	return &routingv1.RaiseEscalationRequest{
		Reason: routingv1.Escalation_REGULATOR_THREAT, NoticeNumber: 1,
		Signal: &routingv1.EscalatedSignal{Complaint: complaint, Cycle: cycle, Kind: policyv1.SignalKind_THREAT},
	}
}

func TestSignalIsBroughtBeforeTheFirstLevelOncePerCycle(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	for range 2 {
		e, err := w.routing.RaiseEscalation(t.Context(), threat(complaint, 1))
		require.NoError(t, err)
		require.Equal(t, complaint+"/escalations/1-threat", e.GetName())
		require.Equal(t, "agents/zhao", e.GetRecipient())
		require.EqualValues(t, 1, e.GetLevel())
		require.Equal(t, policyv1.SignalKind_THREAT, e.GetSignal())
		require.Equal(t, routingv1.Escalation_REGULATOR_THREAT, e.GetReason())
		require.Empty(t, e.GetDuty())
		require.Zero(t, e.GetKind())
		require.Equal(t, w.now.Add(30*time.Minute), e.GetClimbTime().AsTime(), "a threat is urgent")
	}
	require.EqualValues(t, 1, w.told.count.Load(), "told once")
	require.Equal(t, []string{"complaint_assigned", "escalation_raised"}, w.types(complaint))

	// Beside a broken duty, and in the next cycle, it is another escalation.
	w.raise(complaint, 1)
	again, err := w.routing.RaiseEscalation(t.Context(), threat(complaint, 2))
	require.NoError(t, err)
	require.Equal(t, complaint+"/escalations/2-threat", again.GetName())
	list, err := w.routing.ListEscalations(t.Context(), &routingv1.ListEscalationsRequest{Parent: complaint})
	require.NoError(t, err)
	require.Len(t, list.GetEscalations(), 3)

	events := w.decided(complaint)
	p, err := eventlog.Decode(events[1])
	require.NoError(t, err)
	require.Equal(t, policyv1.SignalKind_THREAT, p.GetEscalationRaised().GetSignal())
	require.Empty(t, p.GetEscalationRaised().GetDuty())
	require.EqualValues(t, 1, events[2].GetCycle(), "told on the duty's cycle")
	require.EqualValues(t, 2, events[3].GetCycle(), "told on the signal's cycle")
}

func TestASignalAfterTheEndReachesWhoeverStandsAboveTheAssignee(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	w.close(complaint, 1)
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{
		Previous: policyv1.Severity_NORMAL, Severity: policyv1.Severity_HIGH,
	}}})
	for range 2 {
		e, err := w.routing.RaiseEscalation(t.Context(), threat(complaint, 1))
		require.NoError(t, err)
		require.Equal(t, "agents/zhao", e.GetRecipient())
	}
	require.EqualValues(t, 1, w.told.count.Load(), "told once")
	require.Equal(t, []string{"complaint_assigned", "escalation_raised"}, w.types(complaint))
}

// TestASignalOnImportedHistoryIsEscalated: nobody was ever in charge of it, so whoever watches the queue hears of it (REC-8).
func TestASignalOnImportedHistoryIsEscalated(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4", "REC-8")
	w := newWorld(t)
	complaint := "complaints/" + w.ids.ID()
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintImported{ComplaintImported: &eventv1.ComplaintImported{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_DELIVERY, Severity: policyv1.Severity_NORMAL,
	}}})
	e, err := w.routing.RaiseEscalation(t.Context(), threat(complaint, 1))
	require.NoError(t, err)
	require.Equal(t, "agents/ma", e.GetRecipient(), "the supervisor of the department that the rule names")

	// Reopened, it is assigned as any complaint is, and counts once.
	w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_DELIVERY, Severity: policyv1.Severity_NORMAL,
	}}})
	require.Equal(t, "agents/he", w.assign(complaint, 2).GetAssignee())
}

func TestAnEscalationIsOfADutyOrOfASignal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	both, neither, kindless, dueless := w.raiseRequest(complaint, 1), w.raiseRequest(complaint, 1), w.raiseRequest(complaint, 1), w.raiseRequest(complaint, 1)
	both.Signal, neither.Duty, kindless.Kind, dueless.DueTime = threat(complaint, 1).GetSignal(), "", 0, nil
	nothing := threat(complaint, 1)
	nothing.Signal.Kind = 0
	for name, req := range map[string]*routingv1.RaiseEscalationRequest{
		"both": both, "neither": neither, "no kind of duty": kindless, "no due time": dueless, "no kind of signal": nothing,
		"no cycle": threat(complaint, 0), "no complaint": threat("", 1),
	} {
		_, err := w.routing.RaiseEscalation(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
		require.NotEmpty(t, name)
	}
}

func TestSeverityFollows(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	changed := func(severity policyv1.Severity) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{Severity: severity}}}
	}
	w.apply(complaint, 1, changed(policyv1.Severity_URGENT))
	require.Equal(t, policyv1.Severity_URGENT, w.severity(complaint))
	w.close(complaint, 1)
	w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Customer: "customers/a", Severity: policyv1.Severity_HIGH,
	}}})
	w.apply(complaint, 1, changed(policyv1.Severity_LOW)) // Delivered late, of the cycle before.
	require.Equal(t, policyv1.Severity_HIGH, w.severity(complaint))
	require.Empty(t, w.types(complaint))
}

// TestASeverityOfHistoryThatRoutingNeverHeardOf: it was imported before routing was told of such, and nothing waits behind it (REC-8).
func TestASeverityOfHistoryThatRoutingNeverHeardOf(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8", "RISK-5")
	w := newWorld(t)
	complaint := "complaints/" + w.ids.ID()
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{
		Severity: policyv1.Severity_URGENT,
	}}})
	w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_DELIVERY, Severity: policyv1.Severity_HIGH,
	}}})
	require.Equal(t, policyv1.Severity_HIGH, w.severity(complaint))
	require.Equal(t, "agents/he", w.assign(complaint, 2).GetAssignee())
}

// severity reads what routing keeps.
func (w *world) severity(complaint string) policyv1.Severity {
	w.t.Helper()
	c, err := w.store.Case(w.t.Context(), complaint[len("complaints/"):])
	require.NoError(w.t, err)
	return c.Complaint.Severity
}
