package followup

import (
	"context"
	"fmt"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// CheckResolution says what stands in the way of resolving a cycle: a callback
// that is still owed, also when it is broken (CALL-2), and what was promised and
// neither kept nor released by the customer (REM-5, PROM-1). Everything else is
// ended by resolving. Errors: DUTY_NOT_FOUND when the complaint has no such cycle,
// NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) CheckResolution(ctx context.Context, req *followupv1.CheckResolutionRequest) (*followupv1.CheckResolutionResponse, error) {
	complaint, ok := complaintID(req.GetComplaint())
	if !ok {
		return nil, invalidField("complaint", "It is not the name of a complaint.")
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	id := DutyID(req.GetCycle(), policyv1.DutyKind_CALLBACK)
	callback := c.Duty(id)
	if callback == nil {
		return nil, missing(c.Complaint, req.GetCycle(), id)
	}
	res := &followupv1.CheckResolutionResponse{}
	if callback.State == followupv1.Duty_OPEN {
		res.Objections = append(res.Objections, fmt.Sprintf("The callback of cycle %d is still owed (due %s): make it, or record "+
			"the conversation that resolves the matter as a REACHED attempt.", callback.Cycle, instant(callback.DueTime)))
	}
	if c.openPromises() == 0 {
		return res, nil
	}
	promises, err := s.deps.Store.Promises(ctx, PromiseQuery{Complaint: complaint, Now: s.now(), Limit: mostPromises})
	if err != nil {
		return nil, err
	}
	for i := range promises {
		// Updates on how it goes end with the matter.
		if p := &promises[i]; p.Duty.Cycle == req.GetCycle() && p.Duty.State == followupv1.Duty_OPEN && !p.Promise.Series() {
			res.Objections = append(res.Objections, fmt.Sprintf("%s is still owed (due %s): keep it with :keep, or record with "+
				":release where the customer said that it is not wanted any more.", p.Promise.Name(), instant(p.Duty.DueTime)))
		}
	}
	return res, nil
}

// mostPromises is more than any complaint has.
const mostPromises = 10_000
