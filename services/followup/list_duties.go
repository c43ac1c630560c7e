package followup

import (
	"context"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// GetDuty reads one duty as it stands now. Errors: DUTY_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) GetDuty(ctx context.Context, req *followupv1.GetDutyRequest) (*followupv1.Duty, error) {
	complaint, id, ok := child(req.GetName(), "duties")
	if !ok {
		return nil, dutyNotFound(req.GetName())
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	d := c.Duty(id)
	if d == nil {
		return nil, dutyNotFound(req.GetName())
	}
	m := s.dutyMessage(d, s.now())
	return m, s.addReasons(ctx, m, d, c.Complaint.Customer)
}

// ListDuties lists what is and was owed for a complaint, by cycle and due time.
// A cycle that the complaint does not have has no duties; nor, asked for by itself, one that has not begun here though something was promised in it: its
// workflow takes what it is told first for all that is owed. Errors: NOT_YET_KNOWN,
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
	if req.GetCycle() > c.Complaint.Cycle {
		return res, nil
	}
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
