package routing

import (
	"errors"

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
