package dispatch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// TestPromisesAndOffersSignal: the workflow hears of what was promised and of offers that wait, by name and time, and of nothing that was
// said.
func TestPromisesAndOffersSignal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "REM-4", "API-4")
	const promise, duty = subject + "/promises/p1", subject + "/duties/1-promise-1"
	at := timestamppb.New(receiveTime().Add(time.Hour))
	offer := func(until *timestamppb.Timestamp) *workflowv1.ComplaintSignal {
		return &workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_Offer{Offer: &workflowv1.OfferFact{
			Remedy: remedyName, Version: 2, AnswerTime: until,
		}}}
	}
	for kind, c := range map[string]struct {
		payload *eventv1.Payload
		wanted  *workflowv1.ComplaintSignal
	}{
		"promise_made": {&eventv1.Payload{Kind: &eventv1.Payload_PromiseMade{PromiseMade: &eventv1.PromiseMade{
			Promise: promise, Duty: duty, DueTime: at, WarnTimes: []*timestamppb.Timestamp{at}, Owner: sealed, Text: words(),
		}}}, &workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_Promise{Promise: &workflowv1.PromiseFact{
			Name: promise, Duty: duty, DueTime: at, WarnTimes: []*timestamppb.Timestamp{at},
		}}}},
		"duty_released": {&eventv1.Payload{Kind: &eventv1.Payload_DutyReleased{DutyReleased: &eventv1.DutyReleased{
			Duty: duty, Kind: policyv1.DutyKind_PROMISE, Reason: sealed,
		}}}, &workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_Duty{Duty: &workflowv1.DutyFact{
			Name: duty, Kind: policyv1.DutyKind_PROMISE, Done: true,
		}}}},
		"notice_decided": {&eventv1.Payload{Kind: &eventv1.Payload_NoticeDecided{NoticeDecided: &eventv1.NoticeDecided{
			Callback: subject + "/callbacks/1", Duty: duty, Attempts: 3,
		}}}, &workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_Notice{Notice: &workflowv1.NoticeFact{Duty: duty}}}},
		"duty_rescheduled": {&eventv1.Payload{Kind: &eventv1.Payload_DutyRescheduled{DutyRescheduled: &eventv1.DutyRescheduled{
			Duty: duty, DueTime: at, Wished: true, Reason: sealed, Account: &eventv1.DutyAccount{TellTime: at},
		}}}, &workflowv1.ComplaintSignal{Fact: &workflowv1.ComplaintSignal_Reschedule{Reschedule: &workflowv1.RescheduleFact{
			Name: duty, DueTime: at, Wished: true, Account: &eventv1.DutyAccount{TellTime: at},
		}}}},
		"offer_made": {&eventv1.Payload{Kind: &eventv1.Payload_OfferMade{OfferMade: &eventv1.OfferMade{
			Remedy: remedyName, Version: 2, AnswerTime: at, Words: words(),
		}}}, offer(at)},
		"offer_reminded": {&eventv1.Payload{Kind: &eventv1.Payload_OfferReminded{OfferReminded: &eventv1.OfferReminded{
			Remedy: remedyName, Version: 2, AnswerTime: at,
		}}}, offer(at)},
		"offer_answered": {&eventv1.Payload{Kind: &eventv1.Payload_OfferAnswered{OfferAnswered: &eventv1.OfferAnswered{
			Remedy: remedyName, Version: 2, Words: words(), Parts: []*eventv1.OwedPart{{DueTime: at, Contents: words()}},
		}}}, offer(nil)},
		"offer_lapsed": {&eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{
			Remedy: remedyName, Version: 2,
		}}}, offer(nil)},
		"remedy_revised": {&eventv1.Payload{Kind: &eventv1.Payload_RemedyRevised{RemedyRevised: &eventv1.RemedyRevised{
			Remedy: remedyName, Version: 2,
		}}}, offer(nil)},
		"remedy_withdrawn": {&eventv1.Payload{Kind: &eventv1.Payload_RemedyWithdrawn{RemedyWithdrawn: &eventv1.RemedyWithdrawn{
			Remedy: remedyName, Version: 2, Reason: words(),
		}}}, offer(nil)},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d, server, _ := newDispatcher(t)
			require.True(t, d.Wants(kind))
			e := event(t, kind, c.payload)
			require.NoError(t, d.DeliverAll(t.Context(), []*eventv1.Event{receivedEvent(t), e}))
			require.Len(t, server.signals, 1)
			signal, ok := server.signals[0].(proto.Message)
			require.True(t, ok)
			c.wanted.EventId, c.wanted.Type, c.wanted.RecordTime = e.GetEventId(), kind, e.GetRecordTime()
			require.Equal(t, protojson.Format(c.wanted), protojson.Format(signal))
			requireNothingSealed(t, protojson.Format(signal))
		})
	}
}
