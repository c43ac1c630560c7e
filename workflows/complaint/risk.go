package complaint

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// risky is true while it is to come that the duty counts as missed long ago.
func (d *duty) risky() bool { return d.GetRiskTime() != nil && !d.GetRiskRaised() }

// longPast waits until a broken duty counts as a risk, and has intake put that on record (RISK-3): what follows from a signal of risk
// is the policy's to say. Like a warning it is told beside the clock. In a cycle that has ended it is no signal any more.
func (c *cycle) longPast(ctx workflow.Context, d *duty) {
	since := title(d.kind()) + " due " + stamp(d.GetDueTime().AsTime())
	if !await(ctx, d, d.GetRiskTime().AsTime(), since+" is long past") || !d.broken() {
		return
	}
	d.RiskRaised = true
	if c.over() {
		return
	}
	c.publish()
	c.warnings++
	c.spawn(ctx, "risk", func(ctx workflow.Context) {
		defer func() { c.warnings-- }()
		request := &intakev1.RaiseRiskRequest{
			Name: c.input.GetComplaint(), Cycle: c.input.GetCycle(), Duty: d.GetName(), Kind: d.GetKind(), DueTime: d.GetDueTime(),
		}
		_ = c.ask(ctx, call{"Record: " + d.kind() + " missed long ago", activities.RaiseRisk, []any{request}, nil})
	})
}

// alarm brings a signal of risk before the ladder at once (RISK-5, ROUTE-4); it climbs unless it is acknowledged. Like any escalation
// the notice is sent beside the clocks and outlives the end of the cycle. A threat that is said after that end is one all the same: the
// customer does not know how a firm counts cycles.
func (c *cycle) alarm(ctx workflow.Context, kind policyv1.SignalKind) {
	c.state.EscalatedSignals = append(c.state.EscalatedSignals, kind)
	if c.stopping {
		c.state.UntoldSignals = append(c.state.UntoldSignals, kind)
		return
	}
	c.tellLadder(ctx, kind)
}

// tellUntold tells what came when the run before was about to end.
func (c *cycle) tellUntold(ctx workflow.Context) {
	for _, kind := range c.state.GetUntoldSignals() {
		c.tellLadder(ctx, kind)
	}
	c.state.UntoldSignals = nil
	untold := c.state.GetUntoldOutcome()
	c.state.UntoldOutcome = ""
	c.tellOutcome(ctx, untold)
	c.tellUntoldExtensions(ctx)
}

// tellLadder sends the notice.
func (c *cycle) tellLadder(ctx workflow.Context, kind policyv1.SignalKind) {
	c.escalations++
	outliving, _ := workflow.NewDisconnectedContext(ctx)
	workflow.GoNamed(outliving, "alarm", func(ctx workflow.Context) {
		defer func() { c.escalations-- }()
		var told *routingv1.Escalation
		notice := SignalNotice(c.input.GetComplaint(), c.input.GetCycle(), kind)
		if c.ask(ctx, call{"Escalate: " + signalName(kind), activities.RaiseEscalation, []any{notice}, &told}) == nil {
			c.keepClimbing(ctx, told, notice.GetReason())
		}
	})
}

// SignalNotice is what routing is told of a signal of risk in one cycle of a complaint. It is the same whoever tells it, so that the
// ladder hears once of each kind in a cycle.
func SignalNotice(complaint string, cycle int32, kind policyv1.SignalKind) *routingv1.RaiseEscalationRequest {
	return &routingv1.RaiseEscalationRequest{
		Reason: signalReason(kind), NoticeNumber: 1,
		Signal: &routingv1.EscalatedSignal{Complaint: complaint, Cycle: cycle, Kind: kind},
	}
}

// signalReason is the ladder's word for a signal.
func signalReason(kind policyv1.SignalKind) routingv1.Escalation_Reason {
	switch kind {
	case policyv1.SignalKind_THREAT:
		return routingv1.Escalation_REGULATOR_THREAT
	case policyv1.SignalKind_CHASED_TOO_OFTEN:
		return routingv1.Escalation_CHASED
	case policyv1.SignalKind_OFFER_REJECTED:
		return routingv1.Escalation_OFFER_REJECTED
	case policyv1.SignalKind_TARGET_LONG_PAST:
		return routingv1.Escalation_TARGET_PAST
	default:
		return routingv1.Escalation_RISK_SEEN
	}
}

// signalName names a signal for operators: "chased too often".
func signalName(kind policyv1.SignalKind) string { return word(kind.String()) }

// word is a name of the contract for people: "asked for".
func word(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", " ")) }
