package complaint

import (
	"go.temporal.io/sdk/workflow"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// hearHandOff takes up the duty to accept or return the complaint that is handed over, or to decide where it stays when it came back too
// often (ROUTE-3). It is routing's, so nobody lists it when the cycle begins; from here on it is kept like the others, also by the next
// run.
func (c *cycle) hearHandOff(ctx workflow.Context, fact *workflowv1.HandOffFact) {
	for _, d := range c.duties {
		if d.GetName() == fact.GetDuty() {
			return
		}
	}
	state := &workflowv1.DutyState{
		Name: fact.GetDuty(), Kind: policyv1.DutyKind_HAND_OFF, DueTime: fact.GetDueTime(), HandOff: fact.GetName(),
		Decision: fact.GetDecision(), ToDepartment: fact.GetToDepartment(), ToAgent: fact.GetToAgent(),
	}
	d := newDuty(ctx, state)
	c.state.Duties, c.duties = append(c.state.Duties, state), append(c.duties, d)
	if c.offer != nil {
		c.offer(d)
	}
}

// takeOffers keeps hand-offs that are heard of from now on.
func (c *cycle) takeOffers(ctx workflow.Context) {
	c.offer = func(d *duty) {
		keep := c.handOff
		if d.GetDecision() {
			keep = c.decision
		}
		c.spawn(ctx, d.kind(), func(ctx workflow.Context) { keep(ctx, d) })
	}
}

// decision waits until a manager has decided where a complaint stays that came back too often. When the time for that is over the ladder
// is told, and climbs until it is decided or somebody says that they know. Meanwhile the giver owes everything, as before.
func (c *cycle) decision(ctx workflow.Context, d *duty) { c.escalateUntilMet(ctx, d) }

// handOff waits until the hand-off is answered, or its due time comes: then routing says how it stands by what was recorded, so an
// answer in time counts even if nobody here has heard of it (CLK-1). What expired is back with the giver, who owed everything all the
// time, and is brought before the ladder. No other clock stops for any of this.
func (c *cycle) handOff(ctx workflow.Context, d *duty) {
	for d.owed() && ctx.Err() == nil {
		if await(ctx, d, d.settleTime(), "Hand-off due "+stamp(d.GetDueTime().AsTime())) {
			c.settleHandOff(ctx, d)
		}
	}
	if d.GetVerdict() == policyv1.Verdict_MISSED && d.GetNoticeCount() == 0 && ctx.Err() == nil {
		c.escalate(ctx, d)
	}
}

// settleHandOff asks routing how the hand-off stands, for as long as it takes to be answered. The answer decides, not the timer.
func (c *cycle) settleHandOff(ctx workflow.Context, d *duty) {
	var answer *routingv1.SettleHandOffResponse
	question := &routingv1.SettleHandOffRequest{Name: d.GetHandOff()}
	err := c.ask(ctx, call{"Settle: hand-off", activities.SettleHandOff, []any{question}, &answer})
	if err != nil || d.GetDone() {
		return // The run ends, or a signal was faster.
	}
	if answer.GetState() == routingv1.HandOff_PROPOSED {
		d.askAgain(workflow.Now(ctx), answer.GetRetryTime())
	} else {
		d.Verdict, d.Done = HandOffVerdict(answer.GetState().String()), true
	}
	c.publish()
}

// settleDecision asks routing whether it is decided where the complaint stays. A decision that is overdue is still owed.
func (c *cycle) settleDecision(ctx workflow.Context, d *duty, ask func(workflow.Context, call) error) {
	var answer *routingv1.SettleHandOffResponse
	question := &routingv1.SettleHandOffRequest{Name: d.GetHandOff(), Decision: true}
	err := ask(ctx, call{"Settle: decision on a hand-off", activities.SettleHandOff, []any{question}, &answer})
	if err != nil || d.GetDone() {
		return // The run ends, or a signal was faster.
	}
	switch {
	case answer.GetOverdue():
		d.Verdict = policyv1.Verdict_MISSED
	case answer.GetRetryTime() != nil:
		d.askAgain(workflow.Now(ctx), answer.GetRetryTime())
	default:
		d.Verdict, d.Done = HandOffVerdict(answer.GetState().String()), true
	}
	c.publish()
}

// HandOffVerdict is what became of the duty to accept or return, by the name of a routing HandOff.State: an answer keeps it, whatever
// the answer is; what is withdrawn or ends with the cycle is owed no more.
func HandOffVerdict(state string) policyv1.Verdict {
	switch routingv1.HandOff_State(routingv1.HandOff_State_value[state]) {
	case routingv1.HandOff_ACCEPTED, routingv1.HandOff_RETURNED, routingv1.HandOff_DECIDED:
		return policyv1.Verdict_MET
	case routingv1.HandOff_EXPIRED:
		return policyv1.Verdict_MISSED
	default:
		return policyv1.Verdict_VERDICT_UNSPECIFIED
	}
}
