package followup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// mergedInto is what intake tells of a complaint before it tells that it is closed.
func mergedInto(into string) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintMerged{ComplaintMerged: &eventv1.ComplaintMerged{Into: into}}}
}

// merge has a complaint go on in another one.
func (d *desk) merge(t *testing.T, from, into string) {
	t.Helper()
	d.happens(t, from, 1, mergedInto(into))
	d.happens(t, from, 1, closed(intakev1.Complaint_MERGED))
}

// TestWhatWasPromisedGoesOnWhereTheMatterDoes: with its due time, owner, words and remedy, and what it is broken; once, however often it is
// told, and on to the last of several.
func TestWhatWasPromisedGoesOnWhereTheMatterDoes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "REC-6", "REM-5")
	d := newDesk(t)
	from, into, last := d.receive(t), d.receive(t), d.receive(t)
	own := d.promise(t, into, d.saidOnce(4*time.Hour))
	d.happens(t, from, 1, d.accepted(t, from))
	said := d.promise(t, from, d.saidOnce(time.Hour))
	d.promise(t, from, d.updates(3*time.Hour))
	done := d.promise(t, from, d.saidOnce(2*time.Hour))
	d.keep(t, done, time.Time{})
	d.pass(2 * time.Hour)
	before := d.list(t, from, `state != "KEPT"`)
	require.Len(t, before, 4)

	e := d.intake.record(t, from, 1, mergedInto(into))
	require.True(t, d.deliver(t, e))
	require.False(t, d.deliver(t, e))
	d.happens(t, from, 1, closed(intakev1.Complaint_MERGED))
	require.Len(t, d.list(t, from, `state = "RELEASED"`), 4)
	require.Empty(t, d.list(t, into, `state = "RELEASED" OR state = "KEPT"`))
	after := d.list(t, into, "")
	require.Len(t, after, 5)
	for _, was := range before {
		is := d.reread(t, &followupv1.Promise{Name: into + was.GetName()[len(from):]})
		require.Equal(t, was.GetDueTime().AsTime(), is.GetDueTime().AsTime())
		require.Equal(t, []any{was.GetText(), was.GetOwner(), was.GetSource(), was.GetRemedy(), was.GetPart(), was.GetUpdate(), was.GetState()},
			[]any{is.GetText(), is.GetOwner(), is.GetSource(), is.GetRemedy(), is.GetPart(), is.GetUpdate(), is.GetState()})
	}
	carried := 0
	for _, p := range d.payloads(t, from) {
		if r := p.GetPromiseReleased(); r != nil {
			require.Equal(t, into+r.GetPromise()[len(from):], r.GetCarriedInto())
			carried++
		}
	}
	require.Equal(t, 4, carried)
	broken := d.reread(t, &followupv1.Promise{Name: into + said.GetName()[len(from):]})
	require.Equal(t, policyv1.Verdict_MISSED, broken.GetVerdict())
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, into, broken.GetDuty()[len(into+"/duties/"):]).GetAnswer())
	require.Zero(t, count(d.types(t, into), "promise_broken"), "it is no second breach")
	require.Equal(t, 1, count(d.types(t, from), "promise_broken"))
	require.NotEmpty(t, d.objections(t, into))

	d.merge(t, into, last)
	require.Len(t, d.list(t, last, ""), 5)
	d.keep(t, &followupv1.Promise{Name: last + own.GetName()[len(into):]}, time.Time{})
	d.merge(t, from, into)
	require.Len(t, d.list(t, last, ""), 5)
}

// TestWhatWasAcceptedAsTheComplaintEnded goes on where it was merged into, also when it has gone on from there; and is owed, which the ladder is
// told, when it was resolved or closed in any way.
func TestWhatWasAcceptedAsTheComplaintEnded(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-5", "PROM-1")
	d := newDesk(t)
	merged, into, last := d.receive(t), d.receive(t), d.receive(t)
	d.merge(t, merged, into)
	d.merge(t, into, last)
	e := d.intake.record(t, merged, 1, d.accepted(t, merged))
	require.True(t, d.deliver(t, e))
	require.False(t, d.deliver(t, e))
	require.Len(t, d.list(t, merged, `state = "RELEASED"`), 2)
	require.Len(t, d.list(t, into, `state = "RELEASED"`), 2)
	require.Len(t, d.list(t, last, `state = "OPEN"`), 2)

	for _, end := range []*eventv1.Payload{
		resolved(start()), closed(intakev1.Complaint_WITHDRAWN), closed(intakev1.Complaint_NOT_A_COMPLAINT),
	} {
		done := d.receive(t)
		d.happens(t, done, 1, end)
		d.happens(t, done, 1, d.accepted(t, done))
		require.Len(t, d.list(t, done, `state = "OPEN"`), 2)
		require.Equal(t, []string{"promise_made", "promise_broken"}, d.tail(t, done, 2))
	}
}

// TestNoPromiseIsForgottenByAResolution that was decided on a moment before it was made: it is owed, broken at its time for every reader, and
// the ladder is told at once.
func TestNoPromiseIsForgottenByAResolution(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	d := newDesk(t)
	complaint := d.receive(t)
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	require.Empty(t, d.objections(t, complaint))
	made := d.promise(t, complaint, d.saidOnce(2*time.Hour))
	d.happens(t, complaint, 1, resolved(start().Add(time.Minute)))
	require.Equal(t, 1, count(d.types(t, complaint), "promise_broken"))
	for _, p := range d.payloads(t, complaint) {
		if told := p.GetPromiseBroken(); told != nil {
			require.True(t, told.GetOutlived())
			require.Equal(t, []string{made.GetName(), timestamppb.New(start().Add(2 * time.Hour)).String()},
				[]string{told.GetPromise(), told.GetDueTime().String()})
		}
	}
	require.Equal(t, followupv1.Promise_OPEN, d.reread(t, made).GetState())
	d.pass(3 * time.Hour)
	require.Len(t, d.list(t, "complaints/-", `state = "BROKEN"`), 1)
	kept := d.keep(t, made, time.Time{})
	require.Equal(t, policyv1.Verdict_MET_LATE, kept.GetVerdict())
}

// TestWhatGoesOnInAReopenedComplaint waits until its reopening is known, as what would be opened in the cycle that has ended would end, too.
func TestWhatGoesOnInAReopenedComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "REC-6")
	d := newDesk(t)
	from, into := d.receive(t), d.receive(t)
	d.happens(t, into, 1, closed(intakev1.Complaint_WITHDRAWN))
	d.happens(t, from, 1, d.accepted(t, from))
	merged := mergedInto(into)
	merged.GetComplaintMerged().IntoCycle = 2
	e := d.intake.record(t, from, 1, merged)
	_, err := d.sink.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: e})
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	d.happens(t, into, 2, d.reopened(t))
	require.True(t, d.deliver(t, e))
	list := d.list(t, into, `state = "OPEN"`)
	require.Len(t, list, 2)
	require.Equal(t, into+"/duties/2-promise-1", list[0].GetDuty())
}

// TestMergingLeavesTheTimeOfTheLaw: the final response goes on where the matter does, with its extensions, once, and on to the last of several;
// where one is owed already, it is due as early as either was.
func TestMergingLeavesTheTimeOfTheLaw(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "REC-6", "CLK-4")
	d, early := bank(t)
	_, err := d.extend(t, early, finalResponse)
	require.NoError(t, err)
	_, err = d.decide(t, "agents/zhao", early, grant)
	require.NoError(t, err)
	d.clock.Set(days(1))
	into, last := d.receive(t), d.receive(t)
	e := d.intake.record(t, early, 1, mergedInto(into))
	require.True(t, d.deliver(t, e))
	require.False(t, d.deliver(t, e))
	d.happens(t, early, 1, closed(intakev1.Complaint_MERGED))
	require.Equal(t, followupv1.Duty_RELEASED, d.duties(t, early)[finalResponse].GetState())
	carried := finalResponse + "-" + early[len("complaints/"):]
	duty := d.duties(t, into)[carried]
	require.Equal(t, []time.Time{days(30), days(0)}, []time.Time{duty.GetDueTime().AsTime(), duty.GetOpenTime().AsTime()})
	require.Len(t, duty.GetExtensions(), 1)
	require.True(t, duty.GetStatutory())
	require.Equal(t, []string{"duty_opened", "final_response_carried"}, lastOf(d.types(t, into), 2))

	d.merge(t, into, last)
	onward := finalResponse + "-" + into[len("complaints/"):]
	require.Equal(t, days(30), d.duties(t, last)[onward].GetDueTime().AsTime())
	d.clock.Set(days(2))
	sooner := d.forwarded(t) // Due on day 17.
	d.merge(t, sooner, last)
	require.Equal(t, days(17), d.duties(t, last)[onward].GetDueTime().AsTime())
	require.Equal(t, "final_response_carried", d.types(t, last)[len(d.types(t, last))-2])
	d.clock.Set(days(3))
	d.merge(t, d.forwarded(t), last)
	require.Equal(t, days(17), d.duties(t, last)[onward].GetDueTime().AsTime(), "not later than it was")
	extended, err := d.extend(t, last, onward)
	require.NoError(t, err)
	require.Equal(t, days(32), extended.GetExtensions()[0].GetDueTime().AsTime(), "since the receipt of the one whose time it has")
	require.Equal(t, policyv1.Verdict_VERDICT_UNSPECIFIED, extended.GetVerdict())
	given, err := d.respond(t, last, onward, d.said(t, last, "answer", eventv1.MessageRecorded_AGENT, 0))
	require.NoError(t, err)
	require.Equal(t, met, given.GetVerdict())
}

// TestMergingKeepsWhatWaitsForADecision: more time that was asked for and that nobody has decided waits where the matter goes on, for who decides, with
// who asked and why; and once, however often the merger is told.
func TestMergingKeepsWhatWaitsForADecision(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "REC-6", "APPR-2")
	const why = "The merchant's bank has not answered."
	waiting := func(d *desk) []*followupv1.Duty {
		t.Helper()
		res, err := d.clocks("agents/zhao", authv1.Role_SUPERVISOR).ListExtensions(t.Context(), &followupv1.ListExtensionsRequest{})
		require.NoError(t, err)
		return res.GetDuties()
	}
	for name, test := range map[string]struct {
		into     func(d *desk) string
		from, to float64 // When it is owed now, and would be.
		reason   string
	}{
		"where nothing is owed":   {func(d *desk) string { return d.receive(t) }, 15, 30, why},
		"where it is owed later":  {func(d *desk) string { return d.forwarded(t) }, 15, 30, why},
		"where it goes on itself": {func(d *desk) string { return d.passedOn(t) }, 15, 30, why},
		"of another customer": {func(d *desk) string {
			into := "complaints/" + d.ids.ID()
			p := d.received(t, policyv1.Severity_NORMAL)
			p.GetComplaintReceived().Customer = "customers/other"
			d.happens(t, into, 1, p)
			return into
		}, 15, 30, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, from := bank(t)
			_, err := d.extend(t, from, finalResponse)
			require.NoError(t, err)
			d.clock.Set(days(1))
			into := test.into(d)
			e := d.intake.record(t, from, 1, mergedInto(into))
			require.True(t, d.deliver(t, e))
			d.happens(t, from, 1, d.accepted(t, from)) // Everything goes on once more.
			list := waiting(d)
			require.Len(t, list, 1)
			require.NotEqual(t, from, list[0].GetName()[:len(from)])
			require.Equal(t, days(test.from), list[0].GetDueTime().AsTime())
			require.Len(t, list[0].GetExtensions(), 1)
			asked := list[0].GetExtensions()[0]
			require.Equal(t, "agents/lin", asked.GetRequester())
			require.Equal(t, days(0), asked.GetRequestTime().AsTime())
			require.Equal(t, days(test.to), asked.GetDueTime().AsTime())
			require.Equal(t, test.reason, asked.GetReason())
			complaint, _, _ := strings.Cut(list[0].GetName(), "/duties/")
			require.Len(t, d.tellings(t, complaint), 1, "who decides hears of it there")

			_, err = d.clocks("agents/lin", authv1.Role_SUPERVISOR).DecideExtension(t.Context(), &followupv1.DecideExtensionRequest{
				Name: list[0].GetName(), Decision: grant,
			})
			rpctest.RequireReason(t, err, codes.PermissionDenied, followupv1.ErrorReason_OWN_EXTENSION.String())
			granted, err := d.clocks("agents/zhao", authv1.Role_SUPERVISOR).DecideExtension(t.Context(), &followupv1.DecideExtensionRequest{
				Name: list[0].GetName(), Decision: grant,
			})
			require.NoError(t, err)
			require.Equal(t, days(test.to), granted.GetDueTime().AsTime())
			d.clock.Set(days(2))
			d.happens(t, from, 1, d.accepted(t, from))
			require.Empty(t, waiting(d), "what was decided is not asked again")
		})
	}
}

// passedOn is a complaint that was merged into another one that is handled.
func (d *desk) passedOn(t *testing.T) string {
	t.Helper()
	middle, last := d.receive(t), d.receive(t)
	d.merge(t, middle, last)
	return middle
}

// TestTwoWaitingRequestsAreOne: where more time is asked for in both complaints, that of the one in which the matter goes on waits, with the time
// that is to be had there now.
func TestTwoWaitingRequestsAreOne(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "REC-6")
	d, early := bank(t)
	_, err := d.extend(t, early, finalResponse)
	require.NoError(t, err)
	d.clock.Set(days(2))
	into := d.forwarded(t)
	_, err = d.extend(t, into, finalResponse)
	require.NoError(t, err)
	d.happens(t, early, 1, mergedInto(into))
	duty := d.duties(t, into)[finalResponse]
	require.Equal(t, days(15), duty.GetDueTime().AsTime())
	require.Len(t, duty.GetExtensions(), 1)
	require.Equal(t, days(2), duty.GetExtensions()[0].GetRequestTime().AsTime())
	require.Equal(t, days(30), duty.GetExtensions()[0].GetDueTime().AsTime())
}

// TestABrokenTimeOfTheLawStaysBroken when its complaint goes on in another one, and is no second breach.
func TestABrokenTimeOfTheLawStaysBroken(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "CLK-4")
	d, from := bank(t)
	into := d.receive(t)
	d.happens(t, from, 1, resolved(start()))
	d.happens(t, from, 2, d.reopened(t))
	d.clock.Set(days(15))
	d.settle(t, from, finalResponse)
	d.clock.Set(days(16))
	d.happens(t, from, 2, mergedInto(into))
	d.happens(t, from, 2, closed(intakev1.Complaint_MERGED))
	require.Equal(t, missed, d.duties(t, from)[finalResponse].GetVerdict())
	carried := finalResponse + "-" + from[len("complaints/"):]
	require.Equal(t, missed, d.duties(t, into)[carried].GetVerdict())
	require.Empty(t, d.settled(t, into, carried))
}
