package remedy

import (
	"context"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// Evidence is what a decision on a proposal is made by.
func (s *Service) Evidence(ctx context.Context, complaint, id string) (*remedyv1.Evidence, error) {
	c, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return nil, err
	}
	r, err := s.deps.Store.Remedy(ctx, complaint, id)
	if err != nil {
		return nil, err
	}
	return s.evidence(ctx, c.Complaint, &r, false)
}
