package routing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// TestWhoIsInChargeIsToldAboutAnOffer: by when to contact the customer again, that the customer has written, and why a complaint stays open,
// each once (REM-4).
func TestWhoIsInChargeIsToldAboutAnOffer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	assignee := w.assign(complaint, 1).GetAssignee()
	remedy := complaint + "/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y"
	kept := func(version int32, why eventv1.SilenceRefused_Reason) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_SilenceRefused{SilenceRefused: &eventv1.SilenceRefused{Remedy: remedy, Version: version, Reason: why}}}
	}
	for i, c := range []struct {
		told  *eventv1.Payload
		about routingv1.Notice_About
		due   time.Time
	}{
		{&eventv1.Payload{Kind: &eventv1.Payload_OfferReminded{OfferReminded: &eventv1.OfferReminded{
			Remedy: remedy, Version: 1, OverTime: timestamppb.New(w.now), FollowUpTime: timestamppb.New(w.now.Add(24 * time.Hour)),
		}}}, routingv1.Notice_OFFER, w.now.Add(24 * time.Hour)},
		{&eventv1.Payload{Kind: &eventv1.Payload_OfferWordsHeard{OfferWordsHeard: &eventv1.OfferWordsHeard{
			Remedy: remedy, Version: 1, Message: complaint + "/messages/m", MessageTime: timestamppb.New(w.now),
		}}}, routingv1.Notice_OFFER_WORDS, time.Time{}},
		{kept(1, eventv1.SilenceRefused_AUTHORITY_WAITS), routingv1.Notice_OPEN_AUTHORITY, time.Time{}},
		{kept(2, eventv1.SilenceRefused_ITEMS_OPEN), routingv1.Notice_OPEN_ITEMS, time.Time{}},
		{kept(3, eventv1.SilenceRefused_CUSTOMER_WROTE), routingv1.Notice_OPEN_WORDS, time.Time{}},
	} {
		before := w.told.count.Load()
		w.apply(complaint, 1, c.told)
		w.service.Deliver(t.Context())
		require.Contains(t, w.notices(complaint), "notice_sent "+c.about.String())
		require.Greater(t, w.told.count.Load(), before, i)
		if c.due.IsZero() {
			continue
		}
		require.Equal(t, c.about, w.told.last().About)
		require.Equal(t, assignee, "agents/"+w.told.last().Recipient)
		require.Equal(t, c.due, w.told.last().DueTime)
		w.apply(complaint, 1, c.told)
		w.service.Deliver(t.Context())
		require.Equal(t, before+1, w.told.count.Load(), "once")
	}
	require.Len(t, w.ladder(complaint), 3, "what stays open although nobody answered stands before the ladder")
}

// TestNewsOfARemedyTakesItOffTheLadder: it was answered after all, taken back, or something else is proposed (ROUTE-4).
func TestNewsOfARemedyTakesItOffTheLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	remedy, other := complaint+"/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y", complaint+"/remedies/01jb3p5v9x7k2m4n6q8r0t1w3z"
	withdrawn := func(remedy string) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_RemedyWithdrawn{RemedyWithdrawn: &eventv1.RemedyWithdrawn{Remedy: remedy, Version: 1}}}
	}
	for want, news := range map[routingv1.Escalation_Resolution]*eventv1.Payload{
		routingv1.Escalation_NOT_NEEDED: withdrawn(remedy),
		routingv1.Escalation_DECIDED:    {Kind: &eventv1.Payload_RemedyRevised{RemedyRevised: &eventv1.RemedyRevised{Remedy: remedy, Version: 2}}},
		routingv1.Escalation_CUSTOMER_CONTACTED: {Kind: &eventv1.Payload_OfferAnswered{OfferAnswered: &eventv1.OfferAnswered{
			Remedy: remedy, Version: 1, Answer: "ACCEPTED",
		}}},
	} {
		w.now = w.now.Add(time.Second)
		w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{Remedy: remedy, Version: 1}}})
		w.service.Deliver(t.Context())
		ladder := w.ladder(complaint)
		e := ladder[len(ladder)-1]
		w.apply(complaint, 1, withdrawn(other))
		require.Equal(t, routingv1.Escalation_OPEN, w.again(e).GetState(), "of another remedy")
		w.apply(complaint, 1, news)
		require.Equal(t, routingv1.Escalation_RESOLVED, w.again(e).GetState())
		require.Equal(t, want, w.again(e).GetResolution())
	}
}

// TestWhoIsInChargeIsToldThatTheLawKeepsItOpen although an offer was not answered (REM-4, CLK-3).
func TestWhoIsInChargeIsToldThatTheLawKeepsItOpen(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "CLK-3")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_SilenceRefused{SilenceRefused: &eventv1.SilenceRefused{
		Remedy: complaint + "/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y", Version: 1, Reason: eventv1.SilenceRefused_FINAL_RESPONSE,
	}}})
	w.service.Deliver(t.Context())
	require.Contains(t, w.notices(complaint), "notice_sent OPEN_LAW")
	require.Len(t, w.ladder(complaint), 1)
}
