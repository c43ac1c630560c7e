package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// approves has somebody approve.
func (w *world) approves(approval, who string, role authv1.Role) (*remedyv1.Approval, error) {
	w.t.Helper()
	return w.approvals(who, role).ApproveRemedy(w.t.Context(), &remedyv1.ApproveRemedyRequest{Name: approval})
}

// TestTwoApproveWhatTheLastLevelGrants: beyond a cap, and above what anybody below may grant, the last level grants after the one below it has
// approved, in whichever order; never with fewer people than a smaller amount takes (APPR-1, APPR-2).
func TestTwoApproveWhatTheLastLevelGrants(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-2")
	const sun, fang = "agents/sun", "agents/fang"
	for name, test := range map[string]struct {
		amount int64
		cash   bool
		first  string
		role   authv1.Role
		turn   int32 // The level of the second turn.
		second string
		other  authv1.Role
	}{
		"cash beyond a cap":               {1200, true, sun, authv1.Role_MANAGER, 3, fang, authv1.Role_EXECUTIVE},
		"more than a manager may grant":   {6000, false, sun, authv1.Role_MANAGER, 3, fang, authv1.Role_EXECUTIVE},
		"the executive first":             {1200, true, fang, authv1.Role_EXECUTIVE, 2, sun, authv1.Role_MANAGER},
		"the executive first, of so much": {6000, false, fang, authv1.Role_EXECUTIVE, 2, sun, authv1.Role_MANAGER},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, r := w.waiting(test.amount, test.cash)
			approval := r.GetApproval()
			require.EqualValues(t, 2, w.approval(approval).GetNeeded())
			w.names(approval, 1, 2, sun)
			half, err := w.approves(approval, test.first, test.role)
			require.NoError(t, err)
			require.Equal(t, []any{remedyv1.Approval_PENDING, test.turn}, []any{half.GetState(), half.GetLevel()})
			require.Empty(t, w.entries(""), "half an approval holds nothing")
			w.names(approval, 2, test.turn, test.second)
			_, err = w.approves(approval, test.first, test.role)
			rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_APPROVED_BELOW.String())
			got, err := w.approves(approval, test.second, test.other)
			require.NoError(t, err)
			require.Equal(t, remedyv1.Approval_APPROVED, got.GetState())
			entries := w.entries("")
			require.Len(t, entries, 1)
			require.True(t, entries[0].GetBeyondCaps())
		})
	}
}

// TestTheFirstOfTwoHasTheAuthorityOfTheLevel, not less, whoever approves in whose place.
func TestTheFirstOfTwoHasTheAuthorityOfTheLevel(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1")
	w := newWorld(t)
	_, r := w.waiting(1200, true)
	w.names(r.GetApproval(), 1, 2, "agents/wu")
	_, err := w.approves(r.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_ABOVE_OWN_LIMIT.String())
	_, err = w.approves(r.GetApproval(), "agents/fang", authv1.Role_EXECUTIVE)
	require.NoError(t, err)
	w.names(r.GetApproval(), 2, 2, "agents/wu")
	_, err = w.approves(r.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_ABOVE_OWN_LIMIT.String())
}

// TestACapDoesNotUndoWhatAnExecutiveApproved: where the last level has spoken first, a cap that was used up meanwhile stops nobody below.
func TestACapDoesNotUndoWhatAnExecutiveApproved(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-3")
	w := newWorld(t)
	complaint, r := w.waiting(400, true)
	other := w.proposed(complaint, 900, false)
	_, err := w.approves(r.GetApproval(), "agents/fang", authv1.Role_EXECUTIVE)
	require.NoError(t, err)
	_, err = w.approves(other.GetApproval(), "agents/fang", authv1.Role_EXECUTIVE)
	require.NoError(t, err)
	w.names(r.GetApproval(), 2, 1, "agents/wu")
	got, err := w.approves(r.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Approval_APPROVED, got.GetState())
	require.Equal(t, []bool{false, true}, []bool{w.entries("")[0].GetBeyondCaps(), w.entries("")[1].GetBeyondCaps()})
}

// TestWhatNobodyBelowDecidedTheLastLevelDoes: the time of the level below it is over.
func TestWhatNobodyBelowDecidedTheLastLevelDoes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld(t)
	_, r := w.waiting(1200, true)
	w.names(r.GetApproval(), 1, 2, "agents/sun")
	w.now = w.now.Add(4 * time.Hour)
	_, err := w.approves(r.GetApproval(), "agents/sun", authv1.Role_MANAGER)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_APPROVAL_MOVED_UP.String())
	require.EqualValues(t, 3, w.settles(r.GetApproval()).GetLevel())
	w.names(r.GetApproval(), 2, 3, "agents/fang")
	got, err := w.approves(r.GetApproval(), "agents/fang", authv1.Role_EXECUTIVE)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Approval_APPROVED, got.GetState())
}
