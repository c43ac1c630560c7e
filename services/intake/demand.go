package intake

import (
	"context"
	"slices"
	"strings"

	"github.com/redress-dev/redress/services/internal/wording"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// demandRule is the rule id of a rise that the record shows.
const demandRule = "attention.demand_rise"

// totals are amounts of different currencies, in the order in which they were named.
// Nothing is converted: what one is worth in another is not the customer's word.
type totals []Money

// plus adds an amount, which may be none.
func (t totals) plus(amount Money) totals {
	if amount.Currency == "" {
		return t
	}
	at := slices.IndexFunc(t, func(m Money) bool { return m.Currency == amount.Currency })
	if at < 0 {
		return append(slices.Clone(t), amount)
	}
	const billion = 1_000_000_000
	sum := slices.Clone(t)
	nanos := int64(sum[at].Nanos) + int64(amount.Nanos)
	sum[at].Units += amount.Units + nanos/billion
	sum[at].Nanos = int32(nanos % billion)
	return sum
}

// higher are for each currency the higher of both amounts.
func (t totals) higher(other totals) totals {
	out := slices.Clone(t)
	for _, amount := range other {
		at := slices.IndexFunc(out, func(m Money) bool { return m.Currency == amount.Currency })
		switch {
		case at < 0:
			out = append(out, amount)
		case amount.exceeds(out[at]):
			out[at] = amount
		}
	}
	return out
}

// rises tells whether more is demanded than before: more in some currency and less in
// none. A first demand is no rise.
func (t totals) rises(before totals) bool {
	if len(before) == 0 {
		return false
	}
	for _, was := range before {
		at := slices.IndexFunc(t, func(m Money) bool { return m.Currency == was.Currency })
		if at < 0 || was.exceeds(t[at]) {
			return false
		}
	}
	return !slices.Equal(t, before)
}

// parted are the amount in the currency that was named first, and the others.
func (t totals) parted() (first Money, further []Money) {
	if len(t) == 0 {
		return Money{}, nil
	}
	return t[0], t[1:]
}

// exceeds tells whether it is more than another amount of the same currency.
func (m Money) exceeds(other Money) bool {
	if m.Currency == "" || m.Currency != other.Currency {
		return false
	}
	return m.Units > other.Units || m.Units == other.Units && m.Nanos > other.Nanos
}

// demands are what is demanded in all.
func (e *edit) demands() totals {
	if e.Demanded.Currency == "" {
		return nil
	}
	return append(totals{e.Demanded}, e.details.FurtherDemanded...)
}

// demand notes what the customer wants now: an addition to what was demanded, or
// a new total (REC-2). A demand without an amount leaves the total as it is. It
// tells whether more is demanded than before.
func (e *edit) demand(amount Money, newTotal bool) (rising bool) {
	before := e.demands()
	e.DemandCount++
	if amount.Currency == "" {
		return false
	}
	now := totals{amount}
	if !newTotal {
		now = before.plus(amount)
	}
	e.Demanded, e.details.FurtherDemanded = now.parted()
	return now.rises(before)
}

// CreateDemand records what the customer wants now (REC-2).
func (s *Service) CreateDemand(ctx context.Context, req *intakev1.CreateDemandRequest) (*intakev1.DemandEntry, error) {
	return create(ctx, s, req.GetParent(), DemandEntry, req.GetDemand(), s.demanded, SignalEntry)
}

func (s *Service) demanded(e *edit, id string, entry *intakev1.DemandEntry) error {
	demand := entry.GetDemand()
	if wording.Blank(demand.GetText()) && demand.GetKind() == intakev1.Demand_KIND_UNSPECIFIED && demand.GetAmount() == nil {
		return invalid("demand.demand", "must have a text, a kind or an amount")
	}
	if name := entry.GetMessage(); name != "" && !strings.HasPrefix(name, e.Name()+"/messages/") {
		return invalid("demand.message", "must be a message of this complaint")
	}
	if entry.GetBasis() == intakev1.DemandEntry_BASIS_UNSPECIFIED {
		entry.Basis = intakev1.DemandEntry_NEW_TOTAL
	}
	before, furtherBefore := e.demands().parted()
	amount := fromMoney(demand.GetAmount())
	entry.Rising = e.demand(amount, entry.GetBasis() == intakev1.DemandEntry_NEW_TOTAL)
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_DemandMade{DemandMade: &eventv1.DemandMade{
		Demand: entryName(e.ID, DemandEntry, id), Amount: demand.GetAmount(), NewTotal: entry.GetBasis() == intakev1.DemandEntry_NEW_TOTAL,
		Total: toMoney(e.Demanded), PreviousTotal: toMoney(before), Rising: entry.GetRising(), DemandCount: e.DemandCount,
		FurtherTotals: toMonies(e.details.FurtherDemanded), PreviousFurtherTotals: toMonies(furtherBefore),
	}}})
	if !entry.GetRising() {
		return nil
	}
	source := entry.GetMessage()
	if source == "" {
		source = entryName(e.ID, DemandEntry, id)
	}
	return s.raise(e, source, []finding{{
		kind: policyv1.SignalKind_DEMAND_RISE, weight: s.weight(policyv1.SignalKind_DEMAND_RISE), quote: demand.GetText(), rule: demandRule,
	}})
}
