package dispatch_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/workflows/complaint"
	"github.com/redress-dev/redress/workflows/dispatch"
)

// routing keeps what the ladder is told.
type routing struct {
	routingv1.RoutingServiceClient
	told []*routingv1.RaiseEscalationRequest
	err  error
}

func (s *routing) RaiseEscalation(
	_ context.Context, r *routingv1.RaiseEscalationRequest, _ ...grpc.CallOption,
) (*routingv1.Escalation, error) {
	if s.err != nil {
		return nil, s.err
	}
	s.told = append(s.told, r)
	return &routingv1.Escalation{Level: 1}, nil
}

func newDispatcherWithRouting(t *testing.T) (*dispatch.Dispatcher, *temporal, *intake, *routing) {
	t.Helper()
	server, service, ladder := &temporal{running: map[string]bool{}}, &intake{open: true}, &routing{}
	d, err := dispatch.New(dispatch.Config{}, dispatch.Deps{
		Temporal: server, Intake: service, Routing: ladder, Approvals: &approvals{}, Improvements: &improvements{}, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	return d, server, service, ladder
}

// alarming is an event of signals of which the ladder is to be told of one.
func alarming(t *testing.T, kind policyv1.SignalKind) *eventv1.Event {
	t.Helper()
	payload := signals(true)
	payload.GetSignalsRaised().EscalatedKind = kind
	return event(t, "signals_raised", payload)
}

func TestTheLadderIsToldOfASignalThatNoWorkflowHears(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4")
	d, server, service, ladder := newDispatcherWithRouting(t)
	service.open = false
	require.NoError(t, d.Deliver(t.Context(), alarming(t, policyv1.SignalKind_THREAT)))
	require.Empty(t, server.signals)
	require.Len(t, ladder.told, 1)
	wanted := &routingv1.RaiseEscalationRequest{
		Reason: routingv1.Escalation_REGULATOR_THREAT, NoticeNumber: 1,
		Signal: &routingv1.EscalatedSignal{Complaint: subject, Cycle: 1, Kind: policyv1.SignalKind_THREAT},
	}
	require.Equal(t, protojson.Format(wanted), protojson.Format(ladder.told[0]))
	require.Equal(t, protojson.Format(complaint.SignalNotice(subject, 1, policyv1.SignalKind_THREAT)), protojson.Format(ladder.told[0]),
		"routing knows it again when the workflow has told it")

	// What the policy does not escalate, and what is no signal of risk, is told nobody.
	require.NoError(t, d.Deliver(t.Context(), event(t, "signals_raised", signals(false))))
	require.NoError(t, d.Deliver(t.Context(), event(t, "severity_changed", &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{
		SeverityChanged: &eventv1.SeverityChanged{Severity: policyv1.Severity_URGENT},
	}})))
	require.NoError(t, d.Deliver(t.Context(), settledEvent(t, &eventv1.DutySettled{Duty: callID})))
	require.Len(t, ladder.told, 1)
}

func TestSignalsThatAreToldTogetherAllReachTheLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4")
	d, _, service, ladder := newDispatcherWithRouting(t)
	service.open = false
	require.NoError(t, d.DeliverAll(t.Context(), []*eventv1.Event{
		settledEvent(t, &eventv1.DutySettled{Duty: callID}),
		alarming(t, policyv1.SignalKind_OFFER_REJECTED), alarming(t, policyv1.SignalKind_CHASED_TOO_OFTEN),
	}))
	require.Len(t, ladder.told, 2)
	require.Equal(t, routingv1.Escalation_OFFER_REJECTED, ladder.told[0].GetReason())
	require.Equal(t, routingv1.Escalation_CHASED, ladder.told[1].GetReason())
}

func TestAWorkflowThatRunsTellsTheLadderItself(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	d, server, service, ladder := newDispatcherWithRouting(t)
	require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
	service.open = false // The cycle has ended, and the workflow waits for what outlives it.
	require.NoError(t, d.Deliver(t.Context(), alarming(t, policyv1.SignalKind_THREAT)))
	require.Len(t, server.signals, 1)
	require.Empty(t, ladder.told)
}

func TestASignalIsToldWhenRoutingIsBack(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4")
	d, _, service, ladder := newDispatcherWithRouting(t)
	service.open = false
	ladder.err = status.Error(codes.Unavailable, "down")
	err := d.Deliver(t.Context(), alarming(t, policyv1.SignalKind_THREAT))
	require.ErrorIs(t, err, ladder.err)
	requireRetryable(t, err)
	ladder.err = nil
	require.NoError(t, d.Deliver(t.Context(), alarming(t, policyv1.SignalKind_THREAT)))
	require.Len(t, ladder.told, 1)
}

// TestASignalOfAnOpenCycleWaitsForItsWorkflow: the start is on its way, so the ladder is not told past it.
func TestASignalOfAnOpenCycleWaitsForItsWorkflow(t *testing.T) {
	t.Parallel()
	d, _, _, ladder := newDispatcherWithRouting(t)
	requireRetryable(t, d.Deliver(t.Context(), alarming(t, policyv1.SignalKind_THREAT)))
	require.Empty(t, ladder.told)
}

func TestAnEarlierFactOfAKnownVerdictIsNotTold(t *testing.T) {
	t.Parallel()
	d, server, _ := newDispatcher(t)
	require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
	require.NoError(t, d.Deliver(t.Context(), settledEvent(t, &eventv1.DutySettled{
		Duty: callID, Kind: policyv1.DutyKind_CALLBACK, Verdict: policyv1.Verdict_MET, Evidence: subject + "/callbacks/1/attempts/a", EarlierFact: true,
	})))
	require.Empty(t, server.signals)
}

// TestACycleThatIsOpenedAgainDoesNotWaitForTheLadder: routing is away, and what follows the signal begins all the same.
func TestACycleThatIsOpenedAgainDoesNotWaitForTheLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4")
	d, server, service, ladder := newDispatcherWithRouting(t)
	service.open = false
	ladder.err = status.Error(codes.Unavailable, "down")
	reopened := event(t, "complaint_reopened", &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{}}})
	reopened.Cycle = 2
	told := event(t, "resolution_requested", &eventv1.Payload{Kind: &eventv1.Payload_ResolutionRequested{
		ResolutionRequested: &eventv1.ResolutionRequested{RequestId: "1"},
	}})
	told.Cycle = 2
	events := []*eventv1.Event{alarming(t, policyv1.SignalKind_THREAT), reopened, told, alarming(t, policyv1.SignalKind_OFFER_REJECTED)}
	err := d.DeliverAll(t.Context(), events)
	require.ErrorIs(t, err, ladder.err)
	requireRetryable(t, err)
	require.Equal(t, codes.Unavailable, status.Code(err), "the relay knows that it was not heard")
	require.Len(t, server.options, 1)
	require.Len(t, server.signals, 1)
	ladder.err = nil
	require.NoError(t, d.DeliverAll(t.Context(), events))
	require.Len(t, ladder.told, 2)
}

// TestASignalOfAComplaintThatRoutingNeverHeardOfIsDropped: history that was imported before routing was told of it has no ladder.
func TestASignalOfAComplaintThatRoutingNeverHeardOfIsDropped(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "REC-8")
	var log bytes.Buffer
	service, ladder := &intake{}, &routing{}
	d, err := dispatch.New(dispatch.Config{}, dispatch.Deps{
		Temporal: &temporal{running: map[string]bool{}}, Intake: service, Routing: ladder, Approvals: &approvals{}, Improvements: &improvements{},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	require.NoError(t, err)
	for _, reason := range []string{errorv1.Reason_NOT_YET_KNOWN.String(), "ANOTHER"} {
		ladder.err = answered(t, codes.NotFound, reason)
		requireRetryable(t, d.Deliver(t.Context(), alarming(t, policyv1.SignalKind_THREAT)))
	}
	ladder.err = answered(t, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
	require.NoError(t, d.Deliver(t.Context(), alarming(t, policyv1.SignalKind_THREAT)))
	require.Contains(t, log.String(), "level=WARN")
	require.Contains(t, log.String(), subject)
	require.Contains(t, log.String(), "THREAT")
}

// answered is an error as a service gives it.
func answered(t *testing.T, code codes.Code, reason string) error {
	t.Helper()
	s, err := status.New(code, "no").WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: "redress.dev"})
	require.NoError(t, err)
	return s.Err()
}
