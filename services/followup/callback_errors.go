package followup

import (
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

func noticeTooEarly(missing string) error {
	return errs.Precondition(followupv1.ErrorReason_NOTICE_TOO_EARLY.String(),
		"The customer does not count as unreachable yet, so that no notice stands in for the call. %s", missing).With("missing", missing)
}

func noWayOnRecord(name string) error {
	return errs.Precondition(followupv1.ErrorReason_NO_WAY_ON_RECORD.String(),
		"The number is somebody else's, and nothing else is on record by which the customer can be written to. "+
			"Find another way and put it on record.").With("name", name)
}

func agreedTimeInvalid(field, why string) error {
	return errs.InvalidField(followupv1.ErrorReason_AGREED_TIME_INVALID.String(), field, why).With("field", field)
}

func attemptNotFound(name string) error {
	return errs.NotFound(errorv1.Reason_RESOURCE_NOT_FOUND.String(), "There is no %s.", name).With("name", name)
}

func attemptNotHeld(a *Attempt) error {
	why := "It counts without anybody's judgement."
	if a.Flagged() {
		why = "It was judged by " + a.Judge + " at " + instant(a.JudgeTime) + "."
	}
	return errs.Precondition(followupv1.ErrorReason_ATTEMPT_NOT_HELD.String(), "The attempt waits for nobody. %s", why).With("name", a.Name())
}

func ownAttempt(name string) error {
	return errs.Precondition(followupv1.ErrorReason_OWN_ATTEMPT.String(), "Who recorded an attempt does not judge it. Ask somebody else.").
		With("name", name)
}
