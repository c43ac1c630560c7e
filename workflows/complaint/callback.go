package complaint

import (
	"go.temporal.io/sdk/workflow"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// callback keeps the call that is owed to the customer (CALL-1, CALL-2): warn before it is due, settle when it is due, and
// when it was missed escalate and climb the ladder until the customer was reached. Nothing but that, or the end of the
// cycle, stops the climbing: neither an acknowledged escalation nor a notice that cannot be delivered.
func (c *cycle) callback(ctx workflow.Context, d *duty) { c.escalateUntilMet(ctx, d) }

// stillOwed asks whoever keeps the duty before somebody higher up is told, since a signal may be late. If followup, or routing, cannot
// answer in time, its last word stands: a service that is down does not stop the climbing.
func (c *cycle) stillOwed(ctx workflow.Context, d *duty) bool {
	if d.GetDecision() {
		c.settleDecision(ctx, d, c.try)
		return d.broken() && ctx.Err() == nil
	}
	var answer *followupv1.Settlement
	question := &followupv1.SettleDutyRequest{Name: d.GetName()}
	if c.try(ctx, call{"Settle: " + d.kind() + ", before it climbs", activities.SettleDuty, []any{question}, &answer}) == nil {
		c.settled(ctx, d, answer)
	}
	return d.broken() && ctx.Err() == nil
}
