package remedy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/amount"
	"github.com/redress-dev/redress/services/internal/policy"
)

// Rules are what the policy says of remedies, with its numbers read. They never change.
type Rules struct {
	// Currency is the one of all remedies.
	Currency string
	// Digits is how many the currency has after the point.
	Digits int32
	// Authority is who may grant what (APPR-1).
	Authority Authority

	policy      *policyv1.Remedies
	plays       map[string]*policyv1.Play
	faults      map[policyv1.Cause]bool
	caps        limits
	budgets     map[string]Amount
	second      *Amount
	secondCash  *Amount
	sampleAll   Amount
	muchWill    Amount
	muchDue     *Amount
	unvalued    map[remedyv1.Option_Kind]bool
	leads       map[remedyv1.Option_Kind]time.Duration
	zone        *time.Location
	clockSkew   time.Duration
	offerWithin time.Duration
	watchWithin time.Duration
	claimWithin time.Duration
	// promiseLead is the least time in which a promise of no kind is done.
	promiseLead time.Duration
	// furthest is how far ahead anything is promised.
	furthest time.Duration

	accountability *policyv1.Accountability
	// furtherMost is the most that is told to be lost beside what the ledger has (ACC-1).
	furtherMost Amount
	// spoken reads the money that texts promise.
	spoken *amount.Reader
}

// limits are the caps of all that is granted (APPR-1).
type limits struct {
	complaint, customer, day Amount
	// period is how far back that of a customer looks.
	period time.Duration
}

// NewRules reads the policy's. It fails for what no checked policy has: an amount that is no number.
func NewRules(p *policy.Policy) (*Rules, error) {
	said := p.Proto().GetRemedies()
	r := &Rules{
		Currency: said.GetCurrency(), Digits: said.GetCurrencyDigits(), policy: said, zone: p.Hours().Zone(), clockSkew: p.ClockSkew(),
		plays: map[string]*policyv1.Play{}, faults: map[policyv1.Cause]bool{}, budgets: map[string]Amount{},
		leads: map[remedyv1.Option_Kind]time.Duration{}, offerWithin: said.GetOffers().GetAnswerWithin().AsDuration(),
		watchWithin: p.Proto().GetRefusals().GetWatchWithin().AsDuration(), accountability: p.Proto().GetAccountability(),
		claimWithin: p.Proto().GetPromises().GetClaimWithin().AsDuration(), furthest: p.Proto().GetPromises().GetFurthest().AsDuration(),
		promiseLead: p.Proto().GetPromises().GetLeadTime().AsDuration(),
		spoken:      amount.New(said.GetCurrency()),
	}
	for _, book := range p.Proto().GetPlaybooks().GetPlaybooks() {
		for _, play := range book.GetPlays() {
			r.plays["playbooks/"+book.GetId()+"/plays/"+play.GetId()] = play
		}
	}
	for _, cause := range said.GetFaultCauses() {
		r.faults[cause] = true
	}
	for _, lead := range said.GetLeadTimes() {
		r.leads[remedyv1.Option_Kind(remedyv1.Option_Kind_value[lead.GetKind()])] = lead.GetWithin().AsDuration()
	}
	var read reading
	r.Authority = Authority{levels: said.GetApprovals().GetLevels()}
	for _, row := range said.GetAuthority() {
		r.Authority.rows = append(r.Authority.rows, readRow(row, read.amount(row.GetUpTo())))
	}
	caps, approvals := said.GetCaps(), said.GetApprovals()
	r.caps = limits{
		complaint: read.amount(caps.GetComplaint()), customer: read.amount(caps.GetCustomer()), day: read.amount(caps.GetAgentDay()),
		period: caps.GetCustomerPeriod().AsDuration(),
	}
	for _, budget := range said.GetBudgets() {
		r.budgets[budget.GetDepartment()] = read.amount(budget.GetMonth())
	}
	r.second, r.secondCash = read.optional(approvals.GetSecondFrom()), read.optional(approvals.GetSecondCashFrom())
	r.furtherMost = read.amount(r.accountability.GetFurtherLossMost())
	r.sampleAll, r.muchWill = read.amount(approvals.GetSampleAllFrom()), read.amount(said.GetDoubts().GetGoodwillFrom())
	r.muchDue = read.optional(said.GetDoubts().GetEntitlementFrom())
	r.unvalued = map[remedyv1.Option_Kind]bool{}
	for _, kind := range said.GetUnvalued().GetKinds() {
		r.unvalued[remedyv1.Option_Kind(remedyv1.Option_Kind_value[kind])] = true
	}
	return r, read.err
}

// reading reads numbers, and remembers the first that is none.
type reading struct{ err error }

func (r *reading) amount(text string) Amount {
	value, err := decimal.NewFromString(text)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("remedy: the policy's amount %q is no number: %w", text, err)
	}
	return Amount{value}
}

// optional is nil for an empty text.
func (r *reading) optional(text string) *Amount {
	if text == "" {
		return nil
	}
	a := r.amount(text)
	return &a
}

// readRow reads a row of the authority matrix.
func readRow(said *policyv1.Authority, upTo Amount) row {
	out := row{role: said.GetRole(), upTo: upTo, cash: said.GetCash()}
	for _, kind := range said.GetKinds() {
		out.kinds = append(out.kinds, remedyv1.Option_Kind(remedyv1.Option_Kind_value[kind]))
	}
	for _, basis := range said.GetBases() {
		out.bases = append(out.bases, remedyv1.Option_Basis(remedyv1.Option_Basis_value[basis]))
	}
	return out
}

// alone tells whether an option may be the only one (REM-1): it gives what the play gives whose name it has, and that one may. Whoever gives
// something else under that name needs another option. Known is false when the policy has no such play.
func (r *Rules) alone(o Option) (alone, known bool) {
	found, known := r.plays[o.Play]
	return found.GetAlone() && slices.EqualFunc(o.Parts, found.GetParts(), r.gives), known
}

// gives tells whether a part gives what a part of a play does, and costs no more. What an entitlement costs the case alone knows.
func (r *Rules) gives(part Part, written *policyv1.PlayPart) bool {
	if part.Kind.String() != written.GetKind() || part.Basis.String() != written.GetBasis() || part.Cash {
		return false
	}
	most := Amount{}
	if amount := written.GetAmount(); amount != "" {
		most = (&reading{}).amount(amount) // It is a number: the policy was checked.
	} else if part.Basis == remedyv1.Option_ENTITLEMENT {
		return true
	}
	return r.Of(part.Amount).Compare(most) <= 0
}

// budget is what a department, "departments/{department}", may grant in a month; false for no limit.
func (r *Rules) budget(department string) (Amount, bool) {
	id := strings.TrimPrefix(department, "departments/")
	for _, name := range []string{id, "-"} {
		if most, ok := r.budgets[name]; ok {
			return most, true
		}
	}
	return Amount{}, false
}

// month and day are those of the staffed hours' time zone, as "2026-11" and "2026-11-23".
func (r *Rules) month(at time.Time) string { return at.In(r.zone).Format("2006-01") }
func (r *Rules) day(at time.Time) string   { return at.In(r.zone).Format(time.DateOnly) }

// last is the number of the last level of approvals.
func (r *Rules) last() int { return len(r.policy.GetApprovals().GetLevels()) }
