package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestMoneyInWordsNeedsTheAuthorityOfMoney: what the words of a proposal promise beyond its amounts is judged and warned of like an amount.
func TestMoneyInWordsNeedsTheAuthorityOfMoney(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2", "APPR-1")
	for text, asked := range map[string][]int32{
		"We refund you 5000 yuan in cash tomorrow": {2, 2},
		"退您500元现金":                                 {1, 2},
		"我们赔您五百块":                                  {1, 1},
		"We refund $20":                            {2, 2}, // Nobody below the last level knows what that is, which the one below it approves first.
		"5000元现金":                                  {2, 2},
		"话费退您五仟元":                                  {2, 2},
		"现\u200b金5\u200b00元":                       {1, 2},
		"We are sorry":                             nil,
		"we waive all fees for life":               {1, 1},
		"免费送您一台新手机":                                {1, 1},
		"給您5O00元":                                  {2, 2},
		"We cannot waive all fees":                 nil,
		"We look at the fee of 300 yuan":           nil,
	} {
		for place, say := range map[string]func(r *remedyv1.Remedy){
			"an option": func(r *remedyv1.Remedy) { r.Options[1].Contents = text },
			"a part":    func(r *remedyv1.Remedy) { r.Options[1].Parts = []*remedyv1.Part{{Kind: 11, Basis: 3, Contents: text}} },
		} {
			w := newWorld(t)
			complaint := w.receive()
			said := small()
			said.Options[1].Kind, said.Options[1].Basis = remedyv1.Option_APOLOGY, remedyv1.Option_GOODWILL
			say(said)
			got, err := w.create(t.Context(), complaint, said)
			require.NoError(t, err)
			above := false
			for _, warning := range got.GetWarnings() {
				above = above || warning.GetKind() == remedyv1.Warning_ABOVE_AUTHORITY
			}
			require.Equal(t, asked != nil, above, "%s: %s: %v", place, text, got.GetWarnings())
			if asked == nil {
				require.Equal(t, remedyv1.Remedy_GRANTED, got.GetState(), "%s: %s", place, text)
				continue
			}
			require.Equal(t, remedyv1.Remedy_PROPOSED, got.GetState(), "%s: %s", place, text)
			levels := []int32{w.requested(complaint).GetLevel(), w.requested(complaint).GetNeeded()}
			require.Equal(t, asked, levels, "%s: %s", place, text)
		}
	}
}

// TestWordsThatSayTheAmountsAreNoMore, also of a coupon with its threshold; and who approves for a manager approves no more in words.
func TestWordsThatSayTheAmountsAreNoMore(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2", "APPR-1")
	w := newWorld(t)
	complaint := w.receive()
	said := small()
	said.Options[0].Contents = "we give you a coupon of 20 yuan from 100 yuan on"
	said.Options[0].Coupon = &remedyv1.Coupon{Threshold: cny(100), ExpireTime: timestamppb.New(w.now.Add(time.Hour))}
	said.Options = append(said.Options, &remedyv1.Option{
		Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: "退您199元", Amount: cny(199),
	})
	got, err := w.create(t.Context(), complaint, said)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, got.GetState())
	require.Empty(t, got.GetWarnings())

	// What is only as much as the threshold is none.
	trick := small()
	trick.Options[0].Contents = "退您100元现金"
	trick.Options[0].Coupon = &remedyv1.Coupon{Threshold: cny(100), ExpireTime: timestamppb.New(w.now.Add(time.Hour))}
	tricked, err := w.create(t.Context(), w.receive(), trick)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_PROPOSED, tricked.GetState())

	other := w.receive()
	loud := small()
	loud.Options[1].Contents = "We refund you 900 yuan"
	waiting, err := w.create(t.Context(), other, loud)
	require.NoError(t, err)
	w.names(waiting.GetApproval(), 1, 2, "agents/wu")
	_, err = w.approves(waiting.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_ABOVE_OWN_LIMIT.String())
	_, err = w.approves(waiting.GetApproval(), "agents/wu", authv1.Role_MANAGER)
	require.NoError(t, err)

	// An offer says no more than that.
	for _, c := range []struct {
		name, words, amount, most string
	}{
		{got.GetName(), "I promise you 5000 yuan, we pay by tomorrow", "5000", "199"},
		{waiting.GetName(), "我们退您901元", "901", "900"},
	} {
		offer := &remedyv1.MakeOfferRequest{Name: c.name, Way: policyv1.ContactWay_PHONE, Words: c.words}
		_, err = w.offers().MakeOffer(t.Context(), offer)
		rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_WORDS_ABOVE_GRANT.String())
		require.Equal(t, []string{c.amount, c.most}, []string{metadataOf(t, err)["amount"], metadataOf(t, err)["most"]})
	}
	for name, words := range map[string]string{got.GetName(): "we refund 199 yuan, or give a coupon of 20 from 100 yuan", waiting.GetName(): "退您900元"} {
		_, err = w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: name, Way: policyv1.ContactWay_PHONE, Words: words})
		require.NoError(t, err)
	}
}

// TestAFallbackPromisesNothingThatNobodyOwes: a time or an amount in its words is refused, in a proposal and in a revision.
func TestAFallbackPromisesNothingThatNobodyOwes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-5", "PROM-1")
	w := newWorld(t)
	complaint := w.receive()
	made, err := w.create(t.Context(), complaint, small())
	require.NoError(t, err)
	for text, said := range map[string]string{
		"我们主管明天上午10点给您打电话，并在一小时内退回多收的话费。": "明天",
		"一小时内回电":                     "一小时",
		"主管３天内联系您":                   "3天",
		"A supervisor calls at ten":  "at ten",
		"We call you within 2 hours": "2 hours",
		"Somebody calls on Friday":   "friday",
		"We refund you 500 yuan":     "500",
		"退您伍佰元":                      "500",
	} {
		other := small()
		other.Fallback = text
		_, err := w.create(t.Context(), complaint, other)
		rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_FALLBACK_PROMISES.String())
		require.Equal(t, said, metadataOf(t, err)["said"], text)
		_, err = w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{
			Name: made.GetName(), Options: other.GetOptions(), Fallback: text, HistorySeen: true,
		})
		rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_FALLBACK_PROMISES.String())
	}
	for _, text := range []string{"", "Somebody higher up calls you.", "由主管给您回电", "您可以向消费者协会投诉", "We keep the case open and look again."} {
		other := small()
		other.Fallback = text
		_, err := w.create(t.Context(), w.receive(), other)
		require.NoError(t, err, text)
	}
}
