package complaint

import (
	"go.temporal.io/sdk/workflow"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// hearPromise takes up what was promised to the customer since the cycle began (PROM-1): from here on it is kept like the other duties,
// also by the next run.
func (c *cycle) hearPromise(ctx workflow.Context, fact *workflowv1.PromiseFact) {
	for _, d := range c.duties {
		if d.GetName() == fact.GetDuty() {
			return // It was listed when the cycle began, or told before.
		}
	}
	state := &workflowv1.DutyState{
		Name: fact.GetDuty(), Kind: policyv1.DutyKind_PROMISE, Promise: fact.GetName(), DueTime: fact.GetDueTime(), WarnTimes: fact.GetWarnTimes(),
	}
	d := newDuty(ctx, state)
	c.state.Duties, c.duties = append(c.state.Duties, state), append(c.duties, d)
	if c.offer != nil { // Otherwise it begins with the handling.
		c.spawn(c.handling, d.kind(), func(ctx workflow.Context) { c.promise(ctx, d) })
	}
}

// promise keeps what was promised (PROM-1): warn before it is due, settle when it is due, and when it was broken escalate it until it is
// kept or the customer has released it. Whatever the customer writes meanwhile is no word about that.
func (c *cycle) promise(ctx workflow.Context, d *duty) { c.escalateUntilMet(ctx, d) }
