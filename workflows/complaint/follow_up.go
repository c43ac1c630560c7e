package complaint

import (
	"go.temporal.io/sdk/workflow"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// hearFollowUp takes up the duty to get in touch again with a customer who has not answered an offer (REM-4): from here on it is kept like
// the other duties, also by the next run.
func (c *cycle) hearFollowUp(ctx workflow.Context, fact *workflowv1.FollowUpFact) {
	for _, d := range c.duties {
		if d.GetName() == fact.GetDuty() {
			return // It was listed when the cycle began, or told before.
		}
	}
	state := &workflowv1.DutyState{
		Name: fact.GetDuty(), Kind: policyv1.DutyKind_OFFER_FOLLOW_UP, DueTime: fact.GetDueTime(), WarnTimes: fact.GetWarnTimes(),
	}
	d := newDuty(ctx, state)
	c.state.Duties, c.duties = append(c.state.Duties, state), append(c.duties, d)
	if c.offer != nil { // Otherwise it begins with the handling.
		c.spawn(c.handling, d.kind(), func(ctx workflow.Context) { c.followUp(ctx, d) })
	}
}

// followUp keeps the contact that is owed about an offer: warn before it is due, settle when it is due, and when it was missed escalate until
// the customer was contacted, or there is news of the offer. No offer lapses before.
func (c *cycle) followUp(ctx workflow.Context, d *duty) { c.escalateUntilMet(ctx, d) }
