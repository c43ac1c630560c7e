package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func TestReceivedOpensFiveDuties(t *testing.T) {
	covers.Requirement(t, "ACK-1", "ACK-2", "CALL-1")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	duties := d.duties(t, complaint)
	require.Len(t, duties, 5)
	for id, wanted := range map[string]struct {
		kind     policyv1.DutyKind
		within   time.Duration
		warnings []time.Duration
	}{
		"1-acknowledge":    {policyv1.DutyKind_ACKNOWLEDGE, time.Minute, nil},
		"1-contact":        {policyv1.DutyKind_CONTACT, 15 * time.Minute, nil},
		"1-first-response": {policyv1.DutyKind_FIRST_RESPONSE, 30 * time.Minute, []time.Duration{20 * time.Minute}},
		"1-callback":       {policyv1.DutyKind_CALLBACK, 24 * time.Hour, []time.Duration{20 * time.Hour, 23 * time.Hour}},
		"1-resolution":     {policyv1.DutyKind_RESOLUTION, 72 * time.Hour, []time.Duration{60 * time.Hour, 70 * time.Hour}},
	} {
		duty := duties[id]
		require.Equal(t, wanted.kind, duty.GetKind(), id)
		require.Equal(t, int32(1), duty.GetCycle())
		require.Equal(t, followupv1.Duty_OPEN, duty.GetState())
		require.Equal(t, none, duty.GetVerdict())
		require.Equal(t, start(), duty.GetOpenTime().AsTime())
		require.Equal(t, start().Add(wanted.within), duty.GetDueTime().AsTime(), id)
		var warnings []time.Duration
		for _, at := range duty.GetWarnTimes() {
			warnings = append(warnings, at.AsTime().Sub(start()))
		}
		require.Equal(t, wanted.warnings, warnings, id)
		require.False(t, duty.GetBreached())
		require.NotEmpty(t, duty.GetWhy())
	}
	require.Equal(t, []string{"duty_opened", "duty_opened", "duty_opened", "duty_opened", "duty_opened"}, d.types(t, complaint))
	require.Equal(t, "agents/lin", d.events(t, complaint)[0].GetActor())
}

func TestRepeatedDeliveryChangesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	complaint := "complaints/" + d.ids.ID()
	e := d.intake.record(t, complaint, 1, d.received(t, policyv1.Severity_NORMAL))
	require.True(t, d.deliver(t, e))
	d.clock.Set(start().Add(time.Hour))
	wroteIt := d.intake.record(t, complaint, 1, wrote(eventv1.MessageRecorded_AGENT))
	require.True(t, d.deliver(t, wroteIt))
	before, events := d.duties(t, complaint), d.types(t, complaint)
	require.False(t, d.deliver(t, e))
	require.False(t, d.deliver(t, wroteIt))
	require.Equal(t, events, d.types(t, complaint))
	for id, duty := range d.duties(t, complaint) {
		require.Equal(t, before[id].GetWhy(), duty.GetWhy())
	}
}

func TestAgentsMessageIsTheFirstResponse(t *testing.T) {
	covers.Requirement(t, "ACK-1", "ACK-2")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.clock.Set(start().Add(20 * time.Minute))
	d.happens(t, complaint, 1, wrote(eventv1.MessageRecorded_CUSTOMER))
	d.happens(t, complaint, 1, wrote(eventv1.MessageRecorded_SYSTEM))
	require.Equal(t, followupv1.Duty_OPEN, d.duties(t, complaint)["1-first-response"].GetState())

	d.happens(t, complaint, 1, wrote(eventv1.MessageRecorded_AGENT))
	duties := d.duties(t, complaint)
	require.Equal(t, met, duties["1-first-response"].GetVerdict())
	require.Equal(t, late, duties["1-contact"].GetVerdict(), "five minutes after the promise")
	require.True(t, duties["1-contact"].GetBreached())
	for _, id := range []string{"1-first-response", "1-contact"} {
		require.Equal(t, "complaints/x/messages/m", duties[id].GetEvidence())
		require.Equal(t, start().Add(20*time.Minute), duties[id].GetFactTime().AsTime())
	}
	for _, id := range []string{"1-acknowledge", "1-callback", "1-resolution"} {
		require.Equal(t, followupv1.Duty_OPEN, duties[id].GetState(), "a message is no callback")
	}
}

func TestEventThatArrivesLateOverturnsMissed(t *testing.T) {
	covers.Requirement(t, "CLK-1")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.clock.Set(start().Add(29 * time.Minute))
	e := d.intake.record(t, complaint, 1, wrote(eventv1.MessageRecorded_AGENT))
	d.clock.Set(start().Add(31 * time.Minute))
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-first-response").GetAnswer())
	require.True(t, d.duties(t, complaint)["1-first-response"].GetBreached())

	d.deliver(t, e)
	duty := d.duties(t, complaint)["1-first-response"]
	require.Equal(t, met, duty.GetVerdict())
	require.True(t, duty.GetCorrected())
	require.False(t, duty.GetBreached())
	require.Equal(t, followupv1.Settlement_MET, d.settle(t, complaint, "1-first-response").GetAnswer())
	settled := d.settled(t, complaint, "1-first-response")
	require.Len(t, settled, 2, "both stay on record")
	require.Equal(t, missed, settled[0].GetVerdict())
	require.False(t, settled[0].GetCorrection())
	require.Equal(t, met, settled[1].GetVerdict())
	require.True(t, settled[1].GetCorrection())
}

func TestResolvedByTheTimeOfTheRequest(t *testing.T) {
	covers.Requirement(t, "ACK-2", "CLK-1")
	t.Parallel()
	for name, test := range map[string]struct {
		requested time.Duration
		verdict   policyv1.Verdict
	}{
		"in time":         {72 * time.Hour, met},
		"a moment longer": {72*time.Hour + time.Microsecond, late},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
			// The workflow confirms later than the agent asks.
			d.clock.Set(start().Add(test.requested + time.Hour))
			d.settle(t, complaint, "1-resolution")
			d.happens(t, complaint, 1, resolved(start().Add(test.requested)))
			duties := d.duties(t, complaint)
			require.Equal(t, test.verdict, duties["1-resolution"].GetVerdict())
			require.Equal(t, followupv1.Duty_KEPT, duties["1-resolution"].GetState())
			require.Equal(t, complaint, duties["1-resolution"].GetEvidence())
			require.Equal(t, followupv1.Duty_KEPT, duties["1-callback"].GetState())
			require.Equal(t, followupv1.Duty_RELEASED, duties["1-acknowledge"].GetState())
			require.Equal(t, missed, duties["1-acknowledge"].GetVerdict(), "it was broken before it was released")
			// Closing afterwards finds nothing open.
			events := d.types(t, complaint)
			d.happens(t, complaint, 1, closed(intakev1.Complaint_REMEDIED))
			require.Equal(t, events, d.types(t, complaint))
		})
	}
}

func TestResolvingReleasesNoCallback(t *testing.T) {
	covers.Requirement(t, "CALL-2")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.happens(t, complaint, 1, resolved(start()))
	d.happens(t, complaint, 1, closed(intakev1.Complaint_EXPLAINED))
	duties := d.duties(t, complaint)
	require.Equal(t, followupv1.Duty_OPEN, duties["1-callback"].GetState(), "still owed")
	require.Equal(t, followupv1.Duty_RELEASED, duties["1-first-response"].GetState())
}

func TestClosing(t *testing.T) {
	covers.Requirement(t, "CLK-4")
	t.Parallel()
	for name, test := range map[string]struct {
		outcome    intakev1.Complaint_Outcome
		resolution followupv1.Duty_State
		verdict    policyv1.Verdict
		why        string
	}{
		"withdrawn":       {intakev1.Complaint_WITHDRAWN, followupv1.Duty_RELEASED, none, "the customer withdrew the complaint"},
		"merged":          {intakev1.Complaint_MERGED, followupv1.Duty_RELEASED, none, "the matter went on in another complaint"},
		"not a complaint": {intakev1.Complaint_NOT_A_COMPLAINT, followupv1.Duty_KEPT, met, "it was closed as no complaint"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			d.clock.Set(start().Add(25 * time.Hour))
			require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-callback").GetAnswer())
			d.happens(t, complaint, 1, closed(test.outcome))
			duties := d.duties(t, complaint)
			require.Equal(t, test.resolution, duties["1-resolution"].GetState())
			require.Equal(t, test.verdict, duties["1-resolution"].GetVerdict())
			callback := duties["1-callback"]
			require.Equal(t, followupv1.Duty_RELEASED, callback.GetState())
			require.Equal(t, missed, callback.GetVerdict(), "breaches stay")
			require.True(t, callback.GetBreached())
			require.Contains(t, callback.GetWhy(), test.why)
			require.Equal(t, followupv1.Settlement_RELEASED, d.settle(t, complaint, "1-callback").GetAnswer())
			require.False(t, callback.GetOverdue())
			for id, duty := range duties {
				require.NotEqual(t, followupv1.Duty_OPEN, duty.GetState(), id)
			}
			// Nobody settled the contact promise, but it was broken all the same.
			require.Equal(t, missed, duties["1-contact"].GetVerdict())
			require.Len(t, d.settled(t, complaint, "1-contact"), 1)
			require.Contains(t, d.types(t, complaint), "duty_released")
		})
	}
}

func TestWithdrawalBeforeTheDueTimeOverturnsMissed(t *testing.T) {
	covers.Requirement(t, "CLK-1", "CLK-4")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.clock.Set(start().Add(23 * time.Hour))
	withdrawn := d.intake.record(t, complaint, 1, closed(intakev1.Complaint_WITHDRAWN))
	d.clock.Set(start().Add(25 * time.Hour))
	d.settle(t, complaint, "1-callback")
	d.deliver(t, withdrawn)
	callback := d.duties(t, complaint)["1-callback"]
	require.Equal(t, followupv1.Duty_RELEASED, callback.GetState())
	require.Equal(t, none, callback.GetVerdict())
	require.True(t, callback.GetCorrected())
}

func TestReopeningBeginsANewCycle(t *testing.T) {
	covers.Requirement(t, "CLK-4")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.clock.Set(start().Add(10 * time.Minute))
	lateMessage := d.intake.record(t, complaint, 1, wrote(eventv1.MessageRecorded_AGENT))
	d.clock.Set(start().Add(100 * time.Hour))
	reopenTime := d.clock.Now()
	d.happens(t, complaint, 2, d.reopened(t))
	before := d.duties(t, complaint)
	require.Len(t, before, 10)
	require.Equal(t, start().Add(24*time.Hour), before["1-callback"].GetDueTime().AsTime(), "nothing resets a clock")
	require.Equal(t, reopenTime.Add(24*time.Hour), before["2-callback"].GetDueTime().AsTime())
	require.Equal(t, reopenTime, before["2-callback"].GetOpenTime().AsTime())
	require.Len(t, before["2-callback"].GetWarnTimes(), 3, "of the new severity")

	// Events of the older cycle touch only that cycle's duties.
	d.deliver(t, lateMessage)
	d.happens(t, complaint, 1, closed(intakev1.Complaint_WITHDRAWN))
	after := d.duties(t, complaint)
	require.Equal(t, met, after["1-first-response"].GetVerdict())
	require.Equal(t, followupv1.Duty_RELEASED, after["1-callback"].GetState())
	for _, id := range []string{"2-acknowledge", "2-contact", "2-first-response", "2-callback", "2-resolution"} {
		require.Equal(t, before[id].GetWhy(), after[id].GetWhy())
		require.Equal(t, followupv1.Duty_OPEN, after[id].GetState())
	}
	res, err := d.agent.ListDuties(t.Context(), &followupv1.ListDutiesRequest{Parent: complaint, Cycle: 2})
	require.NoError(t, err)
	require.Len(t, res.GetDuties(), 5)
}

func TestReceivedAfterReopenedDoesNotGoBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	complaint := "complaints/" + d.ids.ID()
	received := d.intake.record(t, complaint, 1, d.received(t, policyv1.Severity_NORMAL))
	d.happens(t, complaint, 2, d.reopened(t))
	d.deliver(t, received)
	require.Len(t, d.duties(t, complaint), 10)
	c, err := d.store.Case(t.Context(), complaint[len("complaints/"):])
	require.NoError(t, err)
	require.Equal(t, int32(2), c.Complaint.Cycle)
	require.Equal(t, policyv1.Severity_URGENT, c.Complaint.Severity)
}

func TestOtherEventsAreAcceptedAndIgnored(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	events := d.types(t, complaint)
	other := &eventv1.Payload{Kind: &eventv1.Payload_HandOffProposed{HandOffProposed: &eventv1.HandOffProposed{}}}
	for _, subject := range []string{complaint, "complaints/" + d.ids.ID(), "departments/quality"} {
		e := d.intake.record(t, subject, 0, other)
		require.True(t, d.deliver(t, e))
		require.False(t, d.deliver(t, e))
	}
	require.Equal(t, events, d.types(t, complaint))
	require.NotContains(t, followup.Types(), "hand_off_proposed")
}

func TestEventsThatCannotBeApplied(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	fresh, old := "complaints/"+d.ids.ID(), "complaints/0198c1b00000700080000000ab"
	noTargets := d.received(t, policyv1.Severity_NORMAL)
	noTargets.GetComplaintReceived().Targets.Callback = nil
	noCustomer := d.received(t, policyv1.Severity_NORMAL)
	noCustomer.GetComplaintReceived().Customer = ""
	badTime := d.received(t, policyv1.Severity_NORMAL)
	badTime.GetComplaintReceived().ReceiveTime = &timestamppb.Timestamp{Nanos: -1}
	noRequest := resolved(start())
	noRequest.GetComplaintResolved().RequestTime = nil
	for name, test := range map[string]struct {
		subject string
		cycle   int32
		payload *eventv1.Payload
		code    codes.Code
		reason  errorv1.Reason
	}{
		"no targets":      {fresh, 1, noTargets, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD},
		"no customer":     {fresh, 1, noCustomer, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD},
		"no receive time": {fresh, 1, badTime, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD},
		"no request time": {complaint, 1, noRequest, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD},
		"no cycle":        {complaint, 0, wrote(eventv1.MessageRecorded_AGENT), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD},
		"no complaint":    {"agents/lin", 1, wrote(eventv1.MessageRecorded_AGENT), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD},
		"too early":       {fresh, 1, wrote(eventv1.MessageRecorded_AGENT), codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN},
		"never heard of":  {old, 1, resolved(start()), codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND},
	} {
		e := d.intake.record(t, test.subject, test.cycle, test.payload)
		_, err := d.sink.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: e})
		rpctest.RequireReason(t, err, test.code, test.reason.String())
		require.Empty(t, d.types(t, fresh), name)
	}
	// What came too early is applied when it comes again.
	early := d.intake.record(t, fresh, 1, wrote(eventv1.MessageRecorded_AGENT))
	_, err := d.sink.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: early})
	require.Error(t, err)
	d.happens(t, fresh, 1, d.received(t, policyv1.Severity_NORMAL))
	require.True(t, d.deliver(t, early))
	require.Equal(t, met, d.duties(t, fresh)["1-contact"].GetVerdict())
}

// TestHistoryIsKnown: a complaint that had ended when it was imported owes nothing, whatever is said on it, until it is reopened.
func TestHistoryIsKnown(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8", "CLK-4")
	d := newDesk(t)
	complaint := "complaints/" + d.ids.ID()
	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintImported{ComplaintImported: &eventv1.ComplaintImported{
		Reference: "R-7K3M-9QX2-C", Customer: customer, Severity: policyv1.Severity_NORMAL, LanguageCode: "en",
		ReceiveTime: timestamppb.New(start().Add(-1000 * time.Hour)),
	}}})
	require.Empty(t, d.duties(t, complaint))
	d.clock.Set(start().Add(time.Hour))
	d.happens(t, complaint, 1, wrote(eventv1.MessageRecorded_AGENT))
	d.happens(t, complaint, 2, d.reopened(t))
	require.Len(t, d.duties(t, complaint), 5)
}
