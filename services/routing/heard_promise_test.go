package routing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// promised is what followup tells of a promise that its owner has put on record.
func (w *world) promised(complaint, id string, unauthorised bool) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_PromiseMade{PromiseMade: &eventv1.PromiseMade{
		Promise: complaint + "/promises/" + id, Duty: complaint + "/duties/1-promise-1", Unauthorised: unauthorised, Owner: "agents/lin",
		DueTime: timestamppb.New(w.now.Add(time.Hour)),
	}}}
}

// TestWhatNobodyMayPromiseIsBroughtBeforeTheLadder, each promise for itself; what somebody may is not (PROM-2).
func TestWhatNobodyMayPromiseIsBroughtBeforeTheLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	w.apply(complaint, 1, w.promised(complaint, "p1", false))
	require.Empty(t, w.ladder(complaint))
	for _, id := range []string{"p2", "p3", "p3"} {
		w.apply(complaint, 1, w.promised(complaint, id, true))
		w.service.Deliver(t.Context())
	}
	require.Len(t, w.ladder(complaint), 2)
	for _, e := range w.ladder(complaint) {
		require.Equal(t, routingv1.Escalation_PROMISE_UNAUTHORISED, e.GetReason())
		require.Equal(t, "agents/zhao", e.GetRecipient())
	}
	require.EqualValues(t, 2, w.told.count.Load())
	require.Equal(t, w.now.Add(time.Hour), w.told.last().DueTime)
}

// TestWhoOwesAPromiseIsTold, by whoever else it was put on record; of updates once, and of what they put on record themselves never (PROM-1).
func TestWhoOwesAPromiseIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	assignee := w.assign(complaint, 1).GetAssignee()
	require.NotEqual(t, "agents/lin", assignee)
	for i, test := range []struct {
		owner, previous, told string
	}{
		{owner: "agents/he", told: "agents/he"},
		{owner: "agents/lin"},
		{told: assignee},
		{owner: "agents/who-is-nobody-here", told: assignee},
		{owner: "agents/he", previous: complaint + "/promises/p0"},
	} {
		p := w.promised(complaint, fmt.Sprint("p", i), false)
		p.GetPromiseMade().Owner, p.GetPromiseMade().Previous = test.owner, test.previous
		before := w.told.count.Load()
		for range 2 { // However often it is said.
			w.apply(complaint, 1, p)
		}
		w.service.Deliver(t.Context())
		if test.told == "" {
			require.Equal(t, before, w.told.count.Load(), "promise %d", i)
			continue
		}
		require.Equal(t, before+1, w.told.count.Load(), "promise %d", i)
		told := w.told.last()
		require.Equal(t, []any{routingv1.Notice_PROMISE, test.told, w.now.Add(time.Hour)}, []any{told.About, "agents/" + told.Recipient, told.DueTime})
	}
	require.Empty(t, w.ladder(complaint))
	require.Contains(t, w.notices(complaint), "notice_sent PROMISE")
}

// TestAPromiseWaitsForQuietHoursToEnd, unless it is due before.
func TestAPromiseWaitsForQuietHoursToEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	w.now = time.Date(2026, 3, 2, 13, 30, 0, 0, time.UTC) // 21:30 in Shanghai, on a Monday.
	quiet := w.other(replacing("openings: []", `openings: [{days: [MONDAY], from: "21:00", to: "24:00"}]`))
	before := w.told.count.Load()
	for i, due := range []time.Duration{24 * time.Hour, time.Hour} {
		p := w.promised(complaint, fmt.Sprint("p", i), false)
		p.GetPromiseMade().Owner, p.GetPromiseMade().DueTime = "agents/he", timestamppb.New(w.now.Add(due))
		_, err := quiet.Apply(t.Context(), &eventv1.Event{
			EventId: newEventID(), Source: "followup", Subject: complaint, Cycle: 1, Actor: "agents/lin",
		}, p)
		require.NoError(t, err)
		quiet.Deliver(t.Context())
		require.NoError(t, quiet.Gather(t.Context()))
		require.Equal(t, before+int32(i), w.told.count.Load())
	}
	w.now = w.now.Add(3 * time.Hour)
	require.NoError(t, quiet.Gather(t.Context()))
	quiet.Deliver(t.Context())
	require.Equal(t, before+2, w.told.count.Load())
}

// TestAnOfferWithoutAnswer: whoever is in charge is told to get in touch again; when it lapses and the complaint stays open the ladder is
// told, and nobody when it is closed (REM-4).
func TestAnOfferWithoutAnswer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	assignee := w.assign(complaint, 1).GetAssignee()
	remedy := complaint + "/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y"
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_OfferReminded{OfferReminded: &eventv1.OfferReminded{
		Remedy: remedy, Version: 1, AnswerTime: timestamppb.New(w.now.Add(48 * time.Hour)),
	}}})
	w.service.Deliver(t.Context())
	require.Equal(t, routingv1.Notice_OFFER, w.told.last().About)
	require.Equal(t, assignee, "agents/"+w.told.last().Recipient)
	require.Equal(t, w.now.Add(48*time.Hour), w.told.last().DueTime)
	require.Contains(t, w.notices(complaint), "notice_sent OFFER")
	lapsed := func(shut bool) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{Remedy: remedy, Version: 1, Close: shut}}}
	}
	w.apply(complaint, 1, lapsed(true))
	require.Empty(t, w.ladder(complaint))
	w.apply(complaint, 1, lapsed(false))
	require.Equal(t, routingv1.Escalation_OFFER_UNANSWERED, w.ladder(complaint)[0].GetReason())
}

// TestAnOfferThatIsMadeAgain is told of again when it waits, and when it lapses: each reminder once, and the ladder as often as somebody has
// dealt with it (REM-4).
func TestAnOfferThatIsMadeAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	remedy := complaint + "/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y"
	remind := func(until time.Time) {
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_OfferReminded{OfferReminded: &eventv1.OfferReminded{
			Remedy: remedy, Version: 1, AnswerTime: timestamppb.New(until),
		}}})
		w.service.Deliver(t.Context())
	}
	lapse := func() {
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{Remedy: remedy, Version: 1}}})
		w.service.Deliver(t.Context())
	}
	told := w.told.count.Load()
	first, second := w.now.Add(48*time.Hour), w.now.Add(96*time.Hour)
	remind(first)
	remind(second)
	require.Equal(t, told+2, w.told.count.Load())
	require.Equal(t, second, w.told.last().DueTime)
	remind(second) // Another event of the same time says nothing more, and holds up nothing.
	require.Equal(t, told+2, w.told.count.Load())

	lapse()
	lapse()
	require.Len(t, w.ladder(complaint), 1, "it stands there already")
	e := w.ladder(complaint)[0]
	_, err := w.climber("agents/zhao", authv1.Role_SUPERVISOR).ResolveEscalation(t.Context(), &routingv1.ResolveEscalationRequest{
		Name: e.GetName(), Resolution: routingv1.Escalation_DECIDED,
	})
	require.NoError(t, err)
	lapse()
	require.Len(t, w.ladder(complaint), 2)
}

// TestAnOfferThatIsMadeAgainComesOffTheLadder, and no other offer; what lapses then is brought there once more (ROUTE-4).
func TestAnOfferThatIsMadeAgainComesOffTheLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	one, other := complaint+"/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y", complaint+"/remedies/01jb3p5v9x7k2m4n6q8r0t1w3z"
	made := func(remedy string, version int32) {
		w.now = w.now.Add(time.Second)
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_OfferMade{OfferMade: &eventv1.OfferMade{Remedy: remedy, Version: version}}})
	}
	lapsed := func(version int32) {
		w.now = w.now.Add(time.Second)
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{Remedy: one, Version: version}}})
		w.service.Deliver(t.Context())
	}
	made(one, 1)
	lapsed(1)
	made(other, 1)
	e := w.ladder(complaint)[0]
	require.Equal(t, routingv1.Escalation_OPEN, e.GetState())
	for range 2 { // The first lapse is settled by the version that comes after it, and that one's by its being made again.
		made(one, 2)
		settled := w.again(e)
		require.Equal(t, routingv1.Escalation_RESOLVED, settled.GetState())
		require.Equal(t, routingv1.Escalation_CUSTOMER_CONTACTED, settled.GetResolution())
		require.Empty(t, settled.GetResolver())
		lapsed(2)
		ladder := w.ladder(complaint)
		e = ladder[len(ladder)-1]
		require.Equal(t, routingv1.Escalation_OPEN, e.GetState())
	}
	require.Len(t, w.ladder(complaint), 3)
}

// TestABrokenPromiseStandsBeforeTheLadder as any duty does, each for itself.
func TestABrokenPromiseStandsBeforeTheLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	for _, duty := range []string{"/duties/1-promise-1", "/duties/1-promise-12"} {
		raised, err := w.routing.RaiseEscalation(t.Context(), &routingv1.RaiseEscalationRequest{
			Duty: complaint + duty, Kind: policyv1.DutyKind_PROMISE, Reason: routingv1.Escalation_PROMISE_BROKEN, NoticeNumber: 1,
			DueTime: timestamppb.New(w.now),
		})
		require.NoError(t, err)
		require.Equal(t, "agents/zhao", raised.GetRecipient())
		require.EqualValues(t, 1, raised.GetLevel())
	}
	require.Len(t, w.ladder(complaint), 2)
}

// TestABrokenPromiseClimbsWhateverIsAcknowledged: a level in the policy's time, until it is kept or released, and nobody resolves it before.
func TestABrokenPromiseClimbsWhateverIsAcknowledged(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	ask := func(number int32) *routingv1.Escalation {
		request := w.broken(complaint, "1-promise-1", policyv1.DutyKind_PROMISE, routingv1.Escalation_PROMISE_BROKEN)
		request.NoticeNumber = number
		e, err := w.routing.RaiseEscalation(t.Context(), request)
		require.NoError(t, err)
		return e
	}
	e := ask(1)
	for level, who := range []string{"agents/zhao", "agents/sun"} {
		require.Equal(t, w.now.Add(12*time.Hour), w.acknowledge(who, e.GetName()).GetClimbTime().AsTime())
		_, err := w.climber(who, authv1.Role_SUPERVISOR).ResolveEscalation(t.Context(), &routingv1.ResolveEscalationRequest{
			Name: e.GetName(), Resolution: routingv1.Escalation_DECIDED,
		})
		rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_PROMISE_OWED.String())
		w.now = w.now.Add(12*time.Hour - time.Second)
		require.EqualValues(t, level+1, ask(int32(level+2)).GetLevel(), "acknowledged: it stays for now")
		w.now = w.now.Add(time.Second)
		require.EqualValues(t, level+2, ask(int32(level+2)).GetLevel())
	}
	worker := routingv1.NewEscalationServiceClient(w.conn("services/worker", authv1.Role_SERVICE))
	settled, err := worker.SettleEscalation(t.Context(), &routingv1.SettleEscalationRequest{Duty: complaint + "/duties/1-promise-1"})
	require.NoError(t, err)
	require.Equal(t, routingv1.Escalation_DUTY_DONE, settled.GetResolution())
}

// TestAPromiseThatOutlivesItsCycleClimbsByItself until it is kept or released, and what a workflow brings before the ladder is not brought
// there twice.
func TestAPromiseThatOutlivesItsCycleClimbsByItself(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	broken := func(id string, outlived bool) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_PromiseBroken{PromiseBroken: &eventv1.PromiseBroken{
			Promise: complaint + "/promises/" + id, DueTime: timestamppb.New(w.now.Add(time.Hour)), Outlived: outlived,
		}}}
	}
	w.apply(complaint, 1, broken("p1", false))
	require.Empty(t, w.ladder(complaint))
	early, err := w.deliver(complaint, 1, broken("p2", true))
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintResolved{ComplaintResolved: &eventv1.ComplaintResolved{}}})
	_, err = w.sink.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: early})
	require.NoError(t, err)
	require.Len(t, w.ladder(complaint), 1)
	standing := w.ladder(complaint)[0]
	require.Equal(t, routingv1.Escalation_PROMISE_BROKEN, standing.GetReason())
	require.Equal(t, routingv1.Escalation_OPEN, standing.GetState())
	for _, who := range []string{"agents/zhao", "agents/sun"} { // Acknowledged or not, it goes on.
		level := w.ladder(complaint)[0].GetLevel()
		require.NotNil(t, w.acknowledge(who, standing.GetName()).GetClimbTime())
		_, err := w.climber(who, authv1.Role_SUPERVISOR).ResolveEscalation(t.Context(), &routingv1.ResolveEscalationRequest{
			Name: standing.GetName(), Resolution: routingv1.Escalation_DECIDED,
		})
		rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_PROMISE_OWED.String())
		w.now = w.now.Add(12 * time.Hour)
		require.NoError(t, w.service.Climb(t.Context()))
		require.Greater(t, w.ladder(complaint)[0].GetLevel(), level)
	}
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_PromiseKept{PromiseKept: &eventv1.PromiseKept{Promise: complaint + "/promises/p2"}}})
	require.Equal(t, routingv1.Escalation_DUTY_DONE, w.ladder(complaint)[0].GetResolution())
}

// deliver delivers a fact once, as the relay does.
func (w *world) deliver(complaint string, cycle int32, p *eventv1.Payload) (*eventv1.Event, error) {
	w.t.Helper()
	payload, err := proto.Marshal(p)
	require.NoError(w.t, err)
	event := &eventv1.Event{
		EventId: newEventID(), Source: "followup", Sequence: 1, Subject: complaint, Position: 1, Cycle: cycle, Type: eventlog.TypeOf(p),
		Actor: "agents/lin", RecordTime: timestamppb.New(w.now), Payload: payload,
	}
	_, err = w.sink.ApplyEvent(w.t.Context(), &eventv1.ApplyEventRequest{Event: event})
	return event, err
}

// TestWhoOwesAPromiseIsWarnedToo: the workflow has whoever is in charge warned, and the owner may be somebody else (PROM-1).
func TestWhoOwesAPromiseIsWarnedToo(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	assignee := w.assign(complaint, 1).GetAssignee()
	due := w.now.Add(time.Hour)
	for i, test := range []struct {
		owner string
		kind  policyv1.DutyKind
		at    time.Duration
		due   time.Time
		told  string
	}{
		{owner: "agents/he", kind: policyv1.DutyKind_PROMISE, due: due, told: "agents/he"},
		{owner: "agents/he", kind: policyv1.DutyKind_PROMISE, at: time.Minute, due: due, told: "agents/he"},
		{owner: assignee, kind: policyv1.DutyKind_PROMISE, due: due},
		{kind: policyv1.DutyKind_PROMISE, due: due},
		{owner: "agents/who-is-nobody-here", kind: policyv1.DutyKind_PROMISE, due: due},
		{owner: "agents/he", kind: policyv1.DutyKind_RESOLUTION, due: due},
		{owner: "agents/he", kind: policyv1.DutyKind_PROMISE, at: 2 * time.Minute, due: w.now},
	} {
		warned := &eventv1.DutyWarned{
			Duty: complaint + "/duties/1-promise-1", Kind: test.kind, Owner: test.owner,
			DueTime: timestamppb.New(test.due), WarnTime: timestamppb.New(w.now.Add(test.at)),
		}
		before := w.told.count.Load()
		for range 2 { // However often it is said.
			w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_DutyWarned{DutyWarned: warned}})
		}
		w.service.Deliver(t.Context())
		if test.told == "" {
			require.Equal(t, before, w.told.count.Load(), "warning %d", i)
			continue
		}
		require.Equal(t, before+1, w.told.count.Load(), "warning %d", i)
		told := w.told.last()
		require.Equal(t, []any{routingv1.Notice_PROMISE, test.told, due}, []any{told.About, "agents/" + told.Recipient, told.DueTime})
	}
}
