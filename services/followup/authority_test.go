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
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// forwarded has a complaint received now that an authority wants answered within ten days.
func (d *desk) forwarded(t *testing.T) string {
	t.Helper()
	name := "complaints/" + d.ids.ID()
	p := d.received(t, policyv1.Severity_NORMAL)
	p.GetComplaintReceived().AuthorityReplyDueTime = timestamppb.New(start().Add(240 * time.Hour))
	d.happens(t, name, 1, p)
	return name
}

func answered(at time.Time) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_AuthorityAnswered{AuthorityAnswered: &eventv1.AuthorityAnswered{
		AnswerTime: timestamppb.New(at),
	}}}
}

func TestForwardedComplaintOwesTheAuthorityAReply(t *testing.T) {
	covers.Requirement(t, "REC-1")
	t.Parallel()
	d := newDesk(t)
	complaint := d.forwarded(t)
	duty := d.duties(t, complaint)["1-authority-reply"]
	require.Equal(t, policyv1.DutyKind_AUTHORITY_REPLY, duty.GetKind())
	require.Equal(t, start().Add(240*time.Hour), duty.GetDueTime().AsTime())
	var warnings []time.Duration
	for _, at := range duty.GetWarnTimes() {
		warnings = append(warnings, duty.GetDueTime().AsTime().Sub(at.AsTime()))
	}
	require.Equal(t, []time.Duration{72 * time.Hour, 24 * time.Hour}, warnings)
	// Neither contact nor severity touches it.
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	d.happens(t, complaint, 1, d.attended(t, policyv1.Severity_NORMAL, policyv1.Severity_URGENT))
	require.Equal(t, duty, d.duties(t, complaint)["1-authority-reply"])
	open, _, _, err := d.store.CountDuties(t.Context(), d.clock.Now(), d.clock.Now())
	require.NoError(t, err)
	require.EqualValues(t, 1, open[policyv1.DutyKind_AUTHORITY_REPLY])

	d.clock.Set(start().Add(241 * time.Hour))
	require.True(t, d.duties(t, complaint)["1-authority-reply"].GetOverdue())
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-authority-reply").GetAnswer())
	// The answer's own time decides, not when it was put on record.
	d.happens(t, complaint, 1, answered(start().Add(239*time.Hour)))
	duty = d.duties(t, complaint)["1-authority-reply"]
	require.Equal(t, met, duty.GetVerdict())
	require.True(t, duty.GetCorrected())
	require.Equal(t, complaint, duty.GetEvidence())
	require.Nil(t, duty.GetRiskTime())

	require.NotContains(t, d.duties(t, d.receive(t)), "1-authority-reply", "nobody forwarded this one")
}

func TestNothingButTheReplyEndsWhatAnAuthorityIsOwed(t *testing.T) {
	covers.Requirement(t, "REC-6", "CLK-4")
	t.Parallel()
	ends := map[string]*eventv1.Payload{"resolved": resolved(start())}
	for number, name := range intakev1.Complaint_Outcome_name {
		if number > 0 {
			ends["closed as "+name] = closed(intakev1.Complaint_Outcome(number))
		}
	}
	require.Greater(t, len(ends), 4)
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.forwarded(t)
			d.happens(t, complaint, 1, end)
			require.Equal(t, followupv1.Duty_OPEN, d.duties(t, complaint)["1-authority-reply"].GetState())
			require.NotEqual(t, followupv1.Duty_OPEN, d.duties(t, complaint)["1-resolution"].GetState())
			d.clock.Set(start().Add(240 * time.Hour))
			require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-authority-reply").GetAnswer(), "and is broken in the end")
			// Reopened, the reply is that of the first cycle still.
			d.happens(t, complaint, 2, d.reopened(t))
			require.NotContains(t, d.duties(t, complaint), "2-authority-reply")
			d.happens(t, complaint, 2, answered(d.clock.Now().Add(time.Hour)))
			require.Equal(t, late, d.duties(t, complaint)["1-authority-reply"].GetVerdict())
			last := d.events(t, complaint)
			require.EqualValues(t, 1, last[len(last)-1].GetCycle(), "the workflow of its cycle hears of it")
		})
	}
}

func TestAReplyOwedDoesNotHinderAResolution(t *testing.T) {
	covers.Requirement(t, "REC-1")
	t.Parallel()
	d := newDesk(t)
	complaint := d.forwarded(t)
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	check, err := d.worker.CheckResolution(t.Context(), &followupv1.CheckResolutionRequest{Complaint: complaint, Cycle: 1})
	require.NoError(t, err)
	require.Empty(t, check.GetObjections())
}

func TestFirstContactMeetsWhatIsOwedOfContact(t *testing.T) {
	covers.Requirement(t, "REC-10", "CALL-1")
	t.Parallel()
	tests := map[policyv1.ContactWay]map[string]policyv1.Verdict{
		policyv1.ContactWay_PHONE: {
			"1-contact": met, "1-first-response": met, "1-callback": met, "1-acknowledge": none, "1-resolution": none,
		},
		policyv1.ContactWay_LETTER: {
			"1-contact": met, "1-first-response": met, "1-callback": none, "1-acknowledge": none, "1-resolution": none,
		},
	}
	for way, wanted := range tests {
		t.Run(way.String(), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := "complaints/" + d.ids.ID()
			p := d.received(t, policyv1.Severity_NORMAL)
			p.GetComplaintReceived().FirstContact = &eventv1.FirstContact{
				ContactTime: timestamppb.New(start().Add(time.Minute)), Way: way, Agent: "agents/lin",
			}
			d.clock.Set(start().Add(2 * time.Minute))
			d.happens(t, complaint, 1, p)
			duties := d.duties(t, complaint)
			for id, verdict := range wanted {
				require.Equal(t, verdict, duties[id].GetVerdict(), id)
			}
			require.Equal(t, complaint, duties["1-contact"].GetEvidence())
			require.Equal(t, start().Add(time.Minute), duties["1-contact"].GetFactTime().AsTime())
			check, err := d.worker.CheckResolution(t.Context(), &followupv1.CheckResolutionRequest{Complaint: complaint, Cycle: 1})
			require.NoError(t, err)
			require.Equal(t, wanted["1-callback"] == none, len(check.GetObjections()) > 0)
		})
	}
}

func TestEventsWithoutTheirTimesAreRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	contactless, replyless := d.received(t, policyv1.Severity_NORMAL), d.received(t, policyv1.Severity_NORMAL)
	contactless.GetComplaintReceived().FirstContact = &eventv1.FirstContact{Way: policyv1.ContactWay_PHONE}
	replyless.GetComplaintReceived().AuthorityReplyDueTime = &timestamppb.Timestamp{Nanos: -1}
	raised := d.attended(t, policyv1.Severity_NORMAL, policyv1.Severity_URGENT)
	raised.GetSeverityChanged().Targets = nil
	for name, p := range map[string]*eventv1.Payload{
		"first contact": contactless, "authority's reply": replyless, "severity": raised,
		"answer": {Kind: &eventv1.Payload_AuthorityAnswered{AuthorityAnswered: &eventv1.AuthorityAnswered{}}},
	} {
		_, err := d.sink.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: d.intake.record(t, complaint, 1, p)})
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
		require.NotEmpty(t, name)
	}
	// What is lowered needs no targets.
	lowered := d.attended(t, policyv1.Severity_NORMAL, policyv1.Severity_LOW)
	lowered.GetSeverityChanged().Targets = nil
	d.happens(t, complaint, 1, lowered)
}
