package complaint

import (
	"go.temporal.io/sdk/workflow"
)

// acknowledge has the acknowledgement sent (ACK-1). It shall name the team, so it lets routing be asked first, but only
// for the short time of a local activity: a routing that is down must not keep the customer waiting. The channel's proof
// meets the duty, which followup tells by a signal.
func (c *cycle) acknowledge(ctx workflow.Context, d *duty) {
	asked := func() bool { return c.state.GetAssigned() || c.assignTried }
	if c.state.GetAcknowledged() || workflow.Await(ctx, asked) != nil || !d.owed() {
		return
	}
	if c.tell(ctx, call{"Acknowledge " + c.input.GetReference(), activities.SendAcknowledgement, []any{c.input}, nil}) == nil {
		c.state.Acknowledged = true
		c.describe(ctx)
	}
}

// acknowledgement keeps the clock of the acknowledgement, beside the attempts to send it: one that cannot be sent is
// escalated when it is overdue, and still sent when the channel is back.
func (c *cycle) acknowledgement(ctx workflow.Context, d *duty) { c.escalateOnce(ctx, d) }
