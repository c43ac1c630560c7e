package followup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	wire "github.com/redress-dev/redress/services/internal/channel"
)

// newAskingByDay is newAsking with the built-in hours: nobody is sent a survey at night.
func newAskingByDay(t *testing.T) *asking {
	t.Helper()
	return newAskingBy(t, strings.Replace(fullSeries, "messages: {sending_hours: []}\n", "", 1))
}

func (a *asking) messages(t *testing.T) followupv1.NotificationServiceClient {
	t.Helper()
	return followupv1.NewNotificationServiceClient(a.harness.Conn("agents/lin", authv1.Role_AGENT))
}

// message is a message of a complaint by its id.
func (a *asking) message(t *testing.T, complaint, id string) *followupv1.Notification {
	t.Helper()
	res, err := a.messages(t).ListNotifications(t.Context(), &followupv1.ListNotificationsRequest{Parent: complaint})
	require.NoError(t, err)
	for _, n := range res.GetNotifications() {
		if n.GetName() == complaint+"/notifications/"+id {
			return n
		}
	}
	require.Fail(t, "there is no such message", id)
	return nil
}

// TestASurveyWaitsForTheCustomersHours, and asks nobody before it is sent; whoever is not to be asked any more is not sent it.
func TestASurveyWaitsForTheCustomersHours(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "FUP-3")
	a := newAskingByDay(t)
	complaint, other := a.resolve(t), a.resolveFor(t, "customers/0198c1b00000700080000000cd")
	night, morning := start().Add(20*time.Hour), start().Add(23*time.Hour)
	a.clock.Set(night)
	first := complaint + "/followUps/1-1"
	step := a.ask(t, first, policyv1.ContactWay_EMAIL)
	require.Equal(t, followupv1.FollowUpStep_WAIT, step.GetAction())
	require.Equal(t, followupv1.FollowUp_PLANNED, step.GetState())
	require.Equal(t, morning, step.GetNextTime().AsTime())
	require.Empty(t, a.channel.sent)
	require.Equal(t, step.GetNextTime(), a.ask(t, first, policyv1.ContactWay_EMAIL).GetNextTime(), "asked for again")
	require.Equal(t, followupv1.Notification_WAITING, a.message(t, complaint, "survey-1-1").GetState())
	require.Len(t, a.payloads(t, complaint, "message_delayed"), 1)
	require.Empty(t, a.payloads(t, complaint, "touch_asked"))
	require.Equal(t, followupv1.FollowUpStep_WAIT, a.askOf(t, other, "customers/0198c1b00000700080000000cd").GetAction())
	_, err := a.agents.StopFollowUps(t.Context(), &followupv1.StopFollowUpsRequest{
		Name: other, Wisher: followupv1.StopFollowUpsRequest_REPRESENTATIVE, Evidence: a.wished(t, other),
	})
	require.NoError(t, err)

	a.clock.Set(morning)
	require.NoError(t, a.service.DeliverMessages(t.Context()))
	require.Len(t, a.channel.sent, 1)
	require.Equal(t, followupv1.Notification_DROPPED, a.message(t, other, "survey-1-1").GetState())
	step = a.step(t, first)
	require.Equal(t, followupv1.FollowUp_ASKED, step.GetState())
	require.Equal(t, policyv1.Verdict_MET, step.GetVerdict())
	touch := a.touches(t, complaint, "")[0]
	require.Equal(t, morning.Add(72*time.Hour), touch.GetExpireTime().AsTime(), "the time to answer begins with the hour of sending")
	_, err = a.public.AnswerSurvey(t.Context(), &followupv1.AnswerSurveyRequest{Token: a.token(t), Done: proto.Bool(true), Satisfaction: 5})
	require.NoError(t, err)
}

// TestWhoWantsNoSurveysIsSentNone: nothing is known of their satisfaction, and nobody was late.
func TestWhoWantsNoSurveysIsSentNone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	a := newAsking(t)
	complaint := a.resolve(t)
	_, err := a.messages(t).StopSurveys(t.Context(), &followupv1.StopSurveysRequest{Name: complaint, Evidence: a.wished(t, complaint)})
	require.NoError(t, err)
	a.clock.Set(start().Add(20 * time.Hour))
	step := a.ask(t, complaint+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	require.Equal(t, followupv1.FollowUpStep_ENDED, step.GetAction())
	require.Equal(t, followupv1.FollowUp_UNANSWERED, step.GetState())
	require.Empty(t, a.channel.sent)
	duty := a.duties(t, complaint)["1-follow-up-1"]
	require.Equal(t, followupv1.Duty_RELEASED, duty.GetState())
	require.Contains(t, duty.GetWhy(), "wants no surveys")
	require.Equal(t, followupv1.FollowUp_PERSON, a.ask(t, a.later(t, complaint), policyv1.ContactWay_PHONE).GetMode(), "a call is none")
}

// later is the second touch of a complaint, as it begins.
func (a *asking) later(t *testing.T, complaint string) string {
	t.Helper()
	second := a.touches(t, complaint, "")[1]
	a.clock.Set(second.GetDueTime().AsTime().Add(-time.Hour))
	return second.GetName()
}

// TestASurveyThatCannotBeSentIsAPersonsTask, and a reminder that cannot be is not tried for ever.
func TestASurveyThatCannotBeSentIsAPersonsTask(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	a := newAskingBy(t, sparseSeries)
	complaint, reminded := a.resolve(t), a.resolveFor(t, "customers/0198c1b00000700080000000cd")
	a.clock.Set(start().Add(20 * time.Hour))
	require.Equal(t, followupv1.FollowUp_ASKED, a.askOf(t, reminded, "customers/0198c1b00000700080000000cd").GetState())
	a.channel.err = &wire.RefusalError{Problem: "550 5.1.1"}
	step := a.ask(t, complaint+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	require.Equal(t, followupv1.FollowUp_ASKED, step.GetState())
	require.Equal(t, followupv1.FollowUp_PERSON, step.GetMode())
	require.Equal(t, policyv1.Verdict_VERDICT_UNSPECIFIED, step.GetVerdict(), "nobody was asked yet")
	undelivered := a.payloads(t, complaint, "message_undelivered")
	require.Len(t, undelivered, 1)
	require.False(t, undelivered[0].GetMessageUndelivered().GetOwed())
	require.Nil(t, a.touches(t, complaint, "")[0].GetExpireTime())

	a.clock.Set(start().Add(57 * time.Hour))
	require.Equal(t, followupv1.FollowUpStep_REMIND, a.step(t, reminded+"/followUps/1-1").GetAction())
	step = a.askOf(t, reminded, "customers/0198c1b00000700080000000cd")
	require.Equal(t, followupv1.FollowUpStep_WAIT, step.GetAction())
	require.Equal(t, start().Add((20+72)*time.Hour), step.GetNextTime().AsTime(), "until the time to answer is over")
	asked := a.payloads(t, reminded, "touch_asked")
	require.Len(t, asked, 1, "what was not sent reminded nobody")
	require.False(t, asked[0].GetTouchAsked().GetReminder())
}

// TestASurveyBeginsBeforeTheNight in which it would be due.
func TestASurveyBeginsBeforeTheNight(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	a := newAskingByDay(t)
	resolved := start().Add(18 * time.Hour) // Four in the morning.
	a.clock.Set(resolved)
	complaint := a.resolve(t)
	planned := a.payloads(t, complaint, "series_planned")[0].GetSeriesPlanned().GetTouches()[0]
	require.Equal(t, resolved.Add(24*time.Hour), planned.GetDueTime().AsTime())
	require.Equal(t, resolved.Add(16*time.Hour), planned.GetBeginTime().AsTime(), "at eight in the evening")
	a.clock.Set(planned.GetBeginTime().AsTime())
	require.Equal(t, followupv1.FollowUp_ASKED, a.ask(t, complaint+"/followUps/1-1", policyv1.ContactWay_EMAIL).GetState())
}

// resolveFor is resolve of another customer's complaint.
func (a *asking) resolveFor(t *testing.T, who string) string {
	t.Helper()
	p := a.received(t, policyv1.Severity_NORMAL)
	p.GetComplaintReceived().Customer = who
	complaint := "complaints/" + a.ids.ID()
	a.happens(t, complaint, 1, p)
	a.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	a.happens(t, complaint, 1, resolved(a.clock.Now()))
	return complaint
}

// askOf has another customer asked by a survey.
func (a *asking) askOf(t *testing.T, complaint, who string) *followupv1.FollowUpStep {
	t.Helper()
	req := askedBy(complaint+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	req.Recipient.Customer = who
	step, err := a.worker.AskFollowUp(t.Context(), req)
	require.NoError(t, err)
	return step
}
