package followup

import (
	"errors"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/followup/hook"
	"github.com/redress-dev/redress/services/internal/errs"
)

func webhookNotFound(name string) error {
	return errs.NotFound(followupv1.ErrorReason_WEBHOOK_NOT_FOUND.String(), "There is no %s.", name).With("name", name)
}

// urlRefused is the answer to a URL that requests do not go to.
func urlRefused(err error) error {
	refused, ok := errors.AsType[*hook.RefusedError](err)
	if !ok {
		return err
	}
	return errs.Invalid(followupv1.ErrorReason_WEBHOOK_URL_REFUSED.String(), "webhook.url", "%s", refused.Problem).With("cause", refused.Cause)
}

func webhookNotAllowed(cause, message string) error {
	return errs.Precondition(followupv1.ErrorReason_WEBHOOK_NOT_ALLOWED.String(), "%s", message).With("cause", cause)
}

func webhookDisabled(w *Webhook) error {
	return errs.Precondition(followupv1.ErrorReason_WEBHOOK_DISABLED.String(), "The subscription is disabled: make it active first.").
		With("name", webhookName(w.ID)).With("state", w.State.String())
}

func deliveryNotDead(d Delivery) error {
	return errs.Precondition(followupv1.ErrorReason_WEBHOOK_DELIVERY_NOT_DEAD.String(), "Only an event that was given up can be sent again.").
		With("name", deliveryName(d.Webhook, d.ID)).With("state", d.State.String())
}

func webhookOutdated(current string) error {
	return errs.Conflict(errorv1.Reason_ETAG_MISMATCH.String(), "Somebody else changed it meanwhile; read it again.").With("etag", current)
}

func fieldNotUpdatable(path string) error {
	return errs.Invalid(errorv1.Reason_FIELD_NOT_UPDATABLE.String(), "update_mask", "The field %q cannot be changed.", path).With("field", path)
}
