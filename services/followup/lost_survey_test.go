package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	wire "github.com/redress-dev/redress/services/internal/channel"
)

// A survey that comes back, and goes nowhere else, is a person's task, and nobody was asked: the contact is owed again. Calls that reach nobody end it.
func TestASurveyThatComesBackIsAPersonsTask(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "FUP-3")
	for name, again := range map[string]bool{"nowhere to go": false, "the other way fails, too": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAsking(t)
			complaint := a.resolve(t)
			first := complaint + "/followUps/1-1"
			a.clock.Set(start().Add(20 * time.Hour))
			require.Equal(t, policyv1.Verdict_MET, a.ask(t, first, policyv1.ContactWay_EMAIL).GetVerdict())
			link := a.token(t)
			if again {
				a.contacts.contact = followup.Contact{Recipient: followup.Recipient{Email: "other@example.com"}}
			}
			a.clock.Set(start().Add(23 * time.Hour))
			bounce := &followupv1.ReportBounceRequest{Name: complaint + "/notifications/survey-1-1", Status: "5.1.1"}
			for range 2 {
				_, err := a.messages(t).ReportBounce(t.Context(), bounce)
				require.NoError(t, err)
			}
			if again {
				require.Equal(t, policyv1.Verdict_MET, a.duties(t, complaint)["1-follow-up-1"].GetVerdict(), "it is on its way again")
				a.channel.err = &wire.RefusalError{Problem: "550 5.1.1"}
				require.Error(t, a.service.DeliverMessages(t.Context()))
			}
			touch := a.touches(t, complaint, "")[0]
			require.Equal(t, followupv1.FollowUp_ASKED, touch.GetState())
			require.Equal(t, followupv1.FollowUp_PERSON, touch.GetMode())
			duty := a.duties(t, complaint)["1-follow-up-1"]
			require.Equal(t, followupv1.Duty_OPEN, duty.GetState())
			require.Equal(t, policyv1.Verdict_VERDICT_UNSPECIFIED, duty.GetVerdict())
			require.Nil(t, duty.GetFactTime())
			require.Equal(t, start().Add(27*time.Hour), duty.GetDueTime().AsTime(), "as long as there would have been from the beginning")
			require.Len(t, a.payloads(t, complaint, "touch_asked"), 2)
			_, err := a.public.GetSurvey(t.Context(), &followupv1.GetSurveyRequest{Token: link})
			require.Error(t, err, "a person asks now")
			require.Equal(t, start().Add(26*time.Hour), a.step(t, first).GetNextTime().AsTime(), "who has the task is warned")
			a.clock.Set(start().Add(28 * time.Hour))
			require.True(t, a.step(t, first).GetBroken())
		})
	}
}

// A written notice that came back was sent in time, and told the customer nothing: nothing is resolved on it until it has gone somewhere else, or
// the customer was reached.
func TestANoticeThatCameBackResolvesNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "CALL-3")
	for name, called := range map[string]bool{"sent elsewhere": false, "reached": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, complaint := noticed(t)
			_, err := d.sendNotice(t, complaint)
			require.NoError(t, err)
			objections := func() []string {
				check, err := d.worker.CheckResolution(t.Context(), &followupv1.CheckResolutionRequest{Complaint: complaint, Cycle: 1})
				require.NoError(t, err)
				return check.GetObjections()
			}
			require.Empty(t, objections())
			client := followupv1.NewNotificationServiceClient(d.harness.Conn("agents/lin", authv1.Role_AGENT))
			_, err = client.ReportBounce(t.Context(), &followupv1.ReportBounceRequest{Name: complaint + "/notifications/notice-1", Status: "5.1.1"})
			require.NoError(t, err)
			require.Equal(t, byNotice, d.duties(t, complaint)["1-callback"].GetVerdict(), "it was sent")
			require.Len(t, objections(), 1)
			require.Contains(t, objections()[0], "came back")
			if called {
				d.clock.Set(d.clock.Now().Add(time.Minute))
				d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
				require.Empty(t, objections())
				return
			}
			d.contacts.contact.Recipient.Email = "other@example.com"
			_, err = client.RedriveNotification(t.Context(), &followupv1.RedriveNotificationRequest{Name: complaint + "/notifications/notice-1"})
			require.NoError(t, err)
			require.Len(t, objections(), 1, "it is not sent yet")
			require.NoError(t, d.service.DeliverMessages(t.Context()))
			require.Empty(t, objections())
		})
	}
}
