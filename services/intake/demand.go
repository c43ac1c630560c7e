package intake

import (
	"context"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// demandRule is the rule id of a rise that the record shows.
const demandRule = "attention.demand_rise"

// plus is the sum of two amounts of one currency, each of which may be none; ok
// is false for two currencies.
func (m Money) plus(other Money) (sum Money, ok bool) {
	switch {
	case m.Currency == "":
		return other, true
	case other.Currency == "":
		return m, true
	case m.Currency != other.Currency:
		return Money{}, false
	}
	const billion = 1_000_000_000
	nanos := int64(m.Nanos) + int64(other.Nanos)
	return Money{Currency: m.Currency, Units: m.Units + other.Units + nanos/billion, Nanos: int32(nanos % billion)}, true
}

// exceeds tells whether it is more than another amount of the same currency.
func (m Money) exceeds(other Money) bool {
	if m.Currency == "" || m.Currency != other.Currency {
		return false
	}
	return m.Units > other.Units || m.Units == other.Units && m.Nanos > other.Nanos
}

// Demand notes what the customer wants now: an addition to what was demanded, or
// a new total (REC-2). A demand without an amount leaves the total as it is. It
// tells whether more is demanded than before.
func (c *Complaint) Demand(amount Money, newTotal bool) (rising bool) {
	before := c.Demanded
	c.DemandCount++
	if amount.Currency == "" {
		return false
	}
	if newTotal {
		c.Demanded = amount
	} else {
		c.Demanded, _ = before.plus(amount)
	}
	return before.Currency != "" && c.Demanded.exceeds(before)
}

// CreateDemand records what the customer wants now (REC-2).
func (s *Service) CreateDemand(ctx context.Context, req *intakev1.CreateDemandRequest) (*intakev1.DemandEntry, error) {
	return create(ctx, s, req.GetParent(), DemandEntry, req.GetDemand(), s.demanded, SignalEntry)
}

func (s *Service) demanded(e *edit, id string, entry *intakev1.DemandEntry) error {
	demand := entry.GetDemand()
	if strings.TrimSpace(demand.GetText()) == "" && demand.GetKind() == intakev1.Demand_KIND_UNSPECIFIED && demand.GetAmount() == nil {
		return invalid("demand.demand", "must have a text, a kind or an amount")
	}
	if name := entry.GetMessage(); name != "" && !strings.HasPrefix(name, e.Name()+"/messages/") {
		return invalid("demand.message", "must be a message of this complaint")
	}
	if entry.GetBasis() == intakev1.DemandEntry_BASIS_UNSPECIFIED {
		entry.Basis = intakev1.DemandEntry_NEW_TOTAL
	}
	before := e.Demanded
	amount := fromMoney(demand.GetAmount())
	entry.Rising = e.Demand(amount, entry.GetBasis() == intakev1.DemandEntry_NEW_TOTAL)
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_DemandMade{DemandMade: &eventv1.DemandMade{
		Demand: entryName(e.ID, DemandEntry, id), Amount: demand.GetAmount(), NewTotal: entry.GetBasis() == intakev1.DemandEntry_NEW_TOTAL,
		Total: toMoney(e.Demanded), PreviousTotal: toMoney(before), Rising: entry.GetRising(), DemandCount: e.DemandCount,
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
