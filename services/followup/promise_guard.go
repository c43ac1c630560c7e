package followup

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/amount"
	"github.com/redress-dev/redress/services/internal/wording"
)

// guard says what nobody had the authority to promise in a conversation (PROM-2). It refuses nothing: what was said is owed.
type guard struct {
	checker *wording.Checker
	rules   *policyv1.Promises
	// soon are the rules of wording that are about times.
	soon     map[string]bool
	currency string
	// limits are how much a role may promise: what it may grant whatever the reason is, since nobody has ruled on one yet.
	limits map[authv1.Role]decimal.Decimal
	// last is the role that may grant anything.
	last authv1.Role
	// written reads the money that a promise has in words.
	written *amount.Reader
}

func newGuard(checker *wording.Checker, p *policyv1.Policy) (*guard, error) {
	g := &guard{
		checker: checker, rules: p.GetPromises(), soon: map[string]bool{}, currency: p.GetRemedies().GetCurrency(),
		limits: map[authv1.Role]decimal.Decimal{}, written: amount.New(p.GetRemedies().GetCurrency()),
	}
	for _, rule := range p.GetWording().GetRules() {
		g.soon[rule.GetId()] = rule.GetSoonerThan() != nil
	}
	for _, row := range p.GetRemedies().GetAuthority() {
		if len(row.GetBases()) > 0 {
			continue
		}
		most, err := decimal.NewFromString(row.GetUpTo())
		if err != nil {
			return nil, fmt.Errorf("followup: the policy's amount %q is no number: %w", row.GetUpTo(), err)
		}
		g.limits[row.GetRole()] = decimal.Max(g.limits[row.GetRole()], most)
	}
	if levels := p.GetRemedies().GetApprovals().GetLevels(); len(levels) > 0 {
		g.last = levels[len(levels)-1].GetAuthority()
	}
	return g, nil
}

// said is a promise as it was said.
type said struct {
	*Promise
	text, language string
	due            time.Time
	// roles are the speaker's.
	roles []authv1.Role
}

// excesses are why there was no authority, in their order; none when there was.
func (g *guard) excesses(p said) []followupv1.Promise_Excess {
	found := map[followupv1.Promise_Excess]bool{}
	for _, f := range g.checker.Check(wording.Draft{Text: p.text, LanguageCode: p.language, Kind: policyv1.LetterTemplate_REMEDY}) {
		switch {
		case f.Kind == policyv1.WordingRule_ABSOLUTE_PROMISE:
			found[followupv1.Promise_TOO_ABSOLUTE] = true
		case f.Kind == policyv1.WordingRule_OVER_PROMISE && g.soon[f.Rule]:
			found[followupv1.Promise_TOO_SOON] = true
		case f.Kind == policyv1.WordingRule_OVER_PROMISE: // What nobody has decided yet.
			found[followupv1.Promise_ABOVE_AUTHORITY] = true
		}
	}
	least := g.rules.GetLeadTime().AsDuration()
	if p.Update { // Telling how it goes takes no preparation.
		least = g.rules.GetPeriodLeast().AsDuration()
	}
	if p.due.Before(p.PromiseTime.Add(least)) {
		found[followupv1.Promise_TOO_SOON] = true
	}
	if p.due.Sub(p.PromiseTime) > g.rules.GetFurthest().AsDuration() {
		found[followupv1.Promise_TOO_FAR] = true
	}
	if p.Series() && p.Period < g.rules.GetPeriodLeast().AsDuration() {
		found[followupv1.Promise_TOO_OFTEN] = true
	}
	if g.above(p) {
		found[followupv1.Promise_ABOVE_AUTHORITY] = true
	}
	var list []followupv1.Promise_Excess
	for excess := range found {
		list = append(list, excess)
	}
	slices.Sort(list)
	return list
}

// above tells whether it is more money than the speaker may grant, as an amount of its own or in its words. What is worth money and has no number
// is for those who may grant anything.
func (g *guard) above(p said) bool {
	if g.written.Untold(p.text) && !slices.ContainsFunc(p.roles, g.grantsAll) {
		return true
	}
	sums := g.written.Read(p.text)
	if p.Amount.Currency != "" {
		value := decimal.New(p.Amount.Units, 0).Add(decimal.New(int64(p.Amount.Nanos), -9))
		sums = append(sums, amount.Sum{Currency: p.Amount.Currency, Value: value})
	}
	return slices.ContainsFunc(sums, func(sum amount.Sum) bool { return !g.grants(p.roles, sum) })
}

// grants tells whether one of the roles may grant an amount. Whoever stands higher may grant what those below may.
func (g *guard) grants(roles []authv1.Role, sum amount.Sum) bool {
	if sum.Currency != g.currency {
		return false
	}
	for _, role := range roles {
		if g.grantsAll(role) {
			return true
		}
		for other, most := range g.limits {
			if other <= role && role <= authv1.Role_EXECUTIVE && sum.Value.Compare(most) <= 0 {
				return true
			}
		}
	}
	return false
}

// grantsAll tells whether a role may grant anything.
func (g *guard) grantsAll(role authv1.Role) bool {
	return g.last != authv1.Role_ROLE_UNSPECIFIED && role >= g.last && role <= authv1.Role_EXECUTIVE
}
