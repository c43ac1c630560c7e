package remedy_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// generous lets frontline grant much and little, so that histories are long and caps are met.
const generous = `remedies:
  authority: [{role: AGENT, up_to: "99999"}]
  caps: {complaint: "900", customer: "1000000", agent_day: "1000000"}
  budgets: [{department: "-", month: "30000"}]
`

// TestTheLedgerReconciles over random histories: at any time the entries add up to what is reported, to the budgets, and to the rows that
// grants lock; nothing is held for what has ended, and never less than nothing.
func TestTheLedgerReconciles(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "REM-3", "REM-5")
	const histories, steps = 200, 8
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		w := newWorldOn(t, open(t), generous)
		w.pageSize = 100
		random := rand.New(rand.NewPCG(7, 11))
		for i := range histories {
			complaint := w.receive()
			w.happens(complaint, 1, faulty())
			for range steps {
				w.step(random, complaint)
				w.now = w.now.Add(time.Duration(random.IntN(30)) * time.Hour)
			}
			if random.IntN(3) == 0 {
				w.happens(complaint, 1, closed())
			}
			if i%25 == 24 {
				w.reconciles()
			}
		}
		require.NotEmpty(t, w.entries(`kind = "SPEND"`), "the histories are not empty")
		require.NotEmpty(t, w.entries(`kind = "RELEASE" AND basis = "FAULT"`))
	})
}

// random proposes something of one to three options and parts.
func randomly(random *rand.Rand) []*remedyv1.Option {
	var options []*remedyv1.Option
	for range 2 + random.IntN(2) {
		o := &remedyv1.Option{
			Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_Basis(1 + random.IntN(3)), Contents: "x", Amount: cny(1 + random.Int64N(200)),
		}
		o.Amount.Nanos = int32(random.IntN(100)) * 10_000_000
		for range random.IntN(3) {
			o.Parts = append(o.Parts, &remedyv1.Part{
				Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_Basis(1 + random.IntN(3)), Contents: "y", Amount: cny(1 + random.Int64N(50)),
			})
		}
		o.Exceptional = o.GetBasis() == remedyv1.Option_FAULT
		for _, part := range o.GetParts() {
			if part.GetBasis() != o.GetBasis() && part.GetBasis() != remedyv1.Option_GOODWILL { // Own money shares no option with compensation.
				part.Basis = o.GetBasis()
			}
		}
		options = append(options, o)
	}
	return options
}

// proposing is what is proposed at random, with a fallback in words alone, or one that is owed.
func proposing(random *rand.Rand) *remedyv1.Remedy {
	r := &remedyv1.Remedy{Options: randomly(random), Fallback: "z", HistorySeen: true}
	if random.IntN(2) == 0 {
		r.Fallback, r.FallbackOption = "", randomly(random)[0]
		r.FallbackOption.Contents = "otherwise"
	}
	return r
}

// step does something at random to the newest proposal of a complaint. What is refused changes nothing.
func (w *world) step(random *rand.Rand, complaint string) {
	w.t.Helper()
	ctx := w.t.Context()
	list := w.list(w.agent, complaint)
	if len(list) == 0 || random.IntN(6) == 0 {
		_, err := w.create(ctx, complaint, proposing(random))
		require.NoError(w.t, err)
		return
	}
	r := list[len(list)-1]
	offers := w.offers()
	switch r.GetState() {
	case remedyv1.Remedy_GRANTED, remedyv1.Remedy_LAPSED:
		_, _ = offers.MakeOffer(ctx, &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_CHAT})
	case remedyv1.Remedy_OFFERED:
		w.answer(random, r)
	case remedyv1.Remedy_ACCEPTED:
		part := int32(1 + random.IntN(3))
		w.happens(complaint, 1, promise([]string{"made", "kept", "kept", "released"}[random.IntN(4)], complaint, r.GetName(), part))
	case remedyv1.Remedy_DECLINED, remedyv1.Remedy_COUNTERED:
		if _, err := w.again(r); err != nil {
			w.revises(random, r)
		}
	default:
		w.revises(random, r)
	}
	if random.IntN(12) == 0 {
		_, _ = w.agent.WithdrawRemedy(ctx, &remedyv1.WithdrawRemedyRequest{Name: r.GetName(), Reason: "x"})
	}
}

// revises proposes something else in the place of a proposal.
func (w *world) revises(random *rand.Rand, r *remedyv1.Remedy) {
	next := proposing(random)
	_, _ = w.agent.ReviseRemedy(w.t.Context(), &remedyv1.ReviseRemedyRequest{
		Name: r.GetName(), Options: next.GetOptions(), Fallback: next.GetFallback(), FallbackOption: next.GetFallbackOption(), HistorySeen: true,
	})
}

// answer answers an offer at random, if its time is not over.
func (w *world) answer(random *rand.Rand, r *remedyv1.Remedy) {
	offers, ctx := w.offers(), w.t.Context()
	switch random.IntN(6) {
	case 0:
		_, _ = offers.DeclineOffer(ctx, &remedyv1.DeclineOfferRequest{Name: r.GetName(), Reason: "no"})
	case 1:
		_, _ = offers.CounterOffer(ctx, &remedyv1.CounterOfferRequest{Name: r.GetName(), Wish: "more"})
	case 2:
		said := w.now
		if w.silent(r); random.IntN(2) == 0 { // It was answered in time, and that is put on record now.
			option := int32(random.IntN(1 + len(r.GetOptions())))
			_, _ = offers.AcceptOffer(ctx, &remedyv1.AcceptOfferRequest{
				Name: r.GetName(), Option: option, Fallback: option == 0, AnswerTime: timestamppb.New(said),
			})
		}
	case 3:
		_, _ = offers.AcceptOffer(ctx, &remedyv1.AcceptOfferRequest{Name: r.GetName(), Fallback: true})
	default:
		_, _ = offers.AcceptOffer(ctx, &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: int32(1 + random.IntN(len(r.GetOptions())))})
	}
}

// line is what totals have in common.
type line struct {
	department, month string
	basis             remedyv1.Option_Basis
}

// reconciles holds that all that tells of money tells the same.
func (w *world) reconciles() {
	w.t.Helper()
	held, released, spent := map[line]decimal.Decimal{}, map[line]decimal.Decimal{}, map[line]decimal.Decimal{}
	budgets := map[string][2]decimal.Decimal{}
	customers, days, open := decimal.Zero, decimal.Zero, map[string]decimal.Decimal{}
	for _, e := range w.entries("") {
		at, amount := line{e.GetDepartment(), e.GetMonth(), e.GetBasis()}, number(e.GetAmount())
		into, sign := held, decimal.NewFromInt(1)
		switch e.GetKind() {
		case remedyv1.LedgerEntry_RELEASE:
			into, sign = released, decimal.NewFromInt(-1)
		case remedyv1.LedgerEntry_SPEND:
			into, sign = spent, decimal.Zero
		case remedyv1.LedgerEntry_HOLD, remedyv1.LedgerEntry_KIND_UNSPECIFIED:
		}
		require.True(w.t, amount.IsPositive())
		into[at] = into[at].Add(amount)
		open[e.GetRemedy()] = open[e.GetRemedy()].Add(amount.Mul(sign))
		if e.GetKind() == remedyv1.LedgerEntry_SPEND {
			open[e.GetRemedy()] = open[e.GetRemedy()].Sub(amount)
		}
		if e.GetBasis() == remedyv1.Option_ENTITLEMENT {
			continue
		}
		customers, days = customers.Add(amount.Mul(sign)), days.Add(amount.Mul(sign))
		b := budgets["departments/returns/budgets/"+e.GetMonth()]
		if e.GetKind() == remedyv1.LedgerEntry_SPEND {
			b[0], b[1] = b[0].Sub(amount), b[1].Add(amount)
		} else {
			b[0] = b[0].Add(amount.Mul(sign))
		}
		budgets["departments/returns/budgets/"+e.GetMonth()] = b
	}
	w.reported(held, released, spent)
	for remedy, left := range open {
		require.False(w.t, left.IsNegative(), "%s has given more than was held", remedy)
		r, err := w.agent.GetRemedy(w.t.Context(), &remedyv1.GetRemedyRequest{Name: remedy})
		require.NoError(w.t, err)
		switch r.GetState() {
		case remedyv1.Remedy_GRANTED, remedyv1.Remedy_OFFERED, remedyv1.Remedy_COUNTERED, remedyv1.Remedy_ACCEPTED:
		default:
			require.True(w.t, left.IsZero(), "%s is %s, and %s is held for it", remedy, r.GetState(), left)
		}
	}
	for month, want := range budgets {
		resp, err := w.ledger().ListBudgets(w.t.Context(), &remedyv1.ListBudgetsRequest{Filter: `month = "` + month[len(month)-7:] + `"`})
		require.NoError(w.t, err)
		require.Len(w.t, resp.GetBudgets(), 1)
		b := resp.GetBudgets()[0]
		require.Equal(w.t, month, b.GetName())
		require.True(w.t, want[0].Equal(number(b.GetHeld())) && want[1].Equal(number(b.GetSpent())), "%v: %v", want, b)
		require.True(w.t, number(b.GetLeft()).Equal(decimal.NewFromInt(30000).Sub(want[0]).Sub(want[1])))
		require.False(w.t, number(b.GetLeft()).IsNegative(), "no budget is overspent")
	}
	require.Equal(w.t, customers.Shift(2).IntPart(), w.sum("customer_sums"))
	require.Equal(w.t, days.Shift(2).IntPart(), w.sum("agent_days"))
}

// reported holds that the report says what the entries add up to.
func (w *world) reported(held, released, spent map[line]decimal.Decimal) {
	w.t.Helper()
	report, err := w.ledger().ReportLedger(w.t.Context(), &remedyv1.ReportLedgerRequest{})
	require.NoError(w.t, err)
	require.Len(w.t, report.GetTotals(), len(held))
	var all [3]decimal.Decimal
	for _, total := range report.GetTotals() {
		at := line{total.GetDepartment(), total.GetMonth(), total.GetBasis()}
		for i, pair := range [][2]decimal.Decimal{
			{held[at], number(total.GetHeld())}, {released[at], number(total.GetReleased())}, {spent[at], number(total.GetSpent())},
		} {
			require.True(w.t, pair[0].Equal(pair[1]), "%v: %s and %s", at, pair[0], pair[1])
			all[i] = all[i].Add(pair[0])
		}
	}
	total := report.GetTotal()
	require.True(w.t, all[0].Equal(number(total.GetHeld())) && all[1].Equal(number(total.GetReleased())) && all[2].Equal(number(total.GetSpent())))
}

// sum adds up a table of sums.
func (w *world) sum(table string) (sum int64) {
	w.t.Helper()
	require.NoError(w.t, w.db.Read(w.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, "SELECT CAST(COALESCE(SUM(used), 0) AS BIGINT) FROM "+table).Scan(&sum)
	}))
	return sum
}
