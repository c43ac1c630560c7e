package review_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// answered is followup's event of an answer; without a time it was given now.
func (w *world) answered(complaint string, touch int32, told *eventv1.TouchAnswered) *eventv1.Event {
	w.t.Helper()
	told.FollowUp = complaint + "/followUps/1-" + string('0'+touch)
	if told.GetAnswerTime() == nil {
		told.AnswerTime = timestamppb.New(w.now)
	}
	p := &eventv1.Payload{Kind: &eventv1.Payload_TouchAnswered{TouchAnswered: told}}
	payload, err := proto.Marshal(p)
	require.NoError(w.t, err)
	return &eventv1.Event{
		EventId: uuid.Must(uuid.NewV7()).String(), Source: "followup", Type: eventlog.TypeOf(p), Subject: complaint, Cycle: 1, Position: 1,
		RecordTime: timestamppb.New(w.now), Payload: payload, Actor: customer,
	}
}

// hears delivers an event twice, as a relay may, and tells whether it was news.
func (w *world) hears(e *eventv1.Event) bool {
	w.t.Helper()
	sink := reviewv1.NewEventSinkServiceClient(w.harness.Conn("services/followup", authv1.Role_SERVICE))
	first, err := sink.ApplyEvent(w.t.Context(), &eventv1.ApplyEventRequest{Event: e})
	require.NoError(w.t, err)
	_, err = sink.ApplyEvents(w.t.Context(), &eventv1.ApplyEventsRequest{Events: []*eventv1.Event{e}})
	require.NoError(w.t, err)
	return first.GetFirst()
}

func (w *world) outcome(complaint string) *reviewv1.Outcome {
	w.t.Helper()
	o, err := w.worker.GetOutcome(w.t.Context(), &reviewv1.GetOutcomeRequest{Name: complaint + "/outcomes/1"})
	require.NoError(w.t, err)
	return o
}

// TestWhatTheCustomerAnswers at follow-up is a new version of the record of the cycle, once for each answer.
func TestWhatTheCustomerAnswers(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3", "FUP-2")
	w := newWorld(t)
	name := w.lived()
	w.record(name, false)
	e := w.answered(name, 1, &eventv1.TouchAnswered{Satisfaction: 2, Reopen: true, Comment: &eventv1.Sealed{Customer: customer}})
	require.True(t, w.hears(e))
	o := w.outcome(name)
	require.Equal(t, []any{int32(2), int32(2), reviewv1.Outcome_ANSWERED, customer, true},
		[]any{o.GetVersion(), o.GetSatisfaction(), o.GetOrigin(), o.GetRecorder(), o.GetCurrent()})
	require.True(t, proto.Equal(&reviewv1.OutcomeAnswer{
		FollowUp: name + "/followUps/1-1", AnswerTime: timestamppb.New(w.now), Reopened: true, Commented: true,
	}, o.GetAnswer()), o.GetAnswer())

	later := w.answered(name, 2, &eventv1.TouchAnswered{Done: true, Retention: "LOST", AnswerTime: timestamppb.New(w.now.Add(time.Hour))})
	w.hears(later)
	o = w.outcome(name)
	require.Equal(t, []any{int32(3), int32(2), reviewv1.Outcome_LOST, true, name + "/followUps/1-2"},
		[]any{o.GetVersion(), o.GetSatisfaction(), o.GetRetention(), o.GetAnswer().GetDone(), o.GetAnswer().GetFollowUp()},
		"what was not said leaves what is on record")
	require.Equal(t, o.GetVersion(), w.record(name, true).GetVersion(), "to read again is no answer")
	require.Equal(t, []string{"outcome_recorded", "outcome_recorded", "outcome_recorded"}, w.told(name))
}

// TestAnAnswerBeforeTheRecord waits for it; of several the one that was given last holds, whichever was told first.
func TestAnAnswerBeforeTheRecord(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3", "FUP-2")
	w := newWorld(t)
	name := w.lived()
	w.hears(w.answered(name, 2, &eventv1.TouchAnswered{Done: true, Satisfaction: 5, AnswerTime: timestamppb.New(w.now.Add(time.Hour))}))
	w.hears(w.answered(name, 1, &eventv1.TouchAnswered{Done: true, Satisfaction: 3, Retention: "RETAINED"}))
	require.Empty(t, w.told(name), "there is nothing to be a version of")
	o := w.record(name, false)
	require.Equal(t, []any{int32(1), int32(5), reviewv1.Outcome_RETAINED, name + "/followUps/1-2"},
		[]any{o.GetVersion(), o.GetSatisfaction(), o.GetRetention(), o.GetAnswer().GetFollowUp()})
}

// TestACorrectionHolds against an answer that was given before the one that it corrects, and not against a later one.
func TestACorrectionHolds(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-3")
	w := newWorld(t)
	name := w.lived()
	first := w.record(name, false)
	w.hears(w.answered(name, 2, &eventv1.TouchAnswered{Done: true, Satisfaction: 5}))
	_, err := w.as("agents/gao", authv1.Role_SUPERVISOR).CorrectOutcome(t.Context(), &reviewv1.CorrectOutcomeRequest{
		Name: first.GetName(), Reason: "x", Satisfaction: proto.Int32(3),
	})
	require.NoError(t, err)
	w.hears(w.answered(name, 1, &eventv1.TouchAnswered{Done: true, Satisfaction: 1, AnswerTime: timestamppb.New(w.now.Add(-time.Hour))}))
	require.EqualValues(t, 3, w.outcome(name).GetSatisfaction())
	w.hears(w.answered(name, 3, &eventv1.TouchAnswered{Done: true, AnswerTime: timestamppb.New(w.now.Add(time.Hour))}))
	require.EqualValues(t, 3, w.outcome(name).GetSatisfaction(), "the customer did not say")
	w.hears(w.answered(name, 4, &eventv1.TouchAnswered{Done: true, Satisfaction: 4, AnswerTime: timestamppb.New(w.now.Add(2 * time.Hour))}))
	require.EqualValues(t, 4, w.outcome(name).GetSatisfaction())
}

// TestReviewsReckonWithAnswers: a review reads the last versions, and its place among all versions lets anybody count the same again.
func TestReviewsReckonWithAnswers(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1", "REV-3", "FUP-2")
	w := newWorld(t)
	name := w.lived()
	w.record(name, false)
	manager := reviewv1.NewReviewServiceClient(w.harness.Conn("agents/gao", authv1.Role_MANAGER))
	date := w.now.Add(-2 * time.Hour).In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	run := func() *reviewv1.Review {
		w.now = w.now.Add(24 * time.Hour)
		made, err := manager.RunReview(t.Context(), &reviewv1.RunReviewRequest{Kind: reviewv1.Review_DAILY, Date: date})
		require.NoError(t, err)
		return made
	}
	before := run()
	require.Zero(t, before.GetTotal().GetAnsweredCount())
	w.hears(w.answered(name, 1, &eventv1.TouchAnswered{Done: true, Satisfaction: 4}))
	after := run()
	require.EqualValues(t, 1, after.GetTotal().GetAnsweredCount())
	require.Equal(t, w.outcome(name).GetSequence(), after.GetHighestSequence())
}

// TestAnswersThatCannotBeNoted are refused for good.
func TestAnswersThatCannotBeNoted(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	w := newWorld(t)
	name := w.lived()
	sink := reviewv1.NewEventSinkServiceClient(w.harness.Conn("services/followup", authv1.Role_SERVICE))
	elsewhere := w.answered("agents/lin", 1, &eventv1.TouchAnswered{})
	untimed := w.answered(name, 1, &eventv1.TouchAnswered{AnswerTime: &timestamppb.Timestamp{Nanos: -1}})
	for field, e := range map[string]*eventv1.Event{"event.subject": elsewhere, "event.payload.answer_time": untimed} {
		_, err := sink.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: e})
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
		require.ErrorContains(t, err, field)
	}
	_, err := reviewv1.NewEventSinkServiceClient(w.harness.Conn("agents/lin", authv1.Role_AGENT)).
		ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: w.answered(name, 1, &eventv1.TouchAnswered{})})
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
}
