package remedy

import (
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// Entry is a line of the ledger. It never changes. Those of RELEASE and SPEND say what their hold says.
type Entry struct {
	// ID is the entry's id.
	ID string
	// Kind is what was written.
	Kind remedyv1.LedgerEntry_Kind
	// Minor is how much, in the smallest unit of the currency.
	Minor int64
	// Basis is why the customer gets it.
	Basis remedyv1.Option_Basis
	// Complaint is the complaint's id.
	Complaint string
	// Remedy is the remedy's id within it.
	Remedy string
	// Revision is the version of the remedy.
	Revision int32
	// Customer is "customers/{customer}".
	Customer string
	// Department is whose budget: "departments/{department}"; empty while nobody was in charge.
	Department string
	// Month and Day are those of the hold, in the time zone of the staffed hours.
	Month, Day string
	// Actor is who granted it, or caused this.
	Actor string
	// Alone is who granted it without approval: "agents/{agent}"; empty when it was approved.
	Alone string
	// Beyond is true when a cap was exceeded, by decision of the last level.
	Beyond bool
	// Time is when it was written.
	Time time.Time
	// Hold is the id of the hold that it draws on; empty for a hold.
	Hold string
	// HoldTime is when the hold was written; the customer's period is counted by it.
	HoldTime time.Time
	// Cause is what it was written for, by name.
	Cause string
}

// Name is the entry's resource name.
func (e Entry) Name() string { return "ledgerEntries/" + e.ID }

// Capped tells whether it counts for caps and budgets: what a customer is entitled to does not (REM-3).
func (e Entry) Capped() bool { return e.Basis != remedyv1.Option_ENTITLEMENT }

// outstanding are the holds of which something is neither released nor spent, each with what is left of it.
func outstanding(entries []Entry) []Entry {
	used := map[string]int64{}
	for _, e := range entries {
		if e.Kind != remedyv1.LedgerEntry_HOLD {
			used[e.Hold] += e.Minor
		}
	}
	var open []Entry
	for _, e := range entries {
		if e.Kind != remedyv1.LedgerEntry_HOLD {
			continue
		}
		if e.Minor -= used[e.ID]; e.Minor > 0 {
			open = append(open, e)
		}
	}
	return open
}

// post writes an entry, and tells of it.
func (s *Service) post(c *Case, cycle int32, e Entry) {
	e.ID = s.deps.IDs.ID()
	c.Changes.Entries = append(c.Changes.Entries, e)
	c.tell(cycle, e.Actor, e.Time, &eventv1.Payload{Kind: &eventv1.Payload_LedgerPosted{LedgerPosted: &eventv1.LedgerPosted{
		Entry: e.Name(), Remedy: remedyName(e.Complaint, e.Remedy), Kind: e.Kind.String(), Basis: e.Basis.String(),
		Amount: s.rules.proto(s.rules.FromMinor(e.Minor)), Department: e.Department, BeyondCaps: e.Beyond,
	}}})
}

// cause says what is written into the ledger for, by whom and when.
type cause struct {
	name, actor string
	at          time.Time
}

// release frees what is held for a remedy beyond what is to be kept on each basis.
func (s *Service) release(c *Case, r *Remedy, keep map[remedyv1.Option_Basis]Amount, why cause) error {
	entries, err := c.Entries(r.ID)
	if err != nil {
		return err
	}
	for _, held := range outstanding(entries) {
		kept, _ := s.rules.Minor(keep[held.Basis])
		kept = min(kept, held.Minor)
		if kept > 0 {
			keep[held.Basis] = keep[held.Basis].Sub(s.rules.FromMinor(kept))
		}
		if held.Minor -= kept; held.Minor > 0 {
			s.draw(c, r, held, remedyv1.LedgerEntry_RELEASE, why)
		}
	}
	return nil
}

// consume spends or releases so much of what is held for a remedy on a basis. It tells how much was held of it.
func (s *Service) consume(c *Case, r *Remedy, kind remedyv1.LedgerEntry_Kind, basis remedyv1.Option_Basis, amount Amount, why cause) (Amount, error) {
	var drawn Amount
	entries, err := c.Entries(r.ID)
	if err != nil {
		return drawn, err
	}
	left, _ := s.rules.Minor(amount)
	for _, held := range outstanding(entries) {
		if held.Basis != basis || left == 0 {
			continue
		}
		held.Minor = min(held.Minor, left)
		left -= held.Minor
		drawn = drawn.Add(s.rules.FromMinor(held.Minor))
		s.draw(c, r, held, kind, why)
	}
	return drawn, nil
}

// draw writes an entry of a hold.
func (s *Service) draw(c *Case, r *Remedy, held Entry, kind remedyv1.LedgerEntry_Kind, why cause) {
	held.Kind, held.Hold, held.Actor, held.Time, held.Cause = kind, held.ID, why.actor, why.at, why.name
	s.post(c, r.Cycle, held)
}
