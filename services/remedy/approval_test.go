package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// approvals calls on the account of somebody who decides.
func (w *world) approvals(subject string, roles ...authv1.Role) remedyv1.ApprovalServiceClient {
	w.t.Helper()
	return remedyv1.NewApprovalServiceClient(w.harness.Conn(subject, roles...))
}

// clockwork calls as the approval's workflow does.
func (w *world) clockwork() remedyv1.ApprovalServiceClient {
	return w.approvals("services/worker", authv1.Role_SERVICE)
}

// waiting has lin propose so much compensation, which somebody has to approve.
func (w *world) waiting(amount int64, cash bool) (complaint string, r *remedyv1.Remedy) {
	w.t.Helper()
	complaint = w.receive()
	w.happens(complaint, 1, faulty())
	return complaint, w.proposed(complaint, amount, cash)
}

func (w *world) proposed(complaint string, amount int64, cash bool) *remedyv1.Remedy {
	w.t.Helper()
	said := compensation(cny(amount))
	said.Options[0].Cash = cash
	r, err := w.create(w.t.Context(), complaint, said)
	require.NoError(w.t, err)
	require.Equal(w.t, remedyv1.Remedy_PROPOSED, r.GetState())
	return r
}

// names has routing name somebody.
func (w *world) names(approval string, step, level int32, who string, passed ...*remedyv1.ApproverPassedOver) *remedyv1.Approval {
	w.t.Helper()
	a, err := w.clockwork().NameApprover(w.t.Context(), &remedyv1.NameApproverRequest{
		Name: approval, Step: step, Level: level, Approver: who, Passed: passed,
	})
	require.NoError(w.t, err)
	return a
}

// approval reads one.
func (w *world) approval(name string) *remedyv1.Approval {
	w.t.Helper()
	a, err := w.approvals("agents/wu", authv1.Role_SUPERVISOR).GetApproval(w.t.Context(), &remedyv1.GetApprovalRequest{Name: name})
	require.NoError(w.t, err)
	return a
}

// settles has the timer ask how an approval stands.
func (w *world) settles(approval string) *remedyv1.SettleApprovalResponse {
	w.t.Helper()
	answer, err := w.clockwork().SettleApproval(w.t.Context(), &remedyv1.SettleApprovalRequest{Name: approval})
	require.NoError(w.t, err)
	return answer
}

// state reads where a remedy stands.
func (w *world) state(name string) remedyv1.Remedy_State {
	w.t.Helper()
	r, err := w.agent.GetRemedy(w.t.Context(), &remedyv1.GetRemedyRequest{Name: name})
	require.NoError(w.t, err)
	return r.GetState()
}

// typesOf lists the types of remedy's events on a complaint.
func (w *world) typesOf(complaint string) (types []string) {
	w.t.Helper()
	for _, e := range w.told(complaint) {
		types = append(types, e.GetType())
	}
	return types
}

// newest is the newest payload of a type.
func (w *world) newest(complaint, kind string) *eventv1.Payload {
	w.t.Helper()
	var last *eventv1.Payload
	for _, e := range w.told(complaint) {
		if e.GetType() == kind {
			p, err := eventlog.Decode(e)
			require.NoError(w.t, err)
			last = p
		}
	}
	require.NotNil(w.t, last, kind)
	return last
}

// TestApproved: what was requested is on record with its first turn, routing names who decides, and the decision grants and holds at once.
func TestApproved(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "APPR-3", "REM-3")
	w := newWorld(t)
	complaint, r := w.waiting(30, false)
	got := w.approval(r.GetApproval())
	require.Equal(t, remedyv1.Approval_PENDING, got.GetState())
	require.Equal(t, []any{r.GetName(), int32(1), int32(1), int32(1), "agents/lin", "departments/returns", ""}, []any{
		got.GetRemedy(), got.GetVersion(), got.GetCycle(), got.GetLevel(), got.GetProposer(), got.GetDepartment(), got.GetApprover(),
	})
	require.EqualValues(t, 30, got.GetAmount().GetUnits())
	require.Equal(t, w.now.Add(4*time.Hour), got.GetDueTime().AsTime())
	require.Equal(t, w.now.Add(2*time.Hour), got.GetRemindTime().AsTime())
	require.Len(t, got.GetSteps(), 1)

	passed := &remedyv1.ApproverPassedOver{Level: 1, Agent: "agents/zhao", Cause: remedyv1.ApproverPassedOver_ABSENT}
	for range 2 { // Noted once.
		got = w.names(r.GetApproval(), 1, 1, "agents/wu", passed)
		require.Equal(t, "agents/wu", got.GetApprover())
		require.True(t, proto.Equal(passed, got.GetSteps()[0].GetPassed()[0]))
	}
	require.Equal(t, "agents/wu", w.names(r.GetApproval(), 1, 2, "agents/he").GetApprover(), "the first answer stands")
	require.Equal(t, 1, w.count(complaint, "approver_chosen"))
	chosen := w.newest(complaint, "approver_chosen").GetApproverChosen()
	require.Equal(t, "ABSENT", chosen.GetPassed()[0].GetCause())

	require.NotNil(t, got.GetEvidence().GetReadTime(), "what is decided by is shown")
	w.now = w.now.Add(time.Hour)
	require.Equal(t, w.now, w.approval(r.GetApproval()).GetEvidence().GetReadTime().AsTime(), "as it is now, while it is open")
	approved, err := w.approvals("agents/wu", authv1.Role_SUPERVISOR).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{
		Name: r.GetApproval(), Comment: "Fair for a day without heating.", Etag: got.GetEtag(),
	})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Approval_APPROVED, approved.GetState())
	require.NotEqual(t, got.GetEtag(), approved.GetEtag())
	require.Equal(t, w.now, approved.GetEndTime().AsTime())
	step := approved.GetSteps()[0]
	require.Equal(t, []any{remedyv1.ApprovalStep_APPROVED, "agents/wu", "Fair for a day without heating."},
		[]any{step.GetOutcome(), step.GetDecider(), step.GetComment()})
	require.Equal(t, remedyv1.Remedy_GRANTED, w.state(r.GetName()))
	require.Equal(t, []string{
		"remedy_proposed", "approval_requested", "approver_chosen", "approval_decided", "remedy_granted", "ledger_posted",
	}, w.typesOf(complaint))
	entries := w.entries("")
	require.Len(t, entries, 1)
	require.Equal(t, []any{remedyv1.LedgerEntry_HOLD, r.GetApproval(), "agents/wu", int64(30)},
		[]any{entries[0].GetKind(), entries[0].GetCause(), entries[0].GetActor(), entries[0].GetAmount().GetUnits()})
	decided := w.newest(complaint, "approval_decided").GetApprovalDecided()
	require.Equal(t, []string{"APPROVED", "agents/wu", "agents/lin"}, []string{decided.GetDecision(), decided.GetDecider(), decided.GetProposer()})
	require.NotContains(t, string(decided.GetComment().GetCiphertext()), "heating", "what people write is sealed")

	w.now = w.now.Add(time.Hour)
	again := w.approval(r.GetApproval())
	require.Equal(t, w.now.Add(-time.Hour), again.GetEvidence().GetReadTime().AsTime(), "what it was decided by stays as it was")
	settled := w.settles(r.GetApproval())
	require.Equal(t, remedyv1.Approval_APPROVED, settled.GetState())
	require.Zero(t, settled.GetStep())
}

// TestNotApproved: a refusal and a return say why, hold nothing, and what is proposed in its place needs an approval of its own.
func TestNotApproved(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	for name, test := range map[string]struct {
		decide   func(client remedyv1.ApprovalServiceClient, name string) (*remedyv1.Approval, error)
		approval remedyv1.Approval_State
		outcome  remedyv1.ApprovalStep_Outcome
		remedy   remedyv1.Remedy_State
	}{
		"refused": {func(client remedyv1.ApprovalServiceClient, name string) (*remedyv1.Approval, error) {
			return client.RejectRemedy(t.Context(), &remedyv1.RejectRemedyRequest{Name: name, Comment: "no fault of ours"})
		}, remedyv1.Approval_REJECTED, remedyv1.ApprovalStep_REJECTED, remedyv1.Remedy_REJECTED},
		"returned": {func(client remedyv1.ApprovalServiceClient, name string) (*remedyv1.Approval, error) {
			return client.ReturnRemedy(t.Context(), &remedyv1.ReturnRemedyRequest{Name: name, Comment: "no fault of ours"})
		}, remedyv1.Approval_RETURNED, remedyv1.ApprovalStep_RETURNED, remedyv1.Remedy_RETURNED},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint, r := w.waiting(30, false)
			w.names(r.GetApproval(), 1, 1, "agents/wu")
			got, err := test.decide(w.approvals("agents/wu", authv1.Role_SUPERVISOR), r.GetApproval())
			require.NoError(t, err)
			require.Equal(t, test.approval, got.GetState())
			require.Equal(t, test.outcome, got.GetSteps()[0].GetOutcome())
			require.Equal(t, "no fault of ours", got.GetSteps()[0].GetComment())
			require.Equal(t, test.remedy, w.state(r.GetName()))
			require.Empty(t, w.entries(""))
			revised, err := w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{
				Name: r.GetName(), Options: compensation(cny(25)).GetOptions(), HistorySeen: true,
			})
			require.NoError(t, err)
			require.NotEqual(t, r.GetApproval(), revised.GetApproval())
			require.Equal(t, remedyv1.Approval_PENDING, w.approval(revised.GetApproval()).GetState())
			require.Zero(t, w.count(complaint, "approval_voided"), "it was decided")
			plain, err := w.approvals("agents/he", authv1.Role_AUDITOR).GetApproval(t.Context(), &remedyv1.GetApprovalRequest{Name: r.GetApproval()})
			require.NoError(t, err)
			require.Empty(t, plain.GetSteps()[0].GetComment(), "words are for those who handle complaints (API-4)")
		})
	}
}

// TestTwoApprove: from an amount on the level above approves as well, with a time of its own, and only then is it granted (APPR-1).
func TestTwoApprove(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-2", "APPR-3")
	w := newWorld(t)
	complaint, r := w.waiting(200, true)
	name := r.GetApproval()
	w.names(name, 1, 1, "agents/wu")
	w.now = w.now.Add(time.Hour)
	got, err := w.approvals("agents/wu", authv1.Role_SUPERVISOR).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: name, Comment: "yes"})
	require.NoError(t, err)
	require.Equal(t, []any{remedyv1.Approval_PENDING, int32(2), ""}, []any{got.GetState(), got.GetLevel(), got.GetApprover()})
	require.True(t, got.GetCash())
	require.Equal(t, w.now.Add(4*time.Hour), got.GetDueTime().AsTime(), "its time begins with the first approval")
	require.Equal(t, remedyv1.Remedy_PROPOSED, w.state(r.GetName()))
	require.Empty(t, w.entries(""))
	up := w.newest(complaint, "approval_moved_up").GetApprovalMovedUp()
	require.True(t, up.GetSeconded())
	require.Equal(t, "agents/wu", up.GetApprover())
	settled := w.settles(name)
	require.Equal(t, []string{"agents/lin", "agents/wu"}, settled.GetExcluded())
	require.EqualValues(t, 2, settled.GetStep())
	require.False(t, settled.GetOverdue())

	w.names(name, 2, 2, "agents/sun")
	got, err = w.approvals("agents/sun", authv1.Role_MANAGER).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: name})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Approval_APPROVED, got.GetState())
	require.Equal(t, []string{"yes", ""}, []string{got.GetSteps()[0].GetComment(), got.GetSteps()[1].GetComment()})
	require.Len(t, w.entries(""), 1)
}

// TestAboveTheLastLevelThereIsNone: what nobody below decided in time the last level approves alone, or it could never be approved.
func TestAboveTheLastLevelThereIsNone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-3")
	w := newWorld(t)
	_, r := w.waiting(200, true)
	w.now = w.now.Add(9 * time.Hour)
	require.EqualValues(t, 3, w.settles(r.GetApproval()).GetLevel())
	w.names(r.GetApproval(), 3, 3, "agents/fang")
	fang := w.approvals("agents/fang", authv1.Role_EXECUTIVE)
	got, err := fang.ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Approval_APPROVED, got.GetState())
	require.Len(t, w.entries(""), 1)
}

// TestAnExecutiveInSomebodysPlace: where two have to approve, whose turn it was still has to, or nobody would be left above.
func TestAnExecutiveInSomebodysPlace(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2")
	w := newWorld(t)
	_, r := w.waiting(200, true)
	w.names(r.GetApproval(), 1, 1, "agents/wu")
	fang := w.approvals("agents/fang", authv1.Role_EXECUTIVE)
	got, err := fang.ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
	require.NoError(t, err)
	require.Equal(t, []any{remedyv1.Approval_PENDING, int32(1)}, []any{got.GetState(), got.GetLevel()})
	w.names(r.GetApproval(), 2, 1, "agents/wu")
	got, err = w.approvals("agents/wu", authv1.Role_SUPERVISOR).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Approval_APPROVED, got.GetState())
}

// TestWhoeverIsLeftIsAskedAgain: the executive has approved in somebody's place, nobody below decides in time, and there is nobody else at the
// last level. Those below are asked in turn until one of them decides.
func TestWhoeverIsLeftIsAskedAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-3", "CLK-1")
	for title, named := range map[string]string{"in somebody's place": "agents/wu", "named": "agents/fang"} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint, r := w.waiting(200, true)
			name, begin := r.GetApproval(), w.now
			w.names(name, 1, 1, named)
			fang := w.approvals("agents/fang", authv1.Role_EXECUTIVE)
			_, err := fang.ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: name})
			require.NoError(t, err)
			levels := []int32{1, 2, 1, 2, 1}
			for i, level := range levels {
				w.now = begin.Add(time.Duration(4*i) * time.Hour)
				settled := w.settles(name)
				require.Equal(t, []any{level, int32(i + 2), w.now.Add(4 * time.Hour)}, []any{
					settled.GetLevel(), settled.GetStep(), settled.GetDueTime().AsTime(),
				})
				require.Equal(t, i > 1, settled.GetOverdue(), "somebody has to see to it")
			}
			up := w.newest(complaint, "approval_moved_up").GetApprovalMovedUp()
			require.Equal(t, []int32{2, 1}, []int32{up.GetFromLevel(), up.GetLevel()})
			_, err = fang.ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: name})
			rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_APPROVED_BELOW.String())

			w.now = begin.Add(1001 * 4 * time.Hour) // Long after: no turn is made up for.
			settled := w.settles(name)
			require.EqualValues(t, 2, settled.GetLevel())
			require.EqualValues(t, len(levels)+4, settled.GetStep(), "the rest of the round, and two of the newest one")
			w.names(name, settled.GetStep(), 2, "agents/sun")
			got, err := w.approvals("agents/sun", authv1.Role_MANAGER).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: name})
			require.NoError(t, err)
			require.Equal(t, remedyv1.Approval_APPROVED, got.GetState())
			require.Len(t, w.entries(""), 1)
		})
	}
}

// TestNothingIsApprovedBySilence: a level whose time is over passes it on, the last one is asked again for ever, and all of it as the recorded
// times say, whenever anybody asks (CLK-1).
func TestNothingIsApprovedBySilence(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "CLK-1")
	w := newWorld(t)
	complaint, r := w.waiting(30, false)
	name, begin := r.GetApproval(), w.now
	w.names(name, 1, 1, "agents/wu")
	w.now = begin.Add(4*time.Hour - time.Second)
	require.EqualValues(t, 1, w.settles(name).GetLevel())

	w.now = begin.Add(4 * time.Hour)
	shown := w.approval(name)
	require.EqualValues(t, 2, shown.GetLevel(), "exact at the moment of reading")
	require.Zero(t, w.count(complaint, "approval_moved_up"), "and not recorded by it")
	settled := w.settles(name)
	require.Equal(t, []any{remedyv1.Approval_PENDING, int32(2), int32(2), "", false}, []any{
		settled.GetState(), settled.GetStep(), settled.GetLevel(), settled.GetApprover(), settled.GetOverdue(),
	})
	require.Equal(t, begin.Add(8*time.Hour), settled.GetDueTime().AsTime())
	require.Equal(t, begin.Add(6*time.Hour), settled.GetRemindTime().AsTime())
	require.Equal(t, "agents/wu", w.newest(complaint, "approval_moved_up").GetApprovalMovedUp().GetApprover())

	// The process was away for a day and a half: it has moved up to the last level, which is asked again.
	w.now = begin.Add(36*time.Hour + time.Minute)
	settled = w.settles(name)
	require.Equal(t, []any{int32(3), true, begin.Add(40 * time.Hour)}, []any{settled.GetLevel(), settled.GetOverdue(), settled.GetDueTime().AsTime()})
	last := w.newest(complaint, "approval_moved_up").GetApprovalMovedUp()
	require.Equal(t, []int32{3, 3}, []int32{last.GetFromLevel(), last.GetLevel()}, "of which routing hears")
	require.Equal(t, remedyv1.Remedy_PROPOSED, w.state(r.GetName()))
	require.Empty(t, w.entries(""))
	require.True(t, proto.Equal(settled, w.settles(name)), "asking again changes nothing")
	shown = w.approval(name)
	require.Equal(t, remedyv1.ApprovalStep_EXPIRED, shown.GetSteps()[0].GetOutcome())
	require.Equal(t, begin.Add(4*time.Hour), shown.GetSteps()[0].GetEndTime().AsTime(), "it ended when its time was over")
	w.names(name, 1, 1, "agents/chen")
	require.Empty(t, w.approval(name).GetApprover(), "a turn that is over has its approver")
}

// TestNobodyNeedsItAnyMore: what is revised, withdrawn or ended takes its approval along.
func TestNobodyNeedsItAnyMore(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "REM-1")
	for name, end := range map[string]func(w *world, complaint string, r *remedyv1.Remedy) error{
		"revised": func(w *world, _ string, r *remedyv1.Remedy) error {
			_, err := w.agent.ReviseRemedy(w.t.Context(), &remedyv1.ReviseRemedyRequest{Name: r.GetName(), Options: small().GetOptions()})
			return err
		},
		"withdrawn": func(w *world, _ string, r *remedyv1.Remedy) error {
			_, err := w.agent.WithdrawRemedy(w.t.Context(), &remedyv1.WithdrawRemedyRequest{Name: r.GetName(), Reason: "a mistake"})
			return err
		},
		"closed": func(w *world, complaint string, _ *remedyv1.Remedy) error {
			w.happens(complaint, 1, closed())
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint, r := w.waiting(30, false)
			require.NoError(t, end(w, complaint, r))
			got := w.approval(r.GetApproval())
			require.Equal(t, []any{remedyv1.Approval_VOID, remedyv1.ApprovalStep_VOID}, []any{got.GetState(), got.GetSteps()[0].GetOutcome()})
			require.True(t, proto.Equal(timestamppb.New(w.now), got.GetEndTime()))
			require.Nil(t, got.GetEvidence())
			require.Equal(t, 1, w.count(complaint, "approval_voided"))
			require.Equal(t, remedyv1.Approval_VOID, w.settles(r.GetApproval()).GetState())
		})
	}
}
