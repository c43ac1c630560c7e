package remedy_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/remedy"
)

// people are the levels that approve an option, the highest first; none when it is granted alone.
func people(r *remedy.Rules, f remedy.Funds, o remedy.Option) []int {
	options := []remedy.Option{o}
	holds := r.Holds(options)
	asked := holds[remedyv1.Option_FAULT].Add(holds[remedyv1.Option_GOODWILL])
	request := r.Judged(options, r.Exceeded(f, asked, "departments/x", false) != nil)
	var levels []int
	for n := int(request.Needed); n > 0; n-- {
		levels = append(levels, request.Level+n-1)
	}
	return levels
}

// requireNoFewer wants as many people as before, and nobody of them lower.
func requireNoFewer(t *testing.T, before, now []int, why string) {
	t.Helper()
	require.GreaterOrEqual(t, len(now), len(before), why)
	for i, level := range before {
		require.GreaterOrEqual(t, now[i], level, why)
	}
}

// unvalued tells whether nobody knows what a kind is worth without an amount, by the built-in policy.
func unvalued(kind remedyv1.Option_Kind) bool {
	return kind == remedyv1.Option_EXCHANGE || kind == remedyv1.Option_RESHIP || kind == remedyv1.Option_REPAIR
}

// TestMoreNeverTakesFewerPeople: over kinds, bases, cash and what is used of the caps, each amount takes as many people as any smaller one,
// and people as high; what a role may approve of an amount it may of any smaller one; and cash takes no fewer than the same not in cash.
func TestMoreNeverTakesFewerPeople(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-2")
	amounts := []int64{0, 1, 19, 20, 21, 99, 100, 199, 200, 201, 499, 500, 501, 999, 1000, 1001, 1200, 1999, 2000, 2001, 4999, 5000, 5001, 1_000_000}
	for _, said := range []string{
		"{}",
		`remedies: {approvals: {second_from: "50", second_cash_from: "600"}}`,
		`remedies: {approvals: {second_from: "", second_cash_from: "200"}}`,
		`remedies: {caps: {complaint: "100", customer: "100000"}}`,
		`remedies: {approvals: {levels: [{role: TEAM_SUPERVISOR, authority: SUPERVISOR}, {role: COMPANY_EXECUTIVE, authority: EXECUTIVE}]}}`,
	} {
		r := rules(t, said)
		for _, funds := range []remedy.Funds{{}, {Complaint: 99_000}, {Customer: 190_000}, {Budget: 1_999_999}} {
			for kind := range len(remedyv1.Option_Kind_name) - 1 {
				for basis := range len(remedyv1.Option_Basis_name) - 1 {
					before := map[bool][]int{}
					for _, amount := range amounts {
						if amount == 0 && unvalued(remedyv1.Option_Kind(kind+1)) {
							continue // It is not nothing: nobody has told what it is worth.
						}
						o := one(remedyv1.Option_Kind(kind+1), remedyv1.Option_Basis(basis+1), yuan(amount, 0))
						inCash := remedy.Option{Parts: []remedy.Part{o.Parts[0]}}
						inCash.Parts[0].Cash = amount > 0
						why := fmt.Sprintf("%s: %v of %v with %v used", said, amount, o.Parts[0].Kind, funds)
						now := map[bool][]int{false: people(r, funds, o), true: people(r, funds, inCash)}
						requireNoFewer(t, before[false], now[false], why)
						requireNoFewer(t, before[true], now[true], why+", in cash")
						requireNoFewer(t, now[false], now[true], why+": cash is not less")
						before = now
					}
					requireNoMore(t, r, one(remedyv1.Option_Kind(kind+1), remedyv1.Option_Basis(basis+1), yuan(0, 0)), amounts)
				}
			}
		}
	}
}

// requireNoMore wants no role to cover an amount that does not cover each smaller one, and none to cover more than a higher one.
func requireNoMore(t *testing.T, r *remedy.Rules, o remedy.Option, amounts []int64) {
	t.Helper()
	roles := []authv1.Role{authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE}
	covered := map[authv1.Role]bool{}
	for i, amount := range amounts {
		o.Parts[0].Amount = yuan(amount, 0)
		for n, role := range roles {
			now := r.Covers(role, o)
			require.False(t, i > 0 && now && !covered[role], "%s: %v", role, o)
			require.False(t, n > 0 && covered[roles[n-1]] && !now, "%s: %v", role, o)
			covered[role] = now
		}
	}
}

// TestMoreNeverTakesFewerPeopleAtRandom is the same of options of several parts, over random use of the caps.
func TestMoreNeverTakesFewerPeopleAtRandom(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1")
	r := rules(t, "{}")
	random := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		var o remedy.Option
		for range 1 + random.IntN(5) {
			o.Parts = append(o.Parts, remedy.Part{
				Kind: remedyv1.Option_Kind(1 + random.IntN(19)), Basis: remedyv1.Option_Basis(1 + random.IntN(3)),
				Amount: yuan(random.Int64N(1<<random.IntN(16)), 0), Cash: random.IntN(4) == 0,
			})
			if last := &o.Parts[len(o.Parts)-1]; unvalued(last.Kind) {
				last.Amount.Units++
			}
		}
		funds := remedy.Funds{Complaint: random.Int64N(200_000), Customer: random.Int64N(300_000), Budget: random.Int64N(3_000_000)}
		more := remedy.Option{Parts: append([]remedy.Part(nil), o.Parts...)}
		more.Parts[random.IntN(len(more.Parts))].Amount.Units += 1 + random.Int64N(1<<random.IntN(16))
		further := funds
		further.Complaint += random.Int64N(200_000)
		requireNoFewer(t, people(r, funds, o), people(r, further, more), fmt.Sprintf("%v and %v", o, more))
	}
}

// TestSplittingNeverTakesFewerPeople: what is given in one part takes no more people, and none higher, than the same in several parts of
// whatever kinds that cost as much, or in several proposals one after the other.
func TestSplittingNeverTakesFewerPeople(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-2")
	random := rand.New(rand.NewPCG(5, 6))
	const caps = `caps: {complaint: "9999999", customer: "9999999"}` // Which add up by themselves.
	for _, said := range []string{
		`remedies: {` + caps + `, budgets: []}`, `remedies: {` + caps + `, budgets: [], approvals: {second_from: "50", second_cash_from: "600"}}`,
	} {
		r := rules(t, said)
		for range 5_000 {
			var whole remedy.Option
			for range 1 + random.IntN(5) {
				whole.Parts = append(whole.Parts, remedy.Part{
					Kind: remedyv1.Option_Kind(1 + random.IntN(13)), Basis: remedyv1.Option_Basis(1 + random.IntN(3)),
					Amount: yuan(1+random.Int64N(1<<random.IntN(13)), 0), Cash: random.IntN(4) == 0,
				})
			}
			needed := people(r, remedy.Funds{}, whole)
			var most []int // What the proposals take that give each part for itself, all of them together.
			for i := range whole.Parts {
				now := people(r, remedy.Funds{}, remedy.Option{Parts: whole.Parts[i : i+1], Besides: whole.Parts[:i]})
				for n, level := range now {
					if n == len(most) {
						most = append(most, level)
					}
					most[n] = max(most[n], level)
				}
			}
			requireNoFewer(t, needed, most, fmt.Sprintf("%s: %v in several proposals", said, whole))

			// The same sum, as the kind that takes the fewest. Caps are of the basis, and cash is cash.
			var lowest []int
			for i := range whole.Parts {
				whole.Parts[i].Basis, whole.Parts[i].Cash = whole.Parts[0].Basis, whole.Parts[0].Cash
			}
			for n, like := range whole.Parts {
				like.Amount = r.Money(sumOf(r, whole))
				if now := people(r, remedy.Funds{}, remedy.Option{Parts: []remedy.Part{like}}); n == 0 || fewer(now, lowest) {
					lowest = now
				}
			}
			requireNoFewer(t, lowest, people(r, remedy.Funds{}, whole), fmt.Sprintf("%s: %v as one part", said, whole))
		}
	}
}

// sumOf is what an option costs.
func sumOf(r *remedy.Rules, o remedy.Option) remedy.Amount {
	most, _ := r.Most([]remedy.Option{o})
	return most
}

// fewer tells whether it takes fewer people, or as many and lower ones.
func fewer(a, b []int) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return len(a) > 0 && a[0] < b[0]
}
