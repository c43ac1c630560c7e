package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/letter"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// bounce tells that a message came back.
func (p *post) bounce(t *testing.T, id string, temporary bool) *followupv1.ReportBounceResponse {
	t.Helper()
	res, err := p.messages.ReportBounce(t.Context(), &followupv1.ReportBounceRequest{
		Name: p.complaint + "/notifications/" + id, Status: "5.1.1", Temporary: temporary,
	})
	require.NoError(t, err)
	return res
}

// What comes back goes to another address on record; nothing is sent to the first one any more; that it was sent stays true.
func TestABounceGoesAnotherWay(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "ACK-1")
	p := newPost(t)
	_, err := p.worker.SendAcknowledgement(t.Context(), acknowledge(p.complaint, "en"))
	require.NoError(t, err)
	p.reachedAt("wang@example.com", "", "")
	p.contacts.contact.Recipient.Email = "li.wang@example.org"
	res := p.bounce(t, "ack-1", false)
	require.Equal(t, followupv1.Notification_BOUNCED, res.GetNotification().GetState())
	require.Equal(t, p.complaint+"/notifications/ack-1-again-1", res.GetAgain().GetName())
	require.Equal(t, met, p.duties(t, p.complaint)["1-acknowledge"].GetVerdict(), "it was sent")
	bounced := payloads(t, p, (*eventv1.Payload).GetMessageBounced)
	require.Len(t, bounced, 1)
	require.True(t, bounced[0].GetUnusable())
	require.Equal(t, "w***@e***.com", bounced[0].GetAddress())
	require.Equal(t, res.GetAgain().GetName(), bounced[0].GetAgain())
	require.Equal(t, res.String(), p.bounce(t, "ack-1", false).String(), "told twice it is the same")
	require.Len(t, payloads(t, p, (*eventv1.Payload).GetMessageBounced), 1)

	require.NoError(t, p.pass(t, time.Second))
	require.Len(t, p.channel.sent, 2)
	require.Equal(t, "li.wang@example.org", p.channel.sent[1].Recipient.Email)
	require.Equal(t, p.channel.sent[0].Text, p.channel.sent[1].Text)

	next := p.letter(0)
	p.contacts.contact.Recipient.Email = "wang@example.com"
	_, err = p.worker.SendLetter(t.Context(), next)
	require.NoError(t, err)
	require.Empty(t, p.channel.sent[2].Recipient.Email, "the address is used for nothing any more")
	require.Equal(t, "+8613900001234", p.channel.sent[2].Recipient.Phone)
}

// Where no other way is on record somebody has to find one, and has it sent there.
func TestABounceWithNowhereToGo(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6")
	p := newPost(t)
	_, err := p.worker.SendLetter(t.Context(), p.letter(0))
	require.NoError(t, err)
	res := p.bounce(t, "letter-1-resolved", false)
	require.Nil(t, res.GetAgain())
	bounced := payloads(t, p, (*eventv1.Payload).GetMessageBounced)
	require.True(t, bounced[0].GetOwed())
	require.Empty(t, bounced[0].GetAgain())

	p.reachedAt("new@example.net", "", "")
	again, err := p.messages.RedriveNotification(t.Context(), &followupv1.RedriveNotificationRequest{Name: res.GetNotification().GetName()})
	require.NoError(t, err)
	require.Equal(t, p.complaint+"/notifications/letter-1-resolved-again-1", again.GetName())
	require.NoError(t, p.pass(t, 0))
	require.Equal(t, "new@example.net", p.channel.sent[1].Recipient.Email)
	require.Equal(t, "The result: a pause.", p.channel.sent[1].Text)
	recovered := payloads(t, p, (*eventv1.Payload).GetMessageRecovered)
	require.Equal(t, res.GetNotification().GetName(), recovered[0].GetNotification())
	require.Equal(t, again.GetName(), recovered[0].GetSent())
}

// A mailbox that is full is not unusable: the letter goes elsewhere, others go there again.
func TestABounceForATime(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	_, err := p.worker.SendLetter(t.Context(), p.letter(0))
	require.NoError(t, err)
	require.Nil(t, p.bounce(t, "letter-1-resolved", true).GetAgain())
	require.False(t, payloads(t, p, (*eventv1.Payload).GetMessageBounced)[0].GetUnusable())
	next := p.letter(0)
	next.Occasion = "closed"
	_, err = p.worker.SendLetter(t.Context(), next)
	require.NoError(t, err)
	require.Equal(t, "wang@example.com", p.channel.sent[1].Recipient.Email)
}

// The other side's status says by itself that it was for a time.
func TestAStatusThatIsForATime(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	_, err := p.worker.SendLetter(t.Context(), p.letter(0))
	require.NoError(t, err)
	_, err = p.messages.ReportBounce(t.Context(), &followupv1.ReportBounceRequest{Name: p.complaint + "/notifications/letter-1-resolved", Status: "4.2.2"})
	require.NoError(t, err)
	require.False(t, payloads(t, p, (*eventv1.Payload).GetMessageBounced)[0].GetUnusable())
}

// What was reported wrongly is put right by a supervisor, and by who enters the address again; the message can be sent there again.
func TestABounceIsTakenBack(t *testing.T) {
	t.Parallel()
	for name, entered := range map[string]bool{"by a supervisor": false, "entered again": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t)
			_, err := p.worker.SendLetter(t.Context(), p.letter(0))
			require.NoError(t, err)
			p.reachedAt("wang@example.com", "", "")
			bounced := p.bounce(t, "letter-1-resolved", false).GetNotification().GetName()
			p.bounce(t, "letter-1-resolved", true)
			require.Len(t, payloads(t, p, (*eventv1.Payload).GetMessageBounced), 1, "who handles it cannot take it back")
			told := 1
			if entered {
				for _, field := range []string{"complainant.phone", "complainant.email"} {
					p.happens(t, p.complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintUpdated{ComplaintUpdated: &eventv1.ComplaintUpdated{Fields: []string{field}}}})
				}
			} else {
				supervisor := followupv1.NewNotificationServiceClient(p.harness.Conn("agents/gao", authv1.Role_SUPERVISOR))
				for range 2 {
					_, err = supervisor.ReportBounce(t.Context(), &followupv1.ReportBounceRequest{Name: bounced, Temporary: true})
					require.NoError(t, err)
				}
				told = 2
			}
			list := payloads(t, p, (*eventv1.Payload).GetMessageBounced)
			require.Len(t, list, told)
			require.Equal(t, !entered, list[told-1].GetCorrected())
			_, err = p.messages.RedriveNotification(t.Context(), &followupv1.RedriveNotificationRequest{Name: bounced})
			require.NoError(t, err)
			require.NoError(t, p.pass(t, 0))
			require.Equal(t, "wang@example.com", p.channel.sent[1].Recipient.Email)
			require.Equal(t, followupv1.Notification_SENT, p.list(t, "")["letter-1-resolved-again-1"].GetState())
		})
	}
}

func TestMessagesThatAreRefused(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.channel.err = errBroken()
	_, err := p.worker.SendLetter(t.Context(), p.letter(0))
	require.Error(t, err)
	for name, test := range map[string]struct {
		name   string
		code   codes.Code
		reason string
	}{
		"not sent":      {p.complaint + "/notifications/letter-1-resolved", codes.FailedPrecondition, followupv1.ErrorReason_NOTIFICATION_NOT_SENT.String()},
		"no such":       {p.complaint + "/notifications/ack-7", codes.NotFound, followupv1.ErrorReason_NOTIFICATION_NOT_FOUND.String()},
		"no complaint":  {unheard + "/notifications/ack-1", codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String()},
		"no such shape": {"complaints/x", codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
	} {
		_, err := p.messages.ReportBounce(t.Context(), &followupv1.ReportBounceRequest{Name: test.name})
		rpctest.RequireReason(t, err, test.code, test.reason)
		t.Log(name)
	}
	_, err = p.messages.ReportBounce(t.Context(), &followupv1.ReportBounceRequest{
		Name: p.complaint + "/notifications/letter-1-resolved", Status: "550 no wang@example.com here",
	})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	_, err = p.messages.ListNotifications(t.Context(), &followupv1.ListNotificationsRequest{Filter: `address="x"`})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID.String())
	_, err = p.messages.ListNotifications(t.Context(), &followupv1.ListNotificationsRequest{PageToken: "x"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
}

// What is not owed waits for the customer's hours; what is owed does not.
func TestQuietHoursHoldBackWhatIsNotOwed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	p := newPost(t)
	p.reachedAt("wang@example.com", "", "18:00-21:00")
	_, err := p.worker.SendLetter(t.Context(), p.letter(followupv1.Notification_LETTER))
	require.NoError(t, err)
	require.Len(t, p.channel.sent, 1, "a letter is owed")
	res, err := p.worker.SendLetter(t.Context(), p.letter(followupv1.Notification_SURVEY))
	require.NoError(t, err)
	require.Equal(t, followupv1.Notification_WAITING, res.GetNotification().GetState())
	require.NoError(t, p.pass(t, 0))
	evening := start().Add(8 * time.Hour) // It is ten in the morning in Shanghai.
	require.Equal(t, evening, p.list(t, "")["survey-1-resolved"].GetTryTime().AsTime())
	require.NoError(t, p.pass(t, 7*time.Hour))
	require.Len(t, p.channel.sent, 1)
	require.NoError(t, p.pass(t, time.Hour))
	require.Len(t, p.channel.sent, 2)
	require.Equal(t, evening, p.list(t, `state="SENT" AND kind="SURVEY"`)["survey-1-resolved"].GetSendTime().AsTime())
	held := payloads(t, p, (*eventv1.Payload).GetMessageDelayed)
	require.Len(t, held, 1)
	require.Equal(t, eventv1.MessageDelayed_QUIET_HOURS, held[0].GetCause())
}

// Who wants no surveys gets none, and what is owed all the same.
func TestSurveysAreStopped(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	for name, all := range map[string]bool{"about one complaint": false, "at all": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t)
			_, err := p.worker.SendLetter(t.Context(), p.letter(followupv1.Notification_SURVEY))
			require.NoError(t, err)
			stop := &followupv1.StopSurveysRequest{Name: p.complaint, AllComplaints: all, Evidence: p.wished(t, p.complaint)}
			p.clock.Set(p.clock.Now().Add(time.Second))
			for range 2 {
				wish, err := p.messages.StopSurveys(t.Context(), stop)
				require.NoError(t, err)
				require.True(t, wish.GetStopped())
				require.Equal(t, all, wish.GetAllComplaints())
			}
			told := payloads(t, p, (*eventv1.Payload).GetSurveysStopped)
			require.Len(t, told, 1)
			require.Equal(t, []string{p.complaint + "/notifications/survey-1-resolved"}, told[0].GetDropped())
			reminder, ack := p.letter(followupv1.Notification_REMINDER), p.letter(followupv1.Notification_LETTER)
			_, err = p.worker.SendLetter(t.Context(), reminder)
			require.NoError(t, err)
			_, err = p.worker.SendLetter(t.Context(), ack)
			require.NoError(t, err)
			require.NoError(t, p.pass(t, time.Minute))
			require.Len(t, p.channel.sent, 1, "the letter")
			require.Len(t, p.list(t, `state="DROPPED"`), 2)

			first := p.complaint
			p.complaint = p.receive(t)
			_, err = p.worker.SendLetter(t.Context(), p.letter(followupv1.Notification_SURVEY))
			require.NoError(t, err)
			require.NoError(t, p.pass(t, time.Minute))
			require.Len(t, p.channel.sent, map[bool]int{false: 2, true: 1}[all], "another complaint")

			allow := &followupv1.AllowSurveysRequest{Name: first}
			for _, nothing := range []string{"", stop.GetEvidence()} { // The word by which it was stopped does not take it back.
				allow.Evidence = nothing
				_, err = p.messages.AllowSurveys(t.Context(), allow)
				rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_WISH_NOT_PROVEN.String())
			}
			allow.Evidence = p.wished(t, first)
			allowed, err := p.messages.AllowSurveys(t.Context(), allow)
			require.NoError(t, err)
			require.False(t, allowed.GetStopped())
			wish, err := p.messages.GetSurveyWish(t.Context(), &followupv1.GetSurveyWishRequest{Name: first + "/surveyWish"})
			require.NoError(t, err)
			require.Nil(t, wish.GetStopTime())
		})
	}
}

// A message that followup itself decides is composed before and put on record in a transaction, once.
func TestComposedMessages(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	p := newPost(t)
	out := followup.Outgoing{
		ID: "survey-1-first", Cycle: 1, Kind: followupv1.Notification_SURVEY, Template: "closing", Language: "en",
		Facts: letter.Facts{ResolutionTime: start()}, Given: map[string]string{"result": "a pause"},
	}
	n, err := p.service.Compose(t.Context(), p.complaint[len("complaints/"):], out)
	require.NoError(t, err)
	for range 2 {
		_, err = p.service.Enqueue(t.Context(), n)
		require.NoError(t, err)
	}
	require.NoError(t, p.pass(t, 0))
	require.Len(t, p.channel.sent, 1)
	require.Contains(t, p.channel.sent[0].Text, "a pause")
	require.Contains(t, p.channel.sent[0].Text, "王小姐")
	delete(out.Given, "result")
	_, err = p.service.Compose(t.Context(), p.complaint[len("complaints/"):], out)
	require.ErrorContains(t, err, "result")
}
