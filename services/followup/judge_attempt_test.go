package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// attached has a file put on record and returns its name.
func (d *desk) attached(t *testing.T, complaint string) string {
	t.Helper()
	name := complaint + "/attachments/" + d.ids.ID()
	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_AttachmentAdded{AttachmentAdded: &eventv1.AttachmentAdded{Attachment: name}}})
	return name
}

// wished has a customer's message put on record and returns its name.
func (d *desk) wished(t *testing.T, complaint string) string {
	t.Helper()
	return d.wrote(t, complaint, eventv1.MessageRecorded_CUSTOMER)
}

// wrote has a message of somebody's put on record and returns its name.
func (d *desk) wrote(t *testing.T, complaint string, author eventv1.MessageRecorded_Author) string {
	t.Helper()
	name := complaint + "/messages/" + d.ids.ID()
	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{Message: name, Author: author}}})
	return name
}

// heldAttempt has a contact recorded an hour after the due time that was made a minute before it, and returns its name.
func heldAttempt(t *testing.T, d *desk) (complaint, name string) {
	t.Helper()
	complaint = d.receive(t)
	due := start().Add(24 * time.Hour)
	d.clock.Set(due.Add(time.Hour))
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-callback").GetAnswer())
	c := d.attempt(t, complaint, followupv1.Attempt_REACHED, due.Add(-time.Minute))
	require.Equal(t, followupv1.Attempt_HELD, c.GetAttempts()[0].GetJudgement())
	return complaint, c.GetAttempts()[0].GetName()
}

func TestConfirmedAttemptOverturnsTheBreach(t *testing.T) {
	covers.Requirement(t, "CALL-2", "CLK-1")
	t.Parallel()
	d := newDesk(t)
	complaint, name := heldAttempt(t, d)
	lead := d.callbacks("agents/gao", authv1.Role_SUPERVISOR)
	held, err := lead.ListHeldAttempts(t.Context(), &followupv1.ListHeldAttemptsRequest{})
	require.NoError(t, err)
	require.Len(t, held.GetAttempts(), 1)
	require.Equal(t, name, held.GetAttempts()[0].GetName())
	evidence := d.attached(t, complaint)
	d.clock.Set(d.clock.Now().Add(time.Minute))
	c, err := lead.ConfirmAttempt(t.Context(), &followupv1.ConfirmAttemptRequest{Name: name, Evidence: evidence})
	require.NoError(t, err)
	require.Equal(t, met, c.GetVerdict())
	a := c.GetAttempts()[0]
	require.Equal(t, []any{followupv1.Attempt_CONFIRMED, "agents/gao", evidence, true}, []any{a.GetJudgement(), a.GetJudge(), a.GetEvidence(), a.GetFlagged()})
	require.Equal(t, d.clock.Now(), a.GetJudgeTime().AsTime())
	duty := d.duties(t, complaint)["1-callback"]
	require.True(t, duty.GetCorrected())
	require.False(t, duty.GetBreached())
	require.Equal(t, name, duty.GetEvidence())
	told := d.settled(t, complaint, "1-callback")
	require.True(t, told[len(told)-1].GetCorrection())
	held, err = lead.ListHeldAttempts(t.Context(), &followupv1.ListHeldAttemptsRequest{})
	require.NoError(t, err)
	require.Empty(t, held.GetAttempts())
	_, err = lead.RejectAttempt(t.Context(), &followupv1.RejectAttemptRequest{Name: name})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_ATTEMPT_NOT_HELD.String())
}

func TestRejectedAttemptNeverCounts(t *testing.T) {
	covers.Requirement(t, "CALL-2")
	t.Parallel()
	d := newDesk(t)
	complaint, name := heldAttempt(t, d)
	lead := d.callbacks("agents/gao", authv1.Role_SUPERVISOR)
	c, err := lead.RejectAttempt(t.Context(), &followupv1.RejectAttemptRequest{Name: name})
	require.NoError(t, err)
	require.Equal(t, missed, c.GetVerdict())
	require.Equal(t, followupv1.Attempt_REJECTED, c.GetAttempts()[0].GetJudgement())
	_, err = lead.ConfirmAttempt(t.Context(), &followupv1.ConfirmAttemptRequest{Name: name, Evidence: d.attached(t, complaint)})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_ATTEMPT_NOT_HELD.String())
	require.Equal(t, 1, count(d.types(t, complaint), "attempt_judged"))
}

func TestJudgementIsRefused(t *testing.T) {
	covers.Requirement(t, "CALL-2")
	t.Parallel()
	d := newDesk(t)
	complaint, name := heldAttempt(t, d)
	evidence := d.attached(t, complaint)
	counts := d.attempt(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{}).GetAttempts()[1].GetName()
	confirm := func(who string, role authv1.Role, name, evidence string) error {
		_, err := d.callbacks(who, role).ConfirmAttempt(t.Context(), &followupv1.ConfirmAttemptRequest{Name: name, Evidence: evidence})
		return err
	}
	rpctest.RequireReason(t, confirm("agents/lin", authv1.Role_SUPERVISOR, name, evidence), codes.FailedPrecondition, followupv1.ErrorReason_OWN_ATTEMPT.String())
	_, err := d.callbacks("agents/lin", authv1.Role_SUPERVISOR).RejectAttempt(t.Context(), &followupv1.RejectAttemptRequest{Name: name})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_OWN_ATTEMPT.String())
	rpctest.RequireReason(t, confirm("agents/gao", authv1.Role_SUPERVISOR, counts, evidence), codes.FailedPrecondition, followupv1.ErrorReason_ATTEMPT_NOT_HELD.String())
	other := d.receive(t) + "/attachments/01jb3p5v9x7k2m4n6q8r0t1w3y"
	rpctest.RequireReason(t, confirm("agents/gao", authv1.Role_SUPERVISOR, name, other), codes.NotFound, followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String())
	unknown := complaint + "/messages/01jb3p5v9x7k2m4n6q8r0t1w3y"
	rpctest.RequireReason(t, confirm("agents/gao", authv1.Role_SUPERVISOR, name, unknown), codes.NotFound, followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String())
	nobody := complaint + "/callbacks/1/attempts/01jb3p5v9x7k2m4n6q8r0t1w3y"
	rpctest.RequireReason(t, confirm("agents/gao", authv1.Role_SUPERVISOR, nobody, evidence), codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	require.Equal(t, codes.PermissionDenied, status.Code(confirm("agents/he", authv1.Role_AGENT, name, evidence)))
	require.Equal(t, missed, d.duties(t, complaint)["1-callback"].GetVerdict(), "none of this has changed anything")
}

func TestConfirmedAttemptCountsTowardsUnreachable(t *testing.T) {
	covers.Requirement(t, "CALL-2", "CALL-3")
	t.Parallel()
	d := newDeskBy(t, anyTime+"    automatic: true\n")
	complaint := d.receive(t)
	d.clock.Set(start().Add(time.Hour))
	held := d.attempt(t, complaint, followupv1.Attempt_NO_ANSWER, start().Add(time.Minute))
	for range 2 {
		d.clock.Set(d.clock.Now().Add(time.Minute))
		d.attempt(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{})
	}
	require.NotContains(t, d.types(t, complaint), "notice_decided")
	c, err := d.callbacks("agents/gao", authv1.Role_SUPERVISOR).ConfirmAttempt(t.Context(),
		&followupv1.ConfirmAttemptRequest{Name: held.GetAttempts()[0].GetName(), Evidence: d.attached(t, complaint)})
	require.NoError(t, err)
	require.True(t, c.GetReach().GetUnreachable())
	require.NotNil(t, c.GetNoticeTime())
}

func TestHeldAttemptsByPages(t *testing.T) {
	covers.Requirement(t, "CALL-2")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.clock.Set(start().Add(time.Hour))
	var names []string
	for i := range 3 {
		d.clock.Set(d.clock.Now().Add(time.Minute))
		req := attempt(complaint+"/callbacks/1", followupv1.Attempt_NO_ANSWER, start().Add(time.Duration(9-i)*time.Minute))
		req.AttemptTime, req.Note = timestamppb.New(start().Add(time.Duration(9-i)*time.Minute)), "忘了记"
		c, err := d.agent.RecordAttempt(t.Context(), req)
		require.NoError(t, err)
		names = append(names, c.GetAttempts()[0].GetName()) // The earliest made is the last recorded.
	}
	var listed []string
	list := &followupv1.ListHeldAttemptsRequest{PageSize: 2}
	for {
		res, err := d.callbacks("agents/gao", authv1.Role_SUPERVISOR).ListHeldAttempts(t.Context(), list)
		require.NoError(t, err)
		for _, a := range res.GetAttempts() {
			require.Equal(t, "忘了记", a.GetNote())
			listed = append(listed, a.GetName())
		}
		if list.PageToken = res.GetNextPageToken(); list.GetPageToken() == "" {
			break
		}
	}
	require.Equal(t, names, listed)
	_, err := d.callbacks("agents/gao", authv1.Role_SUPERVISOR).ListHeldAttempts(t.Context(), &followupv1.ListHeldAttemptsRequest{PageToken: "x"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
}
