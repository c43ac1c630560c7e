package remedy_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// unfounded is an assessment that finds nothing.
func unfounded() *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssessed{ComplaintAssessed: &eventv1.ComplaintAssessed{
		Established: policyv1.Establishment_NOT_ESTABLISHED,
	}}}
}

// TestWhatNothingBearsOutIsDoubted: the basis is more than what the proposer calls it (REM-3).
func TestWhatNothingBearsOutIsDoubted(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-3", "APPR-1")
	none := remedyv1.Warning_KIND_UNSPECIFIED
	for name, c := range map[string]struct {
		kind   remedyv1.Option_Kind
		basis  remedyv1.Option_Basis
		units  int64
		facts  *eventv1.Payload
		seen   bool
		warned remedyv1.Warning_Kind
	}{
		"a refund where nothing was found":       {remedyv1.Option_REFUND, remedyv1.Option_ENTITLEMENT, 100, unfounded(), true, remedyv1.Warning_ENTITLEMENT_DOUBTED},
		"an exchange where nothing was found":    {remedyv1.Option_EXCHANGE, remedyv1.Option_ENTITLEMENT, 0, unfounded(), true, remedyv1.Warning_ENTITLEMENT_DOUBTED},
		"an explanation where nothing was":       {remedyv1.Option_GUIDANCE, remedyv1.Option_ENTITLEMENT, 0, unfounded(), false, none},
		"a small refund before anybody assessed": {remedyv1.Option_REFUND, remedyv1.Option_ENTITLEMENT, 199, nil, false, none},
		"a refund before anybody assessed":       {remedyv1.Option_REFUND, remedyv1.Option_ENTITLEMENT, 200, nil, true, remedyv1.Warning_ENTITLEMENT_DOUBTED},
		"a refund that was assessed":             {remedyv1.Option_REFUND, remedyv1.Option_ENTITLEMENT, 500, faulty(), false, none},
		"compensation by right without a fault":  {remedyv1.Option_COMPENSATION, remedyv1.Option_ENTITLEMENT, 100, nil, true, remedyv1.Warning_ENTITLEMENT_DOUBTED},
		"compensation by right unseen":           {remedyv1.Option_COMPENSATION, remedyv1.Option_ENTITLEMENT, 100, faulty(), false, remedyv1.Warning_ENTITLEMENT_DOUBTED},
		"compensation by right":                  {remedyv1.Option_COMPENSATION, remedyv1.Option_ENTITLEMENT, 100, faulty(), true, none},
		"much goodwill unseen":                   {remedyv1.Option_COMPENSATION, remedyv1.Option_GOODWILL, 200, nil, false, remedyv1.Warning_HISTORY_UNSEEN},
		"less goodwill unseen":                   {remedyv1.Option_COMPENSATION, remedyv1.Option_GOODWILL, 199, nil, false, none},
		"much goodwill":                          {remedyv1.Option_COMPENSATION, remedyv1.Option_GOODWILL, 200, nil, true, none},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.receive()
			if c.facts != nil {
				w.happens(complaint, 1, c.facts)
			}
			r := refund(c.units)
			r.HistorySeen = c.seen
			r.Options[0].Kind, r.Options[0].Basis = c.kind, c.basis
			got, err := w.create(t.Context(), complaint, r)
			require.NoError(t, err)
			var warned remedyv1.Warning_Kind
			for _, warning := range got.GetWarnings() {
				if warning.GetKind() >= remedyv1.Warning_ENTITLEMENT_DOUBTED {
					warned = warning.GetKind()
				}
			}
			require.Equal(t, c.warned, warned)
			if c.warned == none {
				return
			}
			require.Equal(t, remedyv1.Remedy_PROPOSED, got.GetState())
			require.EqualValues(t, 1, w.requested(complaint).GetLevel())
			w.names(got.GetApproval(), 1, 1, "agents/wu")
			for _, nothing := range []string{"", " ", "\u200b", "\u3164"} {
				_, err = w.approvals("agents/wu", authv1.Role_SUPERVISOR).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{
					Name: got.GetApproval(), Comment: nothing,
				})
				rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
			}
			_, err = w.approvals("agents/wu", authv1.Role_SUPERVISOR).ApproveRemedy(t.Context(), &remedyv1.ApproveRemedyRequest{
				Name: got.GetApproval(), Comment: "the shop has promised it",
			})
			require.NoError(t, err)
			_, err = w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: got.GetName(), Way: policyv1.ContactWay_PHONE})
			require.NoError(t, err)
		})
	}
}

// TestWhatIsFoundLaterIsDoubtedToo, as long as nobody was told of it.
func TestWhatIsFoundLaterIsDoubtedToo(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-3")
	w := newWorld(t)
	complaint := w.receive()
	r, err := w.create(t.Context(), complaint, refund(100))
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, r.GetState())
	w.happens(complaint, 1, unfounded())
	_, err = w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_PHONE})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_APPROVAL_NEEDED.String())
}
