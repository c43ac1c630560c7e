package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// respond has an agent name something of the complaint as its final response.
func (d *desk) respond(t *testing.T, complaint, duty, evidence string) (*followupv1.Duty, error) {
	t.Helper()
	return d.clocks("agents/lin", authv1.Role_AGENT).GiveFinalResponse(t.Context(), &followupv1.GiveFinalResponseRequest{
		Name: complaint + "/duties/" + duty, Evidence: complaint + "/" + evidence,
		Contents: []policyv1.FinalContent{
			policyv1.FinalContent_FINDING, policyv1.FinalContent_REASONS, policyv1.FinalContent_REDRESS, policyv1.FinalContent_FURTHER_CHANNELS,
		},
	})
}

// attach has a file added now by whoever calls intake, with a message if one is named.
func (d *desk) attach(t *testing.T, complaint, id, message string) string {
	t.Helper()
	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_AttachmentAdded{AttachmentAdded: &eventv1.AttachmentAdded{
		Attachment: complaint + "/attachments/" + id, Message: message,
	}}})
	return "attachments/" + id
}

// write has a letter sent now and returns its name within the complaint.
func (d *desk) write(t *testing.T, complaint, occasion, template string) string {
	t.Helper()
	res, err := d.worker.SendLetter(t.Context(), &followupv1.SendLetterRequest{
		Complaint: complaint, Cycle: 1, Occasion: occasion, Template: template, Subject: "您的投诉", Text: "您好",
		Recipient: &followupv1.Recipient{Customer: customer, LanguageCode: "zh-Hans", Email: "li@example.com"},
	})
	require.NoError(t, err)
	return res.GetNotification().GetName()[len(complaint)+1:]
}

// said has somebody's message recorded now, dated back by so much.
func (d *desk) said(t *testing.T, complaint, id string, author eventv1.MessageRecorded_Author, back time.Duration) string {
	t.Helper()
	p := wrote(author)
	p.GetMessageRecorded().Message = complaint + "/messages/" + id
	p.GetMessageRecorded().MessageTime = timestamppb.New(d.clock.Now().Add(-back))
	d.happens(t, complaint, 1, p)
	return "messages/" + id
}

// TestWhatAnswersNothingIsNoFinalResponse: an acknowledgement, a letter on more time, and what is the customer's own. None of it takes a breach
// away.
func TestWhatAnswersNothingIsNoFinalResponse(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "CLK-1", "CLK-4")
	d, complaint := bank(t)
	_, err := d.worker.SendAcknowledgement(t.Context(), acknowledge(complaint, "zh-Hans"))
	require.NoError(t, err)
	question := d.said(t, complaint, "question", eventv1.MessageRecorded_CUSTOMER, 0)
	refused := []string{
		"notifications/ack-1", d.write(t, complaint, "extended-1", d.policy.Letters().Extension()), d.write(t, complaint, "other", "gone"), question,
		d.attach(t, complaint, "photo", complaint+"/"+question), d.said(t, complaint, "before", eventv1.MessageRecorded_AGENT, time.Minute),
	}
	closing := d.write(t, complaint, "resolved", d.policy.Letters().Closing())
	d.clock.Set(days(16))
	d.settle(t, complaint, finalResponse)
	for _, evidence := range refused {
		_, err := d.respond(t, complaint, finalResponse, evidence)
		rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_FINAL_RESPONSE_NOT_PROVEN.String())
		rpctest.RequireMetadata(t, err, "evidence", complaint+"/"+evidence)
	}
	duty := d.duties(t, complaint)[finalResponse]
	require.Equal(t, missed, duty.GetVerdict())
	require.False(t, duty.GetCorrected())

	late, err := d.respond(t, complaint, finalResponse, d.attach(t, complaint, "answer", ""))
	require.NoError(t, err)
	require.Equal(t, policyv1.Verdict_MET_LATE, late.GetVerdict(), "a file of ours counts when it is put on record")
	told := len(d.types(t, complaint))
	again, err := d.respond(t, complaint, finalResponse, "attachments/answer")
	require.NoError(t, err)
	require.Equal(t, late.GetFactTime(), again.GetFactTime())
	_, err = d.respond(t, complaint, finalResponse, d.said(t, complaint, "ok", eventv1.MessageRecorded_AGENT, 0))
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_FINAL_RESPONSE_NOT_OWED.String())
	rpctest.RequireMetadata(t, err, "evidence", complaint+"/attachments/answer")
	require.Len(t, d.types(t, complaint), told, "it is told once")

	intime, err := d.respond(t, complaint, finalResponse, closing)
	require.NoError(t, err)
	require.Equal(t, met, intime.GetVerdict(), "a letter that answers counts by its proof of sending")
	require.True(t, intime.GetCorrected())
}

// TestAMessageThatIsOnItsWayIsNoFinalResponseYet: whoever sends it and says so at once is told to try again, not that there is none (CLK-3).
func TestAMessageThatIsOnItsWayIsNoFinalResponseYet(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3")
	d, complaint := bank(t)
	_, err := d.respond(t, complaint, finalResponse, "messages/"+d.ids.ID())
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	_, err = d.respond(t, complaint, finalResponse, "messages/01jb3p5v9x7k2m4n6q8r0t1w3y")
	rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String())
}

// TestMoreTimeIsWaitedForByNobodyOnceItWasGiven: a request that nobody has decided says nothing any more.
func TestMoreTimeIsWaitedForByNobodyOnceItWasGiven(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3")
	d, complaint := bank(t)
	asked, err := d.extend(t, complaint, finalResponse)
	require.NoError(t, err)
	require.Contains(t, asked.GetWhy(), "More time is asked for")
	given, err := d.respond(t, complaint, finalResponse, d.said(t, complaint, "answer", eventv1.MessageRecorded_AGENT, 0))
	require.NoError(t, err)
	require.NotContains(t, given.GetWhy(), "More time")
}
