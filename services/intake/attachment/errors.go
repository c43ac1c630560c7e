package attachment

import (
	"errors"
	"strconv"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// fault turns the errors of the store into those of the contract; what it does not know it passes on.
func fault(err error, name string, limit int32) error {
	var merged *MergedError
	switch {
	case errors.As(err, &merged):
		complaint, survivor := "complaints/"+complaintOf(name), "complaints/"+merged.Survivor
		return errs.Precondition(intakev1.ErrorReason_MERGED_ALREADY.String(),
			"%s was merged already; it goes on in %s.", complaint, survivor).With("complaint", complaint).With("survivor", survivor).Wrap(err)
	case errors.Is(err, ErrNotFound):
		if isAttachment(name) {
			return errs.NotFound(errorv1.Reason_RESOURCE_NOT_FOUND.String(), "There is no such attachment.").With("name", name).Wrap(err)
		}
		return errs.NotFound(errorv1.Reason_COMPLAINT_NOT_FOUND.String(), "There is no such complaint.").Wrap(err)
	case errors.Is(err, ErrNoMessage):
		return errs.NotFound(errorv1.Reason_RESOURCE_NOT_FOUND.String(), "The complaint has no such message.").With("name", name).Wrap(err)
	case errors.Is(err, ErrElsewhere):
		return invalid("message", "must be a message of the same complaint, or of one that was merged into it")
	case errors.Is(err, ErrOtherMessage):
		return invalid("message", "must be the one that this file came with: the complaint has the same content already, "+
			"with another message or from another customer, and it is erased with the customer whose it is")
	case errors.Is(err, ErrFull):
		return errs.Precondition(intakev1.ErrorReason_ATTACHMENT_LIMIT_REACHED.String(),
			"The complaint has %d attachments; no more are allowed.", limit).With("limit", strconv.Itoa(int(limit))).Wrap(err)
	default:
		return err
	}
}

// invalid is a field that breaks the contract in a way that the validation of single fields cannot see.
func invalid(field, message string) error {
	return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), field, message)
}

// noDataKey is a customer who was erased.
func noDataKey() error {
	return errs.NotFound(intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String(),
		"The customer's data key was destroyed at the customer's wish, and with it the content of all attachments.")
}

// notConfigured is an installation that was told no place for content.
func notConfigured() error {
	return errs.Precondition(intakev1.ErrorReason_ATTACHMENTS_NOT_CONFIGURED.String(),
		"This installation has no place for attachments; its operators name one with --attachments.")
}

// tooLarge is content beyond the policy's limit.
func tooLarge(limit int64) error {
	return errs.Exhausted(errorv1.Reason_BODY_TOO_LARGE.String(), "The file is larger than %d bytes.", limit).
		With("limit_bytes", strconv.FormatInt(limit, 10))
}

// incomplete is content of another size than was announced.
func incomplete(announced, received int64) error {
	return errs.Invalid(intakev1.ErrorReason_ATTACHMENT_INCOMPLETE.String(), "size_bytes",
		"%d bytes were announced and %d came.", announced, received).
		With("announced_bytes", strconv.FormatInt(announced, 10)).With("received_bytes", strconv.FormatInt(received, 10))
}

// away is a bucket or a scanner that cannot be reached; nothing is on record.
func away(what string, err error) error {
	return errs.Unavailable(errorv1.Reason_UNAVAILABLE.String(), "%s cannot be reached; nothing was kept. Try again.", what).Wrap(err)
}

// empty is a file without content.
func empty() error {
	return errs.Invalid(intakev1.ErrorReason_ATTACHMENT_EMPTY.String(), "", "The file has no content.")
}

// quarantined is a file in which malware was found.
func quarantined() error {
	return errs.Precondition(intakev1.ErrorReason_ATTACHMENT_QUARANTINED.String(),
		"Malware was found in this file when it came; it is kept and not handed out.")
}
