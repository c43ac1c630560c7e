package remedy_test

import (
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

func (w *world) offers() remedyv1.OfferServiceClient { return w.offering }

func (w *world) ledger() remedyv1.LedgerServiceClient { return w.reading }

// entries lists the ledger as far as a filter says.
func (w *world) entries(filter string) []*remedyv1.LedgerEntry {
	w.t.Helper()
	var all []*remedyv1.LedgerEntry
	req := &remedyv1.ListLedgerEntriesRequest{Filter: filter, PageSize: w.pageSize}
	for {
		resp, err := w.ledger().ListLedgerEntries(w.t.Context(), req)
		require.NoError(w.t, err)
		all = append(all, resp.GetLedgerEntries()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return all
		}
	}
}

// number is an amount as a plain number.
func number(m *money.Money) decimal.Decimal {
	return decimal.NewFromInt(m.GetUnits()).Add(decimal.New(int64(m.GetNanos()), -9))
}

// sums adds up entries: what is held now, and what was spent.
func sums(entries []*remedyv1.LedgerEntry) (held, spent decimal.Decimal) {
	for _, e := range entries {
		switch e.GetKind() {
		case remedyv1.LedgerEntry_HOLD:
			held = held.Add(number(e.GetAmount()))
		case remedyv1.LedgerEntry_RELEASE:
			held = held.Sub(number(e.GetAmount()))
		case remedyv1.LedgerEntry_SPEND:
			held, spent = held.Sub(number(e.GetAmount())), spent.Add(number(e.GetAmount()))
		case remedyv1.LedgerEntry_KIND_UNSPECIFIED:
		}
	}
	return held, spent
}

// held is what is held for a complaint now.
func (w *world) held(complaint string) string {
	w.t.Helper()
	held, _ := sums(w.entries(`complaint = "` + complaint + `"`))
	return held.String()
}

// spent is what was spent for a complaint.
func (w *world) spent(complaint string) string {
	w.t.Helper()
	_, spent := sums(w.entries(`complaint = "` + complaint + `"`))
	return spent.String()
}
