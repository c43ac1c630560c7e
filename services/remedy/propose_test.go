package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
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

// cny is so much of the policy's currency.
func cny(units int64) *money.Money { return &money.Money{CurrencyCode: "CNY", Units: units} }

// small is what an agent may grant alone: a coupon or an apology.
func small() *remedyv1.Remedy {
	return &remedyv1.Remedy{Options: []*remedyv1.Option{
		{Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Contents: "a coupon", Amount: cny(20)},
		{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_FAULT, Contents: "we are sorry"},
	}}
}

// half is what may be granted alone twice.
func half() *remedyv1.Remedy {
	r := small()
	r.Options[0].Amount = cny(10)
	return r
}

// compensation is so much for a fault of ours, or an apology.
func compensation(amount *money.Money) *remedyv1.Remedy {
	r := small()
	r.Options[0] = &remedyv1.Option{
		Kind: remedyv1.Option_COMPENSATION, Basis: remedyv1.Option_FAULT, Contents: "for your trouble", Amount: amount, Exceptional: true,
	}
	r.HistorySeen = true
	return r
}

func item(complaint, id string, state intakev1.Item_State) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ItemChanged{ItemChanged: &eventv1.ItemChanged{
		Item: complaint + "/items/" + id, State: state.String(),
	}}}
}

// TestWhatMayNotBeProposed has each rule refuse, and nothing recorded.
func TestWhatMayNotBeProposed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-1", "REM-3", "REC-3", "REC-4")
	for name, c := range map[string]struct {
		spoil  func(r *remedyv1.Remedy, complaint string)
		code   codes.Code
		reason remedyv1.ErrorReason
		data   map[string]string
	}{
		"one option": {
			func(r *remedyv1.Remedy, _ string) { r.Options = r.Options[:1] },
			codes.InvalidArgument, remedyv1.ErrorReason_TOO_FEW_OPTIONS, map[string]string{"least": "2"},
		},
		"another currency": {
			func(r *remedyv1.Remedy, _ string) { r.Options[0].Amount.CurrencyCode = "HKD" },
			codes.InvalidArgument, remedyv1.ErrorReason_CURRENCY_NOT_SUPPORTED, map[string]string{"currency": "CNY"},
		},
		"another currency in a part": {
			func(r *remedyv1.Remedy, _ string) {
				r.Options[1].Parts = []*remedyv1.Part{{
					Kind: remedyv1.Option_GIFT, Basis: remedyv1.Option_GOODWILL, Contents: "x", Amount: &money.Money{CurrencyCode: "USD", Units: 1},
				}}
			},
			codes.InvalidArgument, remedyv1.ErrorReason_CURRENCY_NOT_SUPPORTED, nil,
		},
		"a thousandth": {
			func(r *remedyv1.Remedy, _ string) { r.Options[0].Amount.Nanos = 1_000_000 },
			codes.InvalidArgument, remedyv1.ErrorReason_AMOUNT_TOO_FINE, map[string]string{"digits": "2"},
		},
		"a coupon of nothing": {
			func(r *remedyv1.Remedy, _ string) { r.Options[0].Amount = nil },
			codes.InvalidArgument, remedyv1.ErrorReason_AMOUNT_MISSING, map[string]string{"kind": "COUPON"},
		},
		"a gift of unknown worth": {
			func(r *remedyv1.Remedy, _ string) { r.Options[0].Kind, r.Options[0].Amount = remedyv1.Option_GIFT, nil },
			codes.InvalidArgument, remedyv1.ErrorReason_AMOUNT_MISSING, map[string]string{"kind": "GIFT"},
		},
		"a time that is over": {
			func(r *remedyv1.Remedy, _ string) {
				r.Options[1].FulfilTime = timestamppb.New(time.Unix(1_577_836_800, 0))
			},
			codes.InvalidArgument, remedyv1.ErrorReason_TIME_INVALID, map[string]string{"field": "remedy.options[1].fulfil_time"},
		},
		"money under the name of a play that may stand alone": {
			func(r *remedyv1.Remedy, _ string) {
				r.Options = r.Options[:1]
				r.Options[0].Play = "playbooks/telecom-contract/plays/pause"
			},
			codes.InvalidArgument, remedyv1.ErrorReason_TOO_FEW_OPTIONS, nil,
		},
		"no cash": {
			func(r *remedyv1.Remedy, _ string) { r.Options[1].Cash = true },
			codes.InvalidArgument, remedyv1.ErrorReason_AMOUNT_MISSING, nil,
		},
		"a play that there is not": {
			func(r *remedyv1.Remedy, _ string) { r.Options[0].Play = "playbooks/none/plays/none" },
			codes.InvalidArgument, remedyv1.ErrorReason_PLAY_UNKNOWN, map[string]string{"play": "playbooks/none/plays/none"},
		},
		"an entitlement as an exception": {
			func(r *remedyv1.Remedy, _ string) {
				r.Options[0].Kind, r.Options[0].Basis, r.Options[0].Exceptional = remedyv1.Option_REFUND, remedyv1.Option_ENTITLEMENT, true
			},
			codes.InvalidArgument, remedyv1.ErrorReason_ENTITLEMENT_EXCEPTIONAL, map[string]string{"option": "1"},
		},
		"compensation as no exception": {
			func(r *remedyv1.Remedy, _ string) {
				r.Options = append(r.Options, compensation(cny(5)).GetOptions()[0])
				r.Options[2].Exceptional = false
			},
			codes.InvalidArgument, remedyv1.ErrorReason_COMPENSATION_NOT_EXCEPTIONAL, map[string]string{"option": "3"},
		},
		"an item left open": {
			func(r *remedyv1.Remedy, complaint string) { r.Options[1].Items = []string{complaint + "/items/bank"} },
			codes.FailedPrecondition, remedyv1.ErrorReason_ITEM_NOT_COVERED, map[string]string{"option": "2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.receive()
			w.happens(complaint, 1, item(complaint, "phone", intakev1.Item_OPEN))
			w.happens(complaint, 1, item(complaint, "bank", intakev1.Item_DONE))
			r := small()
			c.spoil(r, complaint)
			_, err := w.create(rpctest.WithKey(t.Context(), "k"), complaint, r)
			rpctest.RequireReason(t, err, c.code, c.reason.String())
			require.Subset(t, metadataOf(t, err), c.data)
			require.Empty(t, w.list(w.agent, complaint))
			require.Empty(t, w.told(complaint))
			_, err = w.create(rpctest.WithKey(t.Context(), "k"), complaint, small())
			require.NoError(t, err, "a refused call does not use up its key")
		})
	}
}

// TestRestatementComesFirst: nothing is proposed before what was understood was said back (REC-4).
func TestRestatementComesFirst(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-4")
	w := newWorld(t)
	complaint := w.unheard()
	_, err := w.create(t.Context(), complaint, small())
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_RESTATEMENT_MISSING.String())
	w.happens(complaint, 1, understood(true))
	r, err := w.create(t.Context(), complaint, small())
	require.NoError(t, err)
	w.happens(complaint, 1, understood(false))
	_, err = w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_PHONE})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_RESTATEMENT_MISSING.String())
}

// TestCompensationNeedsOurFault: a ruling says so, or the assessment as long as there is none (REM-3).
func TestCompensationNeedsOurFault(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-3")
	w := newWorld(t)
	complaint := w.receive()
	refused := func(why string) {
		_, err := w.create(t.Context(), complaint, compensation(cny(30)))
		rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_NOT_OUR_FAULT.String())
		require.Equal(t, "1", metadataOf(t, err)["option"], why)
	}
	allowed := func(why string) {
		_, err := w.create(t.Context(), complaint, compensation(cny(30)))
		require.NoError(t, err, why)
	}
	assessed := func(established policyv1.Establishment, cause policyv1.Cause) {
		w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssessed{ComplaintAssessed: &eventv1.ComplaintAssessed{
			Established: established, Causes: []policyv1.Cause{cause},
		}}})
	}
	ruled := func(responsibility policyv1.Responsibility) {
		w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ResponsibilityRuled{ResponsibilityRuled: &eventv1.ResponsibilityRuled{
			Ruling: complaint + "/rulings/r", Responsibility: responsibility,
		}}})
	}
	refused("nobody has looked")
	assessed(policyv1.Establishment_NOT_ESTABLISHED, policyv1.Cause_STAFF_COLD)
	refused("it was not so")
	assessed(policyv1.Establishment_ESTABLISHED, policyv1.Cause_QUALITY_CUSTOMER_HANDLING)
	refused("it came of how the customer handled it")
	assessed(policyv1.Establishment_PARTLY, policyv1.Cause_THIRD_PARTY)
	allowed("what a carrier did is ours towards the customer")
	ruled(policyv1.Responsibility_NOT_RESPONSIBLE)
	refused("a ruling overrides the assessment")
	ruled(policyv1.Responsibility_RESPONSIBLE)
	allowed("ruled")
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_AppealDecided{AppealDecided: &eventv1.AppealDecided{
		Overturned: true, Responsibility: policyv1.Responsibility_NOT_RESPONSIBLE,
	}}})
	refused("an appeal overturned it")

	ruled(policyv1.Responsibility_RESPONSIBLE)
	blind := compensation(cny(30))
	blind.HistorySeen = false
	_, err := w.create(t.Context(), complaint, blind)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_HISTORY_NOT_SEEN.String())
}

// TestItemsAreCovered: an item that is done need not be, one that came from a complaint that was merged has to be (REC-3).
func TestItemsAreCovered(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-3")
	w := newWorld(t)
	complaint, other := w.receive(), w.receive()
	w.happens(complaint, 1, item(complaint, "phone", intakev1.Item_OPEN))
	w.happens(complaint, 1, item(complaint, "done", intakev1.Item_OPEN))
	w.happens(complaint, 1, item(complaint, "done", intakev1.Item_DONE))
	r := small()
	for _, o := range r.GetOptions() {
		o.Items = []string{complaint + "/items/phone"}
	}
	got, err := w.create(t.Context(), complaint, r)
	require.NoError(t, err)
	require.Equal(t, r.GetOptions()[0].GetItems(), got.GetOptions()[0].GetItems())

	w.happens(other, 1, item(other, "bank", intakev1.Item_OPEN))
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAbsorbed{ComplaintAbsorbed: &eventv1.ComplaintAbsorbed{Complaint: other}}})
	_, err = w.create(t.Context(), complaint, r)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_ITEM_NOT_COVERED.String())
	require.Equal(t, complaint+"/items/bank", metadataOf(t, err)["item"])
	_, err = w.create(t.Context(), complaint, small())
	require.NoError(t, err, "no items are all items")
	r.Options[0].Items = []string{other + "/items/bank"}
	_, err = w.create(t.Context(), complaint, r)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
}

// TestAskingChangesNothing: validate_only tells what would be, and nothing is on record.
func TestAskingChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.receive()
	ask := func(r *remedyv1.Remedy) (*remedyv1.Remedy, error) {
		return w.agent.CreateRemedy(rpctest.WithKey(t.Context(), "k"), &remedyv1.CreateRemedyRequest{Parent: complaint, Remedy: r, ValidateOnly: true})
	}
	got, err := ask(small())
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, got.GetState())
	require.Empty(t, got.GetName())
	require.Equal(t, "a coupon", got.GetOptions()[0].GetContents())
	got, err = ask(proposal())
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_PROPOSED, got.GetState())
	require.Empty(t, got.GetApproval(), "it names what is on record alone")
	require.NotEmpty(t, got.GetWarnings())
	_, err = ask(compensation(cny(1)))
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_NOT_OUR_FAULT.String())
	require.Empty(t, w.list(w.agent, complaint))
	require.Empty(t, w.told(complaint))
	require.Empty(t, w.entries(""))

	made, err := w.create(rpctest.WithKey(t.Context(), "k"), complaint, small())
	require.NoError(t, err, "asking does not use up the key")
	before := w.told(complaint)
	revised, err := w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{
		Name: made.GetName(), Options: proposal().GetOptions(), ValidateOnly: true,
	})
	require.NoError(t, err)
	require.EqualValues(t, 2, revised.GetVersion())
	require.Equal(t, remedyv1.Remedy_PROPOSED, revised.GetState())
	require.Empty(t, revised.GetApproval())
	require.Len(t, w.told(complaint), len(before))
	require.EqualValues(t, 1, w.list(w.agent, complaint)[0].GetVersion())
}

// TestRevisions: something else is a new version, which is judged anew; words of every version can be read.
func TestRevisions(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "REM-1")
	w := newWorld(t)
	complaint := w.receive()
	made, err := w.create(t.Context(), complaint, proposal())
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_PROPOSED, made.GetState())
	revise := func(etag string, r *remedyv1.Remedy) (*remedyv1.Remedy, error) {
		return w.as("agents/wu", authv1.Role_AGENT).ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{
			Name: made.GetName(), Options: r.GetOptions(), Fallback: "else", ScoreObjection: "unfair", HistorySeen: true, Etag: etag,
		})
	}
	_, err = revise(`"x"`, small())
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
	one := small()
	one.Options = one.Options[:1]
	_, err = revise("", one)
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_TOO_FEW_OPTIONS.String())

	got, err := revise(made.GetEtag(), small())
	require.NoError(t, err)
	require.EqualValues(t, 2, got.GetVersion())
	require.Equal(t, remedyv1.Remedy_GRANTED, got.GetState())
	require.Empty(t, got.GetApproval())
	require.Equal(t, "agents/wu", got.GetProposer())
	require.Equal(t, []string{"a coupon", "else", "unfair"}, []string{got.GetOptions()[0].GetContents(), got.GetFallback(), got.GetScoreObjection()})
	require.Equal(t, 1, w.count(complaint, "approval_voided"), "what nobody needs any more is not approved")
	require.Equal(t, 1, w.count(complaint, "remedy_revised"))

	got, err = revise("", proposal())
	require.NoError(t, err)
	require.EqualValues(t, 3, got.GetVersion())
	require.Contains(t, got.GetApproval(), "-3", "each version has an approval of its own")
	require.Equal(t, "全额退款，原路退回", got.GetOptions()[0].GetContents())
	require.Equal(t, "0", w.held(complaint), "what was held for the version before is free again")
	_, err = w.agent.GetRemedy(t.Context(), &remedyv1.GetRemedyRequest{Name: complaint + "/remedies/none"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	_, err = w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{Name: complaint + "/remedies/none", Options: small().GetOptions()})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
}

// TestWithdrawing frees what was held, and nothing comes of the proposal any more.
func TestWithdrawing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.receive()
	made, err := w.create(t.Context(), complaint, small())
	require.NoError(t, err)
	require.Equal(t, "20", w.held(complaint))
	withdraw := &remedyv1.WithdrawRemedyRequest{Name: made.GetName(), Reason: "a mistake", Etag: `"9"`}
	_, err = w.agent.WithdrawRemedy(t.Context(), withdraw)
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
	withdraw.Etag = made.GetEtag()
	got, err := w.agent.WithdrawRemedy(t.Context(), withdraw)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_WITHDRAWN, got.GetState())
	require.Equal(t, "0", w.held(complaint))
	withdraw.Etag = ""
	_, err = w.agent.WithdrawRemedy(t.Context(), withdraw)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_REMEDY_STATE_FORBIDS.String())
	require.Equal(t, "WITHDRAWN", metadataOf(t, err)["state"])
	_, err = w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{Name: made.GetName(), Options: small().GetOptions()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_REMEDY_STATE_FORBIDS.String())

	// The end of the cycle takes back what was not accepted.
	for _, r := range []*remedyv1.Remedy{small(), proposal()} {
		_, err = w.create(t.Context(), complaint, r)
		require.NoError(t, err)
	}
	w.happens(complaint, 1, closed())
	for _, r := range w.list(w.agent, complaint) {
		require.Equal(t, remedyv1.Remedy_WITHDRAWN, r.GetState())
	}
	require.Equal(t, "0", w.held(complaint))
	require.Equal(t, 1, w.count(complaint, "approval_voided"))
	require.Equal(t, 3, w.count(complaint, "remedy_withdrawn"))
}
