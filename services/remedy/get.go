package remedy

import (
	"context"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// GetRemedy reads a proposal. Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, RESOURCE_NOT_FOUND.
func (s *Service) GetRemedy(ctx context.Context, req *remedyv1.GetRemedyRequest) (*remedyv1.Remedy, error) {
	return s.read(ctx, req.GetName())
}
