package remedy_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/remedy"
)

// one is an option of one part.
func one(kind remedyv1.Option_Kind, basis remedyv1.Option_Basis, amount remedy.Money) remedy.Option {
	return remedy.Option{Parts: []remedy.Part{{Kind: kind, Basis: basis, Amount: amount}}}
}

func TestAuthorityByAmount(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1")
	r := rules(t, "{}")
	cash := one(remedyv1.Option_COMPENSATION, remedyv1.Option_FAULT, yuan(1, 0))
	cash.Parts[0].Cash = true
	split := one(remedyv1.Option_COUPON, remedyv1.Option_GOODWILL, yuan(15, 0))
	split.Parts = append(split.Parts, split.Parts[0])
	for name, c := range map[string]struct {
		option remedy.Option
		level  int
	}{
		"what costs nothing":              {one(remedyv1.Option_APOLOGY, remedyv1.Option_FAULT, remedy.Money{}), 0},
		"a small coupon":                  {one(remedyv1.Option_COUPON, remedyv1.Option_GOODWILL, yuan(20, 0)), 0},
		"a cent more":                     {one(remedyv1.Option_COUPON, remedyv1.Option_GOODWILL, yuan(20, 10_000_000)), 1},
		"two coupons are one amount":      {split, 1},
		"a quick exchange":                {one(remedyv1.Option_EXCHANGE, remedyv1.Option_ENTITLEMENT, yuan(500, 0)), 0},
		"one of a value nobody has told":  {one(remedyv1.Option_EXCHANGE, remedyv1.Option_ENTITLEMENT, remedy.Money{}), 1},
		"one that is worth nothing":       {one(remedyv1.Option_EXCHANGE, remedyv1.Option_ENTITLEMENT, yuan(0, 0)), 1},
		"one that is worth too much":      {one(remedyv1.Option_EXCHANGE, remedyv1.Option_ENTITLEMENT, yuan(12_999, 0)), 3},
		"an exchange as a kindness":       {one(remedyv1.Option_EXCHANGE, remedyv1.Option_GOODWILL, remedy.Money{}), 1},
		"one's own money back":            {one(remedyv1.Option_REFUND, remedyv1.Option_ENTITLEMENT, yuan(500, 0)), 0},
		"compensation":                    {one(remedyv1.Option_COMPENSATION, remedyv1.Option_FAULT, yuan(500, 0)), 1},
		"much of it":                      {one(remedyv1.Option_COMPENSATION, remedyv1.Option_FAULT, yuan(501, 0)), 2},
		"very much of it":                 {one(remedyv1.Option_COMPENSATION, remedyv1.Option_FAULT, yuan(5001, 0)), 3},
		"more than anybody can imagine":   {one(remedyv1.Option_COMPENSATION, remedyv1.Option_FAULT, yuan(1_000_000_000_000, 0)), 3},
		"the smallest sum in cash":        {cash, 1},
		"what is not on any row so low":   {one(remedyv1.Option_WARRANTY_EXTENSION, remedyv1.Option_GOODWILL, remedy.Money{}), 1},
		"an entitlement of more than 500": {one(remedyv1.Option_REFUND, remedyv1.Option_ENTITLEMENT, yuan(2000, 0)), 1},
	} {
		require.Equal(t, c.level, r.Level(c.option), name)
	}
	firm := rules(t, `remedies: {unvalued: {kinds: [SERVICE_CHANGE], level: 2}}`)
	change := one(remedyv1.Option_SERVICE_CHANGE, remedyv1.Option_GOODWILL, remedy.Money{})
	require.Equal(t, []int{0, 2}, []int{r.Level(change), firm.Level(change)})
	none := rules(t, `remedies: {unvalued: {level: 0}}`)
	require.Zero(t, none.Level(one(remedyv1.Option_EXCHANGE, remedyv1.Option_ENTITLEMENT, remedy.Money{})))
	require.Equal(t, 2, r.LevelOf([]remedy.Option{
		one(remedyv1.Option_APOLOGY, remedyv1.Option_FAULT, remedy.Money{}), one(remedyv1.Option_COMPENSATION, remedyv1.Option_FAULT, yuan(501, 0)),
	}), "the dearest option decides")
}

func TestTwoLevelsApproveWhatIsMuch(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-2")
	r := rules(t, "{}")
	amount := func(m int64) remedy.Amount { return r.Of(yuan(m, 0)) }
	require.Equal(t, remedy.Request{Level: 1, Needed: 1}, r.Asked(1, amount(1999), amount(0), false))
	require.Equal(t, remedy.Request{Level: 1, Needed: 2}, r.Asked(1, amount(2000), amount(0), false))
	require.Equal(t, remedy.Request{Level: 1, Needed: 1}, r.Asked(1, amount(199), amount(199), false))
	require.Equal(t, remedy.Request{Level: 1, Needed: 2}, r.Asked(1, amount(200), amount(200), false))
	require.Equal(t, remedy.Request{Level: 2, Needed: 2}, r.Asked(3, amount(9999), amount(9999), false), "above the last level there is none")
	require.Equal(t, remedy.Request{Level: 3, Needed: 1, Beyond: true}, r.Asked(0, amount(199), amount(199), true))
	require.Equal(t, remedy.Request{Level: 2, Needed: 2, Beyond: true}, r.Asked(1, amount(200), amount(200), true))
	none := rules(t, `remedies: {approvals: {second_from: "", second_cash_from: ""}}`)
	require.Equal(t, remedy.Request{Level: 1, Needed: 1}, none.Asked(1, amount(9999), amount(9999), false))
	single := rules(t, `remedies: {approvals: {levels: [{role: COMPANY_EXECUTIVE, authority: EXECUTIVE}]}}`)
	require.Equal(t, remedy.Request{Level: 1, Needed: 1}, single.Asked(1, amount(9999), amount(9999), false))
}

// TestAuthorityOverRandomOptions holds what must hold whatever is proposed: more money or cash never needs less, a higher role never covers
// less, cash is never granted alone, and nothing alone is beyond what frontline's rows say.
func TestAuthorityOverRandomOptions(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "REM-3")
	r := rules(t, "{}")
	random := rand.New(rand.NewPCG(1, 2))
	roles := []authv1.Role{authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE}
	for range 20_000 {
		var o remedy.Option
		for range 1 + random.IntN(5) {
			o.Parts = append(o.Parts, remedy.Part{
				Kind: remedyv1.Option_Kind(1 + random.IntN(19)), Basis: remedyv1.Option_Basis(1 + random.IntN(3)),
				Amount: yuan(random.Int64N(1<<random.IntN(41)), int32(random.IntN(100))*10_000_000), Cash: random.IntN(8) == 0,
			})
		}
		level := r.Level(o)
		for i, role := range roles[1:] {
			require.False(t, r.Covers(roles[i], o) && !r.Covers(role, o), "%s may what %s may: %v", role, roles[i], o)
		}
		require.LessOrEqual(t, level, 3)
		if level == 0 {
			require.True(t, r.Covers(authv1.Role_AGENT, o), "%v", o)
		}
		more := remedy.Option{Parts: append([]remedy.Part(nil), o.Parts...)}
		at := random.IntN(len(more.Parts))
		if random.IntN(2) == 0 {
			more.Parts[at].Amount.Units += 1 + random.Int64N(1<<random.IntN(40))
		} else {
			for i := range more.Parts {
				more.Parts[i].Cash = true
			}
			require.Positive(t, r.Level(more), "cash is never granted alone: %v", more)
		}
		require.GreaterOrEqual(t, r.Level(more), level, "%v needs no less than %v", more, o)
	}
}

// TestEntitlementsCountForNoCap: the customer's own money is never bargained for (REM-3).
func TestEntitlementsCountForNoCap(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-3", "APPR-1")
	r := rules(t, "{}")
	holds := r.Holds([]remedy.Option{
		one(remedyv1.Option_REFUND, remedyv1.Option_ENTITLEMENT, yuan(90_000, 0)),
		{Parts: []remedy.Part{
			{Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Amount: yuan(10, 0)},
			{Kind: remedyv1.Option_COMPENSATION, Basis: remedyv1.Option_FAULT, Amount: yuan(30, 0)},
		}},
		one(remedyv1.Option_COUPON, remedyv1.Option_GOODWILL, yuan(20, 0)),
	})
	require.Equal(t, "90000", holds[remedyv1.Option_ENTITLEMENT].String())
	require.Equal(t, "30", holds[remedyv1.Option_FAULT].String(), "for each basis the most that any option costs on it")
	require.Equal(t, "20", holds[remedyv1.Option_GOODWILL].String())
	require.Nil(t, r.Exceeded(remedy.Funds{Budget: 1_995_000}, holds[remedyv1.Option_GOODWILL].Add(holds[remedyv1.Option_FAULT]), "departments/x", false))
	over := r.Exceeded(remedy.Funds{Budget: 1_995_001}, holds[remedyv1.Option_GOODWILL].Add(holds[remedyv1.Option_FAULT]), "departments/x", false)
	require.NotNil(t, over)
	require.Equal(t, "budget", over.Cap)
	require.Nil(t, r.Exceeded(remedy.Funds{Budget: 1 << 60}, remedy.Amount{}, "departments/x", true), "what costs nothing exceeds nothing")
}
