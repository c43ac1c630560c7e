package followup_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/followup"
	wire "github.com/redress-dev/redress/services/internal/channel"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// post is a desk with what messages to customers need.
type post struct {
	*desk

	complaint string
	messages  followupv1.NotificationServiceClient
}

// newPost is a desk with a complaint whose customer can be reached by e-mail and telephone.
func newPost(t *testing.T) *post {
	t.Helper()
	p := &post{desk: newDesk(t)}
	p.complaint = p.receive(t)
	p.reachedAt("wang@example.com", "+8613900001234", "")
	p.messages = followupv1.NewNotificationServiceClient(p.harness.Conn("agents/lin", authv1.Role_AGENT))
	return p
}

// reachedAt says how the customer can be reached from now on.
func (p *post) reachedAt(email, phone, hours string) {
	p.contacts.mu.Lock()
	defer p.contacts.mu.Unlock()
	p.contacts.contact = followup.Contact{
		Recipient: followup.Recipient{Customer: customer, DisplayName: "王小姐", Email: email, Phone: phone}, Reference: "R-7K3M-9QX2-C", Hours: hours,
	}
}

// letter asks to send a letter, or what else the kind says.
func (p *post) letter(kind followupv1.Notification_Kind) *followupv1.SendLetterRequest {
	return &followupv1.SendLetterRequest{
		Complaint: p.complaint, Cycle: 1, Occasion: "resolved", Template: "closing", Subject: "About you", Text: "The result: a pause.", Kind: kind,
		Recipient: &followupv1.Recipient{Customer: customer, Email: "wang@example.com", Phone: "+8613900001234", LanguageCode: "en"},
	}
}

// list reads the messages of the complaint by their ids.
func (p *post) list(t *testing.T, filter string) map[string]*followupv1.Notification {
	t.Helper()
	res, err := p.messages.ListNotifications(t.Context(), &followupv1.ListNotificationsRequest{Parent: p.complaint, Filter: filter})
	require.NoError(t, err)
	list := map[string]*followupv1.Notification{}
	for _, n := range res.GetNotifications() {
		list[n.GetName()[len(p.complaint+"/notifications/"):]] = n
	}
	return list
}

// pass has the loop look once, later by so much.
func (p *post) pass(t *testing.T, later time.Duration) error {
	t.Helper()
	p.clock.Set(p.clock.Now().Add(later))
	return p.service.DeliverMessages(t.Context())
}

// alter changes the database beneath the service.
func (p *post) alter(t *testing.T, statement string) {
	t.Helper()
	require.NoError(t, p.db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, statement)
		return err
	}))
}

// payloads are what events of a kind tell of the complaint.
func payloads[T proto.Message](t *testing.T, p *post, get func(*eventv1.Payload) T) []T {
	t.Helper()
	var list []T
	for _, e := range p.events(t, p.complaint) {
		decoded, err := eventlog.Decode(e)
		require.NoError(t, err)
		if told := get(decoded); told.ProtoReflect().IsValid() {
			list = append(list, told)
		}
	}
	return list
}

// What the channel does not take is tried again without anybody asking, with pauses that grow, and the proof names where it went, masked.
func TestAMessageThatIsNotTakenIsTriedAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "REM-6", "API-4")
	p := newPost(t)
	p.channel.err = errBroken()
	_, err := p.worker.SendLetter(t.Context(), p.letter(0))
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_UNAVAILABLE.String())
	n := p.list(t, `state="WAITING"`)["letter-1-resolved"]
	require.Equal(t, start().Add(30*time.Second), n.GetTryTime().AsTime())
	require.Equal(t, "the wire is broken", n.GetProblem())

	require.NoError(t, p.pass(t, 29*time.Second))
	require.Equal(t, 1, p.channel.calls, "its time has not come")
	require.Error(t, p.pass(t, time.Second))
	require.Equal(t, 2, p.channel.calls)
	require.Equal(t, p.clock.Now().Add(time.Minute), p.list(t, "")["letter-1-resolved"].GetTryTime().AsTime(), "twice as long")
	p.channel.err = nil
	require.NoError(t, p.pass(t, time.Minute))
	n = p.list(t, `state="SENT" AND kind="LETTER" AND template="closing"`)["letter-1-resolved"]
	require.Equal(t, "w***@e***.com", n.GetAddress())
	require.Equal(t, p.clock.Now(), n.GetSendTime().AsTime())
	require.EqualValues(t, 3, n.GetAttemptCount())
	require.Equal(t, "The result: a pause.", p.channel.sent[0].Text)
	require.Equal(t, "About you", p.channel.sent[0].Subject)
	require.Equal(t, []string{"message_delayed", "message_sent"}, p.types(t, p.complaint)[5:], "each told once")
	again, err := p.worker.SendLetter(t.Context(), p.letter(0))
	require.NoError(t, err, "the workflow hears of it")
	require.Equal(t, n.GetSendTime().AsTime(), again.GetNotification().GetSendTime().AsTime())
	require.Equal(t, 3, p.channel.calls)
	for _, e := range p.events(t, p.complaint) {
		for _, secret := range []string{"wang", "13900001234", "a pause"} {
			require.NotContains(t, string(e.GetPayload()), secret)
		}
	}
}

// The acknowledgement that the loop sends meets the duty, by the time of sending.
func TestAnAcknowledgementThatWaitedMeetsItsDuty(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "CLK-1")
	p := newPost(t)
	p.channel.err = errBroken()
	_, err := p.worker.SendAcknowledgement(t.Context(), acknowledge(p.complaint, "en"))
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_UNAVAILABLE.String())
	p.channel.err = nil
	require.NoError(t, p.pass(t, 30*time.Second))
	require.Equal(t, met, p.duties(t, p.complaint)["1-acknowledge"].GetVerdict())
	require.Equal(t, followupv1.Settlement_MET, p.settle(t, p.complaint, "1-acknowledge").GetAnswer())
	answer, err := p.worker.SendAcknowledgement(t.Context(), acknowledge(p.complaint, "en"))
	require.NoError(t, err)
	require.Equal(t, followupv1.Settlement_MET, answer.GetSettlement().GetAnswer())
	require.Len(t, p.channel.sent, 1)
}

// A process that dies after the hand-over and before the record has it sent again under the same name: not lost, and not doubled where the
// other side knows the name.
func TestADeathBetweenHandOverAndRecord(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6")
	p := newPost(t)
	survey := p.letter(followupv1.Notification_SURVEY)
	_, err := p.worker.SendLetter(t.Context(), survey)
	require.NoError(t, err)
	p.channel.during = func() { // What is on record cannot be changed any more, as if the process had died.
		p.alter(t, `ALTER TABLE notifications RENAME TO lost`)
	}
	require.Error(t, p.pass(t, 0))
	require.Len(t, p.channel.sent, 1)
	p.alter(t, `ALTER TABLE lost RENAME TO notifications`)
	p.channel.during = nil
	require.NoError(t, p.pass(t, time.Second))
	require.Equal(t, 1, p.channel.calls, "the attempt may still be under way")
	require.NoError(t, p.pass(t, 5*time.Minute))
	require.Equal(t, 1, p.channel.calls, "as long as the other side may take to answer")
	require.NoError(t, p.pass(t, 30*time.Second))
	require.Equal(t, 2, p.channel.calls)
	require.Len(t, p.channel.sent, 1, "under the same name")
	require.Equal(t, 1, count(p.types(t, p.complaint), "message_sent"))
}

// What is refused for good is dead at once, and what is tried too long at last; it is told once, and sent again on somebody's word.
func TestAMessageThatIsGivenUp(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "ACK-1")
	p := newPost(t)
	p.channel.err = &wire.RefusalError{Problem: "mail: the mail server answers 550"}
	answer, err := p.worker.SendAcknowledgement(t.Context(), acknowledge(p.complaint, "en"))
	require.NoError(t, err, "calling again would not help")
	require.Equal(t, followupv1.Notification_DEAD, answer.GetNotification().GetState())
	require.Equal(t, followupv1.Settlement_NOT_DUE, answer.GetSettlement().GetAnswer(), "it is still owed")
	told := payloads(t, p, (*eventv1.Payload).GetMessageUndelivered)
	require.Len(t, told, 1)
	require.True(t, told[0].GetOwed())
	require.Equal(t, "mail: the mail server answers 550", told[0].GetProblem())
	require.NoError(t, p.pass(t, time.Hour))
	require.Equal(t, 1, p.channel.calls)

	name := answer.GetNotification().GetName()
	_, err = p.messages.RedriveNotification(t.Context(), &followupv1.RedriveNotificationRequest{Name: name})
	require.NoError(t, err)
	_, err = p.messages.RedriveNotification(t.Context(), &followupv1.RedriveNotificationRequest{Name: name})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_NOTIFICATION_NOT_DEAD.String())
	p.channel.err = errBroken()
	for range 5 {
		require.Error(t, p.pass(t, 10*time.Hour))
	}
	require.Contains(t, p.list(t, `state="DEAD"`), "ack-1", "two days are over")
	_, err = p.messages.RedriveNotification(t.Context(), &followupv1.RedriveNotificationRequest{Name: name})
	require.NoError(t, err)
	p.channel.err = nil
	require.NoError(t, p.pass(t, 0))
	require.Equal(t, late, p.duties(t, p.complaint)["1-acknowledge"].GetVerdict())
	recovered := payloads(t, p, (*eventv1.Payload).GetMessageRecovered)
	require.Len(t, recovered, 1)
	require.Equal(t, name, recovered[0].GetNotification())
}

// An erased customer is written to no more.
func TestNothingIsSentToAnErasedCustomer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	p := newPost(t)
	_, err := p.worker.SendLetter(t.Context(), p.letter(followupv1.Notification_REMINDER))
	require.NoError(t, err)
	p.keys.fail(errErased())
	require.NoError(t, p.pass(t, 0))
	require.Zero(t, p.channel.calls)
	require.Contains(t, p.list(t, `state="DROPPED"`), "reminder-1-resolved")
}
