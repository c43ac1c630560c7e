package remedy

import (
	"cmp"
	"time"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// Remedy is a proposal: what the customer may choose from (REM-1).
type Remedy struct {
	// Complaint is the complaint's id.
	Complaint string
	// ID is the remedy's id within the complaint.
	ID string
	// State is where it stands.
	State remedyv1.Remedy_State
	// Options are what the customer may choose from, in the order of the proposal.
	Options []Option
	// Fallback is what is done if the customer wants none of them, sealed; empty when nothing was said.
	Fallback []byte
	// Customer is "customers/{customer}", whose data key seals the texts.
	Customer string
	// Proposer is who proposed it, as in "agents/{agent}".
	Proposer string
	// Cycle is the complaint's cycle it belongs to.
	Cycle int32
	// CreateTime is when it was proposed.
	CreateTime time.Time
	// Version grows with every change; callers see it as the etag.
	Version int64
}

// Option is one thing the customer may choose.
type Option struct {
	// Kind is what kind of remedy.
	Kind remedyv1.Option_Kind
	// Basis is why the customer gets it (REM-3).
	Basis remedyv1.Option_Basis
	// Contents are the words for the customer, sealed.
	Contents []byte
	// Amount is how much; the zero value where it costs no money.
	Amount Money
	// FulfilTime is by when it would be done; zero where that was not said.
	FulfilTime time.Time
}

// Money is an amount in one currency. The zero value is no amount at all, which is not the same as nothing of a currency.
type Money struct {
	// Currency is its ISO 4217 code.
	Currency string
	// Units is the whole part.
	Units int64
	// Nanos is the rest, in billionths.
	Nanos int32
}

// Name is the remedy's resource name.
func (r *Remedy) Name() string { return remedyName(r.Complaint, r.ID) }

// Largest is the most that any option costs. It is no amount when no option costs money, and when the options name several
// currencies, since those cannot be compared.
func (r *Remedy) Largest() Money {
	var largest Money
	for _, o := range r.Options {
		switch {
		case o.Amount.compare(Money{}) <= 0:
		case largest.Currency == "":
			largest = o.Amount
		case largest.Currency != o.Amount.Currency:
			return Money{}
		case o.Amount.compare(largest) > 0:
			largest = o.Amount
		}
	}
	return largest
}

// compare orders amounts of one currency.
func (m Money) compare(other Money) int {
	return cmp.Or(cmp.Compare(m.Units, other.Units), cmp.Compare(m.Nanos, other.Nanos))
}
