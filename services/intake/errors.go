package intake

import (
	"errors"
	"strings"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// fault turns the errors of the domain and the store into those of the
// contract; what it does not know it passes on.
func fault(err error) error {
	var state *StateError
	switch {
	case errors.As(err, &state):
		return errs.Precondition(intakev1.ErrorReason_STATE_FORBIDS.String(),
			"The complaint is %s; this needs %s.", state.State, state.wanted()).
			With("state", state.State.String()).With("wanted", state.wanted())
	case errors.Is(err, ErrNotFound):
		return errs.NotFound(errorv1.Reason_COMPLAINT_NOT_FOUND.String(), "There is no such complaint.").Wrap(err)
	default:
		return err
	}
}

// invalid is a field that breaks the contract in a way that the validation of
// single fields cannot see.
func invalid(field, message string) error {
	return errs.Invalid(errorv1.Reason_INVALID_FIELD.String(), field, "%s", message)
}

// notPending is a resolution that cannot be confirmed or refused any more.
func notPending(request string) error {
	return errs.Precondition(intakev1.ErrorReason_RESOLUTION_NOT_PENDING.String(),
		"This resolution is not the one requested last, or it was decided otherwise.").With("request_id", request)
}

// noDataKey is a customer without a key.
func noDataKey(err error) error {
	return errs.NotFound(intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String(),
		"The customer's data key does not exist, or was destroyed at the customer's wish.").Wrap(err)
}

// stale is a change based on a version that is not the current one.
func stale(current string) error {
	return errs.Conflict(errorv1.Reason_ETAG_MISMATCH.String(),
		"Somebody else changed the complaint meanwhile; read it again.").With("etag", current)
}

// complaintID takes the id out of a resource name.
func complaintID(field, name string) (string, error) {
	id, ok := strings.CutPrefix(name, "complaints/")
	const length = 26
	if !ok || len(id) != length || strings.ContainsRune(id, '/') {
		return "", invalid(field, "must be the name of a complaint: complaints/{complaint}")
	}
	return id, nil
}
