package remedy

import (
	"time"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// FundKeys name the rows that a grant draws on. They are locked in this order: the complaint's, which every change holds, the customer's,
// that of the agent's day, that of the department's month.
type FundKeys struct {
	// Customer is "customers/{customer}".
	Customer string
	// Since is how far back the customer's period looks.
	Since time.Time
	// Agent and Day name what somebody granted alone on a day; an empty agent for what is approved.
	Agent, Day string
	// Department and Month name the budget.
	Department, Month string
}

// Funds are what is held and spent already of what is not an entitlement, in the smallest unit of the currency.
type Funds struct {
	// Complaint is of the complaint, in all its cycles, and of those that went on in it.
	Complaint int64
	// Customer is of the customer since the beginning of the period.
	Customer int64
	// Day is what the agent granted alone on the day.
	Day int64
	// Budget is of the department in the month.
	Budget int64
}

// Excess is a cap that would be exceeded (APPR-1).
type Excess struct {
	// Cap is which one: "complaint", "customer", "agent_day" or "budget", as in the policy.
	Cap string
	// Most is the cap, Used what is used of it, Asked what would be used beyond that.
	Most, Used, Asked Amount
}

// left is a cap with what is used of it.
type left struct {
	name       string
	most, used Amount
}

// left are the caps that hold for a department, and for what is granted alone.
func (r *Rules) left(f Funds, department string, alone bool) []left {
	all := []left{
		{"complaint", r.caps.complaint, r.FromMinor(f.Complaint)}, {"customer", r.caps.customer, r.FromMinor(f.Customer)},
	}
	if alone {
		all = append(all, left{"agent_day", r.caps.day, r.FromMinor(f.Day)})
	}
	if most, limited := r.budget(department); limited {
		all = append(all, left{"budget", most, r.FromMinor(f.Budget)})
	}
	return all
}

// Exceeded is the first cap that is exceeded when so much more is held; nil for none.
func (r *Rules) Exceeded(f Funds, asked Amount, department string, alone bool) *Excess {
	if !asked.Positive() {
		return nil
	}
	for _, l := range r.left(f, department, alone) {
		if l.used.Add(asked).Compare(l.most) > 0 {
			return &Excess{Cap: l.name, Most: l.most, Used: l.used, Asked: asked}
		}
	}
	return nil
}

// capped is what of these holds counts for caps and budgets.
func capped(holds map[remedyv1.Option_Basis]Amount) Amount {
	return holds[remedyv1.Option_FAULT].Add(holds[remedyv1.Option_GOODWILL])
}

// fits is false for what the databases have no numbers for.
func (r *Rules) fits(f Funds, asked Amount) bool {
	for _, used := range []int64{f.Complaint, f.Customer, f.Day, f.Budget} {
		if _, ok := r.Minor(r.FromMinor(used).Add(asked)); !ok {
			return false
		}
	}
	return true
}

// funds locks what a grant draws on, and tells what is used of it once what this transaction releases is free again.
func (c *Case) funds(keys FundKeys) (Funds, error) {
	f, err := c.Funds(keys)
	if err != nil {
		return f, err
	}
	for _, e := range c.Changes.Entries {
		if e.Kind != remedyv1.LedgerEntry_RELEASE || !e.Capped() {
			continue
		}
		f.Complaint -= e.Minor
		if e.Customer == keys.Customer && !e.HoldTime.Before(keys.Since) {
			f.Customer -= e.Minor
		}
		if keys.Agent != "" && e.Alone == keys.Agent && e.Day == keys.Day {
			f.Day -= e.Minor
		}
		if e.Department == keys.Department && e.Month == keys.Month {
			f.Budget -= e.Minor
		}
	}
	return f, nil
}
