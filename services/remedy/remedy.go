package remedy

import (
	"strconv"
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
	// Options are what the customer may choose from, in the order of the proposal: those of the present revision. The last one may be the
	// fallback, for which all holds that holds for an option.
	Options []Option
	// Fallback is what is done if the customer wants none of them, sealed, where that is words alone; empty when nothing was said.
	Fallback []byte
	// FallbackWords are the money that those words promise, which counts for who may grant it. It is not kept.
	FallbackWords []Part
	// Customer is "customers/{customer}", whose data key seals the texts.
	Customer string
	// Proposer is who proposed it, as in "agents/{agent}".
	Proposer string
	// asked is what is asked of the approval of this revision, while it is being proposed. It is kept with the approval.
	asked Request
	// Authors are who else wrote a part of this revision, which was taken over from an earlier one. They are kept with its approval.
	Authors []string
	// Cycle is the complaint's cycle it belongs to.
	Cycle int32
	// CreateTime is when it was proposed.
	CreateTime time.Time
	// Version grows with every change; callers see it as the etag.
	Version int64
	// Revision counts what was proposed in its place, from 1; callers see it as the version.
	Revision int32
	// ReviseTime is when the present revision was proposed.
	ReviseTime time.Time
	// HistorySeen is true when the proposer has looked at the customer's history (REM-3).
	HistorySeen bool
	// Objection is what the proposer says against the repeat score, sealed; empty for nothing.
	Objection []byte
	// Approval is the id of the approval of this revision; empty when none is needed.
	Approval string
	// Department is whose budget it takes: "departments/{department}"; empty while nobody was in charge.
	Department string
	// Grant is who granted this revision; zero before.
	Grant Grant
	// Most is the most that any option costs, in the smallest unit of the currency.
	Most int64
	// Review is how a supervisor looks at what was decided alone (APPR-4).
	Review Review
	// Offer is what the customer was told of this revision; zero before.
	Offer Offer
	// Answer is what the customer answered to it; zero before.
	Answer Answer
}

// Option is one thing the customer may choose.
type Option struct {
	// Parts are what is given together; the first one is the option's own.
	Parts []Part
	// Items are the complaint's items that it settles, by id; none for all.
	Items []string
	// Exceptional is true when the customer is told that it is an exception (REM-3).
	Exceptional bool
	// Play is the play of a playbook that it follows, by name; empty for none.
	Play string
	// Fallback is true for what is done if the customer wants none of the others.
	Fallback bool
	// Besides is what the complaint's other proposals have held or spent, which counts with this for who may grant it; none where that is
	// not asked. It is not kept.
	Besides []Part
	// Vague is true when the words of a part without an amount give something that is worth money, and do not say how much. It is not kept.
	Vague bool
	// Words are what its words promise beyond its amounts, which counts likewise. It is not kept.
	Words []Part
	// field is its path in the request, while it is being proposed. It is not kept.
	field string
	// gist is what it gives the customer, in words that are not sealed, while it is being proposed. It is not kept.
	gist string
}

// Part is one thing that is given: of a kind, on a basis, and a promise once it is accepted.
type Part struct {
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
	// Cash is true for money to spend anywhere, which always needs approval (REM-3).
	Cash bool
	// Threshold is from which purchase on a coupon can be used; the zero value for any.
	Threshold Money
	// ExpireTime is until when a coupon can be used; zero for what is none.
	ExpireTime time.Time
	// Owner is who owes it: "agents/{agent}"; empty for whoever is in charge.
	Owner string
}

// Grant is who said that a proposal may be offered.
type Grant struct {
	// Granter is "agents/{agent}".
	Granter string
	// Time is when.
	Time time.Time
	// Alone is true when its proposer granted it without approval.
	Alone bool
}

// Review is how a supervisor looks at what was decided alone (APPR-4).
type Review struct {
	// State is unspecified for what is no matter of review.
	State remedyv1.GrantReview_State
	// Reviewer is "agents/{agent}".
	Reviewer string
	// Time is when.
	Time time.Time
	// Comment is what was said, sealed.
	Comment []byte
}

// Name is the remedy's resource name.
func (r *Remedy) Name() string { return remedyName(r.Complaint, r.ID) }

// approvalID is the id that the approval of the present revision has. It names the revision: nobody approves what they have not seen.
func (r *Remedy) approvalID() string { return r.ID + "-" + strconv.Itoa(int(r.Revision)) }

// bases are the bases in their order.
func bases() []remedyv1.Option_Basis {
	return []remedyv1.Option_Basis{remedyv1.Option_ENTITLEMENT, remedyv1.Option_FAULT, remedyv1.Option_GOODWILL}
}

// sum is what an option gives on the bases that are named; on all when none is.
func (r *Rules) sum(o Option, of ...remedyv1.Option_Basis) Amount {
	var sum Amount
	for _, part := range o.Parts {
		if len(of) == 0 || part.Basis == of[0] {
			sum = sum.Add(r.Of(part.Amount))
		}
	}
	return sum
}

// cash is how much of an option is cash.
func (r *Rules) cash(o Option) Amount {
	var sum Amount
	for _, part := range o.Parts {
		if part.Cash {
			sum = sum.Add(r.Of(part.Amount))
		}
	}
	return sum
}

// Most is the most that any option costs, and the most of it that is cash.
func (r *Rules) Most(options []Option) (most, cash Amount) {
	for _, o := range options {
		most, cash = largest(most, r.sum(o)), largest(cash, r.cash(o))
	}
	return most, cash
}

// Holds are what is held when the proposal is granted: for each basis the most that any option costs on it.
func (r *Rules) Holds(options []Option) map[remedyv1.Option_Basis]Amount {
	holds := map[remedyv1.Option_Basis]Amount{}
	for _, basis := range bases() {
		for _, o := range options {
			if sum := r.sum(o, basis); sum.Compare(holds[basis]) > 0 {
				holds[basis] = sum
			}
		}
	}
	return holds
}

// mostShown is the most that any option costs for a message. What was recorded in other currencies, before the policy had one, is shown
// as it is.
func (r *Rules) mostShown(options []Option) Money {
	most, _ := r.Most(options)
	if most.Positive() {
		return r.Money(most)
	}
	for _, o := range options {
		for _, part := range o.Parts {
			if part.Amount.Currency != r.Currency && part.Amount.value().IsPositive() {
				return part.Amount
			}
		}
	}
	return Money{}
}
