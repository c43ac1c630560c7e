package complaint

import "go.temporal.io/sdk/workflow"

// response keeps the promise that a person is in touch (ACK-1) and the first answer by a person (ACK-2). One fact may meet
// both, but each is owed for itself: each that is broken is escalated, once.
func (c *cycle) response(ctx workflow.Context, d *duty) { c.escalateOnce(ctx, d) }

// escalateOnce escalates the duty when it is broken, and then leaves it owed until that is a risk.
func (c *cycle) escalateOnce(ctx workflow.Context, d *duty) {
	if !c.missed(ctx, d) {
		return
	}
	if d.GetNoticeCount() == 0 {
		c.escalate(ctx, d)
	}
	for d.broken() && d.risky() && ctx.Err() == nil {
		c.longPast(ctx, d)
	}
}
