package remedy

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Month is how somebody's month stands, as far as deductions go.
type Month struct {
	// Pay is what was told of it last, in the smallest unit of the currency; nothing while nothing was told.
	Pay int64
	// Tellings is how often a pay was told of it.
	Tellings int32
	// Taken is what was suggested or decided of it and not dismissed, Confirmed what HR has confirmed of that.
	Taken, Confirmed int64
}

// Pay is what somebody has told of somebody's performance pay or bonus of a month. It limits what is deducted from it (ACC-1).
type Pay struct {
	// Agent is whose it is: "agents/{agent}"; Month is the month: "2026-11".
	Agent, Month string
	// Number counts what was told, from 1. What was told last counts.
	Number int32
	// Amount is how much, in the smallest unit of the currency.
	Amount int64
	// Teller is who has told it, Correction why it is another one than before; empty for the first.
	Teller, Correction string
	// Time is when it was told.
	Time time.Time
}

// toldPay is a pay as somebody tells it.
type toldPay struct {
	amount     Amount
	correction string
}

// months locks the month of whom something may be suggested for, and settles what their pay is. What was told first is kept as soon as
// something is suggested by it, and another one later is a correction, which says why: else each call would have a limit of its own. It may
// leave less than is suggested, which HR then confirms no more of, but not less than HR has confirmed. What is told of others is neither kept
// nor compared. Errors: PAY_TOLD_DIFFERENTLY, PAY_BELOW_CONFIRMED.
func (s *Service) months(c *Case, all []liability, asked suggestion, now time.Time) (map[string]Month, error) {
	var agents []string
	for _, l := range all {
		if _, told := asked.pays[l.agent]; told {
			agents = append(agents, l.agent)
		}
	}
	slices.Sort(agents)
	agents = slices.Compact(agents)
	months, err := c.Accounts.Months(asked.month, agents)
	if err != nil {
		return nil, err
	}
	for _, agent := range agents {
		month, told := months[agent], asked.pays[agent]
		switch amount, _ := s.rules.Minor(told.amount); {
		case month.Tellings == 0 || amount == month.Pay:
			continue
		case told.correction == "":
			return nil, payToldDifferently(agent, asked.month)
		}
		if confirmed := s.rules.FromMinor(month.Confirmed); s.rules.monthMost(told.amount).Compare(confirmed) < 0 {
			return nil, payBelowConfirmed(agent, asked.month, s.rules.leastPay(confirmed).String())
		}
		month.Tellings++
		c.Changes.Pays = append(c.Changes.Pays, s.pay(agent, month.Tellings, asked, now))
		months[agent] = month
	}
	return months, nil
}

// pay is what the call tells of somebody's month. What is told first corrects nothing.
func (s *Service) pay(agent string, number int32, asked suggestion, now time.Time) Pay {
	told := asked.pays[agent]
	p := Pay{Agent: agent, Month: asked.month, Number: number, Teller: asked.proposer, Time: now}
	p.Amount, _ = s.rules.Minor(told.amount)
	if number > 1 {
		p.Correction = told.correction
	}
	return p
}

// leastPay is the least pay whose limit leaves so much; nothing when no pay does.
func (r *Rules) leastPay(of Amount) Amount {
	percent := r.accountability.GetMonthPercentMost()
	if percent == 0 {
		return Amount{}
	}
	return Amount{of.value.Mul(decimal.NewFromInt(100)).Div(decimal.NewFromInt32(percent)).RoundUp(r.Digits)}
}

// withinMonth wants what HR confirms to fit into what the pay on record leaves of the month. What was suggested before pays were kept has none.
// Errors: DEDUCTION_TOO_HIGH.
func (s *Service) withinMonth(c *Case, d *Deduction, amount int64) error {
	months, err := c.Accounts.Months(d.Month, []string{d.Agent})
	if err != nil {
		return err
	}
	month := months[d.Agent]
	left := s.rules.monthMost(s.rules.FromMinor(month.Pay)).Sub(s.rules.FromMinor(month.Confirmed))
	if month.Tellings > 0 && s.rules.FromMinor(amount).Compare(left) > 0 {
		return deductionTooHigh(largest(left, Amount{}).String())
	}
	return nil
}
