package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestAWishIsShown by something of this complaint, and by whom is said (FUP-3).
func TestAWishIsShown(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	a := newAsking(t)
	other, complaint := a.receive(t), a.receive(t)
	reached := a.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{}).GetAttempts()
	earlier := []string{reached[len(reached)-1].GetName(), a.wished(t, complaint)}
	a.pass(time.Minute)
	a.happens(t, complaint, 1, resolved(a.clock.Now()))
	stop := func(wisher followupv1.StopFollowUpsRequest_Wisher, evidence string) error {
		_, err := a.agents.StopFollowUps(t.Context(), &followupv1.StopFollowUpsRequest{Name: complaint, Wisher: wisher, Evidence: evidence})
		return err
	}
	customer, representative := followupv1.StopFollowUpsRequest_CUSTOMER, followupv1.StopFollowUpsRequest_REPRESENTATIVE
	evidence := a.wished(t, complaint)
	rpctest.RequireReason(t, stop(customer, ""), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	rpctest.RequireReason(t, stop(0, evidence), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	for _, wrong := range []string{a.attached(t, other), complaint + "/messages/01jb3p5v9x7k2m4n6q8r0t1w3y"} {
		rpctest.RequireReason(t, stop(customer, wrong), codes.NotFound, followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String())
	}
	missed := a.attempt(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{}).GetAttempts()
	for _, nothing := range []string{
		a.attached(t, complaint), a.wrote(t, complaint, eventv1.MessageRecorded_AGENT), missed[len(missed)-1].GetName(),
	} {
		rpctest.RequireReason(t, stop(customer, nothing), codes.FailedPrecondition, followupv1.ErrorReason_WISH_NOT_PROVEN.String())
	}
	for _, said := range earlier { // What was said before the resolution is not about what comes after it.
		rpctest.RequireReason(t, stop(customer, said), codes.FailedPrecondition, followupv1.ErrorReason_WISH_NOT_PROVEN.String())
		_, err := a.messages(t).StopSurveys(t.Context(), &followupv1.StopSurveysRequest{Name: complaint, Evidence: said})
		rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_WISH_NOT_PROVEN.String())
	}
	require.Equal(t, followupv1.FollowUp_PLANNED, a.touches(t, complaint, "")[0].GetState(), "none of this has changed anything")
	require.NoError(t, stop(representative, evidence))
	told := &eventv1.SeriesEnded{Reason: eventv1.SeriesEnded_CUSTOMER_WISH, Evidence: evidence, ByRepresentative: true}
	require.True(t, proto.Equal(told, a.payloads(t, complaint, "series_ended")[0].GetSeriesEnded()))
}

// TestASupervisorSaysWhatWasMeantBefore: that the customer's word of before the resolution is a wish not to be asked (FUP-3).
func TestASupervisorSaysWhatWasMeantBefore(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	a := newAsking(t)
	complaint := a.receive(t)
	earlier := a.wished(t, complaint)
	a.pass(time.Minute)
	a.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	a.happens(t, complaint, 1, resolved(a.clock.Now()))
	_, err := followupv1.NewSeriesServiceClient(a.harness.Conn("agents/gao", authv1.Role_SUPERVISOR)).StopFollowUps(t.Context(),
		&followupv1.StopFollowUpsRequest{Name: complaint, Wisher: followupv1.StopFollowUpsRequest_CUSTOMER, Evidence: earlier})
	require.NoError(t, err)
	require.Equal(t, followupv1.FollowUp_STOPPED, a.touches(t, complaint, "")[0].GetState())
}

// TestTheEndOfASeriesTellsWhatTheLawStillDemands, so that intake does not close over it (CLK-3).
func TestTheEndOfASeriesTellsWhatTheLawStillDemands(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3", "CLK-3")
	for _, given := range []bool{false, true} {
		a := newAskingBy(t, fullSeries+banking+"\n")
		complaint := a.forwarded(t)
		a.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
		evidence := a.attached(t, complaint)
		if given {
			_, err := followupv1.NewClockServiceClient(a.harness.Conn("agents/lin", authv1.Role_AGENT)).GiveFinalResponse(t.Context(), &followupv1.GiveFinalResponseRequest{
				Name: complaint + "/duties/" + finalResponse, Evidence: evidence, Contents: []policyv1.FinalContent{
					policyv1.FinalContent_FINDING, policyv1.FinalContent_REASONS, policyv1.FinalContent_REDRESS, policyv1.FinalContent_FURTHER_CHANNELS,
				},
			})
			require.NoError(t, err)
		}
		a.happens(t, complaint, 1, resolved(a.clock.Now()))
		_, err := a.agents.StopFollowUps(t.Context(), &followupv1.StopFollowUpsRequest{
			Name: complaint, Wisher: followupv1.StopFollowUpsRequest_CUSTOMER, Evidence: a.wished(t, complaint),
		})
		require.NoError(t, err)
		require.Equal(t, !given, a.payloads(t, complaint, "series_ended")[0].GetSeriesEnded().GetFinalResponseOwed())
	}
}

// TestTheTokenOfASurveyEndsSurveys of any complaint, for longer than it answers one, and says so once (FUP-3).
func TestTheTokenOfASurveyEndsSurveys(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	a := newAsking(t)
	complaint, other := a.resolve(t), a.resolve(t)
	a.clock.Set(start().Add(23 * time.Hour))
	first := complaint + "/followUps/1-1"
	a.ask(t, first, policyv1.ContactWay_EMAIL)
	token := a.token(t)
	end := func(token string) error {
		_, err := a.public.UnsubscribeSurveys(t.Context(), &followupv1.UnsubscribeSurveysRequest{Token: token})
		return err
	}
	rpctest.RequireReason(t, end("forged"), codes.NotFound, followupv1.ErrorReason_SURVEY_NOT_FOUND.String())
	_, err := a.public.AnswerSurvey(t.Context(), &followupv1.AnswerSurveyRequest{Token: token, Done: proto.Bool(true), Satisfaction: 5})
	require.NoError(t, err)
	a.clock.Set(start().Add(100 * 24 * time.Hour))
	_, err = a.public.GetSurvey(t.Context(), &followupv1.GetSurveyRequest{Token: token})
	rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_SURVEY_NOT_FOUND.String())
	for range 2 {
		require.NoError(t, end(token))
	}
	told := a.payloads(t, complaint, "surveys_stopped")
	require.Len(t, told, 1)
	require.True(t, proto.Equal(&eventv1.SurveysStopped{AllComplaints: true, FollowUp: first}, told[0].GetSurveysStopped()))
	agents := followupv1.NewNotificationServiceClient(a.harness.Conn("agents/lin", authv1.Role_AGENT))
	wish, err := agents.GetSurveyWish(t.Context(), &followupv1.GetSurveyWishRequest{Name: other + "/surveyWish"})
	require.NoError(t, err)
	require.True(t, wish.GetStopped())
	require.True(t, wish.GetAllComplaints())
	require.Equal(t, codes.PermissionDenied, status.Code(func() error {
		_, err := followupv1.NewSurveyServiceClient(a.harness.Conn("agents/lin", authv1.Role_AGENT)).
			UnsubscribeSurveys(t.Context(), &followupv1.UnsubscribeSurveysRequest{Token: token})
		return err
	}()))
}

// TestOnlySurveysSayWhereTheyEnd: a survey and its reminder, each by its own token; what is owed never.
func TestOnlySurveysSayWhereTheyEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	a := newAskingBy(t, sparseSeries)
	complaint := a.resolve(t)
	_, err := a.desk.worker.SendAcknowledgement(t.Context(), acknowledge(complaint, "en"))
	require.NoError(t, err)
	require.Len(t, a.channel.sent, 1)
	require.Empty(t, a.channel.sent[0].Unsubscribe)
	first := complaint + "/followUps/1-1"
	for i, at := range []time.Duration{23 * time.Hour, 60 * time.Hour} {
		a.clock.Set(start().Add(at))
		a.ask(t, first, policyv1.ContactWay_EMAIL)
		require.Len(t, a.channel.sent, i+2)
		require.Equal(t, "https://example.com/surveys/"+a.token(t)+"/stop", a.channel.sent[i+1].Unsubscribe)
	}
	require.NotEqual(t, a.channel.sent[1].Unsubscribe, a.channel.sent[2].Unsubscribe)
}

// TestAPageOfTheFirmsOwn is not told where surveys end: nobody knows where that would be.
func TestAPageOfTheFirmsOwn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	a := newAskingBy(t, fullSeries+"  survey_link: https://firm.example/ask?token=\n")
	complaint := a.resolve(t)
	a.clock.Set(start().Add(23 * time.Hour))
	a.ask(t, complaint+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	require.Contains(t, a.channel.sent[0].Text, "https://firm.example/ask?token=")
	require.Empty(t, a.channel.sent[0].Unsubscribe)
}
