package remedy_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// TestAnotherCurrencyIsAnotherInstallation: what is on record is never read as money of another currency, nor as other fractions of it; and what
// was proposed in another one is neither approved nor offered, since the ledger would have nothing of it.
func TestAnotherCurrencyIsAnotherInstallation(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-3", "APPR-1")
	w := newWorld(t)
	require.NoError(t, newWorldOn(t, w.db, "remedies: {currency: EUR}").service.Denominate(t.Context()), "nothing is on record yet")
	require.NoError(t, w.service.Denominate(t.Context()))
	_, waits := w.waiting(300, false)
	w.names(waits.GetApproval(), 1, 1, "agents/wu")
	granted, err := w.create(t.Context(), w.receive(), small())
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, granted.GetState())
	require.NoError(t, newWorldOn(t, w.db, "{}").service.Denominate(t.Context()), "the same again")
	require.ErrorContains(t, newWorldOn(t, w.db, "remedies: {currency_digits: 3}").service.Denominate(t.Context()), "CNY with 2 digits")
	other := newWorldOn(t, w.db, "remedies: {currency: EUR}")
	require.ErrorContains(t, other.service.Denominate(t.Context()), "EUR")
	require.NoError(t, w.db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error { // What an older version leaves.
		_, err := tx.Exec(ctx, "DELETE FROM denomination")
		return err
	}))
	require.ErrorContains(t, other.service.Denominate(t.Context()), "EUR")

	other.now = w.now
	_, err = other.approvals("agents/wu", authv1.Role_SUPERVISOR).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{
		Name: waits.GetApproval(), Comment: "it is fair",
	})
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_CURRENCY_NOT_SUPPORTED.String())
	_, err = other.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: granted.GetName(), Way: policyv1.ContactWay_PHONE})
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_CURRENCY_NOT_SUPPORTED.String())
}
