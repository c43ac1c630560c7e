package followup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// oneContact has every complaint be asked about once.
const oneContact = `
messages: {sending_hours: []}
followups:
  plans: [{severity: NORMAL, touches: [{within: 24h, lead: 4h, share: 1}]}]
`

// TestAnAnswerIsAboutAllThatWasAsked: each of the complaints has it, and is over with it or dealt with again (FUP-1, FUP-2).
func TestAnAnswerIsAboutAllThatWasAsked(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "FUP-2", "FUP-3")
	for name, test := range map[string]struct {
		person          bool
		done            bool
		mark            int32
		stop, satisfied bool
		ended           eventv1.SeriesEnded_Reason
	}{
		"not done, by survey":       {mark: 1, ended: eventv1.SeriesEnded_REOPENED},
		"not satisfied, by survey":  {done: true, mark: 2, ended: eventv1.SeriesEnded_REOPENED},
		"satisfied, by survey":      {done: true, mark: 5, satisfied: true, ended: eventv1.SeriesEnded_COMPLETED},
		"not done, to a person":     {person: true, mark: 1, ended: eventv1.SeriesEnded_REOPENED},
		"satisfied, to a person":    {person: true, done: true, mark: 4, satisfied: true, ended: eventv1.SeriesEnded_COMPLETED},
		"satisfied, and wants none": {done: true, mark: 4, stop: true, satisfied: true, ended: eventv1.SeriesEnded_COMPLETED},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAskingBy(t, oneContact)
			older, newer := a.resolve(t), a.resolve(t)
			first, with := older+"/followUps/1-1", newer+"/followUps/1-1"
			a.clock.Set(start().Add(20 * time.Hour))
			way := policyv1.ContactWay_EMAIL
			if test.person {
				way = policyv1.ContactWay_PHONE
			}
			a.ask(t, first, way)
			require.Equal(t, followupv1.FollowUpStep_WAIT, a.step(t, with).GetAction())
			require.Empty(t, a.payloads(t, newer, "series_ended"), "nothing is closed that nobody has answered")
			if test.person {
				_, err := a.agents.AnswerFollowUp(t.Context(), &followupv1.AnswerFollowUpRequest{
					Name: first, Outcome: followupv1.AnswerFollowUpRequest_REACHED, Way: way, Done: &test.done, Satisfaction: test.mark, Stop: test.stop,
				})
				require.NoError(t, err)
			} else {
				_, err := a.public.AnswerSurvey(t.Context(), &followupv1.AnswerSurveyRequest{
					Token: a.token(t), Done: &test.done, Satisfaction: test.mark, Stop: test.stop, Comment: "都没有办",
				})
				require.NoError(t, err)
			}
			require.Equal(t, []string{with}, a.payloads(t, older, "touch_answered")[0].GetTouchAnswered().GetNamed(), "its workflow hears of it")
			for range 2 {
				require.Equal(t, followupv1.FollowUp_MERGED, a.step(t, with).GetState())
			}
			told := a.payloads(t, newer, "touch_answered")
			require.Len(t, told, 1)
			answer := told[0].GetTouchAnswered()
			require.Equal(t, first, answer.GetAskedWith())
			require.Equal(t, test.ended == eventv1.SeriesEnded_REOPENED, answer.GetReopen())
			require.Nil(t, answer.GetComment(), "the words are where they were said")
			for _, complaint := range []string{older, newer} {
				ended := a.payloads(t, complaint, "series_ended")
				require.Len(t, ended, 1)
				require.Equal(t, test.ended, ended[0].GetSeriesEnded().GetReason())
				require.Equal(t, test.satisfied, ended[0].GetSeriesEnded().GetSatisfied())
			}
			require.Equal(t, test.mark, a.touches(t, newer, "")[0].GetAnswer().GetSatisfaction())
		})
	}
}

// TestWhatTheMessageDoesNotNameIsAskedByItself: it was resolved when the survey about the other one was written already.
func TestWhatTheMessageDoesNotNameIsAskedByItself(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	a := newAskingBy(t, strings.Replace(oneContact, "messages: {sending_hours: []}\n", "", 1))
	older := a.resolve(t)
	a.clock.Set(start().Add(20 * time.Hour)) // In the night: it is on record, and waits.
	a.ask(t, older+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	newer := a.resolve(t)
	with := newer + "/followUps/1-1"
	require.Equal(t, older+"/followUps/1-1", a.touches(t, newer, "")[0].GetMergedInto())
	a.clock.Set(start().Add(23 * time.Hour))
	require.NoError(t, a.service.DeliverMessages(t.Context()))
	require.Equal(t, followupv1.FollowUpStep_ASK, a.step(t, with).GetAction(), "it stands by itself, and nobody would ask about it otherwise")
	_, err := a.public.AnswerSurvey(t.Context(), &followupv1.AnswerSurveyRequest{Token: a.token(t), Done: proto.Bool(true), Satisfaction: 5})
	require.NoError(t, err)
	a.ask(t, with, policyv1.ContactWay_EMAIL)
	require.Len(t, a.channel.sent, 2)
	require.Empty(t, a.payloads(t, newer, "series_ended"))
}

// TestSilenceIsAboutAllThatWasAsked, and says nothing of satisfaction (FUP-3).
func TestSilenceIsAboutAllThatWasAsked(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	a := newAskingBy(t, oneContact)
	older, newer := a.resolve(t), a.resolve(t)
	a.clock.Set(start().Add(20 * time.Hour))
	a.ask(t, older+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	a.clock.Set(start().Add(92 * time.Hour))
	with := newer + "/followUps/1-1"
	require.Equal(t, followupv1.FollowUpStep_WAIT, a.step(t, with).GetAction(), "the other one tells")
	require.Equal(t, followupv1.FollowUpStep_ENDED, a.step(t, older+"/followUps/1-1").GetAction())
	require.Equal(t, followupv1.FollowUp_MERGED, a.step(t, with).GetState())
	require.Empty(t, a.payloads(t, newer, "touch_answered"))
	for _, complaint := range []string{older, newer} {
		require.False(t, a.payloads(t, complaint, "series_ended")[0].GetSeriesEnded().GetSatisfied())
	}
}
