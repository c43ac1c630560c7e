package dispatch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/followup"
)

const touchName = subject + "/followUps/1-1"

func plannedEvent(t *testing.T) *eventv1.Event {
	t.Helper()
	return event(t, "series_planned", &eventv1.Payload{Kind: &eventv1.Payload_SeriesPlanned{SeriesPlanned: &eventv1.SeriesPlanned{
		Touches: []*eventv1.SeriesPlanned_PlannedTouch{{
			FollowUp: touchName, BeginTime: timestamppb.New(receiveTime().Add(20 * time.Hour)), DueTime: timestamppb.New(receiveTime().Add(24 * time.Hour)),
		}},
	}}})
}

func TestAResolutionIsFollowedUp(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	d, server, _ := newDispatcher(t)
	require.True(t, d.Wants("series_planned"))
	require.NoError(t, d.DeliverAll(t.Context(), []*eventv1.Event{plannedEvent(t)}))
	require.NoError(t, d.Deliver(t.Context(), plannedEvent(t)), "delivered again")
	require.Equal(t, "followup/01arz3ndektsv4rrffq69g5fav/1", server.options[0].ID)
	input := server.inputs[1].(*workflowv1.FollowUpInput)
	require.Equal(t, receiveTime().Add(20*time.Hour), input.GetTouches()[0].GetNextTime().AsTime())
	require.NotEmpty(t, server.options[0].StaticSummary)

	answered := event(t, "touch_answered", &eventv1.Payload{Kind: &eventv1.Payload_TouchAnswered{TouchAnswered: &eventv1.TouchAnswered{
		FollowUp: touchName, Comment: words(), Told: words(),
		Named: []string{"complaints/01arz3ndektsv4rrffq69g5faw/followUps/2-3", "nothing"},
	}}})
	server.running["followup/01arz3ndektsv4rrffq69g5faw/2"] = true
	require.NoError(t, d.Deliver(t.Context(), answered))
	require.Equal(t, "followup/01arz3ndektsv4rrffq69g5fav/1 "+followup.SignalName, server.targets[0])
	require.Equal(t, touchName, server.signals[0].(*workflowv1.FollowUpSignal).GetFollowUp())
	require.Equal(t, "followup/01arz3ndektsv4rrffq69g5faw/2 "+followup.SignalName, server.targets[1], "what was asked with it hears of it, too")
	require.Equal(t, "complaints/01arz3ndektsv4rrffq69g5faw/followUps/2-3", server.signals[1].(*workflowv1.FollowUpSignal).GetFollowUp())
	require.Len(t, server.signals, 2)
	payload, err := workflows.DataConverter().ToPayload(server.signals[0])
	require.NoError(t, err)
	requireNothingSealed(t, string(payload.GetData()))
	asked := func(survey bool) *eventv1.Event {
		return event(t, "touch_asked", &eventv1.Payload{Kind: &eventv1.Payload_TouchAsked{TouchAsked: &eventv1.TouchAsked{
			FollowUp: touchName, Survey: survey, Notification: subject + "/notifications/survey-1-1",
		}}})
	}
	require.NoError(t, d.Deliver(t.Context(), asked(true)), "it had that sent itself")
	require.Len(t, server.signals, 2)
	require.NoError(t, d.Deliver(t.Context(), asked(false)), "the survey came back")
	require.Equal(t, touchName, server.signals[2].(*workflowv1.FollowUpSignal).GetFollowUp())
	server.running = map[string]bool{}
	require.NoError(t, d.Deliver(t.Context(), answered), "of a series that has ended nobody needs to know")
	require.NoError(t, d.Deliver(t.Context(), settledEvent(t, &eventv1.DutySettled{
		Duty: subject + "/duties/1-follow-up-1", Kind: policyv1.DutyKind_FOLLOW_UP, Verdict: policyv1.Verdict_MET,
	})), "its workflow keeps it")
	server.err = serviceerror.NewUnavailable("down")
	requireRetryable(t, d.Deliver(t.Context(), plannedEvent(t)))
	requireRetryable(t, d.Deliver(t.Context(), answered))
}
