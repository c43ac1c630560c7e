package followup

import (
	"context"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// SettleDuty answers whether a duty is kept, and decides MISSED when it is open
// at or after its due time. The breach counts from the due time, however late
// the question comes (CLK-1). Asking again changes nothing; NOT_DUE says when to
// ask. Errors: DUTY_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) SettleDuty(ctx context.Context, req *followupv1.SettleDutyRequest) (*followupv1.Settlement, error) {
	var answer *followupv1.Settlement
	err := s.changeDuty(ctx, req.GetName(), func(l ledger, d *Duty) error {
		l.settle(d)
		answer = s.settlement(d, l.now)
		return nil
	})
	return answer, err
}

// changeDuty changes one duty of a known complaint, found by its name.
func (s *Service) changeDuty(ctx context.Context, name string, decide func(ledger, *Duty) error) error {
	complaint, id, ok := child(name, "duties")
	if !ok {
		return dutyNotFound(name)
	}
	_, err := s.change(ctx, Change{Complaint: complaint}, func(l ledger) error {
		d := l.Duty(id)
		if d == nil {
			return missing(l.Complaint, cycleOf(id), id)
		}
		return decide(l, d)
	})
	return err
}
