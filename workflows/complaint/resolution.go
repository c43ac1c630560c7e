package complaint

import (
	"go.temporal.io/sdk/workflow"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// resolution keeps the clock of the resolution (ACK-2).
func (c *cycle) resolution(ctx workflow.Context, d *duty) { c.escalateUntilMet(ctx, d) }

// resolve answers agents' requests to resolve, one after the other, until one is confirmed.
func (c *cycle) resolve(ctx workflow.Context) {
	asked := func() bool { return c.state.GetPendingResolution() != "" }
	for !c.over() && workflow.Await(ctx, asked) == nil {
		c.decide(ctx, c.state.GetPendingResolution())
	}
}

// decide asks followup whether something stands in the way, such as a callback that is owed (CALL-2), and has intake
// refuse or confirm the request. A request that intake no longer waits for is settled without us.
func (c *cycle) decide(ctx workflow.Context, request string) {
	var decision Decision
	question := &followupv1.CheckResolutionRequest{Complaint: c.input.GetComplaint(), Cycle: c.input.GetCycle()}
	args := []any{question, &workflowv1.ResolutionFact{RequestId: request, Outcome: c.state.GetPendingOutcome()}}
	err := c.ask(ctx, call{"Decide on resolving " + c.input.GetReference(), activities.DecideResolution, args, &decision})
	if ctx.Err() != nil {
		return // The next run decides, or the cycle has ended otherwise.
	}
	c.answered = request
	if c.state.GetPendingResolution() == request {
		c.state.PendingResolution, c.state.PendingOutcome = "", ""
	}
	switch {
	case err == nil && decision == Confirmed:
		if !c.over() {
			c.tellOutcome(ctx, toldResolved)
		}
		c.end = intakev1.Complaint_RESOLVED
	case err != nil || decision == NotPending:
		c.reconsider(ctx)
	}
	c.publish()
}
