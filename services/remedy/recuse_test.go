package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// targetNamed has it turn out whom of ours a complaint is about.
func targetNamed(who ...string) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_TargetNamed{TargetNamed: &eventv1.TargetNamed{TargetAgents: who}}}
}

// TestAnApprovalLeavesWhoeverIsComplainedAbout: it turns out that the approver is; somebody else is asked at once, with the whole time.
func TestAnApprovalLeavesWhoeverIsComplainedAbout(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "APPR-3", "ROUTE-2")
	w := newWorld(t)
	complaint, r := w.waiting(30, false)
	w.names(r.GetApproval(), 1, 1, "agents/wu")
	w.now = w.now.Add(time.Hour)
	w.happens(complaint, 1, targetNamed("agents/mo"))
	require.Len(t, w.approval(r.GetApproval()).GetSteps(), 1, "it waits on somebody else")
	w.happens(complaint, 1, targetNamed("agents/wu"))
	moved := w.settles(r.GetApproval())
	require.EqualValues(t, 2, moved.GetStep())
	require.EqualValues(t, 1, moved.GetLevel())
	require.Empty(t, moved.GetApprover())
	require.Equal(t, []string{"agents/wu"}, moved.GetRecused(), "routing may not know")
	require.Equal(t, w.now.Add(4*time.Hour), moved.GetDueTime().AsTime(), "whoever is named has the whole time")
	steps := w.approval(r.GetApproval()).GetSteps()
	require.Equal(t, remedyv1.ApprovalStep_RECUSED, steps[0].GetOutcome())
	require.Equal(t, 1, w.count(complaint, "approval_moved_up"))
	_, err := w.approvals("agents/wu", authv1.Role_SUPERVISOR).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_APPROVER_RECUSED.String())

	w.names(r.GetApproval(), 2, 1, "agents/mo") // Whom routing named before it heard.
	moved = w.settles(r.GetApproval())
	require.EqualValues(t, 3, moved.GetStep())
	require.Equal(t, []string{"agents/wu", "agents/mo"}, moved.GetRecused())
	w.names(r.GetApproval(), 3, 1, "agents/he")
	_, err = w.approvals("agents/he", authv1.Role_SUPERVISOR).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
	require.NoError(t, err)
}

// TestWhomItIsAboutAnswersForNobody: neither is the customer told by them of what is proposed, nor do they say what the customer answered, nor
// does a proposal of somebody else's come to an end by them. What they propose themselves somebody else decides.
func TestWhomItIsAboutAnswersForNobody(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "REM-4", "REM-5")
	w := newWorld(t)
	complaint := w.receive()
	r := w.offered(complaint, twoParts())
	w.happens(complaint, 1, targetNamed("agents/he"))
	conn := w.harness.Conn("agents/he", authv1.Role_SUPERVISOR)
	offers, remedies := remedyv1.NewOfferServiceClient(conn), remedyv1.NewRemedyServiceClient(conn)
	before := w.typesOf(complaint)
	for call, do := range map[string]func() error{
		"offer": func() error {
			_, err := offers.MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_PHONE})
			return err
		},
		"accept": func() error {
			_, err := offers.AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1})
			return err
		},
		"decline": func() error {
			_, err := offers.DeclineOffer(t.Context(), &remedyv1.DeclineOfferRequest{Name: r.GetName(), Reason: "she wants nothing"})
			return err
		},
		"counter": func() error {
			_, err := offers.CounterOffer(t.Context(), &remedyv1.CounterOfferRequest{Name: r.GetName(), Wish: "something else"})
			return err
		},
		"withdraw": func() error {
			_, err := remedies.WithdrawRemedy(t.Context(), &remedyv1.WithdrawRemedyRequest{Name: r.GetName(), Reason: "not needed"})
			return err
		},
		"revise": func() error {
			_, err := remedies.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{Name: r.GetName(), Options: small().GetOptions(), HistorySeen: true})
			return err
		},
	} {
		t.Run(call, func(t *testing.T) {
			rpctest.RequireReason(t, do(), codes.PermissionDenied, remedyv1.ErrorReason_AGENT_RECUSED.String())
		})
	}
	require.Equal(t, before, w.typesOf(complaint), "nothing is recorded")
	own, err := remedies.CreateRemedy(t.Context(), &remedyv1.CreateRemedyRequest{Parent: complaint, Remedy: small()})
	require.NoError(t, err)
	_, err = remedies.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{Name: own.GetName(), Options: small().GetOptions(), HistorySeen: true})
	require.NoError(t, err, "their own, which needs somebody's consent")
	_, err = w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1})
	require.NoError(t, err)
}

// TestWhomItIsAboutSupportsNoRefusal, and is no supervisor who is told of the contact that ends.
func TestWhomItIsAboutSupportsNoRefusal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "ROUTE-2")
	w := newWorld(t)
	complaint := w.receive()
	r := w.climb(w.refuse(complaint), remedyv1.RefusalStep_COMPENSATE)
	w.happens(complaint, 1, targetNamed("agents/he"))
	client := w.supervising()
	for _, kind := range []remedyv1.RefusalStep_Kind{remedyv1.RefusalStep_SUPPORT, remedyv1.RefusalStep_END_CONTACT} {
		req := step(r.GetName(), kind)
		req.Party = "agents/he"
		_, err := client.RecordRefusalStep(t.Context(), req)
		rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_AGENT_RECUSED.String())
		require.Equal(t, "party", metadataOf(t, err)["field"])
		req.Party = "agents/zhao"
		_, err = client.RecordRefusalStep(t.Context(), req)
		require.NoError(t, err)
	}
}

// TestAnApprovalLeavesWhoStandsNextToThem: who stands directly above or below the person complained about judges as little, whether that turns
// out before somebody is named or after. At the last level somebody has to.
func TestAnApprovalLeavesWhoStandsNextToThem(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "ROUTE-2")
	for name, test := range map[string]struct{ agent, above string }{
		"directly above": {"agents/he", "agents/wu"}, "directly below": {"agents/wu", "agents/he"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.directs(test.agent, test.above)
			complaint, r := w.waiting(30, false)
			w.names(r.GetApproval(), 1, 1, "agents/wu")
			w.happens(complaint, 1, targetNamed("agents/he"))
			moved := w.settles(r.GetApproval())
			require.EqualValues(t, 2, moved.GetStep())
			require.Equal(t, []string{"agents/wu"}, moved.GetRecused())
			require.Equal(t, remedyv1.ApprovalStep_RECUSED, w.approval(r.GetApproval()).GetSteps()[0].GetOutcome())

			w.names(r.GetApproval(), 2, 1, "agents/mo")
			w.directs("agents/mo", "agents/he") // HR tells of it only now.
			require.EqualValues(t, 3, w.settles(r.GetApproval()).GetStep())
			w.names(r.GetApproval(), 3, 1, "agents/xu")
			w.directs("agents/he", "agents/xu")
			require.EqualValues(t, 4, w.settles(r.GetApproval()).GetStep())
			for _, who := range []string{"agents/mo", "agents/xu"} {
				for _, role := range []authv1.Role{authv1.Role_SUPERVISOR, authv1.Role_EXECUTIVE} {
					_, err := w.approvals(who, role).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
					rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_APPROVER_RECUSED.String())
				}
			}
		})
	}
	w := newWorld(t)
	complaint, r := w.waiting(30, false)
	w.directs("agents/sun", "agents/fang")
	w.happens(complaint, 1, targetNamed("agents/sun"))
	w.names(r.GetApproval(), 1, 3, "agents/fang")
	require.EqualValues(t, 1, w.settles(r.GetApproval()).GetStep(), "nobody stands above who is named")
	_, err := w.approvals("agents/fang", authv1.Role_EXECUTIVE).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
	require.NoError(t, err)
}

// TestAnApprovalLeavesWhoHasLeft: somebody else is asked at once, and whoever has left decides nothing, in no role.
func TestAnApprovalLeavesWhoHasLeft(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "APPR-3")
	w := newWorld(t)
	directory := func(agent string, change eventv1.DirectoryChanged_Change, active bool) {
		w.happens(agent, 0, &eventv1.Payload{Kind: &eventv1.Payload_DirectoryChanged{DirectoryChanged: &eventv1.DirectoryChanged{
			Resource: agent, Change: change, Active: active,
		}}})
	}
	complaint, r := w.waiting(30, false)
	_, other := w.waiting(30, false)
	directory("agents/wu", eventv1.DirectoryChanged_ADDED, true)
	w.names(r.GetApproval(), 1, 1, "agents/wu")
	w.names(other.GetApproval(), 1, 1, "agents/mo")
	w.now = w.now.Add(time.Hour)
	directory("agents/wu", eventv1.DirectoryChanged_CHANGED, false)
	moved := w.settles(r.GetApproval())
	require.Equal(t, []any{int32(2), int32(1), ""}, []any{moved.GetStep(), moved.GetLevel(), moved.GetApprover()})
	require.Equal(t, []string{"agents/wu"}, moved.GetRecused(), "routing may have named them before")
	require.Equal(t, w.now.Add(4*time.Hour), moved.GetDueTime().AsTime(), "whoever is named has the whole time")
	require.Equal(t, remedyv1.ApprovalStep_LEFT, w.approval(r.GetApproval()).GetSteps()[0].GetOutcome())
	require.True(t, w.newest(complaint, "approval_moved_up").GetApprovalMovedUp().GetLeft())
	require.EqualValues(t, 1, w.settles(other.GetApproval()).GetStep(), "it waits on somebody else")
	for _, role := range []authv1.Role{authv1.Role_SUPERVISOR, authv1.Role_EXECUTIVE} {
		_, err := w.approvals("agents/wu", role).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
		rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_NOT_THE_APPROVER.String())
	}
	w.names(r.GetApproval(), 2, 1, "agents/wu") // Whom routing named before they left.
	require.EqualValues(t, 3, w.settles(r.GetApproval()).GetStep())
	directory("agents/wu", eventv1.DirectoryChanged_REMOVED, false)
	w.names(r.GetApproval(), 3, 1, "agents/wu")
	require.EqualValues(t, 4, w.settles(r.GetApproval()).GetStep())
	directory("agents/wu", eventv1.DirectoryChanged_ADDED, true)
	w.names(r.GetApproval(), 4, 1, "agents/wu")
	_, err := w.approvals("agents/wu", authv1.Role_SUPERVISOR).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
	require.NoError(t, err, "who is back decides")
}

// TestWhoBecameAbsentLosesTheTurn, once, and only where it is theirs: somebody else is asked at the level, with its whole time (APPR-3).
func TestWhoBecameAbsentLosesTheTurn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld(t)
	complaint, r := w.waiting(30, false)
	w.names(r.GetApproval(), 1, 1, "agents/wu")
	w.now = w.now.Add(2 * time.Hour)
	absent := func(who string) *remedyv1.SettleApprovalResponse {
		got, err := w.clockwork().SettleApproval(t.Context(), &remedyv1.SettleApprovalRequest{Name: r.GetApproval(), Absent: who})
		require.NoError(t, err)
		return got
	}
	require.EqualValues(t, 1, absent("agents/mo").GetStep(), "it is somebody else's turn")
	for range 2 {
		got := absent("agents/wu")
		require.EqualValues(t, 2, got.GetStep())
		require.EqualValues(t, 1, got.GetLevel())
		require.Empty(t, got.GetApprover())
		require.Empty(t, got.GetRecused(), "who is back by then may be asked again")
		require.Equal(t, w.now.Add(4*time.Hour), got.GetDueTime().AsTime())
	}
	require.Equal(t, remedyv1.ApprovalStep_ABSENT, w.approval(r.GetApproval()).GetSteps()[0].GetOutcome())
	moved := w.last(complaint, "approval_moved_up").GetApprovalMovedUp()
	require.True(t, moved.GetAbsent())
	require.Equal(t, "agents/wu", moved.GetApprover())
	_, err := w.approves(r.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_NOT_THE_APPROVER.String())
	w.names(r.GetApproval(), 2, 1, "agents/mo")
	_, err = w.approves(r.GetApproval(), "agents/mo", authv1.Role_SUPERVISOR)
	require.NoError(t, err)
}
