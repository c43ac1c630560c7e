package followup_test

import (
	"context"
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

// However often a workflow asks, what no channel took is tried by the policy's pauses, by one of those who may.
func TestCallsThatComeAgainTryNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "REM-6")
	p := newPost(t)
	p.channel.err = errBroken()
	for range 5 {
		_, err := p.worker.SendAcknowledgement(t.Context(), acknowledge(p.complaint, "en"))
		rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_UNAVAILABLE.String())
	}
	require.Equal(t, 1, p.channel.calls)
	require.Error(t, p.pass(t, 30*time.Second))
	_, err := p.worker.SendAcknowledgement(t.Context(), acknowledge(p.complaint, "en"))
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_UNAVAILABLE.String())
	require.Equal(t, 2, p.channel.calls)
	p.channel.err = nil
	require.NoError(t, p.pass(t, 59*time.Second))
	require.Equal(t, 2, p.channel.calls, "its time has not come")
	require.NoError(t, p.pass(t, time.Second))
	require.Equal(t, 3, p.channel.calls)
	require.Equal(t, late, p.duties(t, p.complaint)["1-acknowledge"].GetVerdict())
}

// A channel that takes longer than the call which asks for it is left to finish: calls that come again, to whatever process, hand nothing over a
// second time, and what was sent is on record.
func TestAChannelThatTakesLongerThanTheCall(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "REM-6")
	p := newPost(t)
	other, err := followup.New(followup.Config{}, p.deps)
	require.NoError(t, err)
	elsewhere := followupv1.NewFollowupServiceClient(rpctest.Serve(t, other.Register).Conn("services/worker", authv1.Role_SERVICE))
	answers := make(chan struct{})
	p.channel.during = func() { <-answers }
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = p.worker.SendAcknowledgement(short, acknowledge(p.complaint, "en"))
	require.Error(t, err)
	require.Equal(t, followupv1.Notification_WAITING, p.list(t, "")["ack-1"].GetState())
	_, err = elsewhere.SendAcknowledgement(t.Context(), acknowledge(p.complaint, "en"))
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_UNAVAILABLE.String())
	require.NoError(t, p.pass(t, 2*time.Minute), "nobody tries it meanwhile")
	close(answers)
	answer, err := p.worker.SendAcknowledgement(t.Context(), acknowledge(p.complaint, "en"))
	require.NoError(t, err)
	require.Equal(t, followupv1.Notification_SENT, answer.GetNotification().GetState())
	require.Equal(t, 1, p.channel.calls)
}

// What may have been handed over goes by no other way, and once more only late.
func TestAMessageThatMayHaveGone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "REM-6")
	p := newPost(t)
	p.channel.err = &wire.UnsureError{Problem: "test: it says nothing"}
	_, err := p.worker.SendAcknowledgement(t.Context(), acknowledge(p.complaint, "en"))
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_UNAVAILABLE.String())
	n := p.list(t, "")["ack-1"]
	require.Equal(t, followupv1.Notification_WAITING, n.GetState())
	require.Equal(t, "test", n.GetChannel())
	require.Equal(t, "w***@e***.com", n.GetAddress())
	require.Equal(t, start().Add(time.Hour), n.GetTryTime().AsTime())
	told := payloads(t, p, (*eventv1.Payload).GetMessageDelayed)
	require.Len(t, told, 1)
	require.Equal(t, eventv1.MessageDelayed_UNSURE, told[0].GetCause())
	require.Equal(t, "test: it says nothing", told[0].GetProblem())
	require.NotEqual(t, met, p.duties(t, p.complaint)["1-acknowledge"].GetVerdict(), "nothing proves that it was sent")

	require.NoError(t, p.pass(t, 59*time.Minute))
	require.Equal(t, 1, p.channel.calls)
	p.channel.err = nil
	require.NoError(t, p.pass(t, time.Minute))
	require.Equal(t, 2, p.channel.calls)
	require.Equal(t, followup.Receipt{Channel: "test", To: "wang@example.com"}, p.channel.sent[0].Handed, "by the same way")
	require.Equal(t, followupv1.Notification_SENT, p.list(t, "")["ack-1"].GetState())
}
