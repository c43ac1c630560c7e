package routing

import (
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

func handOffOpen(name string) error {
	return errs.Precondition(routingv1.ErrorReason_HAND_OFF_OPEN.String(),
		"%s is open, or waits for a manager's decision; a complaint is handed over once at a time.", name).With("name", name)
}

func handOffSettled(name string, state routingv1.HandOff_State) error {
	return errs.Precondition(routingv1.ErrorReason_HAND_OFF_SETTLED.String(), "%s does not wait for that: it is %s.", name, state).
		With("name", name).With("state", state.String())
}

func notInCharge() error {
	return errs.Denied(routingv1.ErrorReason_NOT_IN_CHARGE.String(), "Only who is in charge of the complaint does that, or a supervisor and above.")
}

func notReceiver(department string) error {
	return errs.Denied(routingv1.ErrorReason_NOT_A_RECEIVER.String(), "Only people of %s accept or return it.", department).
		With("department", department)
}

func callMissing(severity policyv1.Severity) error {
	return errs.Precondition(routingv1.ErrorReason_CALL_MISSING.String(),
		"A complaint of severity %s is not handed over before the customer was called; tell the call.", severity).
		With("severity", severity.String())
}

func recusedFrom(name string) error {
	return errs.Precondition(routingv1.ErrorReason_AGENT_RECUSED.String(),
		"%s is complained about, or stands directly above or below who is.", name).With("name", name)
}

func agentFull(name string) error {
	return errs.Precondition(routingv1.ErrorReason_AGENT_FULL.String(), "%s has as many open complaints as they may have.", name).With("name", name)
}

func itemUnknown(field, name string) error {
	return errs.Invalid(routingv1.ErrorReason_HAND_OFF_ITEM_UNKNOWN.String(), field, "%s is not part of this.", name).With("name", name)
}

func notDecider(decider string) error {
	return errs.Denied(routingv1.ErrorReason_NOT_THE_DECIDER.String(), "%s decides where the complaint stays.", decider).With("decider", decider)
}

func cycleEnded(complaint string) error {
	return errs.Precondition(routingv1.ErrorReason_CYCLE_ENDED.String(), "%s was resolved or closed.", complaintName(complaint)).
		With("name", complaintName(complaint))
}
