package followup

import (
	"context"
	"slices"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// GetFollowUpPlan says whether the customer is asked again after the resolution of a cycle. The letter about it is written at the moment of the resolution,
// of which nobody need have heard here yet: what will be planned is known before, since the severity and the sample decide it. Errors: NOT_YET_KNOWN,
// COMPLAINT_NOT_FOUND.
func (s *Service) GetFollowUpPlan(ctx context.Context, req *followupv1.GetFollowUpPlanRequest) (*followupv1.FollowUpPlan, error) {
	complaint, ok := complaintID(req.GetComplaint())
	if !ok {
		return nil, invalidField("complaint", "It is not the name of a complaint.")
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return nil, err
	}
	if c.Complaint.Cycle > req.GetCycle() {
		return &followupv1.FollowUpPlan{}, nil // It was opened again, and what followed the resolution has ended.
	}
	reach, err := s.deps.Outbox.Reach(ctx, c.Complaint.Customer, complaint, "")
	if err != nil {
		return nil, err
	}
	list, err := s.deps.Series.Touches(ctx, TouchQuery{Complaint: complaint, Now: s.now(), Limit: mostTouches})
	if err != nil {
		return nil, err
	}
	asks := func(by policyv1.FollowUpTouch_By) bool {
		return reach.Stop.IsZero() || !s.byMessage(&Touch{By: by}, reachedBy(req)) // Who wants no surveys is called all the same.
	}
	planned, again := false, false
	for i := range list {
		if t := &list[i].Touch; t.Cycle == req.GetCycle() {
			planned, again = true, again || !t.Over() && asks(t.By)
		}
	}
	if planned {
		return &followupv1.FollowUpPlan{AskedAgain: again}, nil
	}
	if slices.ContainsFunc(list, func(row TouchRow) bool { return row.Touch.unwished() }) {
		return &followupv1.FollowUpPlan{}, nil
	}
	for i, rule := range s.series(c.Complaint.Severity) {
		again = again || drawn(complaint, req.GetCycle(), int32(i)+1, rule.GetShare()) && asks(rule.GetBy())
	}
	return &followupv1.FollowUpPlan{AskedAgain: again}, nil
}

// reachedBy is the question by which way a customer is asked, who has an address of the kinds that are told of.
func reachedBy(req *followupv1.GetFollowUpPlanRequest) *followupv1.AskFollowUpRequest {
	const there = "there"
	ask := &followupv1.AskFollowUpRequest{PreferredWay: req.GetPreferredWay(), Recipient: &followupv1.Recipient{}}
	if req.GetHasPhone() {
		ask.Recipient.Phone = there
	}
	if req.GetHasEmail() {
		ask.Recipient.Email = there
	}
	return ask
}
