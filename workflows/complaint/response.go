package complaint

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// hearOwed takes up what is owed since another complaint went on in this one (CLK-3): from here on it is kept like the other duties, also by the
// next run.
func (c *cycle) hearOwed(ctx workflow.Context, fact *workflowv1.OwedFact) {
	if slices.ContainsFunc(c.duties, func(d *duty) bool { return d.GetName() == fact.GetDuty() }) {
		return // It was listed when the cycle began, or told before.
	}
	state := &workflowv1.DutyState{
		Name: fact.GetDuty(), Kind: fact.GetKind(), DueTime: fact.GetDueTime(), WarnTimes: fact.GetWarnTimes(),
		Measure: fact.GetMeasure(), Calendar: fact.GetCalendar(),
	}
	d := newDuty(ctx, state)
	c.state.Duties, c.duties = append(c.state.Duties, state), append(c.duties, d)
	if c.offer != nil { // Otherwise it begins with the handling.
		c.spawn(c.handling, d.kind(), func(ctx workflow.Context) { c.response(ctx, d) })
	}
}

// response keeps the promise that a person is in touch (ACK-1), the first answer by a person (ACK-2), and the final response that is owed by
// law (CLK-3). One fact may meet several, but each is owed for itself: each that is broken is escalated.
func (c *cycle) response(ctx workflow.Context, d *duty) { c.escalateUntilMet(ctx, d) }
