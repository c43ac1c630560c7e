package followup

import (
	"context"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// ListDuties lists what is and was owed for a complaint, by cycle and due time.
// A cycle that the complaint does not have has no duties. Errors: NOT_YET_KNOWN,
// COMPLAINT_NOT_FOUND.
func (s *Service) ListDuties(ctx context.Context, req *followupv1.ListDutiesRequest) (*followupv1.ListDutiesResponse, error) {
	complaint, ok := complaintID(req.GetParent())
	if !ok {
		return nil, invalidField("parent", "It is not the name of a complaint.")
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	res, now := &followupv1.ListDutiesResponse{}, s.now()
	for _, d := range c.Duties {
		if req.GetCycle() == 0 || req.GetCycle() == d.Cycle {
			m := s.dutyMessage(d, now)
			if err := s.addReasons(ctx, m, d, c.Complaint.Customer); err != nil {
				return nil, err
			}
			res.Duties = append(res.Duties, m)
		}
	}
	return res, nil
}
