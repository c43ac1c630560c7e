package remedy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/playbook"
)

// guarded warns of options of a complaint about delivery, by the built-in policy.
func guarded(t *testing.T, language, fallback string, options ...*remedyv1.Option) []*remedyv1.Warning {
	t.Helper()
	s, err := ready()
	require.NoError(t, err)
	c := Circumstances{Matter: playbook.Matter{Scenario: policyv1.Scenario_LOGISTICS}, Language: language}
	return s.guard.warnings(&remedyv1.Remedy{Options: options, Fallback: fallback}, c, s.approval, moment())
}

func apology(words string) *remedyv1.Option {
	return &remedyv1.Option{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_GOODWILL, Contents: words}
}

// TestGuardOfWords: what is too absolute, too soon, above authority or never to be said is found in each language, and what is not is
// left in peace (PROM-2, REM-2). The phrases are what people really write.
func TestGuardOfWords(t *testing.T) {
	covers.Requirement(t, "PROM-2", "REM-2")
	t.Parallel()
	for language, table := range phrases() {
		found := 0
		for kind, words := range table {
			for _, text := range words {
				found++
				warnings := guarded(t, language, "", apology(text))
				if kind == remedyv1.Warning_KIND_UNSPECIFIED {
					require.Empty(t, warnings, "%s: %q", language, text)
					continue
				}
				require.NotEmpty(t, warnings, "%s: %q", language, text)
				require.Equal(t, kind, warnings[0].GetKind(), "%s: %q: %v", language, text, warnings)
				require.NotEmpty(t, warnings[0].GetQuote(), text)
				require.NotEmpty(t, warnings[0].GetAdvice(), text)
				require.EqualValues(t, 1, warnings[0].GetOption())
				require.EqualValues(t, 1, warnings[0].GetPart())
			}
		}
		require.GreaterOrEqual(t, found, 60, language)
	}
}

// TestGuardOfTimes: a due time sooner than the least of its kind is too soon, and the advice has the earliest (PROM-2, REM-5).
func TestGuardOfTimes(t *testing.T) {
	covers.Requirement(t, "PROM-2")
	t.Parallel()
	reship := func(after time.Duration) *remedyv1.Option {
		return &remedyv1.Option{
			Kind: remedyv1.Option_RESHIP, Basis: remedyv1.Option_ENTITLEMENT, Contents: "补发一件", FulfilTime: timestamppb.New(moment().Add(after)),
			Amount: &money.Money{CurrencyCode: "CNY", Units: 30},
		}
	}
	for after, soon := range map[time.Duration]bool{4 * time.Hour: false, 4*time.Hour - time.Second: true, -time.Hour: true, 24 * time.Hour: false} {
		warnings := guarded(t, "zh-Hans", "", reship(after))
		require.Equal(t, soon, len(warnings) == 1, after)
		if soon {
			require.Equal(t, remedyv1.Warning_TOO_SOON, warnings[0].GetKind())
			require.Contains(t, warnings[0].GetAdvice(), "2026年11月23日（星期一）14:00（UTC+8）", "four hours later at the firm's place")
		}
	}
	require.Empty(t, guarded(t, "en", "", &remedyv1.Option{Kind: remedyv1.Option_RESHIP, Basis: remedyv1.Option_ENTITLEMENT, Contents: "Another one", Amount: &money.Money{CurrencyCode: "CNY", Units: 30}}))
	two := reship(5 * time.Hour)
	two.Parts = []*remedyv1.Part{{
		Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: "退运费", Amount: &money.Money{CurrencyCode: "CNY", Units: 8},
		FulfilTime: timestamppb.New(moment().Add(time.Minute)),
	}}
	warnings := guarded(t, "zh-Hans", "", apology("致歉"), two)
	require.Len(t, warnings, 1)
	require.EqualValues(t, 2, warnings[0].GetOption())
	require.EqualValues(t, 2, warnings[0].GetPart(), "the one that is too soon")
}

// TestGuardOfAuthority: what somebody has to approve is not to be promised before; the first part that needs it is told (APPR-1, PROM-2).
func TestGuardOfAuthority(t *testing.T) {
	covers.Requirement(t, "PROM-2", "APPR-1")
	t.Parallel()
	cny := func(units int64) *money.Money { return &money.Money{CurrencyCode: "CNY", Units: units} }
	coupon := &remedyv1.Coupon{ExpireTime: timestamppb.New(moment().Add(time.Hour))}
	small := &remedyv1.Option{Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Contents: "优惠券", Amount: cny(20), Coupon: coupon}
	require.Empty(t, guarded(t, "zh-Hans", "", small))
	cash := &remedyv1.Option{Kind: remedyv1.Option_COMPENSATION, Basis: remedyv1.Option_FAULT, Contents: "现金补偿", Amount: cny(200), Cash: true}
	warnings := guarded(t, "zh-Hans", "", small, cash)
	require.Len(t, warnings, 1)
	require.Equal(t, remedyv1.Warning_ABOVE_AUTHORITY, warnings[0].GetKind())
	require.EqualValues(t, 2, warnings[0].GetOption())
	require.Contains(t, warnings[0].GetAdvice(), "第1级")
	mixed := apology("致歉")
	mixed.Parts = []*remedyv1.Part{{Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Contents: "优惠券", Amount: cny(600), Coupon: coupon}}
	warnings = guarded(t, "en", "", mixed)
	require.Len(t, warnings, 1)
	require.EqualValues(t, 2, warnings[0].GetPart())
	require.Contains(t, warnings[0].GetAdvice(), "Level 2")
	together := &remedyv1.Option{
		Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Contents: "优惠券", Amount: cny(15), Coupon: coupon,
		Parts: []*remedyv1.Part{{Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Contents: "再一张", Amount: cny(15), Coupon: coupon}},
	}
	warnings = guarded(t, "en", "", together)
	require.Len(t, warnings, 1)
	require.EqualValues(t, 1, warnings[0].GetPart(), "it takes both")
}

// TestGuardIsBounded: the fallback is read, too; a proposal of nothing else but promises is answered in few words.
func TestGuardIsBounded(t *testing.T) {
	t.Parallel()
	warnings := guarded(t, "zh-Hans", "今天一定解决。", apology("致歉"))
	require.Len(t, warnings, 1)
	require.Zero(t, warnings[0].GetOption())
	require.Zero(t, warnings[0].GetPart())
	var many []*remedyv1.Option
	for range 20 {
		text := ""
		for range 60 {
			text += "今天一定解决。"
		}
		many = append(many, apology(text))
	}
	require.Len(t, guarded(t, "zh-Hans", "", many...), mostWarnings)
	require.Empty(t, guarded(t, "zh-Hans", ""))
	require.Empty(t, guarded(t, "zh-Hans", "", apology("")), "words that the caller may not read are not judged")
}
