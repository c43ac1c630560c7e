package followup

import (
	"time"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
	"github.com/redress-dev/redress/services/internal/errs"
)

// missing is the answer to a service that asks for a duty which a known
// complaint does not have. The next cycle may have begun a moment ago.
func missing(c Complaint, cycle int32, duty string) error {
	if cycle == c.Cycle+1 {
		return arrival.Early(complaintName(c.ID), "The cycle began a moment ago and is not known here yet. Try again.")
	}
	return dutyNotFound(dutyName(c.ID, duty))
}

func dutyNotFound(name string) error {
	return errs.NotFound(followupv1.ErrorReason_DUTY_NOT_FOUND.String(), "The complaint has no such duty.").With("name", name)
}

func callbackNotFound(name string) error {
	return errs.NotFound(followupv1.ErrorReason_CALLBACK_NOT_FOUND.String(), "The complaint has no such callback.").
		With("name", name)
}

func callbackReleased(name, why string) error {
	return errs.Precondition(followupv1.ErrorReason_CALLBACK_RELEASED.String(), "The callback is not owed any more: %s.", why).
		With("name", name)
}

func attemptInFuture() error {
	return errs.Invalid(followupv1.ErrorReason_ATTEMPT_TIME_IN_FUTURE.String(), "attempt_time",
		"The attempt's time lies in the future.")
}

func attemptBeforeReceipt(received time.Time) error {
	return errs.Invalid(followupv1.ErrorReason_ATTEMPT_TIME_BEFORE_RECEIPT.String(), "attempt_time",
		"The attempt's time lies before the complaint was received at %s.", instant(received))
}

func wayNotTwoWay(way policyv1.ContactWay) error {
	return errs.Invalid(followupv1.ErrorReason_WAY_NOT_TWO_WAY.String(), "way",
		"REACHED needs a conversation, and %s carries no answer. Record the attempt with another outcome, or what was sent as a message.",
		way)
}

func warnTimeUnknown() error {
	return errs.Invalid(followupv1.ErrorReason_WARN_TIME_UNKNOWN.String(), "warn_time", "The duty has no such warn time.")
}

func invalidField(field, message string) error {
	return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), field, message)
}

func channelFailed(err error) error {
	return errs.Unavailable(errorv1.Reason_UNAVAILABLE.String(), "The channel did not take the message. Try again.").Wrap(err)
}
