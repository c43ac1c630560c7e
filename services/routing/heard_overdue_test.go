package routing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// improvementOverdue is the fact that an improvement is overdue.
func improvementOverdue(owner string, due time.Time, above bool) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ImprovementOverdue{ImprovementOverdue: &eventv1.ImprovementOverdue{
		Improvement: "improvements/i1", Owner: owner, DueTime: timestamppb.New(due), Above: above,
	}}}
}

// TestAnOverdueImprovementIsTold to its owner and to whoever stands above, once each, and is about no complaint.
func TestAnOverdueImprovementIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	w := newWorld(t)
	due := w.now.Add(-time.Hour)
	for range 2 {
		w.apply("improvements/i1", 0, improvementOverdue("agents/lin", due, false))
	}
	w.service.Deliver(t.Context())
	require.EqualValues(t, 1, w.told.count.Load())
	told := w.told.last()
	require.Equal(t, []any{routingv1.Notice_IMPROVEMENT_OVERDUE, "lin", due}, []any{told.About, told.Recipient, told.DueTime})
	w.apply("improvements/i1", 0, improvementOverdue("agents/lin", due, true))
	w.service.Deliver(t.Context())
	require.Equal(t, "zhao", w.told.last().Recipient)
	w.apply("improvements/i1", 0, improvementOverdue("", due, false))
	w.service.Deliver(t.Context())
	require.Equal(t, "fang", w.told.last().Recipient, "what nobody sees to is the executive's to give to somebody")
	operator := routingv1.NewNoticeServiceClient(w.harness.Conn("agents/op", authv1.Role_OPERATOR))
	list, err := operator.ListNotices(t.Context(), &routingv1.ListNoticesRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetNotices(), 3)
	for _, n := range list.GetNotices() {
		require.Equal(t, "improvements/i1", n.GetImprovement())
		require.Empty(t, n.GetComplaint())
		require.Equal(t, routingv1.Notice_SENT, n.GetState())
	}
	resp, err := w.log.ListEvents(t.Context(), &eventv1.ListEventsRequest{Subject: "improvements/i1"})
	require.NoError(t, err)
	require.Len(t, resp.GetEvents(), 3)
	require.Equal(t, "notice_sent", resp.GetEvents()[0].GetType())
}

// TestAnOverdueImprovementOutlivesARestart: what could not be told is told by the next process.
func TestAnOverdueImprovementOutlivesARestart(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	w := newWorld(t)
	w.told.failing.Store(true)
	w.apply("improvements/i1", 0, improvementOverdue("agents/lin", w.now, false))
	w.service.Deliver(t.Context())
	require.Zero(t, w.told.count.Load())
	w.told.failing.Store(false)
	w.now = w.now.Add(time.Hour)
	require.NoError(t, w.other(func(rules string) string { return rules }).Gather(t.Context()))
	require.EqualValues(t, 1, w.told.count.Load())
	require.Equal(t, routingv1.Notice_IMPROVEMENT_OVERDUE, w.told.last().About)
}

// TestAnOverdueClaimIsTold to whoever pursues it, then to whoever stands above; whoever is complained about hears of neither.
func TestAnOverdueClaimIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-7", "ROUTE-2")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	overdue := func(complaint, owner string, above bool) string {
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ClaimOverdue{ClaimOverdue: &eventv1.ClaimOverdue{
			Claim: complaint + "/claims/c1", Owner: owner, DueTime: timestamppb.New(w.now), Above: above,
		}}})
		w.service.Deliver(t.Context())
		require.Equal(t, routingv1.Notice_CLAIM_OVERDUE, w.told.last().About)
		return w.told.last().Recipient
	}
	require.Equal(t, "lin", overdue(complaint, "agents/lin", false))
	require.Equal(t, "zhao", overdue(complaint, "agents/lin", true))
	overdue(complaint, "agents/lin", true)
	require.EqualValues(t, 2, w.told.count.Load(), "once each")
	require.Len(t, w.notices(complaint), 3, "the timeline has them beside the assignment")
	require.Empty(t, w.ladder(complaint), "a claim is no condition for the customer")

	about := "complaints/" + w.ids.ID()
	w.apply(about, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Customer: "customers/b", TargetKind: policyv1.TargetKind_SERVICE, Severity: policyv1.Severity_NORMAL, TargetAgent: "agents/lin",
	}}})
	require.Equal(t, "sun", overdue(about, "agents/lin", false), "zhao, who stands directly above, is recused, too")
}

// TestMoreTimeIsAskedFor: whoever decides at the level is told, never who asked or whom it is about; who asked hears what was decided.
func TestMoreTimeIsAskedFor(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "APPR-2", "APPR-3")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	number := int32(0)
	told := func(requester string, level int32) string {
		number++
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ExtensionReminded{ExtensionReminded: &eventv1.ExtensionReminded{
			Duty: complaint + "/duties/1-final-response", Requester: requester, Level: level, DecideTime: timestamppb.New(w.now.Add(time.Hour)),
			Number: number, Request: 1,
		}}})
		w.service.Deliver(t.Context())
		require.Equal(t, routingv1.Notice_EXTENSION, w.told.last().About)
		return w.told.last().Recipient
	}
	require.Equal(t, "zhao", told("agents/lin", 1))
	require.Equal(t, "sun", told("agents/zhao", 1), "nobody decides on what they asked for")
	require.Equal(t, "fang", told("agents/lin", 3))
	require.EqualValues(t, 3, w.told.count.Load())
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ExtensionDecided{ExtensionDecided: &eventv1.ExtensionDecided{
		Duty: complaint + "/duties/1-final-response", Requester: "agents/lin", Request: 1,
	}}})
	w.service.Deliver(t.Context())
	require.Equal(t, "lin", w.told.last().Recipient)
	require.Empty(t, w.ladder(complaint), "who asks for time is not escalated")
}
