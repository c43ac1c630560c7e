package review

import (
	"github.com/shopspring/decimal"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// rates are what handling is reckoned to cost, in the smallest unit of the currency.
type rates struct {
	complaint, contact, attempt, transfer, escalation int64
}

func newRates(cost *policyv1.HandlingCost, digits int32) rates {
	minor := func(written string) int64 {
		amount, err := decimal.NewFromString(written)
		if err != nil {
			return 0 // The policy was checked: it is a number.
		}
		return amount.Shift(digits).IntPart()
	}
	return rates{
		complaint: minor(cost.GetComplaint()), contact: minor(cost.GetContact()), attempt: minor(cost.GetAttempt()),
		transfer: minor(cost.GetTransfer()), escalation: minor(cost.GetEscalation()),
	}
}

// of is the cost of a cycle.
func (r rates) of(f *Facts) int64 {
	return r.complaint + r.contact*int64(f.Contacts) + r.attempt*int64(f.Attempts) + r.transfer*int64(f.Transfers) + r.escalation*int64(f.Escalations)
}
