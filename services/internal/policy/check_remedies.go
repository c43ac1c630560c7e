package policy

import (
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// remedies wants the numbers of what may be given to make sense: amounts as fine as the currency, times that are told, levels that lead up,
// each department and each kind once.
func (c *checker) remedies(remedies *policyv1.Remedies) {
	at := path{}.field("remedies")
	digits := int(remedies.GetCurrencyDigits())
	for i, row := range remedies.GetAuthority() {
		c.amount(at.item("authority", i).field("up_to"), row.GetUpTo(), digits)
	}
	caps := remedies.GetCaps()
	c.amount(at.field("caps").field("complaint"), caps.GetComplaint(), digits)
	c.amount(at.field("caps").field("customer"), caps.GetCustomer(), digits)
	c.amount(at.field("caps").field("agent_day"), caps.GetAgentDay(), digits)
	c.duration(at.field("caps").field("customer_period"), caps.GetCustomerPeriod())
	c.amount(at.field("doubts").field("goodwill_from"), remedies.GetDoubts().GetGoodwillFrom(), digits)
	c.amount(at.field("doubts").field("entitlement_from"), remedies.GetDoubts().GetEntitlementFrom(), digits)
	named := map[string]bool{}
	for i, budget := range remedies.GetBudgets() {
		here := at.item("budgets", i)
		c.amount(here.field("month"), budget.GetMonth(), digits)
		if named[budget.GetDepartment()] {
			c.add(here.field("department"), "unique", "%q has a budget already", budget.GetDepartment())
		}
		named[budget.GetDepartment()] = true
	}
	c.approvals(at.field("approvals"), remedies.GetApprovals(), digits)
	c.duration(at.field("offers").field("answer_within"), remedies.GetOffers().GetAnswerWithin())
	c.duration(at.field("offers").field("reminded_within"), remedies.GetOffers().GetRemindedWithin())
	c.duration(at.field("offers").field("follow_up_within"), remedies.GetOffers().GetFollowUpWithin())
	for i, before := range remedies.GetOffers().GetFollowUpWarnings() {
		c.duration(at.field("offers").item("follow_up_warnings", i), before)
	}
	c.duration(at.field("repeat").field("period"), remedies.GetRepeat().GetPeriod())
	c.leadTimes(at, remedies.GetLeadTimes())
}

// amount refuses what no amount of the currency can be.
func (c *checker) amount(at path, amount string, digits int) {
	if _, fraction, _ := strings.Cut(amount, "."); len(fraction) > digits {
		c.add(at, "digits", "%s has more digits after the point than the currency (%d)", amount, digits)
	}
}

// approvals wants each level to be above the one before.
func (c *checker) approvals(at path, approvals *policyv1.Approvals, digits int) {
	c.duration(at.field("within"), approvals.GetWithin())
	c.duration(at.field("urgent_within"), approvals.GetUrgentWithin())
	c.amount(at.field("second_from"), approvals.GetSecondFrom(), digits)
	c.amount(at.field("second_cash_from"), approvals.GetSecondCashFrom(), digits)
	c.amount(at.field("sample_all_from"), approvals.GetSampleAllFrom(), digits)
	for i, level := range approvals.GetLevels() {
		if i > 0 && rank(level.GetRole()) <= rank(approvals.GetLevels()[i-1].GetRole()) {
			c.add(at.item("levels", i).field("role"), "order", "%s is not above %s; approvals lead up", level.GetRole(), approvals.GetLevels()[i-1].GetRole())
		}
		if i > 0 && level.GetAuthority() < approvals.GetLevels()[i-1].GetAuthority() {
			c.add(at.item("levels", i).field("authority"), "order", "%s may grant less than the level below", level.GetAuthority())
		}
	}
}

// leadTimes wants one of each kind, so that whatever is accepted has a due time (REM-5).
func (c *checker) leadTimes(at path, times []*policyv1.LeadTime) {
	seen := map[string]bool{}
	for i, lead := range times {
		here := at.item("lead_times", i)
		c.duration(here.field("within"), lead.GetWithin())
		if seen[lead.GetKind()] {
			c.add(here.field("kind"), "unique", "%s has a lead time already", lead.GetKind())
		}
		seen[lead.GetKind()] = true
		if lead.GetAtLeast().AsDuration() > lead.GetWithin().AsDuration() {
			c.add(here.field("at_least"), "lead_time", "is longer than within, so it would always be too soon")
		}
	}
	for number := int32(1); remedyv1.Option_Kind_name[number] != ""; number++ {
		if kind := remedyv1.Option_Kind_name[number]; !seen[kind] {
			c.add(at.field("lead_times"), "missing", "%s has none, so nobody would know when it is due", kind)
		}
	}
}
