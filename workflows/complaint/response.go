package complaint

import "go.temporal.io/sdk/workflow"

// response keeps the promise that a person is in touch (ACK-1), the first answer by a person (ACK-2), and the final response that is owed by
// law (CLK-3). One fact may meet several, but each is owed for itself: each that is broken is escalated.
func (c *cycle) response(ctx workflow.Context, d *duty) { c.escalateUntilMet(ctx, d) }
