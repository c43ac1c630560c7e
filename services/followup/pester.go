package followup

import (
	"slices"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Nobody is pestered, within a complaint either (FUP-1): what a customer leaves unanswered is not written again before the policy's gap is over.

// unanswered are the surveys of a touch's cycle, but for its own, that the customer was sent and has not answered.
func (c *Case) unanswered(t *Touch) (list []*Touch) {
	for _, o := range c.Touches {
		silent := o.State == followupv1.FollowUp_ASKED || o.State == followupv1.FollowUp_UNANSWERED
		if o != t && o.Cycle == t.Cycle && o.Mode == followupv1.FollowUp_SURVEY && silent {
			list = append(list, o)
		}
	}
	return list
}

// rest is until when a touch that has begun leaves the customer in peace, who has not answered a survey sent less than the gap ago; zero for not
// at all. It is no later than when its owner is warned last, so that it is made in time all the same. A person's call is no second survey.
func (s *Service) rest(l ledger, t *Touch) time.Time {
	d := l.Duty(t.DutyID())
	if t.By == policyv1.FollowUpTouch_PERSON || d == nil || len(d.WarnTimes) == 0 {
		return time.Time{}
	}
	var last time.Time
	for _, o := range l.unanswered(t) {
		last = later(last, o.AskTime)
		if n := min(int(o.Reminders), len(o.RemindTimes)); n > 0 {
			last = later(last, o.RemindTimes[n-1])
		}
	}
	if last.IsZero() {
		return last
	}
	at := earlier(last.Add(s.followUps().GetGap().AsDuration()), d.WarnTimes[len(d.WarnTimes)-1])
	if s.deps.Policy.Sending(at, "", "").After(t.DueTime) {
		return time.Time{} // The night would make it late.
	}
	return at
}

// reminders are when the customer is reminded of a survey that was sent: not at all after one that was left unanswered, and not less than the gap
// before the next touch begins, which asks the same.
func (s *Service) reminders(l ledger, t *Touch, sent time.Time) (times []time.Time) {
	if len(l.unanswered(t)) > 0 {
		return nil
	}
	gap := s.followUps().GetGap().AsDuration()
	for _, after := range s.followUps().GetReminders() {
		at := sent.Add(after.AsDuration())
		if !slices.ContainsFunc(l.Touches, func(o *Touch) bool {
			return o.Cycle == t.Cycle && o.State == followupv1.FollowUp_PLANNED && o.BeginTime.Before(at.Add(gap))
		}) {
			times = append(times, at)
		}
	}
	return times
}
