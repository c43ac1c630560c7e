package gateway

import (
	"context"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
)

// ListComplaintDuties lists every duty of a complaint. Today all duties are followup's; hand-offs and approvals will be
// merged in from routing and remedy. Followup is asked as the caller, so that it shows what the caller may see.
func (s *Service) ListComplaintDuties(ctx context.Context, req *gatewayv1.ListComplaintDutiesRequest) (*gatewayv1.ListComplaintDutiesResponse, error) {
	list, err := followupv1.NewFollowupServiceClient(s.deps.AsCaller).ListDuties(asCaller(ctx), &followupv1.ListDutiesRequest{Parent: req.GetParent()})
	if err != nil {
		return nil, err
	}
	return &gatewayv1.ListComplaintDutiesResponse{Duties: list.GetDuties()}, nil
}
