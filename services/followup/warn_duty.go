package followup

import (
	"context"
	"slices"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// WarnDuty notes that the owner of a duty was warned at one of its warn times
// (CALL-1), or that the warning waits to be told, once. It changes nothing on a duty that is no longer open. Errors:
// WARN_TIME_UNKNOWN, DUTY_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) WarnDuty(ctx context.Context, req *followupv1.WarnDutyRequest) (*followupv1.Duty, error) {
	if !req.GetWarnTime().IsValid() {
		return nil, warnTimeUnknown()
	}
	at := req.GetWarnTime().AsTime().Truncate(time.Microsecond)
	var answer *followupv1.Duty
	err := s.changeDuty(ctx, req.GetName(), func(l ledger, d *Duty) error {
		if !slices.ContainsFunc(d.WarnTimes, at.Equal) {
			if d.Moves > 0 { // It was one until the duty moved, or may have been: the times that it has now are still to come.
				answer = s.dutyMessage(d, l.now)
				return nil
			}
			return warnTimeUnknown()
		}
		l.warn(d, at, req.GetWaiting())
		answer = s.dutyMessage(d, l.now)
		return nil
	})
	return answer, err
}
