package review

import (
	"context"
	"slices"

	"google.golang.org/genproto/googleapis/type/money"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
)

// readRemedy reads what the customer accepted in a cycle, and what the ledger has of it.
func (s *Service) readRemedy(ctx context.Context, f *Facts, complaint string, cycle int32) error {
	given := map[string]bool{}
	req := &remedyv1.ListRemediesRequest{Parent: complaint, PageSize: pageSize}
	for {
		resp, err := s.deps.Owners.Remedies.ListRemedies(ctx, req)
		if err != nil {
			return err
		}
		for _, r := range resp.GetRemedies() {
			if r.GetCycle() != cycle {
				continue
			}
			if waits(r.GetState()) {
				return arrival.Early(complaint, "the end of cycle %d of %s has not arrived everywhere. Try again.", cycle, complaint)
			}
			given[r.GetName()] = true
			f.accept(r)
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	if len(given) == 0 {
		return nil
	}
	return s.readLedger(ctx, f, complaint, given)
}

// waits is true of a proposal that nobody has accepted or ended: with the cycle it ends.
func waits(state remedyv1.Remedy_State) bool {
	switch state {
	case remedyv1.Remedy_PROPOSED, remedyv1.Remedy_GRANTED, remedyv1.Remedy_OFFERED, remedyv1.Remedy_COUNTERED, remedyv1.Remedy_RETURNED:
		return true
	default:
		return false
	}
}

// accept notes the kinds of what was chosen, be it the fallback.
func (f *Facts) accept(r *remedyv1.Remedy) {
	switch r.GetState() {
	case remedyv1.Remedy_ACCEPTED, remedyv1.Remedy_FULFILLED, remedyv1.Remedy_RELEASED:
	default:
		return
	}
	option, chosen := r.GetFallbackOption(), int(r.GetAnswer().GetOption())
	if chosen > 0 && chosen <= len(r.GetOptions()) {
		option = r.GetOptions()[chosen-1]
	}
	if option == nil {
		return // Words alone.
	}
	f.kind(option.GetKind())
	for _, part := range option.GetParts() {
		f.kind(part.GetKind())
	}
}

func (f *Facts) kind(kind remedyv1.Option_Kind) {
	if !slices.Contains(f.Kinds, kind) {
		f.Kinds = append(f.Kinds, kind)
		slices.Sort(f.Kinds)
	}
}

// readLedger adds up the entries of the cycle's remedies, by basis.
func (s *Service) readLedger(ctx context.Context, f *Facts, complaint string, given map[string]bool) error {
	sums := map[remedyv1.Option_Basis]*Money{}
	req := &remedyv1.ListLedgerEntriesRequest{Filter: `complaint = "` + complaint + `"`, PageSize: pageSize}
	for {
		resp, err := s.deps.Owners.Ledger.ListLedgerEntries(ctx, req)
		if err != nil {
			return err
		}
		for _, entry := range resp.GetLedgerEntries() {
			if !given[entry.GetRemedy()] {
				continue
			}
			sum, ok := sums[entry.GetBasis()]
			if !ok {
				sum = &Money{Basis: entry.GetBasis()}
				sums[entry.GetBasis()] = sum
			}
			sum.post(entry.GetKind(), s.minor(entry.GetAmount()))
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	for _, basis := range []remedyv1.Option_Basis{remedyv1.Option_ENTITLEMENT, remedyv1.Option_FAULT, remedyv1.Option_GOODWILL} {
		if sum := sums[basis]; sum != nil && (sum.Held != 0 || sum.Spent != 0) {
			f.Money = append(f.Money, *sum)
		}
	}
	return nil
}

func (m *Money) post(kind remedyv1.LedgerEntry_Kind, amount int64) {
	switch kind {
	case remedyv1.LedgerEntry_HOLD:
		m.Held += amount
	case remedyv1.LedgerEntry_RELEASE:
		m.Held -= amount
	case remedyv1.LedgerEntry_SPEND:
		m.Held -= amount
		m.Spent += amount
	default:
	}
}

// minor is an amount in the smallest unit of the policy's currency.
func (s *Service) minor(m *money.Money) int64 {
	unit := s.unit()
	return m.GetUnits()*unit + int64(m.GetNanos())/(nanos/unit)
}

// nanos is how many there are in one.
const nanos = 1_000_000_000

// unit is how many of the smallest unit make one of the currency.
func (s *Service) unit() int64 {
	unit := int64(1)
	for range s.deps.Policy.Proto().GetRemedies().GetCurrencyDigits() {
		unit *= 10
	}
	return unit
}

// money is an amount of the smallest unit; nil for nothing.
func (s *Service) money(amount int64) *money.Money {
	if amount == 0 {
		return nil
	}
	unit := s.unit()
	return &money.Money{
		CurrencyCode: s.deps.Policy.Proto().GetRemedies().GetCurrency(), Units: amount / unit,
		Nanos: int32(amount % unit * (nanos / unit)),
	}
}
