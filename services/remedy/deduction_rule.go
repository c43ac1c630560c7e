package remedy

import (
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// Accounts are what deductions are suggested by.
type Accounts struct {
	// Rulings are the complaint's rulings, Duties what was broken or is owed by somebody who is named, Assignments who was in charge, oldest
	// first, Deductions what was suggested.
	Rulings     []Ruling
	Duties      []Duty
	Assignments []Assignment
	Deductions  []Deduction
	// Spent is what was spent on the customer beyond what the customer was entitled to, Recovered what third parties gave back, in the
	// smallest unit of the currency.
	Spent, Recovered int64
	// Above finds who stands directly above each of some people, and who manages each of some departments, by name. Who has nobody is left out.
	Above func(names []string) (map[string]string, error)
	// Months locks a month of some people, who are in order, and tells how it stands for each.
	Months func(month string, agents []string) (map[string]Month, error)
}

// Ruling is what was ruled on responsibility (ASSESS-4).
type Ruling struct {
	// Name is "complaints/{complaint}/rulings/{ruling}".
	Name string
	// Cycle is the complaint's cycle.
	Cycle int32
	// Responsibility is whether somebody answers for it; Reason is why.
	Responsibility policyv1.Responsibility
	Reason         policyv1.RulingReason
	// Concerned are "agents/{agent}" and "departments/{department}".
	Concerned []string
	// State is whether it holds.
	State RulingState
}

// RulingState is whether a ruling holds.
type RulingState int32

const (
	// Holds is for what was neither replaced nor overturned, and no appeal waits against it.
	Holds RulingState = iota
	// Replaced is for what a later ruling took the place of.
	Replaced
	// Appealed is for what an appeal waits against.
	Appealed
	// Overturned is for what an appeal has undone.
	Overturned
)

// Duty is one that was broken, or that somebody owes by name.
type Duty struct {
	// Complaint is the complaint's id; empty for the one that is changed.
	Complaint string
	// ID is the duty's id within the complaint.
	ID string
	// Cycle is the complaint's cycle.
	Cycle int32
	// Kind is what was owed.
	Kind policyv1.DutyKind
	// DueTime is by when.
	DueTime time.Time
	// Owner is who owes it by name: "agents/{agent}"; empty for whoever is in charge.
	Owner string
	// RecordTime is when the promise of it was recorded, Recorder who did; zero and empty for what nobody has promised.
	RecordTime time.Time
	Recorder   string
	// Broken is true while the verdict says so.
	Broken bool
}

// Assignment is who was in charge from a time on.
type Assignment struct {
	// Position is that of the event in the log of the complaint.
	Position int64
	// Agent is "agents/{agent}"; empty for nobody.
	Agent string
	// Time is since when.
	Time time.Time
}

// liability is why a deduction may be suggested for somebody.
type liability struct {
	agent     string
	asManager bool
	reason    policyv1.RulingReason
	duty      string
	percent   int32
}

// same tells whether a deduction is for this, and stands in the way of another one: what HR dismissed may be suggested anew, but not what
// somebody has appealed against.
func (l liability) same(d *Deduction, ruling string) bool {
	anew := d.State == remedyv1.Deduction_DISMISSED && d.AppealDecider == ""
	return !anew && d.Ruling == ruling && d.Agent == l.agent && d.AsManager == l.asManager && d.Duty == l.duty
}

// presentMonth wants a month that is not further ahead than the policy says. Errors: INVALID_FIELD.
func (r *Rules) presentMonth(month string, now time.Time) error {
	last := time.Date(now.Year(), now.Month()+time.Month(r.accountability.GetMonthsAhead()), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
	if month > last {
		return invalidField("month", "Tell "+last+" at the latest.")
	}
	return nil
}

// rule is the row of the published rule that fits a reason, or "DELAY"; nil for none.
func (r *Rules) rule(reason string) *policyv1.DeductionRule {
	for _, row := range r.accountability.GetRules() {
		if row.GetReason() == reason {
			return row
		}
	}
	return nil
}

// liabilities are who answers for what after a ruling that holds: whom it concerns and who stands above them, if somebody was found
// responsible; and whoever owed what was broken in its cycle, with who stands above, whatever was ruled (S2 step 6). A problem record has
// none. Nobody is named twice for one thing, and nobody as the manager of what they answer for themselves.
func (r *Rules) liabilities(a *Accounts, ruling Ruling) ([]liability, error) {
	if ruling.Responsibility == policyv1.Responsibility_PROBLEM_RECORD {
		return nil, nil
	}
	var all []liability
	add := func(l liability) {
		same := func(other liability) bool { return other.agent == l.agent && other.duty == l.duty }
		if l.agent != "" && l.percent > 0 && !slices.ContainsFunc(all, same) {
			all = append(all, l)
		}
	}
	if row := r.rule(ruling.Reason.String()); row != nil && ruling.Responsibility == policyv1.Responsibility_RESPONSIBLE {
		above, err := a.Above(ruling.Concerned)
		if err != nil {
			return nil, err
		}
		for _, name := range ruling.Concerned {
			if strings.HasPrefix(name, "agents/") {
				add(liability{agent: name, reason: ruling.Reason, percent: row.GetPersonPercent()})
			}
		}
		for _, name := range ruling.Concerned {
			add(liability{agent: above[name], asManager: true, reason: ruling.Reason, percent: row.GetManagerPercent()})
		}
	}
	row := r.rule("DELAY")
	for _, duty := range a.Duties {
		owner := a.owner(duty)
		if row == nil || !duty.Broken || duty.Cycle != ruling.Cycle || owner == "" {
			continue
		}
		above, err := a.Above([]string{owner})
		if err != nil {
			return nil, err
		}
		add(liability{agent: owner, duty: duty.ID, percent: row.GetPersonPercent()})
		add(liability{agent: above[owner], asManager: true, duty: duty.ID, percent: row.GetManagerPercent()})
	}
	return all, nil
}

// owner is who answers for a duty that was not done when it was due: who is named, or who was in charge then; empty for nobody. A promise that
// was recorded once it was due, or of which that is not known, could be kept by nobody; and nobody answers for what somebody else promised
// in their name, unless they were in charge before it was due, and had it before them.
func (a *Accounts) owner(duty Duty) string {
	promised := duty.Kind == policyv1.DutyKind_PROMISE || duty.Owner != "" || !duty.RecordTime.IsZero()
	if promised && (duty.RecordTime.IsZero() || !duty.RecordTime.Before(duty.DueTime)) {
		return ""
	}
	owner, had := "", duty.Recorder == duty.Owner
	for i, assigned := range a.Assignments {
		if assigned.Time.After(duty.DueTime) {
			break
		}
		owner = assigned.Agent
		over := i+1 < len(a.Assignments) && !a.Assignments[i+1].Time.After(duty.RecordTime)
		had = had || owner == duty.Owner && !over
	}
	switch {
	case duty.Owner == "":
		return owner
	case had:
		return duty.Owner
	default:
		return ""
	}
}

// part is a percentage of an amount, rounded down to what the currency has.
func (r *Rules) part(of Amount, percent int32) Amount {
	return Amount{of.value.Mul(decimal.New(int64(percent), -2)).RoundDown(r.Digits)}
}

// monthMost is the most that all deductions of a month together take of its pay.
func (r *Rules) monthMost(pay Amount) Amount {
	return r.part(pay, r.accountability.GetMonthPercentMost())
}

// deductionLimits are what an amount is cut down to (ACC-1): what is left of the loss, and what is left of the month.
type deductionLimits struct{ loss, month Amount }

// smallest is the amount within the limits; never less than nothing.
func (l deductionLimits) smallest(amount Amount) Amount {
	for _, limit := range []Amount{l.loss, l.month} {
		if amount.Compare(limit) > 0 {
			amount = limit
		}
	}
	return largest(amount, Amount{})
}
