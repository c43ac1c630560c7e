package routing

import (
	"errors"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
	"github.com/redress-dev/redress/services/internal/errs"
)

// unknown explains a complaint that routing has not heard of: too early, or no complaint at all.
func (s *Service) unknown(err error, complaint string) error {
	if !errors.Is(err, ErrUnknown) {
		return err
	}
	return arrival.Unknown(complaint, s.deps.Now())
}

func notAssigned(complaint string) error {
	return errs.NotFound(routingv1.ErrorReason_NOT_ASSIGNED.String(), "%s is not assigned yet. Try again in a moment.", complaintName(complaint)).
		With("name", complaintName(complaint))
}

func notThere(name string) error {
	return errs.NotFound(errorv1.Reason_RESOURCE_NOT_FOUND.String(), "There is no %s.", name).With("name", name)
}

func nameTaken(name string) error {
	return errs.AlreadyExists(routingv1.ErrorReason_NAME_TAKEN.String(), "There is %s already.", name).With("name", name)
}

func outdated(current string) error {
	return errs.Conflict(errorv1.Reason_ETAG_MISMATCH.String(), "Somebody else changed it meanwhile; read it again.").With("etag", current)
}

func alreadyEscalated(name string) error {
	return errs.Precondition(routingv1.ErrorReason_ALREADY_ESCALATED.String(), "It is before the ladder for this reason already: %s.", name).
		With("escalation", name)
}

func notTheRecipient(recipient string) error {
	return errs.Denied(routingv1.ErrorReason_NOT_THE_RECIPIENT.String(), "That is for %s, or somebody above.", recipient).With("recipient", recipient)
}

func callbackOwed(duty string) error {
	return errs.Precondition(routingv1.ErrorReason_CALLBACK_OWED.String(), "The customer is still owed a call; the call resolves this.").With("duty", duty)
}

func promiseOwed(escalation string) error {
	return errs.Precondition(routingv1.ErrorReason_PROMISE_OWED.String(),
		"The promise is still owed; it is resolved by keeping it (:keep), or by the customer, who gives it up (:release).").With("name", escalation)
}

func nobodyInCharge(complaint string) error {
	return errs.Precondition(routingv1.ErrorReason_NOBODY_IN_CHARGE.String(), "Nobody is in charge of %s yet; that resolves this.", complaintName(complaint)).
		With("name", complaintName(complaint))
}

func escalationResolved(name string) error {
	return errs.Precondition(routingv1.ErrorReason_ESCALATION_RESOLVED.String(), "%s is resolved.", name).With("name", name)
}

func nothingToEscalate(complaint string) error {
	return errs.Precondition(routingv1.ErrorReason_NOTHING_TO_ESCALATE.String(), "%s is not being handled; reopen it first.", complaintName(complaint)).
		With("name", complaintName(complaint))
}

// inUse says who or what depends on something that is to be removed.
func inUse(reason routingv1.ErrorReason, name, by string) error {
	return errs.Precondition(reason.String(), "%s cannot be removed while it is needed by: %s.", name, by).With("name", name).With("by", by)
}
