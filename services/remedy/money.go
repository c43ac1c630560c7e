package remedy

import (
	"math"

	"github.com/shopspring/decimal"
	"google.golang.org/genproto/googleapis/type/money"
)

// nano is the number of digits that a google.type.Money has after the point.
const nano = 9

// Money is an amount in some currency, as it was sent. The zero value is no amount at all, which is not the same as nothing of a
// currency.
type Money struct {
	// Currency is its ISO 4217 code.
	Currency string
	// Units is the whole part.
	Units int64
	// Nanos is the rest, in billionths.
	Nanos int32
}

// moneyOf reads an amount; the zero value for none.
func moneyOf(m *money.Money) Money {
	return Money{Currency: m.GetCurrencyCode(), Units: m.GetUnits(), Nanos: m.GetNanos()}
}

// moneyProto leaves out no amount.
func moneyProto(m Money) *money.Money {
	if m == (Money{}) {
		return nil
	}
	return &money.Money{CurrencyCode: m.Currency, Units: m.Units, Nanos: m.Nanos}
}

// value is the number, exactly.
func (m Money) value() decimal.Decimal {
	return decimal.NewFromInt(m.Units).Add(decimal.New(int64(m.Nanos), -nano))
}

// Amount is a sum of money in the one currency of the policy, to which it was checked to fit. It is exact. The zero value is nothing.
type Amount struct{ value decimal.Decimal }

// Add is the sum of both.
func (a Amount) Add(b Amount) Amount { return Amount{a.value.Add(b.value)} }

// Sub is what is left of a without b; it may be negative.
func (a Amount) Sub(b Amount) Amount { return Amount{a.value.Sub(b.value)} }

// Compare is negative when a is less than b, 0 when both are the same, else positive.
func (a Amount) Compare(b Amount) int { return a.value.Cmp(b.value) }

// Positive is true for more than nothing.
func (a Amount) Positive() bool { return a.value.IsPositive() }

// String is the plain number, such as "199.90".
func (a Amount) String() string { return a.value.String() }

// largest is the greater of both.
func largest(a, b Amount) Amount {
	if a.Compare(b) < 0 {
		return b
	}
	return a
}

// smallest is the lesser of both.
func smallest(a, b Amount) Amount {
	if a.Compare(b) < 0 {
		return a
	}
	return b
}

// Of is the amount of a money that is known to be in the currency of the policy, as what was checked when it was proposed is. What is
// in another one is nothing here: it was recorded before the policy had a currency, and is neither added up nor approved or offered (still).
func (r *Rules) Of(m Money) Amount {
	if m.Currency != r.Currency {
		return Amount{}
	}
	return Amount{m.value()}
}

// Checked is the amount of a money that somebody sent. Errors: CURRENCY_NOT_SUPPORTED, AMOUNT_TOO_FINE.
func (r *Rules) Checked(field string, m Money) (Amount, error) {
	switch {
	case m == (Money{}):
		return Amount{}, nil
	case m.Currency != r.Currency:
		return Amount{}, currencyNotSupported(field, r.Currency)
	}
	value := m.value()
	if !value.Equal(value.RoundDown(r.Digits)) {
		return Amount{}, amountTooFine(field, r.Digits)
	}
	return Amount{value}, nil
}

// Money is an amount as it is sent and kept.
func (r *Rules) Money(a Amount) Money {
	whole := a.value.RoundDown(0)
	return Money{Currency: r.Currency, Units: whole.IntPart(), Nanos: int32(a.value.Sub(whole).Shift(nano).IntPart())}
}

// proto is an amount in a message; nil for nothing.
func (r *Rules) proto(a Amount) *money.Money {
	if a.value.IsZero() {
		return nil
	}
	return moneyProto(r.Money(a))
}

// shown is an amount in a message, in which nothing is a number too.
func (r *Rules) shown(a Amount) *money.Money { return moneyProto(r.Money(a)) }

// Minor is the amount in the smallest unit of the currency; false when the databases have no such number.
func (r *Rules) Minor(a Amount) (int64, bool) {
	minor := a.value.Shift(r.Digits)
	if minor.GreaterThan(decimal.NewFromInt(math.MaxInt64)) || minor.LessThan(decimal.NewFromInt(math.MinInt64)) {
		return 0, false
	}
	return minor.IntPart(), true
}

// FromMinor is the amount of so many of the smallest unit.
func (r *Rules) FromMinor(minor int64) Amount { return Amount{decimal.New(minor, -r.Digits)} }
