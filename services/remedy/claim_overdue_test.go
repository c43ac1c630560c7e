package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// TestAnOverdueClaim is told to its owner, a day later to whoever stands above, once each, and to nobody once it is settled.
func TestAnOverdueClaim(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-7", "CLK-1")
	w := newWorld(t)
	complaint := w.receive()
	due := w.now.Add(time.Hour)
	c := w.claim(complaint, &remedyv1.Claim{Owner: "agents/wu", DueTime: timestamppb.New(due)})
	settled := w.claim(complaint, &remedyv1.Claim{Owner: "agents/wu", DueTime: timestamppb.New(due)})
	_, err := w.claiming("agents/lin", authv1.Role_AGENT).SettleClaim(t.Context(),
		&remedyv1.SettleClaimRequest{Name: settled.GetName(), State: remedyv1.Claim_DROPPED, Note: "不再追偿"})
	require.NoError(t, err)
	w.happens(complaint, 1, closed()) // A claim outlives what it is about.
	look := func(at time.Time) int {
		w.now = at
		for range 2 { // Another process looks as well.
			require.NoError(t, w.service.TellClaims(t.Context()))
		}
		return w.count(complaint, "claim_overdue")
	}
	require.Zero(t, look(due.Add(-time.Microsecond)))
	require.Equal(t, 1, look(due.Add(48*time.Hour)), "whoever looks late tells the owner first")
	told := w.last(complaint, "claim_overdue").GetClaimOverdue()
	require.Equal(t, []any{c.GetName(), "agents/wu", due, false},
		[]any{told.GetClaim(), told.GetOwner(), told.GetDueTime().AsTime(), told.GetAbove()})
	require.Equal(t, 1, look(due.Add(72*time.Hour-time.Microsecond)))
	require.Equal(t, 2, look(due.Add(72*time.Hour)))
	require.True(t, w.last(complaint, "claim_overdue").GetClaimOverdue().GetAbove())
	require.Equal(t, 2, look(due.Add(9999*time.Hour)))
}
