package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestNoOfferIsMadeAgainWithoutEnd: each time gives the customer a new time to answer, and silence would never come to anything (REM-4). What is
// revised is another offer.
func TestNoOfferIsMadeAgainWithoutEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	w := newWorldOn(t, newDB(t), "remedies: {offers: {again_most: 2}}")
	complaint := w.receive()
	r := w.offered(complaint, small())
	again := func() (*remedyv1.Remedy, error) {
		w.now = w.now.Add(time.Hour)
		return w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_PHONE})
	}
	_, err := again()
	require.NoError(t, err)
	declined, err := w.offers().DeclineOffer(t.Context(), &remedyv1.DeclineOfferRequest{Name: r.GetName(), Reason: "too little"})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_DECLINED, declined.GetState())
	last, err := again()
	require.NoError(t, err, "the one before was declined, and thought better of")
	_, err = again()
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_OFFERED_TOO_OFTEN.String())
	require.Equal(t, "2", metadataOf(t, err)["most"])
	require.Equal(t, 3, w.count(complaint, "offer_made"))
	require.Equal(t, last.GetOffer().GetAnswerTime().AsTime(), w.list(w.agent, complaint)[0].GetOffer().GetAnswerTime().AsTime(), "it stands as it stood")

	revised, err := w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{Name: r.GetName(), Options: small().GetOptions(), Fallback: "an apology"})
	require.NoError(t, err)
	require.EqualValues(t, 2, revised.GetVersion())
	for range 3 {
		_, err = again()
		require.NoError(t, err, "another version is offered for the first time")
	}
	_, err = again()
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_OFFERED_TOO_OFTEN.String())
}
