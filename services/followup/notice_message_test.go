package followup_test

import (
	"errors"
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
	wire "github.com/redress-dev/redress/services/internal/channel"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// noticed is a desk with a complaint whose customer is to be written to in the place of the call.
func noticed(t *testing.T) (d *desk, complaint string) {
	t.Helper()
	d = newDeskBy(t, anyTime)
	complaint = d.receive(t)
	d.tryInVain(t, complaint)
	_, err := d.giveNotice(t, complaint)
	require.NoError(t, err)
	d.contacts.contact = followup.Contact{Recipient: followup.Recipient{Phone: "+8613812345678", Email: "wang@example.com"}}
	return d, complaint
}

func (d *desk) notification(t *testing.T, complaint, id string) *followupv1.Notification {
	t.Helper()
	client := followupv1.NewNotificationServiceClient(d.harness.Conn("agents/lin", authv1.Role_AGENT))
	res, err := client.ListNotifications(t.Context(), &followupv1.ListNotificationsRequest{Parent: complaint})
	require.NoError(t, err)
	for _, n := range res.GetNotifications() {
		if n.GetName() == complaint+"/notifications/"+id {
			return n
		}
	}
	require.Fail(t, "there is no such message", id)
	return nil
}

// TestANoticeThatWaitsMeetsNothing until the loop has sent it, and by that time.
func TestANoticeThatWaitsMeetsNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-3")
	d, complaint := noticed(t)
	d.channel.err = errors.New("away")
	_, err := d.sendNotice(t, complaint)
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_UNAVAILABLE.String())
	waits := d.notification(t, complaint, "notice-1")
	require.Equal(t, followupv1.Notification_WAITING, waits.GetState())
	require.Equal(t, followupv1.Notification_NOTICE, waits.GetKind())
	require.Equal(t, followupv1.Duty_OPEN, d.duties(t, complaint)["1-callback"].GetState())

	d.channel.err = nil
	d.clock.Set(d.clock.Now().Add(time.Hour))
	require.NoError(t, d.service.DeliverMessages(t.Context()))
	duty := d.duties(t, complaint)["1-callback"]
	require.Equal(t, byNotice, duty.GetVerdict())
	require.Equal(t, d.clock.Now(), duty.GetFactTime().AsTime())
	require.Equal(t, complaint+"/notifications/notice-1", duty.GetEvidence())
	answer, err := d.sendNotice(t, complaint)
	require.NoError(t, err)
	require.Equal(t, followupv1.Settlement_MET_BY_NOTICE, answer.GetAnswer())
	require.Len(t, d.channel.sent, 1)

	// It came back: it goes by another way, and what was in time stays so.
	client := followupv1.NewNotificationServiceClient(d.harness.Conn("services/mail", authv1.Role_SERVICE))
	d.contacts.contact.Recipient.Email = "other@example.com"
	again, err := client.ReportBounce(t.Context(), &followupv1.ReportBounceRequest{Name: waits.GetName(), Status: "5.1.1"})
	require.NoError(t, err)
	require.NotNil(t, again.GetAgain())
	require.NoError(t, d.service.DeliverMessages(t.Context()))
	require.Equal(t, followupv1.Notification_SENT, d.notification(t, complaint, "notice-1-again-1").GetState())
	require.Equal(t, complaint+"/notifications/notice-1", d.duties(t, complaint)["1-callback"].GetEvidence())
}

// TestANoticeThatNobodyTakesLeavesTheCallOwed, and what could not be sent climbs.
func TestANoticeThatNobodyTakesLeavesTheCallOwed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-3", "CALL-2")
	d, complaint := noticed(t)
	d.channel.err = &wire.RefusalError{Problem: "550"}
	answer, err := d.sendNotice(t, complaint)
	require.NoError(t, err)
	require.Equal(t, followupv1.Settlement_NOT_DUE, answer.GetAnswer())
	require.Equal(t, followupv1.Notification_DEAD, d.notification(t, complaint, "notice-1").GetState())
	require.Equal(t, none, d.duties(t, complaint)["1-callback"].GetVerdict())
	var told []*eventv1.MessageUndelivered
	for _, e := range d.events(t, complaint) {
		if p := decode(t, e).GetMessageUndelivered(); p != nil {
			told = append(told, p)
		}
	}
	require.Len(t, told, 1)
	require.True(t, told[0].GetOwed())
	d.clock.Set(d.duties(t, complaint)["1-callback"].GetDueTime().AsTime())
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-callback").GetAnswer(), "its clock has run on")
}

// TestANoticeIsNotSentToWhomSomebodyReachedMeanwhile: nor to a number that turned out to be somebody else's.
func TestANoticeIsNotSentToWhomSomebodyReachedMeanwhile(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-3", "CALL-1")
	d, complaint := noticed(t)
	d.channel.err = errors.New("away")
	_, err := d.sendNotice(t, complaint)
	require.Error(t, err)
	d.clock.Set(d.clock.Now().Add(time.Minute))
	d.attempt(t, complaint, followupv1.Attempt_WRONG_NUMBER, time.Time{})
	d.clock.Set(d.clock.Now().Add(time.Hour))
	require.Error(t, d.service.DeliverMessages(t.Context()))
	require.Equal(t, followupv1.Notification_WAITING, d.notification(t, complaint, "notice-1").GetState())
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	d.channel.err = nil
	d.clock.Set(d.clock.Now().Add(time.Hour))
	require.NoError(t, d.service.DeliverMessages(t.Context()))
	require.Empty(t, d.channel.sent)
	require.Equal(t, followupv1.Notification_DROPPED, d.notification(t, complaint, "notice-1").GetState())
}
