package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestAnAnswerSentAgainIsAnsweredAgain with its key, and taken once; another key, other answers or another token get nothing of it.
func TestAnAnswerSentAgainIsAnsweredAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2", "API-1")
	a := newAsking(t)
	complaint := a.resolve(t)
	a.clock.Set(start().Add(20 * time.Hour))
	a.ask(t, complaint+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	good := a.token(t)
	ctx := rpctest.WithKey(t.Context(), "1")
	req := &followupv1.AnswerSurveyRequest{Token: good, Done: proto.Bool(false), Satisfaction: 2, Comment: "还没有修好"}
	first, err := a.public.AnswerSurvey(ctx, req)
	require.NoError(t, err)
	require.True(t, first.GetReopened())
	a.clock.Set(start().Add(21 * time.Hour))
	for range 2 {
		again, err := a.public.AnswerSurvey(ctx, req)
		require.NoError(t, err)
		require.True(t, proto.Equal(first, again), "%v", again)
	}
	require.Len(t, a.payloads(t, complaint, "touch_answered"), 1)

	other := &followupv1.AnswerSurveyRequest{Token: good, Done: proto.Bool(true), Satisfaction: 5}
	_, err = a.public.AnswerSurvey(ctx, other)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_IDEMPOTENCY_KEY_REUSED.String())
	for _, key := range []string{"2", "3"} {
		_, err = a.public.AnswerSurvey(rpctest.WithKey(t.Context(), key), req)
		rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_SURVEY_NOT_FOUND.String())
	}
	forged := proto.CloneOf(req)
	forged.Token = "a" + good[:len(good)-1]
	_, err = a.public.AnswerSurvey(ctx, forged)
	rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_SURVEY_NOT_FOUND.String())
}

// TestKeysOfCustomersDoNotMeet: they choose them without knowing of each other, and none is told that another one has used his.
func TestKeysOfCustomersDoNotMeet(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2", "API-1")
	a := newAsking(t)
	ctx := rpctest.WithKey(t.Context(), "1")
	for n, customer := range []string{customer, "customers/0198c1b00000700080000000cd"} {
		complaint := a.resolveFor(t, customer)
		a.clock.Set(a.clock.Now().Add(20 * time.Hour))
		a.askOf(t, complaint, customer)
		_, err := a.public.AnswerSurvey(ctx, &followupv1.AnswerSurveyRequest{Token: a.token(t), Done: proto.Bool(true), Satisfaction: int32(4 + n)})
		require.NoError(t, err)
		require.Len(t, a.payloads(t, complaint, "touch_answered"), 1)
	}
}

// TestAKeyOpensNoSurveyThatIsOver: what was refused is not remembered, and refused again.
func TestAKeyOpensNoSurveyThatIsOver(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	a := newAsking(t)
	complaint := a.resolve(t)
	a.clock.Set(start().Add(20 * time.Hour))
	a.ask(t, complaint+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	token := a.token(t)
	a.clock.Set(start().Add(2000 * time.Hour))
	for _, satisfaction := range []int32{3, 3, 4} {
		_, err := a.public.AnswerSurvey(rpctest.WithKey(t.Context(), "1"),
			&followupv1.AnswerSurveyRequest{Token: token, Done: proto.Bool(true), Satisfaction: satisfaction})
		rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_SURVEY_NOT_FOUND.String())
	}
}
