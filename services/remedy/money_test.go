package remedy_test

import (
	"math"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/remedy"
)

// rules are those of a policy; empty for the built-in one.
func rules(t *testing.T, said string) *remedy.Rules {
	t.Helper()
	p, err := policy.Parse([]byte(said), "test.yaml")
	require.NoError(t, err)
	r, err := remedy.NewRules(p)
	require.NoError(t, err)
	return r
}

func yuan(units int64, nanos int32) remedy.Money {
	return remedy.Money{Currency: "CNY", Units: units, Nanos: nanos}
}

func TestMoneyIsExact(t *testing.T) {
	t.Parallel()
	r := rules(t, "{}")
	require.NoError(t, quick.Check(func(minor int64) bool {
		a := r.FromMinor(minor)
		back, fits := r.Minor(a)
		return fits && back == minor
	}, nil), "the databases' numbers are as exact as those of the code")
	require.NoError(t, quick.Check(func(a, b uint32) bool {
		sum, _ := r.Minor(r.Of(yuan(int64(a), 10_000_000)).Add(r.Of(yuan(int64(b), 990_000_000))))
		return sum == (int64(a)+int64(b)+1)*100
	}, nil), "0.01 and 0.99 are 1")
	require.NoError(t, quick.Check(func(units uint32, cents uint8) bool {
		m := yuan(int64(units), int32(cents%100)*10_000_000)
		return r.Money(r.Of(m)) == m
	}, nil))
	_, fits := r.Minor(r.FromMinor(math.MaxInt64).Add(r.FromMinor(1)))
	require.False(t, fits)
}

func TestMoneyThatIsRefused(t *testing.T) {
	t.Parallel()
	r := rules(t, "{}")
	for name, c := range map[string]struct {
		money  remedy.Money
		reason remedyv1.ErrorReason
	}{
		"another currency":              {remedy.Money{Currency: "HKD", Units: 1}, remedyv1.ErrorReason_CURRENCY_NOT_SUPPORTED},
		"a thousandth":                  {yuan(0, 1_000_000), remedyv1.ErrorReason_AMOUNT_TOO_FINE},
		"a billionth of very much":      {yuan(1_000_000_000_000, 1), remedyv1.ErrorReason_AMOUNT_TOO_FINE},
		"nothing of another currency":   {remedy.Money{Currency: "USD"}, remedyv1.ErrorReason_CURRENCY_NOT_SUPPORTED},
		"the currency, but not capital": {remedy.Money{Currency: "cny", Units: 1}, remedyv1.ErrorReason_CURRENCY_NOT_SUPPORTED},
	} {
		_, err := r.Checked("amount", c.money)
		require.Equal(t, c.reason.String(), errs.Reason(err), name)
		require.Equal(t, codes.InvalidArgument, errs.Status(err).Code(), name)
	}
	for _, m := range []remedy.Money{{}, yuan(0, 0), yuan(1_000_000_000_000, 990_000_000), yuan(3, 10_000_000)} {
		_, err := r.Checked("amount", m)
		require.NoError(t, err)
	}
	// A currency without fractions, and one with four.
	_, err := rules(t, "remedies: {currency: JPY, currency_digits: 0}").Checked("amount", remedy.Money{Currency: "JPY", Units: 1, Nanos: 500_000_000})
	require.Equal(t, remedyv1.ErrorReason_AMOUNT_TOO_FINE.String(), errs.Reason(err))
	_, err = rules(t, "remedies: {currency: CLF, currency_digits: 4}").Checked("amount", remedy.Money{Currency: "CLF", Nanos: 100_000})
	require.NoError(t, err)
}
