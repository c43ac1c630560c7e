package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestAPromiseIsADuty with warnings, which nothing but its evidence keeps: thanks, a call or a message are none.
func TestAPromiseIsADuty(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	d := newDesk(t)
	complaint := d.receive(t)
	made := d.promise(t, complaint, d.saidOnce(3*time.Hour))
	require.Equal(t, complaint+"/duties/1-promise-1", made.GetDuty())
	require.Equal(t, followupv1.Promise_OPEN, made.GetState())
	require.Equal(t, followupv1.Promise_CONVERSATION, made.GetSource())
	require.Equal(t, "agents/lin", made.GetSpeaker())
	require.Empty(t, made.GetExcesses())
	require.Equal(t, "我们会把检测报告发给您。", made.GetText())
	require.Equal(t, []string{"duty_opened", "promise_made"}, d.tail(t, complaint, 2))
	duty := d.duties(t, complaint)["1-promise-1"]
	require.Equal(t, policyv1.DutyKind_PROMISE, duty.GetKind())
	require.Equal(t, []time.Time{start().Add(time.Hour), start().Add(3*time.Hour - 15*time.Minute)},
		[]time.Time{duty.GetWarnTimes()[0].AsTime(), duty.GetWarnTimes()[1].AsTime()})

	d.pass(time.Hour)
	d.happens(t, complaint, 1, wrote(eventv1.MessageRecorded_CUSTOMER))
	d.happens(t, complaint, 1, wrote(eventv1.MessageRecorded_AGENT))
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	require.Equal(t, followupv1.Promise_OPEN, d.reread(t, made).GetState())
	require.Equal(t, made.GetEtag(), d.reread(t, made).GetEtag())

	kept := d.keep(t, made, time.Time{})
	require.Equal(t, followupv1.Promise_KEPT, kept.GetState())
	require.Equal(t, policyv1.Verdict_MET, kept.GetVerdict())
	require.Equal(t, "SF1234567890", kept.GetEvidence())
	require.Equal(t, "agents/lin", kept.GetSettler())
	require.NotEqual(t, made.GetEtag(), kept.GetEtag())
	require.Equal(t, []string{"duty_settled", "promise_kept"}, d.tail(t, complaint, 2))
	for _, e := range d.events(t, complaint) {
		require.NotContains(t, string(e.GetPayload()), "SF1234567890", "what was said is sealed")
		require.NotContains(t, string(e.GetPayload()), "检测报告")
	}
	auditor, err := d.promises(authv1.Role_AUDITOR).GetPromise(t.Context(), &followupv1.GetPromiseRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.Empty(t, auditor.GetText()+auditor.GetEvidence(), "words are for those who handle complaints")
	d.keys.fail(errErased())
	require.Empty(t, d.reread(t, made).GetText(), "and are gone with the customer")
}

// TestABrokenPromiseIsStillOwed for every reader from its due time on, whether or not a timer has fired; what was kept in time and is said
// late overturns that.
func TestABrokenPromiseIsStillOwed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "CLK-1")
	for title, c := range map[string]struct {
		keep       time.Duration // before now
		verdict    policyv1.Verdict
		correction bool
	}{
		"late":                      {0, policyv1.Verdict_MET_LATE, false},
		"in time, and said late":    {4 * time.Minute, policyv1.Verdict_MET, true},
		"dated back too far is now": {10 * time.Minute, policyv1.Verdict_MET_LATE, false},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			made := d.promise(t, complaint, d.saidOnce(time.Hour))
			d.pass(time.Hour + 2*time.Minute)
			require.Equal(t, followupv1.Promise_BROKEN, d.reread(t, made).GetState(), "no timer has fired")
			require.Equal(t, policyv1.Verdict_MISSED, d.reread(t, made).GetVerdict())
			require.Len(t, d.list(t, complaint, `state = "BROKEN" AND verdict = "MISSED"`), 1)
			require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-promise-1").GetAnswer())
			require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-promise-1").GetAnswer())
			require.Equal(t, []string{"duty_settled", "promise_broken"}, d.tail(t, complaint, 2), "once")
			kept := d.keep(t, made, d.clock.Now().Add(-c.keep))
			require.Equal(t, c.verdict, kept.GetVerdict())
			settled := d.settled(t, complaint, "1-promise-1")
			require.Equal(t, c.correction, settled[len(settled)-1].GetCorrection())
			if !c.correction {
				require.Equal(t, d.clock.Now(), kept.GetKeepTime().AsTime())
			}
		})
	}
}

// TestAPromiseThatIsKeptLateAndWasNeverSettledIsBroken all the same.
func TestAPromiseThatIsKeptLateAndWasNeverSettledIsBroken(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	d := newDesk(t)
	complaint := d.receive(t)
	made := d.promise(t, complaint, d.saidOnce(time.Hour))
	d.pass(2 * time.Hour)
	d.keep(t, made, time.Time{})
	require.Equal(t, []string{"duty_settled", "promise_broken", "promise_kept"}, d.tail(t, complaint, 3))
}

// TestOnlyTheCustomersWordReleasesAPromise, with where it was said; a breach that happened stays.
func TestOnlyTheCustomersWordReleasesAPromise(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	d := newDesk(t)
	complaint := d.receive(t)
	made := d.promise(t, complaint, d.saidOnce(time.Hour))
	d.pass(2 * time.Hour)
	released, err := d.promises().ReleasePromise(t.Context(), &followupv1.ReleasePromiseRequest{
		Name: made.GetName(), Evidence: d.writes(t, complaint, eventv1.MessageRecorded_CUSTOMER), Etag: made.GetEtag(),
	})
	require.NoError(t, err)
	require.Equal(t, followupv1.Promise_RELEASED, released.GetState())
	require.Equal(t, policyv1.Verdict_MISSED, released.GetVerdict())
	require.Equal(t, []string{"duty_settled", "promise_broken", "duty_released", "promise_released"}, d.tail(t, complaint, 4))
	list := d.payloads(t, complaint)
	require.True(t, list[len(list)-1].GetPromiseReleased().GetByCustomer())
}

// TestUpdatesAreASeries: keeping one opens the next a period later, by a message, a call or evidence, until the end that was named.
func TestUpdatesAreASeries(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	d := newDesk(t)
	complaint := d.receive(t)
	series := d.updates(10 * time.Minute)
	series.UntilTime = timestamppb.New(d.clock.Now().Add(45 * time.Minute))
	first := d.promise(t, complaint, series)
	require.True(t, first.GetUpdate())
	d.happens(t, complaint, 1, wrote(eventv1.MessageRecorded_AGENT))
	require.Equal(t, followupv1.Promise_OPEN, d.reread(t, first).GetState(), "what was said with it is no update on it")
	d.pass(9 * time.Minute)
	d.happens(t, complaint, 1, wrote(eventv1.MessageRecorded_CUSTOMER))
	require.Len(t, d.list(t, complaint, ""), 1, "what the customer says is none")
	d.happens(t, complaint, 1, wrote(eventv1.MessageRecorded_AGENT))
	list := d.list(t, complaint, "")
	require.Len(t, list, 2)
	require.Equal(t, followupv1.Promise_KEPT, list[0].GetState())
	require.Equal(t, "complaints/x/messages/m", list[0].GetEvidence())
	require.Equal(t, first.GetName(), list[1].GetPrevious())
	require.Equal(t, start().Add(19*time.Minute), list[1].GetDueTime().AsTime())
	require.Equal(t, complaint+"/duties/1-promise-2", list[1].GetDuty())
	var previous []string
	for _, p := range d.payloads(t, complaint) {
		if made := p.GetPromiseMade(); made != nil {
			previous = append(previous, made.GetPrevious())
		}
	}
	require.Equal(t, []string{"", first.GetName()}, previous, "whoever owes them is told of the first")

	d.pass(16 * time.Minute) // One is forgotten: a breach, and the next is a period after what came.
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-promise-2").GetAnswer())
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	list = d.list(t, complaint, "")
	require.Equal(t, policyv1.Verdict_MET_LATE, list[1].GetVerdict())
	require.Equal(t, start().Add(35*time.Minute), list[2].GetDueTime().AsTime())

	d.pass(9 * time.Minute)
	d.keep(t, list[2], time.Time{})
	require.Equal(t, start().Add(44*time.Minute), d.list(t, complaint, "")[3].GetDueTime().AsTime())
	d.pass(9 * time.Minute)
	d.keep(t, d.list(t, complaint, "")[3], time.Time{})
	require.Len(t, d.list(t, complaint, ""), 4, "the next one would be beyond the end")
	require.Equal(t, 4, count(d.types(t, complaint), "promise_kept"))
	require.Equal(t, 1, count(d.types(t, complaint), "promise_broken"))
}

func count(types []string, kind string) int {
	n := 0
	for _, one := range types {
		if one == kind {
			n++
		}
	}
	return n
}

// TestWhatACustomerAcceptedIsPromised: each part for itself, of the times that remedy has set, in its words.
func TestWhatACustomerAcceptedIsPromised(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-5", "PROM-1")
	d := newDesk(t)
	complaint := d.receive(t)
	e := d.intake.record(t, complaint, 1, d.accepted(t, complaint))
	require.True(t, d.deliver(t, e))
	require.False(t, d.deliver(t, e))
	list := d.list(t, complaint, `source = "FULFILMENT"`)
	require.Len(t, list, 2, "once, however often it is told")
	require.Equal(t, []int32{2, 1}, []int32{list[0].GetPart(), list[1].GetPart()}, "the next due first")
	refund := list[1]
	require.Equal(t, start().Add(24*time.Hour), refund.GetDueTime().AsTime())
	require.Equal(t, "your money back", refund.GetText())
	require.Equal(t, "agents/wu", refund.GetOwner())
	require.EqualValues(t, 500_000_000, refund.GetAmount().GetNanos())
	require.Empty(t, refund.GetExcesses(), "it was granted before it was offered")
	made := d.payloads(t, complaint)
	require.Equal(t, complaint+"/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y", made[len(made)-1].GetPromiseMade().GetRemedy())

	require.Len(t, d.objections(t, complaint), 3, "the callback and both parts")
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	d.keep(t, list[0], time.Time{})
	require.Len(t, d.objections(t, complaint), 1)
	require.Contains(t, d.objections(t, complaint)[0], refund.GetName()+" is still owed")
	d.pass(30 * time.Hour)
	require.Len(t, d.objections(t, complaint), 1, "broken, and still owed")
	require.Empty(t, d.fulfilled(t, complaint))
	d.keep(t, refund, time.Time{})
	require.Empty(t, d.objections(t, complaint))
	require.Equal(t, []string{complaint + "/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y"}, d.fulfilled(t, complaint))
	kept := d.payloads(t, complaint)
	require.EqualValues(t, 1, kept[len(kept)-1].GetPromiseKept().GetPart())

	declined := &eventv1.OfferAnswered{Remedy: complaint + "/remedies/b", Version: 1, Answer: "DECLINED"}
	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_OfferAnswered{OfferAnswered: declined}})
	require.Len(t, d.list(t, complaint, ""), 2)
}

// TestWhatWasPromisedBeforeIsOwed when it was verified that it was (REC-9), once, and not when it was refuted.
func TestWhatWasPromisedBeforeIsOwed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-9", "PROM-1")
	d := newDesk(t)
	complaint := d.receive(t)
	judged := func(id string, verified bool, due *timestamppb.Timestamp) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_AllegedPromiseJudged{AllegedPromiseJudged: &eventv1.AllegedPromiseJudged{
			AllegedPromise: complaint + "/allegedPromises/" + id, Verified: verified, DueTime: due,
		}}}
	}
	d.happens(t, complaint, 1, judged("a", false, nil))
	require.Empty(t, d.list(t, complaint, ""))
	d.happens(t, complaint, 1, judged("a", true, timestamppb.New(start().Add(-time.Hour))))
	d.happens(t, complaint, 1, judged("a", true, timestamppb.New(start().Add(-time.Hour))))
	d.happens(t, complaint, 1, judged("b", true, nil))
	list := d.list(t, complaint, `source = "ALLEGED"`)
	require.Len(t, list, 2)
	require.Equal(t, followupv1.Promise_BROKEN, list[0].GetState(), "its time is over")
	require.Equal(t, complaint+"/allegedPromises/a", list[0].GetAllegedPromise())
	require.Equal(t, d.duties(t, complaint)["1-resolution"].GetDueTime().AsTime(), list[1].GetDueTime().AsTime(), "no time was promised: with the matter")
}

// TestTheEndOfACycle: a merge ends promises, which go on elsewhere; any other end ends updates alone, since all else is the customer's to give up,
// and the ladder is told, once.
func TestTheEndOfACycle(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	for title, c := range map[string]struct {
		end   *eventv1.Payload
		owed  int
		state followupv1.Promise_State
	}{
		"merged":    {closed(intakev1.Complaint_MERGED), 0, followupv1.Promise_RELEASED},
		"as none":   {closed(intakev1.Complaint_NOT_A_COMPLAINT), 1, followupv1.Promise_OPEN},
		"withdrawn": {closed(intakev1.Complaint_WITHDRAWN), 1, followupv1.Promise_OPEN},
		"closed":    {closed(intakev1.Complaint_UNREACHABLE), 1, followupv1.Promise_OPEN},
		"resolved":  {resolved(start().Add(time.Minute)), 1, followupv1.Promise_OPEN},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			d.promise(t, complaint, d.updates(time.Hour))
			once := d.promise(t, complaint, d.saidOnce(2*time.Hour))
			require.Len(t, d.objections(t, complaint), 2, "the callback, and what was promised once")
			d.pass(time.Minute)
			d.happens(t, complaint, 1, c.end)
			require.Len(t, d.list(t, complaint, `state = "OPEN"`), c.owed)
			require.Equal(t, c.state, d.reread(t, once).GetState())
			for _, p := range d.payloads(t, complaint) {
				require.False(t, p.GetPromiseReleased().GetByCustomer())
			}
			require.Equal(t, 2-c.owed, count(d.types(t, complaint), "promise_released"))
			d.happens(t, complaint, 1, closed(intakev1.Complaint_REMEDIED))
			require.Equal(t, c.state, d.reread(t, once).GetState(), "closing what has ended lets go of nothing")
			require.Equal(t, c.owed, count(d.types(t, complaint), "promise_broken"))
		})
	}
}

// TestWhoWithdrawsThroughAFrontEnd is the customer, and gives up what was promised with it.
func TestWhoWithdrawsThroughAFrontEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "CLK-4")
	d := newDesk(t)
	complaint := d.receive(t)
	once := d.promise(t, complaint, d.saidOnce(2*time.Hour))
	e := d.intake.record(t, complaint, 1, closed(intakev1.Complaint_WITHDRAWN))
	e.Actor = "frontends/web"
	require.True(t, d.deliver(t, e))
	require.Equal(t, followupv1.Promise_RELEASED, d.reread(t, once).GetState())
	require.Zero(t, count(d.types(t, complaint), "promise_broken"))
}
