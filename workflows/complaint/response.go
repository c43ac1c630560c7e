package complaint

import "go.temporal.io/sdk/workflow"

// response keeps the promise that a person is in touch (ACK-1) and the first answer by a person (ACK-2). One fact may meet
// both, but each is owed for itself: each that is broken is escalated.
func (c *cycle) response(ctx workflow.Context, d *duty) { c.escalateUntilMet(ctx, d) }
