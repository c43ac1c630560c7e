package dispatch_test

import (
	"context"
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/complaint"
	"github.com/redress-dev/redress/workflows/dispatch"
)

const (
	subject = "complaints/01arz3ndektsv4rrffq69g5fav"
	callID  = subject + "/duties/1-callback"
	// sealed stands for ciphertext and for words that somebody wrote.
	sealed = "SEALED-BYTES-OF-A-CUSTOMER"
)

func receiveTime() time.Time { return time.Date(2026, time.January, 1, 9, 0, 0, 0, time.UTC) }

// temporal keeps workflows as a server does: an id is used once, and a signal finds only what runs.
type temporal struct {
	running map[string]bool // false once it has ended
	err     error
	options []client.StartWorkflowOptions
	inputs  []any
	signals []any
	targets []string
}

func (f *temporal) ExecuteWorkflow(
	_ context.Context, options client.StartWorkflowOptions, workflow any, args ...any,
) (client.WorkflowRun, error) {
	if f.err != nil {
		return nil, f.err
	}
	if _, ok := f.running[options.ID]; ok {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "", "")
	}
	f.running[options.ID] = true
	f.options = append(f.options, options)
	f.inputs = append(f.inputs, workflow, args[0])
	return nil, nil //nolint:nilnil // the dispatcher has no use for the run
}

func (f *temporal) SignalWorkflow(_ context.Context, workflowID, _, signalName string, arg any) error {
	if f.err != nil {
		return f.err
	}
	if !f.running[workflowID] {
		return serviceerror.NewNotFound("workflow execution not found")
	}
	f.targets = append(f.targets, workflowID+" "+signalName)
	f.signals = append(f.signals, arg)
	return nil
}

// intake knows one cycle.
type intake struct {
	intakev1.IntakeServiceClient
	open bool
	err  error
}

func (s *intake) GetCycle(_ context.Context, r *intakev1.GetCycleRequest, _ ...grpc.CallOption) (*intakev1.Cycle, error) {
	if s.err != nil {
		return nil, s.err
	}
	return &intakev1.Cycle{Open: s.open && r.GetName() == subject && r.GetCycle() == 1}, nil
}

func newDispatcher(t *testing.T) (*dispatch.Dispatcher, *temporal, *intake) {
	t.Helper()
	d, server, service, _ := newDispatcherWithRouting(t)
	return d, server, service
}

func event(t *testing.T, kind string, payload *eventv1.Payload) *eventv1.Event {
	t.Helper()
	raw, err := proto.Marshal(payload)
	require.NoError(t, err)
	return &eventv1.Event{
		EventId: "019b0000-0000-7000-8000-000000000001", Subject: subject, Cycle: 1, Type: kind, Payload: raw,
		RecordTime: timestamppb.New(receiveTime()),
	}
}

func words() *eventv1.Sealed { return &eventv1.Sealed{Customer: sealed, Ciphertext: []byte(sealed)} }

func receivedEvent(t *testing.T) *eventv1.Event {
	t.Helper()
	return event(t, "complaint_received", &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{
		ComplaintReceived: &eventv1.ComplaintReceived{
			Reference: "R-7K3M-9QX2-C", Customer: sealed, Severity: policyv1.Severity_NORMAL,
			ReceiveTime: timestamppb.New(receiveTime()), Statement: words(),
		},
	}})
}

func settledEvent(t *testing.T, settled *eventv1.DutySettled) *eventv1.Event {
	t.Helper()
	return event(t, "duty_settled", &eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: settled}})
}

func TestReceivedStartsTheWorkflowOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "API-1")
	d, server, _ := newDispatcher(t)
	for range 2 {
		require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
	}
	server.running["complaint/01arz3ndektsv4rrffq69g5fav/1"] = false // it has ended
	require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))

	require.Len(t, server.options, 1)
	options := server.options[0]
	require.Equal(t, "complaint/01arz3ndektsv4rrffq69g5fav/1", options.ID)
	require.Equal(t, complaint.TaskQueue, options.TaskQueue)
	require.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, options.WorkflowIDReusePolicy)
	require.Equal(t, "Complaint R-7K3M-9QX2-C (normal at receipt)", options.StaticSummary)
	require.Contains(t, options.StaticDetails, "2026-01-01 09:00:00 UTC")
	require.Zero(t, options.WorkflowExecutionTimeout+options.WorkflowRunTimeout, "a timeout would end the clocks silently")
	stage, _ := options.TypedSearchAttributes.GetKeyword(complaint.StageKey)
	require.Equal(t, "RECEIVED", stage)
	require.Equal(t, complaint.WorkflowName, server.inputs[0])
	require.True(t, proto.Equal(&workflowv1.ComplaintInput{
		Complaint: subject, Cycle: 1, Reference: "R-7K3M-9QX2-C", Severity: policyv1.Severity_NORMAL,
		ReceiveTime: timestamppb.New(receiveTime()),
	}, server.inputs[1].(proto.Message)))
}

func TestReopenedStartsTheNextCycle(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-4")
	d, server, _ := newDispatcher(t)
	reopened := event(t, "complaint_reopened", &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{
		ComplaintReopened: &eventv1.ComplaintReopened{
			Reference: "R-7K3M-9QX2-C", Severity: policyv1.Severity_URGENT, ReopenTime: timestamppb.New(receiveTime()), Reason: words(),
		},
	}})
	reopened.Cycle = 2
	require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
	require.NoError(t, d.Deliver(t.Context(), reopened))
	require.Equal(t, "complaint/01arz3ndektsv4rrffq69g5fav/2", server.options[1].ID)
	input := server.inputs[3].(*workflowv1.ComplaintInput)
	require.Equal(t, policyv1.Severity_URGENT, input.GetSeverity())
	require.Equal(t, receiveTime(), input.GetReceiveTime().AsTime())
}

func TestFactsSignalTheWorkflow(t *testing.T) {
	t.Parallel()
	kind := policyv1.DutyKind_CALLBACK
	cases := map[string]struct {
		payload *eventv1.Payload
		fact    *workflowv1.ComplaintSignal
	}{
		"duty_settled": {
			&eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: &eventv1.DutySettled{
				Duty: callID, Kind: kind, Verdict: policyv1.Verdict_MET, Correction: true, Evidence: sealed,
				Account: &eventv1.DutyAccount{TellTime: timestamppb.New(receiveTime())},
			}}},
			&workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_Duty{Duty: &workflowv1.DutyFact{
				Name: callID, Kind: kind, Verdict: policyv1.Verdict_MET, Done: true, Correction: true,
				Account: &eventv1.DutyAccount{TellTime: timestamppb.New(receiveTime())},
			}}},
		},
		"resolution_requested": {
			&eventv1.Payload{Kind: &eventv1.Payload_ResolutionRequested{ResolutionRequested: &eventv1.ResolutionRequested{
				RequestId: "1", Outcome: "REMEDIED",
			}}},
			&workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_Resolution{
				Resolution: &workflowv1.ResolutionFact{RequestId: "1", Outcome: "REMEDIED"},
			}},
		},
		"complaint_closed": {
			&eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{Outcome: "WITHDRAWN"}}},
			&workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_End{End: &workflowv1.EndFact{Outcome: "WITHDRAWN"}}},
		},
		"duty_rescheduled": {
			&eventv1.Payload{Kind: &eventv1.Payload_DutyRescheduled{DutyRescheduled: &eventv1.DutyRescheduled{
				Duty: callID, Kind: kind, PreviousDueTime: timestamppb.New(receiveTime().Add(2 * time.Hour)),
				DueTime: timestamppb.New(receiveTime().Add(time.Hour)), WarnTimes: []*timestamppb.Timestamp{timestamppb.New(receiveTime())},
				Reason: sealed, Moves: 3, PausedUntil: timestamppb.New(receiveTime()), Extensions: 1,
			}}},
			&workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_Reschedule{Reschedule: &workflowv1.RescheduleFact{
				Name: callID, DueTime: timestamppb.New(receiveTime().Add(time.Hour)),
				WarnTimes: []*timestamppb.Timestamp{timestamppb.New(receiveTime())},
				Moves:     3, PausedUntil: timestamppb.New(receiveTime()), Extensions: 1,
			}}},
		},
		"extension_decided": {
			&eventv1.Payload{Kind: &eventv1.Payload_ExtensionDecided{ExtensionDecided: &eventv1.ExtensionDecided{
				Duty: callID, Granted: true, Number: 2, Requester: sealed,
			}}},
			&workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_Extension{
				Extension: &workflowv1.ExtensionFact{Duty: callID, Number: 2},
			}},
		},
		"severity_changed": {
			&eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{
				Previous: policyv1.Severity_NORMAL, Severity: policyv1.Severity_URGENT, Reason: words(),
			}}},
			&workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_Severity{
				Severity: &workflowv1.SeverityFact{Severity: policyv1.Severity_URGENT},
			}},
		},
		"signals_raised": {
			signals(true),
			&workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_Risk{
				Risk: &workflowv1.RiskFact{Signal: policyv1.SignalKind_THREAT},
			}},
		},
		"escalation_asked": {
			&eventv1.Payload{Kind: &eventv1.Payload_EscalationAsked{EscalationAsked: &eventv1.EscalationAsked{
				Escalation: subject + "/escalations/1-asked-for", Reason: "ASKED_FOR", Level: 1, Recipient: "agents/zhao",
				ClimbTime: timestamppb.New(receiveTime()),
			}}},
			&workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_Escalation{Escalation: &workflowv1.EscalationFact{
				Name: subject + "/escalations/1-asked-for", Reason: "ASKED_FOR", NoticeCount: 1, Level: 1, ClimbTime: timestamppb.New(receiveTime()),
				Recipient: "agents/zhao",
			}}},
		},
	}
	for kind, c := range cases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d, server, _ := newDispatcher(t)
			require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
			told := event(t, kind, c.payload)
			require.True(t, d.Wants(kind))
			require.NoError(t, d.Deliver(t.Context(), told))
			require.Equal(t, []string{"complaint/01arz3ndektsv4rrffq69g5fav/1 event"}, server.targets)
			c.fact.EventId, c.fact.Type, c.fact.RecordTime = told.GetEventId(), kind, told.GetRecordTime()
			require.Equal(t, protojson.Format(c.fact), protojson.Format(server.signals[0].(proto.Message)))
		})
	}
}

// signals are of an event that the ladder is, or is not, told of.
func signals(escalate bool) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_SignalsRaised{SignalsRaised: &eventv1.SignalsRaised{
		Escalate: escalate, EscalatedKind: policyv1.SignalKind_THREAT,
		Signals: []*eventv1.SignalRaised{{Kind: policyv1.SignalKind_THREAT, Source: subject, Quote: words()}},
	}}}
}

func TestASignalThatThePolicyDoesNotEscalateIsNotTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	d, server, _ := newDispatcher(t)
	require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
	require.NoError(t, d.Deliver(t.Context(), event(t, "signals_raised", signals(false))))
	require.Empty(t, server.signals)
}

func TestTheWorkflowIsToldThatAnAuthorityWaits(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	d, server, _ := newDispatcher(t)
	due := timestamppb.New(receiveTime().Add(240 * time.Hour))
	require.NoError(t, d.Deliver(t.Context(), event(t, "complaint_received", &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{
		ComplaintReceived: &eventv1.ComplaintReceived{AuthorityReplyDueTime: due},
	}})))
	require.Equal(t, due.AsTime(), server.inputs[1].(*workflowv1.ComplaintInput).GetAuthorityReplyDueTime().AsTime())
	// The answer decides a duty that the workflow may still keep when the cycle has ended.
	answered := &eventv1.DutySettled{
		Duty: subject + "/duties/1-authority-reply", Kind: policyv1.DutyKind_AUTHORITY_REPLY, Verdict: policyv1.Verdict_MET, Evidence: subject,
	}
	require.NoError(t, d.Deliver(t.Context(), settledEvent(t, answered)))
	require.Len(t, server.signals, 1)
}

func TestWhatTheFilingItselfMetIsNotTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-10")
	d, server, _ := newDispatcher(t)
	for _, kind := range []policyv1.DutyKind{policyv1.DutyKind_CONTACT, policyv1.DutyKind_FIRST_RESPONSE, policyv1.DutyKind_CALLBACK} {
		met := &eventv1.DutySettled{Duty: callID, Kind: kind, Verdict: policyv1.Verdict_MET, Evidence: subject}
		require.NoError(t, d.Deliver(t.Context(), settledEvent(t, met)), "there is no workflow yet, and none is waited for")
	}
	require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
	corrected := &eventv1.DutySettled{
		Duty: callID, Kind: policyv1.DutyKind_CALLBACK, Verdict: policyv1.Verdict_MET_LATE, Evidence: subject, Correction: true,
	}
	require.NoError(t, d.Deliver(t.Context(), settledEvent(t, corrected)))
	require.Len(t, server.signals, 1)
}

func TestWhatAWorkflowBroughtAboutItIsNotTold(t *testing.T) {
	t.Parallel()
	d, server, _ := newDispatcher(t)
	require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
	for _, settled := range []*eventv1.DutySettled{
		{Duty: callID, Kind: policyv1.DutyKind_CALLBACK, Verdict: policyv1.Verdict_MISSED},
		{Duty: callID, Kind: policyv1.DutyKind_AUTHORITY_REPLY, Verdict: policyv1.Verdict_MISSED},
		{Duty: callID, Kind: policyv1.DutyKind_ACKNOWLEDGE, Verdict: policyv1.Verdict_MET},
		{Duty: callID, Kind: policyv1.DutyKind_RESOLUTION, Verdict: policyv1.Verdict_MET_LATE},
	} {
		require.NoError(t, d.Deliver(t.Context(), settledEvent(t, settled)))
	}
	released := &eventv1.DutyReleased{Duty: callID, Kind: policyv1.DutyKind_CONTACT, Reason: sealed}
	require.NoError(t, d.Deliver(t.Context(), event(t, "duty_released", &eventv1.Payload{
		Kind: &eventv1.Payload_DutyReleased{DutyReleased: released},
	})), "duties are released when the cycle ends, which it is told")
	require.Empty(t, server.signals)
}

func TestFactsThatFollowEachOtherAreToldTogether(t *testing.T) {
	t.Parallel()
	d, server, _ := newDispatcher(t)
	settled := func(kind policyv1.DutyKind) *eventv1.Event {
		return settledEvent(t, &eventv1.DutySettled{Duty: callID, Kind: kind, Verdict: policyv1.Verdict_MET})
	}
	next := settled(policyv1.DutyKind_CALLBACK)
	next.Cycle = 2
	server.running["complaint/01arz3ndektsv4rrffq69g5fav/2"] = true
	require.NoError(t, d.DeliverAll(t.Context(), []*eventv1.Event{
		receivedEvent(t), settled(policyv1.DutyKind_CONTACT), settled(policyv1.DutyKind_ACKNOWLEDGE),
		settled(policyv1.DutyKind_FIRST_RESPONSE), settled(policyv1.DutyKind_CALLBACK), next,
	}))
	require.Len(t, server.options, 1)
	require.Equal(t, []string{
		"complaint/01arz3ndektsv4rrffq69g5fav/1 event", "complaint/01arz3ndektsv4rrffq69g5fav/2 event",
	}, server.targets)
	first := server.signals[0].(*workflowv1.ComplaintSignal)
	require.Equal(t, policyv1.DutyKind_CONTACT, first.GetDuty().GetKind())
	require.Len(t, first.GetLater(), 2)
	require.Equal(t, policyv1.DutyKind_FIRST_RESPONSE, first.GetLater()[0].GetDuty().GetKind())
	require.Equal(t, policyv1.DutyKind_CALLBACK, first.GetLater()[1].GetDuty().GetKind())
}

func TestEventsToldTogetherFailTogether(t *testing.T) {
	t.Parallel()
	garbled := settledEvent(t, &eventv1.DutySettled{})
	garbled.Payload = []byte{0xff}
	d, server, _ := newDispatcher(t)
	require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
	good := settledEvent(t, &eventv1.DutySettled{Duty: callID, Verdict: policyv1.Verdict_MET})
	var permanent interface{ Permanent() bool }
	require.ErrorAs(t, d.DeliverAll(t.Context(), []*eventv1.Event{good, garbled}), &permanent)
	server.err = serviceerror.NewUnavailable("down")
	err := d.DeliverAll(t.Context(), []*eventv1.Event{good, good})
	require.ErrorIs(t, err, server.err)
	requireRetryable(t, err)
}

func TestNothingSealedGetsIntoTemporal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	d, server, _ := newDispatcher(t)
	reopened := event(t, "complaint_reopened", &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{
		ComplaintReopened: &eventv1.ComplaintReopened{Reference: "R", Customer: sealed, Reason: words()},
	}})
	reopened.Cycle = 2
	for _, e := range []*eventv1.Event{
		receivedEvent(t), reopened,
		settledEvent(t, &eventv1.DutySettled{Duty: callID, Evidence: sealed}),
		event(t, "signals_raised", signals(true)),
	} {
		e.Actor = sealed
		require.NoError(t, d.Deliver(t.Context(), e))
	}
	require.Len(t, server.inputs, 4)
	require.Len(t, server.signals, 2)
	for _, crossing := range append(server.inputs, server.signals...) {
		payload, err := workflows.DataConverter().ToPayload(crossing)
		require.NoError(t, err)
		requireNothingSealed(t, string(payload.GetData()))
	}
	for _, options := range server.options {
		requireNothingSealed(t, options.ID+options.StaticSummary+options.StaticDetails)
		for _, value := range options.TypedSearchAttributes.GetUntypedValues() {
			requireNothingSealed(t, value.(string))
		}
	}
}

func requireNothingSealed(t *testing.T, text string) {
	t.Helper()
	require.NotContains(t, text, sealed)
	require.NotContains(t, text, base64.StdEncoding.EncodeToString([]byte(sealed)))
}

func TestASignalWithoutAWorkflow(t *testing.T) {
	t.Parallel()
	settled := settledEvent(t, &eventv1.DutySettled{Duty: callID})
	t.Run("is dropped when the cycle has ended", func(t *testing.T) {
		t.Parallel()
		d, _, service := newDispatcher(t)
		service.open = false
		require.NoError(t, d.Deliver(t.Context(), settled))
	})
	t.Run("is tried again while the cycle is open", func(t *testing.T) {
		t.Parallel()
		d, server, _ := newDispatcher(t)
		err := d.Deliver(t.Context(), settled)
		require.ErrorContains(t, err, "the cycle is open")
		requireRetryable(t, err)
		require.NoError(t, d.Deliver(t.Context(), receivedEvent(t)))
		require.NoError(t, d.Deliver(t.Context(), settled))
		require.Len(t, server.signals, 1)
	})
	t.Run("is tried again when intake cannot be asked", func(t *testing.T) {
		t.Parallel()
		d, _, service := newDispatcher(t)
		service.err = status.Error(codes.Unavailable, "down")
		requireRetryable(t, d.Deliver(t.Context(), settled))
	})
}

func TestATemporalThatIsDownIsTriedAgain(t *testing.T) {
	t.Parallel()
	d, server, _ := newDispatcher(t)
	server.err = serviceerror.NewUnavailable("down")
	for _, e := range []*eventv1.Event{receivedEvent(t), settledEvent(t, &eventv1.DutySettled{})} {
		err := d.Deliver(t.Context(), e)
		require.ErrorIs(t, err, server.err)
		requireRetryable(t, err)
	}
}

func requireRetryable(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	var permanent interface{ Permanent() bool }
	require.NotErrorAs(t, err, &permanent)
}

func TestAnEventThatMakesNoSenseIsGivenUp(t *testing.T) {
	t.Parallel()
	garbled, cycleless := receivedEvent(t), receivedEvent(t)
	garbled.Payload, cycleless.Cycle = []byte{0xff}, 0
	for title, e := range map[string]*eventv1.Event{"garbled": garbled, "without cycle": cycleless} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			d, server, _ := newDispatcher(t)
			var permanent interface{ Permanent() bool }
			require.ErrorAs(t, d.Deliver(t.Context(), e), &permanent)
			require.True(t, permanent.Permanent())
			require.Empty(t, server.options)
		})
	}
}

func TestWhatConcernsNoWorkflowIsLeftAlone(t *testing.T) {
	t.Parallel()
	d, server, _ := newDispatcher(t)
	opened := event(t, "duty_opened", &eventv1.Payload{Kind: &eventv1.Payload_DutyOpened{DutyOpened: &eventv1.DutyOpened{Duty: callID}}})
	elsewhere := receivedEvent(t)
	elsewhere.Subject = "customers/01arz3ndektsv4rrffq69g5fav"
	for _, e := range []*eventv1.Event{opened, elsewhere} {
		require.NoError(t, d.Deliver(t.Context(), e))
	}
	require.False(t, d.Wants("duty_opened"))
	require.False(t, d.Wants("message_recorded"))
	require.Empty(t, server.options)
	require.Equal(t, "temporal", d.Name())
}

func TestDependenciesAreRequired(t *testing.T) {
	t.Parallel()
	_, err := dispatch.New(dispatch.Config{}, dispatch.Deps{})
	require.Error(t, err)
}
