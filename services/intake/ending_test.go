package intake_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// cycle is what intake says of a cycle.
func (f *fixture) cycle(name string, number int32) *intakev1.Cycle {
	f.t.Helper()
	cycle, err := f.worker.GetCycle(f.t.Context(), &intakev1.GetCycleRequest{Name: name, Cycle: number})
	require.NoError(f.t, err)
	return cycle
}

// letterOn is the letter on the end of a cycle, as the workflow asks for it. Nothing is wrong with it (SAY-1).
func (f *fixture) letterOn(name string, cycle int32) *intakev1.Draft {
	f.t.Helper()
	draft, err := f.drafts("services/worker", authv1.Role_SERVICE).WriteDraft(f.t.Context(), &intakev1.WriteDraftRequest{Name: name, Cycle: cycle})
	require.NoError(f.t, err)
	require.Empty(f.t, draft.GetFindings())
	return draft
}

func (f *fixture) dismiss(name, answer string, spam bool) {
	f.t.Helper()
	_, err := f.agent.CloseComplaint(f.t.Context(), &intakev1.CloseComplaintRequest{
		Name: name, Outcome: intakev1.Complaint_NOT_A_COMPLAINT, Reason: "内部原因", Answer: answer, Spam: spam,
	})
	require.NoError(f.t, err)
}

// TestTheLetterOnWhatIsNoComplaint: it has the answer, and where to turn, and nothing that was noted for colleagues; also when it was taken
// up as a complaint meanwhile.
func TestTheLetterOnWhatIsNoComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "REC-1")
	f := newFixture(t)
	name := f.file().GetName()
	f.dismiss(name, "营业时间是九点到六点。", false)
	require.Equal(t, "营业时间是九点到六点。", f.get(name).GetResolution(), "it is on record as what the customer is told")
	_, err := f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: name, Reason: "it was one"})
	require.NoError(t, err)
	draft := f.letterOn(name, 1)
	require.Equal(t, policyv1.LetterTemplate_NOT_A_COMPLAINT, draft.GetKind())
	for _, part := range []string{"营业时间是九点到六点。", f.get(name).GetReference(), "重新受理", "主管"} {
		require.Contains(t, draft.GetText(), part)
	}
	require.NotContains(t, draft.GetText(), "内部原因")
	require.NotContains(t, draft.GetText(), "UTC+8", "nothing is to come of it")
	require.False(t, f.cycle(name, 1).GetSilent())

	f.dismiss(name, "", false)
	require.NotContains(t, f.letterOn(name, 2).GetText(), "关于您说的事情")
}

// TestNobodyIsToldOfSpam, also after somebody opened it again.
func TestNobodyIsToldOfSpam(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "REC-1")
	f := newFixture(t)
	name := f.file().GetName()
	require.False(t, f.cycle(name, 1).GetSilent(), "it is open")
	f.dismiss(name, "", true)
	require.True(t, f.cycle(name, 1).GetSilent())
	_, err := f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: name, Reason: "it was one"})
	require.NoError(t, err)
	require.True(t, f.cycle(name, 1).GetSilent())
	require.False(t, f.cycle(name, 2).GetSilent())
	_, err = f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: name})
	require.NoError(t, err)
	require.False(t, f.cycle(name, 2).GetSilent(), "that was another end")
}

// TestAnAnswerAndSpamAreSaidOfWhatIsNoComplaint: of anything else they would be lost.
func TestAnAnswerAndSpamAreSaidOfWhatIsNoComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "API-1")
	f := newFixture(t)
	name := f.file().GetName()
	for title, request := range map[string]*intakev1.CloseComplaintRequest{
		"spam that is answered":             {Name: name, Outcome: intakev1.Complaint_NOT_A_COMPLAINT, Spam: true, Answer: "x"},
		"an answer to what was resolved":    {Name: name, Answer: "x"},
		"spam of what was resolved":         {Name: name, Spam: true},
		"an answer that is longer than any": {Name: name, Outcome: intakev1.Complaint_NOT_A_COMPLAINT, Answer: string(make([]byte, 5001))},
	} {
		_, err := f.agent.CloseComplaint(t.Context(), request)
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
		require.Equal(t, intakev1.Complaint_RECEIVED, f.get(name).GetState(), title)
	}
}

// TestTheLetterOnAWithdrawal says what ends with it, what stays on record, and how to come back: who did not withdraw it notices (CLK-4).
func TestTheLetterOnAWithdrawal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "CLK-4")
	f := newFixture(t)
	name := f.resolve(f.in(intakev1.Complaint_ACTIVE).GetName()).GetName()
	_, err := f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: name, Reason: "内部原因"})
	require.NoError(t, err)
	_, err = f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: name, Reason: "x"})
	require.NoError(t, err)
	draft := f.letterOn(name, 1)
	require.Equal(t, policyv1.LetterTemplate_WITHDRAWN, draft.GetKind())
	for _, part := range []string{f.get(name).GetReference(), "随之停止", "留有记录", "重新开启", "并非您的意思"} {
		require.Contains(t, draft.GetText(), part)
	}
	require.NotContains(t, draft.GetText(), "内部原因")
}

// TestTheLetterOnAMerger names the complaint in which it goes on, at the end of the chain (REC-6).
func TestTheLetterOnAMerger(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "REC-6")
	f := newFixture(t)
	first, second, third := f.complain("13812345678", "包裹丢了"), f.complain("13812345678", "包裹又丢了"), f.complain("13812345678", "包裹还是丢了")
	_, err := f.merge(first.GetName(), second.GetName())
	require.NoError(t, err)
	draft := f.letterOn(first.GetName(), 1)
	require.Equal(t, policyv1.LetterTemplate_MERGED, draft.GetKind())
	require.Contains(t, draft.GetSubject(), second.GetReference())
	require.Contains(t, draft.GetText(), first.GetReference())
	_, err = f.merge(second.GetName(), third.GetName())
	require.NoError(t, err)
	require.Contains(t, f.letterOn(first.GetName(), 1).GetSubject(), third.GetReference())
	require.False(t, f.cycle(first.GetName(), 1).GetSilent())

	_, err = f.drafts("agents/lin", authv1.Role_AGENT).WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: third.GetName(), Template: "merged"})
	rpctest.RequireField(t, err, "template")
}

// TestWhoWasImportedSilentlyIsNotTold of what is tidied up afterwards (REC-8), until the complaint is opened again.
func TestWhoWasImportedSilentlyIsNotTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "REC-8")
	f := newFixture(t)
	for id, notify := range map[string]bool{"A-1": false, "A-2": true} {
		name := f.imports(&intakev1.ImportOptions{Source: "crm", NotifyCustomers: notify}, f.row(id))[0].GetComplaint()
		_, err := f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: name})
		require.NoError(t, err)
		require.Equal(t, !notify, f.cycle(name, 1).GetSilent())
		_, err = f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: name, Reason: "x"})
		require.NoError(t, err)
		require.Equal(t, !notify, f.cycle(name, 1).GetSilent())
		_, err = f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: name})
		require.NoError(t, err)
		require.False(t, f.cycle(name, 2).GetSilent())
	}
}
