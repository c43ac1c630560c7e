package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

const offered = "/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y"

// followUp is the duty about the n-th offer of a version.
func followUp(n string) string { return "1-offer-follow-up-01jb3p5v9x7k2m4n6q8r0t1w3y-2-" + n }

// reminded is what remedy tells when the time for an answer is over, which it was at a time.
func reminded(complaint string, over time.Time) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_OfferReminded{OfferReminded: &eventv1.OfferReminded{
		Remedy: complaint + offered, Version: 2, OverTime: timestamppb.New(over), FollowUpTime: timestamppb.New(over.Add(24 * time.Hour)),
	}}}
}

// answers is what remedy tells of an answer that was given at a time.
func answers(complaint string, at time.Time) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_OfferAnswered{OfferAnswered: &eventv1.OfferAnswered{
		Remedy: complaint + offered, Version: 2, Answer: "DECLINED", AnswerTime: timestamppb.New(at),
	}}}
}

// writes is an agent's message.
func writes(complaint string, holding bool) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{
		Message: complaint + "/messages/m", Author: eventv1.MessageRecorded_AGENT, Holding: holding,
	}}}
}

// TestWhoDoesNotAnswerIsContactedAgain: the duty is opened by remedy's event, once however often that is told, warned of and told to the
// workflow; what was recorded before it was a duty opens none.
func TestWhoDoesNotAnswerIsContactedAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	d := newDesk(t)
	complaint := d.receive(t)
	d.pass(time.Hour)
	over := d.clock.Now().Add(-time.Minute)
	e := d.intake.record(t, complaint, 1, reminded(complaint, over))
	require.True(t, d.deliver(t, e))
	require.False(t, d.deliver(t, e))
	require.Equal(t, 1, count(d.types(t, complaint), "follow_up_owed"))
	duty := d.duties(t, complaint)[followUp("1")]
	require.Equal(t, policyv1.DutyKind_OFFER_FOLLOW_UP, duty.GetKind())
	require.Equal(t, over, duty.GetOpenTime().AsTime())
	require.Equal(t, over.Add(24*time.Hour), duty.GetDueTime().AsTime())
	require.Equal(t, over.Add(20*time.Hour), duty.GetWarnTimes()[0].AsTime())
	told := d.payloads(t, complaint)
	owed := told[len(told)-1].GetFollowUpOwed()
	require.Equal(t, complaint+offered, owed.GetRemedy())
	require.EqualValues(t, 2, owed.GetVersion())
	require.Len(t, owed.GetWarnTimes(), 1)

	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_OfferReminded{OfferReminded: &eventv1.OfferReminded{
		Remedy: complaint + offered, Version: 2, AnswerTime: timestamppb.New(over),
	}}})
	require.Equal(t, 1, count(d.types(t, complaint), "follow_up_owed"))
}

// TestOnlyContactAfterTheTimeMeetsIt: a conversation, or a message that says more than that the work goes on. A contact of before the time was
// over is none, and neither is an attempt that reached nobody.
func TestOnlyContactAfterTheTimeMeetsIt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "CLK-1")
	for title, c := range map[string]struct {
		do      func(t *testing.T, d *desk, complaint string)
		verdict policyv1.Verdict
	}{
		"a conversation": {func(t *testing.T, d *desk, complaint string) {
			d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
		}, policyv1.Verdict_MET},
		"a message": {func(t *testing.T, d *desk, complaint string) { d.happens(t, complaint, 1, writes(complaint, false)) }, policyv1.Verdict_MET},
		"a message that the work goes on": {func(t *testing.T, d *desk, complaint string) {
			d.happens(t, complaint, 1, writes(complaint, true))
		}, policyv1.Verdict_VERDICT_UNSPECIFIED},
		"nobody was reached": {func(t *testing.T, d *desk, complaint string) {
			d.attempt(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{})
		}, policyv1.Verdict_VERDICT_UNSPECIFIED},
		"before the time was over": {func(t *testing.T, d *desk, complaint string) {
			d.attempt(t, complaint, followupv1.Attempt_REACHED, d.clock.Now().Add(-2*time.Minute))
		}, policyv1.Verdict_VERDICT_UNSPECIFIED},
		"late": {func(t *testing.T, d *desk, complaint string) {
			d.pass(30 * time.Hour)
			require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, followUp("1")).GetAnswer())
			d.happens(t, complaint, 1, writes(complaint, false))
		}, policyv1.Verdict_MET_LATE},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			d.pass(time.Hour)
			d.happens(t, complaint, 1, reminded(complaint, d.clock.Now().Add(-time.Minute)))
			c.do(t, d, complaint)
			require.Equal(t, c.verdict, d.duties(t, complaint)[followUp("1")].GetVerdict())
			if c.verdict != policyv1.Verdict_VERDICT_UNSPECIFIED {
				settled := d.settled(t, complaint, followUp("1"))
				last := settled[len(settled)-1]
				require.Equal(t, complaint+offered, last.GetRemedy(), "remedy hears when its last time begins")
				require.EqualValues(t, 2, last.GetVersion())
				require.NotEmpty(t, last.GetEvidence())
			}
		})
	}
}

// TestAContactThatWasMadeBeforeTheDutyIsOpenedMeetsIt: Temporal was away, and somebody has spoken with the customer meanwhile.
func TestAContactThatWasMadeBeforeTheDutyIsOpenedMeetsIt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "CLK-1")
	for title, c := range map[string]struct {
		do      func(t *testing.T, d *desk, complaint string)
		verdict policyv1.Verdict
	}{
		"a conversation": {func(t *testing.T, d *desk, complaint string) {
			d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
		}, policyv1.Verdict_MET},
		"a message": {func(t *testing.T, d *desk, complaint string) { d.happens(t, complaint, 1, writes(complaint, false)) }, policyv1.Verdict_MET},
		"a late message": {func(t *testing.T, d *desk, complaint string) {
			d.pass(30 * time.Hour)
			d.happens(t, complaint, 1, writes(complaint, false))
		}, policyv1.Verdict_MET_LATE},
		"a message that the work goes on": {func(t *testing.T, d *desk, complaint string) {
			d.happens(t, complaint, 1, writes(complaint, true))
		}, policyv1.Verdict_VERDICT_UNSPECIFIED},
		"the customer's message": {func(t *testing.T, d *desk, complaint string) {
			p := writes(complaint, false)
			p.GetMessageRecorded().Author = eventv1.MessageRecorded_CUSTOMER
			d.happens(t, complaint, 1, p)
		}, policyv1.Verdict_VERDICT_UNSPECIFIED},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{
				Message: complaint + "/messages/earlier", Author: eventv1.MessageRecorded_AGENT,
			}}})
			d.pass(time.Hour)
			over := d.clock.Now()
			d.pass(time.Hour)
			c.do(t, d, complaint)
			d.pass(10 * time.Hour)
			d.happens(t, complaint, 1, reminded(complaint, over))
			duty := d.duties(t, complaint)[followUp("1")]
			require.Equal(t, c.verdict, duty.GetVerdict())
			require.Equal(t, c.verdict == policyv1.Verdict_VERDICT_UNSPECIFIED, duty.GetState() == followupv1.Duty_OPEN)
		})
	}
}

// TestNewsOfAnOfferReleasesTheContact that is owed about it, and no other; the time of an answer decides whether it was owed when it fell due.
func TestNewsOfAnOfferReleasesTheContact(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "CLK-1", "CLK-4")
	const other = "/remedies/other"
	for title, c := range map[string]struct {
		news    func(complaint string) *eventv1.Payload
		verdict policyv1.Verdict
		open    bool
	}{
		"made again": {func(c string) *eventv1.Payload {
			return &eventv1.Payload{Kind: &eventv1.Payload_OfferMade{OfferMade: &eventv1.OfferMade{Remedy: c + offered, Version: 2}}}
		}, policyv1.Verdict_MISSED, false},
		"withdrawn": {func(c string) *eventv1.Payload {
			return &eventv1.Payload{Kind: &eventv1.Payload_RemedyWithdrawn{RemedyWithdrawn: &eventv1.RemedyWithdrawn{Remedy: c + offered}}}
		}, policyv1.Verdict_MISSED, false},
		"revised": {func(c string) *eventv1.Payload {
			return &eventv1.Payload{Kind: &eventv1.Payload_RemedyRevised{RemedyRevised: &eventv1.RemedyRevised{Remedy: c + offered, Version: 3}}}
		}, policyv1.Verdict_MISSED, false},
		"lapsed": {func(c string) *eventv1.Payload {
			return &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{Remedy: c + offered, Version: 2}}}
		}, policyv1.Verdict_MISSED, false},
		"answered":         {func(c string) *eventv1.Payload { return answers(c, start().Add(30*time.Hour)) }, policyv1.Verdict_MISSED, false},
		"answered in time": {func(c string) *eventv1.Payload { return answers(c, start().Add(2*time.Hour)) }, policyv1.Verdict_VERDICT_UNSPECIFIED, false},
		"another offer": {func(c string) *eventv1.Payload {
			return &eventv1.Payload{Kind: &eventv1.Payload_RemedyWithdrawn{RemedyWithdrawn: &eventv1.RemedyWithdrawn{Remedy: c + other}}}
		}, policyv1.Verdict_MISSED, true},
		"the complaint ends": {func(string) *eventv1.Payload { return closed(intakev1.Complaint_WITHDRAWN) }, policyv1.Verdict_MISSED, false},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			d.happens(t, complaint, 1, reminded(complaint, start()))
			d.pass(40 * time.Hour)
			require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, followUp("1")).GetAnswer())
			d.happens(t, complaint, 1, c.news(complaint))
			duty := d.duties(t, complaint)[followUp("1")]
			require.Equal(t, c.open, duty.GetState() == followupv1.Duty_OPEN)
			require.Equal(t, c.verdict, duty.GetVerdict())
			if !c.open && title != "the complaint ends" {
				d.happens(t, complaint, 1, reminded(complaint, d.clock.Now()))
				require.Equal(t, followupv1.Duty_OPEN, d.duties(t, complaint)[followUp("2")].GetState(), "of the next offer it is a duty of its own")
			}
		})
	}
}

// TestNobodyIsContactedAgainAboutWhatHasEnded: the event came after the end of its cycle.
func TestNobodyIsContactedAgainAboutWhatHasEnded(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	d := newDesk(t)
	complaint := d.receive(t)
	d.happens(t, complaint, 1, closed(intakev1.Complaint_WITHDRAWN))
	d.happens(t, complaint, 1, reminded(complaint, start()))
	require.NotContains(t, d.duties(t, complaint), followUp("1"))
}
