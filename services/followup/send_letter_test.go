package followup_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestHowItEndedIsToldOnce, with proof, however often it is asked for and by however many (REM-6).
func TestHowItEndedIsToldOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6")
	d := newDesk(t)
	complaint := d.receive(t)
	req := &followupv1.SendLetterRequest{
		Complaint: complaint, Cycle: 1, Occasion: "resolved", Template: "closing", Subject: "Your complaint", Text: "The result: a pause.",
		Recipient: &followupv1.Recipient{Customer: customer, Email: "wang@example.com", LanguageCode: "en"},
	}
	d.channel.err = errBroken()
	_, err := d.worker.SendLetter(t.Context(), req)
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_UNAVAILABLE.String())
	require.NotContains(t, d.types(t, complaint), "message_sent", "nothing is recorded that was not sent")
	d.channel.err = nil
	d.clock.Set(d.clock.Now().Add(30 * time.Second))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			sent, err := d.worker.SendLetter(t.Context(), req)
			if err != nil || sent.GetNotification().GetName() != complaint+"/notifications/letter-1-resolved" {
				t.Errorf("SendLetter: %v, %v", sent, err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, count(d.types(t, complaint), "message_sent"))
	require.Len(t, d.channel.sent, 1)
	require.Equal(t, "The result: a pause.", d.channel.sent[0].Text)
	for _, e := range d.events(t, complaint) {
		require.NotContains(t, string(e.GetPayload()), "a pause", "what was said is sealed")
	}
	require.Equal(t, "OPEN", d.duties(t, complaint)["1-acknowledge"].GetState().String(), "it meets nothing")
	req.Occasion, req.Recipient.Customer = "closed", "customers/0198c1b00000700080000000zz"
	_, err = d.worker.SendLetter(t.Context(), req)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	req.Recipient.Customer = customer
	_, err = d.worker.SendLetter(t.Context(), req)
	require.NoError(t, err)
	require.Len(t, d.channel.sent, 2, "another occasion")
}
