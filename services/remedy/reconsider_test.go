package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// again makes an offer that was made before.
func (w *world) again(r *remedyv1.Remedy) (*remedyv1.Remedy, error) {
	return w.offers().MakeOffer(w.t.Context(), &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_PHONE})
}

// approvedOffer is one that somebody above has approved, and that the customer was told.
func (w *world) approvedOffer(amount int64) (complaint string, r *remedyv1.Remedy) {
	w.t.Helper()
	complaint, r = w.waiting(amount, true)
	w.names(r.GetApproval(), 1, 1, "agents/wu")
	_, err := w.approves(r.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
	require.NoError(w.t, err)
	r, err = w.again(r)
	require.NoError(w.t, err)
	return complaint, r
}

// TestWhoSaidNoMayThinkBetterOfIt: in the time that the customer had, what was approved is offered again without another approval, and held once.
func TestWhoSaidNoMayThinkBetterOfIt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "APPR-1")
	for name, no := range map[string]func(w *world, r *remedyv1.Remedy) (held string, err error){
		"declined": func(w *world, r *remedyv1.Remedy) (string, error) {
			_, err := w.offers().DeclineOffer(w.t.Context(), &remedyv1.DeclineOfferRequest{Name: r.GetName(), Reason: "not for that"})
			return "0", err
		},
		"countered": func(w *world, r *remedyv1.Remedy) (string, error) {
			_, err := w.offers().CounterOffer(w.t.Context(), &remedyv1.CounterOfferRequest{Name: r.GetName(), Wish: "more"})
			return "199", err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint, r := w.approvedOffer(199)
			w.now = w.now.Add(time.Hour)
			held, err := no(w, r)
			require.NoError(t, err)
			require.Equal(t, held, w.held(complaint))

			w.now = r.GetOffer().GetAnswerTime().AsTime()
			got, err := w.again(r)
			require.NoError(t, err)
			require.Equal(t, remedyv1.Remedy_OFFERED, got.GetState())
			require.Nil(t, got.GetAnswer())
			require.Equal(t, r.GetApproval(), got.GetApproval())
			require.Equal(t, "199", w.held(complaint))
			got, err = w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1})
			require.NoError(t, err)
			require.Equal(t, remedyv1.Remedy_ACCEPTED, got.GetState())
			require.Equal(t, "199", w.held(complaint))
		})
	}
}

// TestWhatWasRefusedIsNotOfferedForEver: not once the time is over that the customer had, and not where more authority would be asked now.
func TestWhatWasRefusedIsNotOfferedForEver(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "APPR-1")
	w := newWorld(t)
	complaint, r := w.approvedOffer(199)
	decline := func() {
		_, err := w.offers().DeclineOffer(t.Context(), &remedyv1.DeclineOfferRequest{Name: r.GetName(), Reason: "not for that"})
		require.NoError(t, err)
	}
	decline()
	other := w.proposed(complaint, 199, true)
	w.names(other.GetApproval(), 1, 1, "agents/wu")
	_, err := w.approves(other.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
	require.NoError(t, err)
	_, err = w.again(r)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_APPROVAL_NEEDED.String())
	require.Equal(t, "2", metadataOf(t, err)["needed"])
	_, err = w.agent.WithdrawRemedy(t.Context(), &remedyv1.WithdrawRemedyRequest{Name: other.GetName(), Reason: "the first one"})
	require.NoError(t, err)
	w.now = r.GetOffer().GetAnswerTime().AsTime().Add(time.Second)
	_, err = w.again(r)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_REMEDY_STATE_FORBIDS.String())
	require.Equal(t, "DECLINED", metadataOf(t, err)["state"])
}

// TestWhatIsHeldStillNeedsItsAuthority: what the customer wanted something else for is offered again only as far as it would be granted now.
func TestWhatIsHeldStillNeedsItsAuthority(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "APPR-1")
	w := newWorld(t)
	complaint, r := w.approvedOffer(199)
	_, err := w.offers().CounterOffer(t.Context(), &remedyv1.CounterOfferRequest{Name: r.GetName(), Wish: "more"})
	require.NoError(t, err)
	other := w.proposed(complaint, 100, true)
	w.names(other.GetApproval(), 1, 1, "agents/wu")
	_, err = w.approves(other.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
	require.NoError(t, err)
	w.names(other.GetApproval(), 2, 2, "agents/sun")
	_, err = w.approves(other.GetApproval(), "agents/sun", authv1.Role_MANAGER)
	require.NoError(t, err)
	require.Equal(t, "299", w.held(complaint))
	_, err = w.again(r)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_APPROVAL_NEEDED.String())
	require.Equal(t, "299", w.held(complaint))
}
