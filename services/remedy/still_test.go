package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestFaultIsAskedForAgain where it is approved and where it is offered: an assessment in between may have found none (REM-3).
func TestFaultIsAskedForAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-3", "APPR-2")
	w := newWorld(t)
	complaint, r := w.waiting(100, false)
	w.names(r.GetApproval(), 1, 1, "agents/wu")
	unfounded := &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssessed{ComplaintAssessed: &eventv1.ComplaintAssessed{
		Established: policyv1.Establishment_NOT_ESTABLISHED,
	}}}
	w.happens(complaint, 1, unfounded)
	_, err := w.approves(r.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_NOT_OUR_FAULT.String())
	w.happens(complaint, 1, faulty())
	_, err = w.approves(r.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
	require.NoError(t, err)
	w.happens(complaint, 1, unfounded)
	offer := &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_PHONE}
	_, err = w.offers().MakeOffer(t.Context(), offer)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_NOT_OUR_FAULT.String())
	w.happens(complaint, 1, faulty())
	_, err = w.offers().MakeOffer(t.Context(), offer)
	require.NoError(t, err)
	w.happens(complaint, 1, unfounded)
	_, err = w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1})
	require.NoError(t, err, "what the customer was told binds us")
}

// TestItemsAreAskedForAgain: one that came in after the proposal is settled by no option that names others (REC-3).
func TestItemsAreAskedForAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-3")
	w := newWorld(t)
	complaint := w.receive()
	w.happens(complaint, 1, faulty())
	w.happens(complaint, 1, item(complaint, "one", intakev1.Item_OPEN))
	said := compensation(cny(100))
	said.Options[0].Items = []string{complaint + "/items/one"}
	waiting, err := w.create(t.Context(), complaint, said)
	require.NoError(t, err)
	said = small()
	said.Options[0].Items = []string{complaint + "/items/one"}
	granted, err := w.create(t.Context(), complaint, said)
	require.NoError(t, err)
	w.names(waiting.GetApproval(), 1, 1, "agents/wu")
	w.happens(complaint, 1, item(complaint, "two", intakev1.Item_OPEN))
	_, err = w.approves(waiting.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_ITEM_NOT_COVERED.String())
	_, err = w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: granted.GetName(), Way: policyv1.ContactWay_PHONE})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_ITEM_NOT_COVERED.String())
}

// TestWhoIsComplainedAboutGrantsNothingAlone, be it ever so little (APPR-2).
func TestWhoIsComplainedAboutGrantsNothingAlone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2")
	w := newWorld(t)
	complaint := w.receive()
	w.accuse(complaint, "agents/lin")
	got, err := w.create(t.Context(), complaint, small())
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_PROPOSED, got.GetState())
	require.Equal(t, []int32{1, 1}, []int32{w.requested(complaint).GetLevel(), w.requested(complaint).GetNeeded()})
	require.Empty(t, w.entries(""))
	got, err = w.as("agents/wu", authv1.Role_AGENT).CreateRemedy(t.Context(), &remedyv1.CreateRemedyRequest{Parent: complaint, Remedy: small()})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, got.GetState(), "anybody else may")
}

// TestOwnMoneyIsNoException, not even with compensation in the same option (REM-3).
func TestOwnMoneyIsNoException(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-3")
	w := newWorld(t)
	complaint := w.receive()
	w.happens(complaint, 1, faulty())
	for _, exceptional := range []bool{true, false} {
		said := compensation(cny(5))
		said.Options[0].Exceptional = exceptional
		said.Options[0].Parts = []*remedyv1.Part{{Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: "your money", Amount: cny(9)}}
		_, err := w.create(t.Context(), complaint, said)
		rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_ENTITLEMENT_EXCEPTIONAL.String())
	}
}

// TestTermsOfACoupon are of coupons alone, and of a time to come.
func TestTermsOfACoupon(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-1")
	w := newWorld(t)
	complaint := w.receive()
	said := small()
	said.Options[0].Coupon = &remedyv1.Coupon{ExpireTime: timestamppb.New(w.now.Add(-24 * time.Hour))}
	_, err := w.create(t.Context(), complaint, said)
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_TIME_INVALID.String())
	require.Equal(t, "remedy.options[0].coupon.expire_time", metadataOf(t, err)["field"])
	said.Options[0].Coupon.ExpireTime = timestamppb.New(w.now.Add(time.Hour))
	said.Options[1].Coupon = said.GetOptions()[0].GetCoupon()
	_, err = w.create(t.Context(), complaint, said)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	said.Options[1].Coupon = nil
	_, err = w.create(t.Context(), complaint, said)
	require.NoError(t, err)
}
