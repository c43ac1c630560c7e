package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestWhoMayNotDecide has each rule refuse all three decisions, and nothing recorded by it (APPR-2, APPR-3).
func TestWhoMayNotDecide(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-2", "APPR-3")
	for name, test := range map[string]struct {
		amount   int64
		cash     bool
		approver string
		then     func(w *world, complaint string, r *remedyv1.Remedy)
		who      string
		role     authv1.Role
		etag     string
		only     bool // Only approving is refused.
		code     codes.Code
		reason   string
		data     map[string]string
	}{
		"there is something newer": {
			approver: "agents/wu", who: "agents/wu", code: codes.FailedPrecondition, reason: remedyv1.ErrorReason_APPROVAL_SUPERSEDED.String(),
			then: func(w *world, _ string, r *remedyv1.Remedy) {
				_, err := w.agent.ReviseRemedy(w.t.Context(), &remedyv1.ReviseRemedyRequest{
					Name: r.GetName(), Options: compensation(cny(35)).GetOptions(), HistorySeen: true,
				})
				require.NoError(w.t, err)
			}, data: map[string]string{"version": "2"},
		},
		"it is withdrawn": {
			approver: "agents/wu", who: "agents/wu", code: codes.FailedPrecondition, reason: remedyv1.ErrorReason_APPROVAL_NOT_PENDING.String(),
			then: func(w *world, _ string, r *remedyv1.Remedy) {
				_, err := w.agent.WithdrawRemedy(w.t.Context(), &remedyv1.WithdrawRemedyRequest{Name: r.GetName(), Reason: "x"})
				require.NoError(w.t, err)
			}, data: map[string]string{"state": "VOID"},
		},
		"it is decided, also by the proposer": {
			approver: "agents/wu", who: "agents/lin", code: codes.FailedPrecondition, reason: remedyv1.ErrorReason_APPROVAL_NOT_PENDING.String(),
			then: func(w *world, _ string, r *remedyv1.Remedy) {
				_, err := w.approvals("agents/wu", authv1.Role_SUPERVISOR).RejectRemedy(w.t.Context(), &remedyv1.RejectRemedyRequest{
					Name: r.GetApproval(), Comment: "no",
				})
				require.NoError(w.t, err)
			}, data: map[string]string{"state": "REJECTED"},
		},
		"it is not as the caller saw it": {
			approver: "agents/wu", who: "agents/wu", etag: `"1"`, code: codes.Aborted, reason: errorv1.Reason_ETAG_MISMATCH.String(),
			data: map[string]string{"etag": `"2"`},
		},
		"the proposer, whoever was named": {
			approver: "agents/lin", who: "agents/lin", code: codes.PermissionDenied, reason: remedyv1.ErrorReason_APPROVER_IS_PROPOSER.String(),
		},
		"the proposer, as an executive": {
			approver: "agents/wu", who: "agents/lin", role: authv1.Role_EXECUTIVE, code: codes.PermissionDenied,
			reason: remedyv1.ErrorReason_APPROVER_IS_PROPOSER.String(),
		},
		"who is complained about": {
			approver: "agents/wu", who: "agents/wu", code: codes.PermissionDenied, reason: remedyv1.ErrorReason_APPROVER_RECUSED.String(),
			then: func(w *world, complaint string, _ *remedyv1.Remedy) { w.accuse(complaint, "agents/wu") },
		},
		"who is complained about in a complaint that went on in this one": {
			approver: "agents/wu", who: "agents/wu", code: codes.PermissionDenied, reason: remedyv1.ErrorReason_APPROVER_RECUSED.String(),
			then: func(w *world, complaint string, _ *remedyv1.Remedy) {
				w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAbsorbed{ComplaintAbsorbed: &eventv1.ComplaintAbsorbed{
					Complaint: "complaints/other", TargetAgents: []string{"agents/he", "agents/wu"},
				}}})
				w.accuse(complaint, "agents/mo") // Which does not make the others judges.
			},
		},
		"who approved below": {
			amount: 200, cash: true, approver: "agents/wu", who: "agents/wu", role: authv1.Role_MANAGER, code: codes.PermissionDenied,
			reason: remedyv1.ErrorReason_APPROVED_BELOW.String(),
			then: func(w *world, _ string, r *remedyv1.Remedy) {
				_, err := w.approvals("agents/wu", authv1.Role_SUPERVISOR).ApproveRemedy(w.t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
				require.NoError(w.t, err)
				w.names(r.GetApproval(), 2, 2, "agents/wu")
			},
		},
		"whose time is over, before that is recorded": {
			approver: "agents/wu", who: "agents/wu", code: codes.FailedPrecondition, reason: remedyv1.ErrorReason_APPROVAL_MOVED_UP.String(),
			then: func(w *world, _ string, _ *remedyv1.Remedy) { w.now = w.now.Add(4 * time.Hour) },
		},
		"whose time is over, after it is recorded": {
			approver: "agents/wu", who: "agents/wu", code: codes.FailedPrecondition, reason: remedyv1.ErrorReason_APPROVAL_MOVED_UP.String(),
			then: func(w *world, _ string, r *remedyv1.Remedy) {
				w.now = w.now.Add(5 * time.Hour)
				w.settles(r.GetApproval())
				w.names(r.GetApproval(), 2, 2, "agents/sun")
			},
		},
		"somebody else": {
			approver: "agents/wu", who: "agents/he", role: authv1.Role_MANAGER, code: codes.PermissionDenied,
			reason: remedyv1.ErrorReason_NOT_THE_APPROVER.String(), data: map[string]string{"approver": "agents/wu"},
		},
		"before anybody is named": {
			who: "agents/wu", code: codes.PermissionDenied, reason: remedyv1.ErrorReason_NOT_THE_APPROVER.String(),
			data: map[string]string{"approver": ""},
		},
		"a delegate who may not grant so much": {
			amount: 900, approver: "agents/wu", who: "agents/wu", only: true, code: codes.PermissionDenied,
			reason: remedyv1.ErrorReason_ABOVE_OWN_LIMIT.String(), data: map[string]string{"amount": "900", "limit": "500"},
		},
		"beyond a cap by now": {
			amount: 400, approver: "agents/wu", who: "agents/wu", role: authv1.Role_MANAGER, only: true, code: codes.FailedPrecondition,
			reason: remedyv1.ErrorReason_CAP_EXCEEDED.String(), data: map[string]string{"cap": "complaint", "most": "1000", "used": "900", "asked": "400"},
			then: func(w *world, complaint string, _ *remedyv1.Remedy) {
				other := w.proposed(complaint, 900, false)
				w.names(other.GetApproval(), 1, 2, "agents/sun")
				_, err := w.approvals("agents/sun", authv1.Role_MANAGER).ApproveRemedy(w.t.Context(), &remedyv1.ApproveRemedyRequest{Name: other.GetApproval()})
				require.NoError(w.t, err)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint, r := w.waiting(max(test.amount, 30), test.cash)
			approval := r.GetApproval()
			if test.approver != "" {
				level := int32(1)
				if test.amount > 500 {
					level = 2
				}
				w.names(approval, 1, level, test.approver)
			}
			if test.then != nil {
				test.then(w, complaint, r)
			}
			before, entries := w.typesOf(complaint), len(w.entries(""))
			role := max(test.role, authv1.Role_SUPERVISOR)
			client := w.approvals(test.who, role)
			decisions := []func() error{func() error {
				_, err := client.ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: approval, Etag: test.etag})
				return err
			}, func() error {
				_, err := client.RejectRemedy(t.Context(), &remedyv1.RejectRemedyRequest{Name: approval, Comment: "no", Etag: test.etag})
				return err
			}, func() error {
				_, err := client.ReturnRemedy(t.Context(), &remedyv1.ReturnRemedyRequest{Name: approval, Comment: "no", Etag: test.etag})
				return err
			}}
			if test.only {
				decisions = decisions[:1]
			}
			for _, decide := range decisions {
				err := decide()
				rpctest.RequireReason(t, err, test.code, test.reason)
				for key, value := range test.data {
					require.Equal(t, value, metadataOf(t, err)[key], key)
				}
			}
			require.Equal(t, before, w.typesOf(complaint), "nothing is recorded")
			require.Len(t, w.entries(""), entries)
		})
	}
}

// accuse has somebody be complained about.
func (w *world) accuse(complaint, who string) {
	w.t.Helper()
	said := reopened()
	said.GetComplaintReopened().TargetAgent = who
	w.happens(complaint, 2, said)
}

// TestWhoMayDecideAfterAll: an executive at any time, the last level also late and however much, and whoever asks again.
func TestWhoMayDecideAfterAll(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-3")
	for name, test := range map[string]struct {
		amount int64
		named  bool
		later  time.Duration
		who    string
		role   authv1.Role
		beyond bool
	}{
		"an executive before anybody is named":      {amount: 30, who: "agents/fang", role: authv1.Role_EXECUTIVE},
		"an executive in somebody's place":          {amount: 30, named: true, who: "agents/fang", role: authv1.Role_EXECUTIVE},
		"an executive when it has moved up":         {amount: 30, named: true, later: 5 * time.Hour, who: "agents/fang", role: authv1.Role_EXECUTIVE},
		"an executive beyond a cap":                 {amount: 1200, who: "agents/fang", role: authv1.Role_EXECUTIVE, beyond: true},
		"the last level, late":                      {amount: 1200, named: true, later: 5 * time.Hour, who: "agents/wu", role: authv1.Role_MANAGER, beyond: true},
		"the last level, by a delegate of any role": {amount: 1200, named: true, who: "agents/wu", role: authv1.Role_SUPERVISOR, beyond: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, r := w.waiting(test.amount, false)
			if test.named {
				w.names(r.GetApproval(), 1, w.approval(r.GetApproval()).GetLevel(), "agents/wu")
			}
			w.now = w.now.Add(test.later)
			got, err := w.approvals(test.who, test.role).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
			require.NoError(t, err)
			require.Equal(t, remedyv1.Approval_APPROVED, got.GetState())
			entries := w.entries("")
			require.Len(t, entries, 1)
			require.Equal(t, test.beyond, entries[0].GetBeyondCaps())
		})
	}
}

// TestDecidingTwiceIsDecidingOnce when the call is repeated under its key.
func TestDecidingTwiceIsDecidingOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-1", "APPR-3")
	w := newWorld(t)
	complaint, r := w.waiting(30, false)
	w.names(r.GetApproval(), 1, 1, "agents/wu")
	ctx := rpctest.WithKey(t.Context(), "decide-1")
	client := w.approvals("agents/wu", authv1.Role_SUPERVISOR)
	req := &remedyv1.ApproveRemedyRequest{Name: r.GetApproval(), Comment: "yes"}
	first, err := client.ApproveRemedy(ctx, req)
	require.NoError(t, err)
	again, err := client.ApproveRemedy(ctx, req)
	require.NoError(t, err)
	require.True(t, proto.Equal(first, again))
	require.Equal(t, 1, w.count(complaint, "approval_decided"))
	require.Len(t, w.entries(""), 1)
}

// TestAnErasedCustomersApproval: it can be decided without words; what was said and shown is gone.
func TestAnErasedCustomersApproval(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "API-4")
	w := newWorld(t)
	_, r := w.waiting(30, false)
	_, other := w.waiting(30, false)
	for _, one := range []*remedyv1.Remedy{r, other} {
		w.names(one.GetApproval(), 1, 1, "agents/wu")
	}
	client := w.approvals("agents/wu", authv1.Role_SUPERVISOR)
	_, err := client.ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: other.GetApproval(), Comment: "yes"})
	require.NoError(t, err)
	w.keys.failure.Store(errs.NotFound(intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String(), "The key was destroyed."))
	_, err = client.ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval(), Comment: "yes"})
	rpctest.RequireReason(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String())
	got, err := client.ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Approval_APPROVED, got.GetState())
	require.Nil(t, got.GetEvidence())
	decided := w.approval(other.GetApproval())
	require.Empty(t, decided.GetSteps()[0].GetComment())
	require.Nil(t, decided.GetEvidence())
}

// TestNoSuchApproval: no name, no level, no words.
func TestNoSuchApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, r := w.waiting(30, false)
	const nowhere = "approvals/01jb3p5v9x7k2m4n6q8r0t1w3y-1"
	missing := errorv1.Reason_RESOURCE_NOT_FOUND.String()
	wu, worker := w.approvals("agents/wu", authv1.Role_SUPERVISOR), w.clockwork()
	for name, call := range map[string]func() error{
		"read": func() error {
			_, err := wu.GetApproval(t.Context(), &remedyv1.GetApprovalRequest{Name: nowhere})
			return err
		},
		"approve": func() error {
			_, err := wu.ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: nowhere})
			return err
		},
		"settle": func() error {
			_, err := worker.SettleApproval(t.Context(), &remedyv1.SettleApprovalRequest{Name: nowhere})
			return err
		},
		"name": func() error {
			_, err := worker.NameApprover(t.Context(), &remedyv1.NameApproverRequest{Name: nowhere, Step: 1, Level: 1})
			return err
		},
	} {
		rpctest.RequireReason(t, call(), codes.NotFound, missing)
		require.NotEmpty(t, name)
	}
	for _, level := range []int32{4, 8} {
		_, err := worker.NameApprover(t.Context(), &remedyv1.NameApproverRequest{Name: r.GetApproval(), Step: 1, Level: level, Approver: "agents/wu"})
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	_, err := wu.RejectRemedy(t.Context(), &remedyv1.RejectRemedyRequest{Name: r.GetApproval(), Comment: " \u2003"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	_, err = w.approvals("agents/chen", authv1.Role_AGENT).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{Name: r.GetApproval()})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}
