package complaint

import "go.temporal.io/sdk/workflow"

// authority keeps the reply that a regulator or platform waits for (REC-1). It is due when they say, whatever becomes of the
// complaint meanwhile: resolving, closing and withdrawing it do not end it (REC-6, CLK-4), so its clock runs on when all others
// have stopped, and a reply that is missed then is escalated like any other.
func (c *cycle) authority(ctx workflow.Context, d *duty) { c.escalateUntilMet(ctx, d) }
