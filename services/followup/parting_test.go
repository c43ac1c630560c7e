package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// contactEnded is the last step of a refusal, made in a conversation of this way; unset for none.
func contactEnded(complaint string, way policyv1.ContactWay) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_RefusalStepRecorded{RefusalStepRecorded: &eventv1.RefusalStepRecorded{
		Refusal: complaint + "/refusals/1", Step: "END_CONTACT", Done: true, Way: way,
	}}}
}

// TestTheConversationThatEndsTheContactIsOne: it is on record as an attempt that reached the customer, by the time when it was recorded, also
// if followup hears of it late; and nothing stands in the way of resolving any more.
func TestTheConversationThatEndsTheContactIsOne(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "CALL-2", "CALL-1", "CLK-1")
	d := newDesk(t)
	complaint := d.receive(t)
	d.clock.Set(start().Add(23 * time.Hour))
	ended := d.intake.record(t, complaint, 1, contactEnded(complaint, policyv1.ContactWay_PHONE))
	d.clock.Set(start().Add(25 * time.Hour))
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-callback").GetAnswer())
	require.True(t, d.deliver(t, ended))
	require.False(t, d.deliver(t, ended), "it is told twice")
	list, err := d.agent.ListCallbacks(t.Context(), &followupv1.ListCallbacksRequest{Parent: complaint})
	require.NoError(t, err)
	require.Len(t, list.GetCallbacks()[0].GetAttempts(), 1)
	attempt := list.GetCallbacks()[0].GetAttempts()[0]
	require.Equal(t, []any{followupv1.Attempt_REACHED, policyv1.ContactWay_PHONE, "agents/lin", start().Add(23 * time.Hour), false},
		[]any{attempt.GetOutcome(), attempt.GetWay(), attempt.GetAgent(), attempt.GetAttemptTime().AsTime(), attempt.GetFlagged()})
	duty := d.duties(t, complaint)["1-callback"]
	require.Equal(t, policyv1.Verdict_MET, duty.GetVerdict())
	require.Equal(t, attempt.GetName(), duty.GetEvidence())
	check, err := d.worker.CheckResolution(t.Context(), &followupv1.CheckResolutionRequest{Complaint: complaint, Cycle: 1})
	require.NoError(t, err)
	require.Empty(t, check.GetObjections())
}

// TestAContactThatIsEndedWithoutAConversationMeetsNothing: the callback stays owed, and is never let go silently. So it is with another step.
func TestAContactThatIsEndedWithoutAConversationMeetsNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "CALL-2")
	d := newDesk(t)
	for _, way := range []policyv1.ContactWay{policyv1.ContactWay_CONTACT_WAY_UNSPECIFIED, policyv1.ContactWay_LETTER} {
		complaint := d.receive(t)
		d.happens(t, complaint, 1, contactEnded(complaint, way))
		require.Equal(t, followupv1.Duty_OPEN, d.duties(t, complaint)["1-callback"].GetState())
		check, err := d.worker.CheckResolution(t.Context(), &followupv1.CheckResolutionRequest{Complaint: complaint, Cycle: 1})
		require.NoError(t, err)
		require.Len(t, check.GetObjections(), 1)
	}
}

// TestAnEndOfContactThatComesAfterTheEnd of the complaint finds nothing owed.
func TestAnEndOfContactThatComesAfterTheEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "CLK-4")
	d := newDesk(t)
	complaint := d.receive(t)
	d.happens(t, complaint, 1, closed(intakev1.Complaint_WITHDRAWN))
	d.happens(t, complaint, 1, contactEnded(complaint, policyv1.ContactWay_PHONE))
	require.Equal(t, followupv1.Duty_RELEASED, d.duties(t, complaint)["1-callback"].GetState())
	require.NotContains(t, d.types(t, complaint), "attempt_recorded")
}

// TestNobodyAsksAfterwardsWithWhomTheContactWasEnded whether it held, in whatever order that is heard, and in a later cycle somebody does.
func TestNobodyAsksAfterwardsWithWhomTheContactWasEnded(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "FUP-1")
	a := newAsking(t)
	before, after := a.receive(t), a.resolve(t)
	a.happens(t, before, 1, contactEnded(before, policyv1.ContactWay_PHONE))
	a.happens(t, before, 1, resolved(a.clock.Now()))
	require.Empty(t, a.payloads(t, before, "series_planned"))
	require.Len(t, a.touches(t, before, ""), 1, "why nobody asks is on record")
	a.happens(t, after, 1, contactEnded(after, 0))
	require.Equal(t, eventv1.SeriesEnded_CONTACT_ENDED, a.payloads(t, after, "series_ended")[0].GetSeriesEnded().GetReason())
	for _, complaint := range []string{before, after} {
		for _, touch := range a.touches(t, complaint, "") {
			require.Equal(t, followupv1.FollowUp_STOPPED, touch.GetState())
			require.Equal(t, "the contact with the customer was ended", touch.GetStopReason())
		}
		for id, duty := range a.duties(t, complaint) {
			require.False(t, duty.GetKind() == policyv1.DutyKind_FOLLOW_UP && duty.GetState() == followupv1.Duty_OPEN, id)
		}
	}
	a.happens(t, before, 2, a.reopened(t))
	a.happens(t, before, 2, resolved(a.clock.Now()))
	require.Len(t, a.payloads(t, before, "series_planned"), 1, "another cycle is another matter")
}
