package remedy

import (
	"errors"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
	"github.com/redress-dev/redress/services/internal/errs"
)

// unknown explains a complaint that remedy has not heard of: too early, or no complaint at all.
func (s *Service) unknown(err error, complaint string) error {
	if !errors.Is(err, ErrUnknown) {
		return err
	}
	return arrival.Unknown(complaint, s.deps.Now())
}

func complaintEnded(c Complaint) error {
	return errs.Precondition(remedyv1.ErrorReason_COMPLAINT_ENDED.String(),
		"%s has ended (%s). Reopen it before you propose a remedy.", complaintName(c.ID), c.End).
		With("name", complaintName(c.ID)).With("state", c.End.String())
}

func invalidField(field, message string) error {
	return errs.InvalidField(errorv1.Reason_INVALID_FIELD.String(), field, message)
}
