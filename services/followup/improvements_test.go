package followup_test

import (
	"strings"
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

const (
	packing = "improvements/01jb3p5v9x7k2m4n6q8r0t1w3y"
	drivers = "improvements/01jb3p5v9x7k2m4n6q8r0t1w3z"
)

// telling is a request to ask that brings what was improved.
func telling(name string, way policyv1.ContactWay, improved ...string) *followupv1.AskFollowUpRequest {
	req := askedBy(name, way)
	for _, i := range improved {
		req.Improvements = append(req.Improvements, &followupv1.ToldImprovement{Improvement: i, Text: "改进了 " + i[len(i)-1:]})
	}
	return req
}

// TestASurveyTellsWhatWasImproved, once, and the next contact what is new since (REV-2).
func TestASurveyTellsWhatWasImproved(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2", "FUP-1")
	a := newAsking(t)
	complaint := a.resolve(t)
	first, second := complaint+"/followUps/1-1", complaint+"/followUps/1-2"
	a.clock.Set(start().Add(20 * time.Hour))
	for range 2 { // However often it is asked for.
		_, err := a.worker.AskFollowUp(t.Context(), telling(first, policyv1.ContactWay_EMAIL, packing))
		require.NoError(t, err)
	}
	require.Len(t, a.channel.sent, 1)
	require.Contains(t, a.channel.sent[0].Text, "改进了 y")
	touch := a.touches(t, complaint, `state = "ASKED"`)[0]
	require.Equal(t, packing, touch.GetImprovements()[0].GetImprovement())
	require.Equal(t, "改进了 y", touch.GetImprovements()[0].GetText())
	require.Equal(t, []string{packing}, a.payloads(t, complaint, "touch_asked")[0].GetTouchAsked().GetImprovements())

	a.clock.Set(start().Add(71 * time.Hour))
	_, err := a.worker.AskFollowUp(t.Context(), telling(second, policyv1.ContactWay_EMAIL, packing, drivers))
	require.NoError(t, err)
	text := a.channel.sent[len(a.channel.sent)-1].Text
	require.Contains(t, text, "改进了 z")
	require.NotContains(t, text, "改进了 y", "that was told before")
}

// TestNothingWasImproved: the message says nothing of it.
func TestNothingWasImproved(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2", "FUP-1")
	a := newAsking(t)
	complaint := a.resolve(t)
	a.clock.Set(start().Add(20 * time.Hour))
	a.ask(t, complaint+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	require.NotContains(t, a.channel.sent[0].Text, "改进")
	require.Empty(t, a.touches(t, complaint, "")[0].GetImprovements())
}

// TestAPersonTellsWhatWasImproved: the task says so. Who was not reached has not heard of it, and is told next time.
func TestAPersonTellsWhatWasImproved(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2", "FUP-1")
	a := newAsking(t)
	complaint := a.resolve(t)
	first, second := complaint+"/followUps/1-1", complaint+"/followUps/1-2"
	a.clock.Set(start().Add(20 * time.Hour))
	_, err := a.worker.AskFollowUp(t.Context(), telling(first, policyv1.ContactWay_PHONE, packing))
	require.NoError(t, err)
	touch := a.touches(t, complaint, `state = "ASKED"`)[0]
	require.Equal(t, followupv1.FollowUp_PERSON, touch.GetMode())
	require.Equal(t, packing, touch.GetImprovements()[0].GetImprovement())
	a.clock.Set(start().Add(71 * time.Hour))
	_, err = a.worker.AskFollowUp(t.Context(), telling(second, policyv1.ContactWay_PHONE, packing))
	require.NoError(t, err)
	require.Len(t, a.touches(t, complaint, "")[1].GetImprovements(), 1)
	_, err = a.agents.AnswerFollowUp(t.Context(), &followupv1.AnswerFollowUpRequest{
		Name: second, Outcome: followupv1.AnswerFollowUpRequest_REACHED, Way: policyv1.ContactWay_PHONE, Done: proto.Bool(true), Satisfaction: 5,
		Retention: followupv1.FollowUp_LOST,
	})
	require.NoError(t, err)
	answered := a.touches(t, complaint, `state = "ANSWERED"`)[0]
	require.Equal(t, followupv1.FollowUp_LOST, answered.GetAnswer().GetRetention())
	require.Equal(t, "LOST", a.payloads(t, complaint, "touch_answered")[0].GetTouchAnswered().GetRetention())
	a.clock.Set(start().Add(167 * time.Hour))
	_, err = a.worker.AskFollowUp(t.Context(), telling(complaint+"/followUps/1-3", policyv1.ContactWay_PHONE, packing))
	require.NoError(t, err)
	require.Empty(t, a.touches(t, complaint, "")[2].GetImprovements(), "the customer has heard of it")
}

// TestImprovementsOfARequestAreBounded, and who was not reached has said nothing of staying.
func TestImprovementsOfARequestAreBounded(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-3")
	a := newAsking(t)
	first := a.resolve(t) + "/followUps/1-1"
	for _, wrong := range []*followupv1.ToldImprovement{
		{Improvement: "x", Text: "x"}, {Improvement: packing}, {Improvement: packing, Text: strings.Repeat("x", 501)},
	} {
		req := askedBy(first, policyv1.ContactWay_PHONE)
		req.Improvements = []*followupv1.ToldImprovement{wrong}
		_, err := a.worker.AskFollowUp(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	_, err := a.agents.AnswerFollowUp(t.Context(), &followupv1.AnswerFollowUpRequest{
		Name: first, Outcome: followupv1.AnswerFollowUpRequest_NOT_REACHED, Way: policyv1.ContactWay_PHONE, Retention: followupv1.FollowUp_LOST,
	})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
}
