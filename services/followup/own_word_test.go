package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// preempted is a survey about two complaints that is out, and of which an agent has recorded already that the customer is satisfied.
func preempted(t *testing.T) (a *asking, older, newer, token string) {
	t.Helper()
	a = newAskingBy(t, oneContact)
	older, newer = a.resolve(t), a.resolve(t)
	a.clock.Set(start().Add(20 * time.Hour))
	a.ask(t, older+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	token = a.token(t)
	_, err := a.agents.AnswerFollowUp(t.Context(), &followupv1.AnswerFollowUpRequest{
		Name: older + "/followUps/1-1", Outcome: followupv1.AnswerFollowUpRequest_REACHED, Way: policyv1.ContactWay_EMAIL,
		Done: proto.Bool(true), Satisfaction: 5,
	})
	require.NoError(t, err)
	a.clock.Set(start().Add(21 * time.Hour))
	require.Equal(t, followupv1.FollowUpStep_WAIT, a.step(t, newer+"/followUps/1-1").GetAction(), "what goes with it waits for the customer's own word")
	return a, older, newer, token
}

// TestTheCustomersOwnAnswerPrevails over what somebody has recorded since the survey was sent, and is the last word (FUP-2).
func TestTheCustomersOwnAnswerPrevails(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	a, older, newer, token := preempted(t)
	_, err := a.public.GetSurvey(t.Context(), &followupv1.GetSurveyRequest{Token: token})
	require.NoError(t, err)
	own := &followupv1.AnswerSurveyRequest{Token: token, Done: proto.Bool(false), Satisfaction: 1}
	said, err := a.public.AnswerSurvey(t.Context(), own)
	require.NoError(t, err)
	require.True(t, said.GetReopened())
	answer := a.touches(t, older, "")[0].GetAnswer()
	require.False(t, answer.GetDone())
	require.Empty(t, answer.GetAgent())
	told := a.payloads(t, older, "touch_answered")
	require.Len(t, told, 2, "what was recorded before stays on the timeline")
	require.True(t, told[1].GetTouchAnswered().GetReopen())
	require.True(t, told[1].GetTouchAnswered().GetSurvey())
	ended := a.payloads(t, older, "series_ended")
	require.Equal(t, eventv1.SeriesEnded_REOPENED, ended[len(ended)-1].GetSeriesEnded().GetReason())
	require.Equal(t, followupv1.FollowUp_MERGED, a.step(t, newer+"/followUps/1-1").GetState())
	require.True(t, a.payloads(t, newer, "touch_answered")[0].GetTouchAnswered().GetReopen(), "it was asked about both")

	_, err = a.public.AnswerSurvey(t.Context(), own)
	rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_SURVEY_NOT_FOUND.String())
}

// TestWhatWasRecordedHoldsWhenTheTimeIsOver: the customer has said nothing else until then, or the complaint is dealt with again anyway.
func TestWhatWasRecordedHoldsWhenTheTimeIsOver(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2", "FUP-3")
	a, older, newer, token := preempted(t)
	answer := func() error {
		_, err := a.public.AnswerSurvey(t.Context(), &followupv1.AnswerSurveyRequest{Token: token, Done: proto.Bool(false), Satisfaction: 1})
		return err
	}
	a.clock.Set(start().Add(92 * time.Hour))
	rpctest.RequireReason(t, answer(), codes.NotFound, followupv1.ErrorReason_SURVEY_NOT_FOUND.String())
	require.Equal(t, followupv1.FollowUp_MERGED, a.step(t, newer+"/followUps/1-1").GetState())
	require.False(t, a.payloads(t, newer, "touch_answered")[0].GetTouchAnswered().GetReopen())
	require.Len(t, a.payloads(t, older, "touch_answered"), 1)

	a, older, _, token = preempted(t)
	a.happens(t, older, 2, a.reopened(t))
	rpctest.RequireReason(t, answer(), codes.NotFound, followupv1.ErrorReason_SURVEY_NOT_FOUND.String())
}
