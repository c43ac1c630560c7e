package followup

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// CheckResolution says what stands in the way of resolving a cycle: a callback
// that is still owed, also when it is broken (CALL-2), a final response that is
// owed by law (CLK-3), a notice in place of the call that came back (CALL-3), and what was promised and neither kept nor released by the customer (REM-5, PROM-1). Everything else is
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
	if callback.Verdict == policyv1.Verdict_MET_BY_NOTICE {
		arrived, err := s.noticeArrived(ctx, callback)
		if err != nil {
			return nil, err
		}
		if !arrived {
			res.Objections = append(res.Objections, fmt.Sprintf("The written notice in the place of the callback of cycle %d came back: have it sent "+
				"to another address with :redrive, or reach the customer and record that as a REACHED attempt.", callback.Cycle))
		}
	}
	for _, d := range c.Duties { // Also of an earlier cycle: it is not begun anew.
		if d.Kind == policyv1.DutyKind_FINAL_RESPONSE && d.State == followupv1.Duty_OPEN {
			res.Objections = append(res.Objections, fmt.Sprintf("By law the final response is owed (due %s): give it, and record it with "+
				":giveFinalResponse.", instant(d.DueTime)))
		}
	}
	if err := s.checkPromises(ctx, c, req.GetCycle(), res); err != nil {
		return nil, err
	}
	return res, nil
}

// noticeArrived tells whether a notice that stands in for a call did not come back, or went out again, or the customer was reached after all. That
// it was sent in time stays true; that the customer was told is not.
func (s *Service) noticeArrived(ctx context.Context, callback *Duty) (bool, error) {
	list, err := s.deps.Outbox.Notifications(ctx, NotificationQuery{Complaint: callback.Complaint, Filter: `kind="NOTICE"`, Limit: mostNotices})
	if err != nil {
		return false, err
	}
	came := false
	for i := range list {
		n := &list[i]
		if notificationName(n.Complaint, n.origin()) != callback.Evidence {
			continue
		}
		if n.State == followupv1.Notification_SENT {
			return true, nil
		}
		came = came || n.State == followupv1.Notification_BOUNCED
	}
	if !came {
		return true, nil
	}
	c, err := s.deps.Store.Callback(ctx, callback.Complaint, callback.Cycle)
	reached := slices.ContainsFunc(c.Attempts, func(a Attempt) bool { return a.Counts() && a.Outcome == followupv1.Attempt_REACHED })
	return reached, err
}

// mostNotices is more than any complaint has.
const mostNotices = 1000

// checkPromises adds what is said of the promises of a cycle: an objection for each that is owed, and the proposals of which nothing is.
func (s *Service) checkPromises(ctx context.Context, c *Case, cycle int32, res *followupv1.CheckResolutionResponse) error {
	if !slices.ContainsFunc(c.Duties, func(d *Duty) bool { return d.Kind == policyv1.DutyKind_PROMISE }) {
		return nil
	}
	promises, err := s.deps.Store.Promises(ctx, PromiseQuery{Complaint: c.Complaint.ID, Now: s.now(), Limit: mostPromises})
	if err != nil {
		return err
	}
	owed := map[string]bool{} // By proposal.
	for i := range promises {
		p := &promises[i]
		if p.Duty.Cycle != cycle {
			continue
		}
		open := p.Duty.State == followupv1.Duty_OPEN
		if strings.Contains(p.Promise.Remedy, "/remedies/") { // The alternative of a refusal fulfils none.
			owed[p.Promise.Remedy] = owed[p.Promise.Remedy] || open
		}
		if open && !p.Promise.Series() { // Updates on how it goes end with the matter.
			res.Objections = append(res.Objections, fmt.Sprintf("%s is still owed (due %s): keep it with :keep, or record with "+
				":release where the customer said that it is not wanted any more.", p.Promise.Name(), instant(p.Duty.DueTime)))
		}
	}
	for _, remedy := range slices.Sorted(maps.Keys(owed)) {
		if !owed[remedy] {
			res.Fulfilled = append(res.Fulfilled, remedy)
		}
	}
	return nil
}

// mostPromises is more than any complaint has.
const mostPromises = 10_000
