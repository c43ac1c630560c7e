package complaint

import (
	"go.temporal.io/sdk/workflow"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// acknowledge has the acknowledgement sent (ACK-1). It shall name the team, so it lets routing be asked first, but only
// for the short time of a local activity: a routing that is down must not keep the customer waiting. The channel's proof
// meets the duty, which followup answers in the same call.
func (c *cycle) acknowledge(ctx workflow.Context, d *duty) {
	asked := func() bool { return c.state.GetAssigned() || c.assignTried }
	if c.state.GetAcknowledged() || workflow.Await(ctx, asked) != nil || !d.owed() {
		return
	}
	var answer *followupv1.Settlement
	send := call{"Acknowledge " + c.input.GetReference(), activities.SendAcknowledgement, []any{c.input, c.state.GetTeamAlias()}, &answer}
	if c.ask(ctx, send) != nil {
		return
	}
	c.state.Acknowledged = true
	c.settled(ctx, d, answer)
	d.wake()
}

// acknowledgement keeps the clock of the acknowledgement, beside the attempts to send it: one that cannot be sent is
// escalated when it is overdue, and still sent when the channel is back.
func (c *cycle) acknowledgement(ctx workflow.Context, d *duty) { c.escalateUntilMet(ctx, d) }
