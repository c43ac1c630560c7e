package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// Whatever has a name is read by it (AIP-131), as its list has it.
func TestReadByName(t *testing.T) {
	covers.Requirement(t, "CALL-1", "CLK-1")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	_, err := d.worker.SendAcknowledgement(t.Context(), acknowledge(complaint, "en"))
	require.NoError(t, err)
	req := attempt(complaint+"/callbacks/1", followupv1.Attempt_NO_ANSWER, time.Time{})
	req.Note = "Nobody was in."
	want, err := d.agent.RecordAttempt(t.Context(), req)
	require.NoError(t, err)
	callback, err := d.agent.GetCallback(t.Context(), &followupv1.GetCallbackRequest{Name: want.GetName()})
	require.NoError(t, err)
	require.Equal(t, want.String(), callback.String())
	auditor := followupv1.NewFollowupServiceClient(d.harness.Conn("agents/he", authv1.Role_AUDITOR))
	callback, err = auditor.GetCallback(t.Context(), &followupv1.GetCallbackRequest{Name: want.GetName()})
	require.NoError(t, err)
	require.Empty(t, callback.GetAttempts()[0].GetNote(), "what was said is for who handles complaints")

	duty, err := d.agent.GetDuty(t.Context(), &followupv1.GetDutyRequest{Name: complaint + "/duties/1-acknowledge"})
	require.NoError(t, err)
	require.Equal(t, d.duties(t, complaint)["1-acknowledge"].String(), duty.String())

	messages := followupv1.NewNotificationServiceClient(d.harness.Conn("agents/lin", authv1.Role_AGENT))
	sent, err := messages.GetNotification(t.Context(), &followupv1.GetNotificationRequest{Name: complaint + "/notifications/ack-1"})
	require.NoError(t, err)
	require.Equal(t, followupv1.Notification_SENT, sent.GetState())

	series := followupv1.NewSeriesServiceClient(d.harness.Conn("agents/lin", authv1.Role_AGENT))
	elsewhere := "complaints/" + d.ids.ID()
	for name, get := range map[string]func(complaint string) error{
		followupv1.ErrorReason_CALLBACK_NOT_FOUND.String(): func(of string) error {
			_, err := d.agent.GetCallback(t.Context(), &followupv1.GetCallbackRequest{Name: of + "/callbacks/9"})
			return err
		},
		followupv1.ErrorReason_DUTY_NOT_FOUND.String(): func(of string) error {
			_, err := d.agent.GetDuty(t.Context(), &followupv1.GetDutyRequest{Name: of + "/duties/9-callback"})
			return err
		},
		followupv1.ErrorReason_NOTIFICATION_NOT_FOUND.String(): func(of string) error {
			_, err := messages.GetNotification(t.Context(), &followupv1.GetNotificationRequest{Name: of + "/notifications/ack-9"})
			return err
		},
		followupv1.ErrorReason_FOLLOW_UP_NOT_FOUND.String(): func(of string) error {
			_, err := series.GetFollowUp(t.Context(), &followupv1.GetFollowUpRequest{Name: of + "/followUps/9-1"})
			return err
		},
	} {
		rpctest.RequireReason(t, get(complaint), codes.NotFound, name)
		rpctest.RequireReason(t, get(elsewhere), codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	}
}
