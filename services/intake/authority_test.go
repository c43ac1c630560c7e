package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// forwarded is a complaint whose authority waits for an answer, two hours after it came in.
func (f *fixture) forwarded() string {
	req := request()
	req.Channel = intakev1.Complaint_FORWARDED
	req.Forwarding = &intakev1.Forwarding{Authority: "12345", ReplyDueTime: timestamppb.New(f.now().Add(time.Hour))}
	c, err := f.agent.CreateComplaint(f.t.Context(), req)
	require.NoError(f.t, err)
	f.pass(2 * time.Hour)
	return c.GetName()
}

func (f *fixture) recordsOf(who string, role authv1.Role) intakev1.RecordServiceClient {
	return intakev1.NewRecordServiceClient(f.harness.Conn(who, role))
}

// TestAnAnswerThatIsDatedBackWaitsForASupervisor: its time decides whether the authority's duty was met, like that of an attempt (CALL-2).
func TestAnAnswerThatIsDatedBackWaitsForASupervisor(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "CALL-2", "CLK-1")
	f := newFixture(t)
	name := f.forwarded()
	at := timestamppb.New(f.now().Add(-90 * time.Minute))
	answer := &intakev1.AnswerAuthorityRequest{Name: name, Proof: "回执 88", AnswerTime: at}
	c, err := f.records.AnswerAuthority(t.Context(), answer)
	require.NoError(t, err)
	require.Nil(t, c.GetForwarding().GetAnswerTime(), "it answers nothing yet")
	requireSame(t, at, c.GetForwarding().GetHeldAnswerTime())
	_, err = f.records.AnswerAuthority(t.Context(), answer)
	require.NoError(t, err, "said again")
	require.Equal(t, []string{"complaint_received", "authority_answer_held"}, f.types(name))
	now, err := f.records.AnswerAuthority(t.Context(), &intakev1.AnswerAuthorityRequest{Name: name, Proof: "today"})
	require.NoError(t, err, "what is recorded without a time counts from now")
	require.NotNil(t, now.GetForwarding().GetAnswerTime())

	confirm := &intakev1.ConfirmAuthorityAnswerRequest{Name: name, Evidence: "fax journal 7"}
	own := f.recordsOf(c.GetForwarding().GetHeldBy(), authv1.Role_SUPERVISOR)
	_, err = own.ConfirmAuthorityAnswer(t.Context(), confirm)
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_OWN_AUTHORITY_ANSWER)
	_, err = own.RejectAuthorityAnswer(t.Context(), &intakev1.RejectAuthorityAnswerRequest{Name: name})
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_OWN_AUTHORITY_ANSWER)
	lead := f.recordsOf("agents/gao", authv1.Role_SUPERVISOR)
	c, err = lead.ConfirmAuthorityAnswer(t.Context(), confirm)
	require.NoError(t, err)
	requireSame(t, at, c.GetForwarding().GetAnswerTime())
	require.Nil(t, c.GetForwarding().GetHeldAnswerTime())
	told := f.payloads(name)
	last := told[len(told)-1].GetAuthorityAnswered()
	require.True(t, last.GetConfirmed())
	requireSame(t, at, last.GetAnswerTime())
	_, err = lead.ConfirmAuthorityAnswer(t.Context(), confirm)
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_AUTHORITY_ANSWER_NOT_HELD)
}

func TestAnAnswerThatIsRejectedNeverCounts(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2")
	f := newFixture(t)
	name := f.forwarded()
	_, err := f.records.AnswerAuthority(t.Context(), &intakev1.AnswerAuthorityRequest{
		Name: name, Proof: "x", AnswerTime: timestamppb.New(f.now().Add(-5*time.Minute - time.Microsecond)),
	})
	require.NoError(t, err)
	c, err := f.recordsOf("agents/gao", authv1.Role_SUPERVISOR).RejectAuthorityAnswer(t.Context(), &intakev1.RejectAuthorityAnswerRequest{Name: name})
	require.NoError(t, err)
	require.Nil(t, c.GetForwarding().GetHeldAnswerTime())
	require.Nil(t, c.GetForwarding().GetAnswerTime())
	require.Equal(t, []string{"complaint_received", "authority_answer_held", "authority_answer_rejected"}, f.types(name))
	at := timestamppb.New(f.now().Add(-5 * time.Minute))
	c, err = f.records.AnswerAuthority(t.Context(), &intakev1.AnswerAuthorityRequest{Name: name, Proof: "x", AnswerTime: at})
	require.NoError(t, err, "as an attempt may be")
	requireSame(t, at, c.GetForwarding().GetAnswerTime())
}
