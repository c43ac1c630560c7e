package followup

import (
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// The reasons for which nobody asks any more, as people read them.
const (
	stoppedByWish   = "the customer wishes not to be asked any more"
	stoppedReopened = "the complaint is dealt with again"
	stoppedOver     = "the complaint was withdrawn, merged or found to be none"
	stoppedCut      = "the contact with the customer was ended"
)

// followUps are the policy's rules of series.
func (s *Service) followUps() *policyv1.FollowUps { return s.deps.Policy.Proto().GetFollowups() }

// concernsSeries is true for events of intake that begin or end a series, and for the end of the contact.
func concernsSeries(p *eventv1.Payload) bool {
	return endsContact(p.GetRefusalStepRecorded()) || p.GetComplaintResolved() != nil || p.GetComplaintReopened() != nil || p.GetComplaintClosed() != nil || p.GetComplaintMerged() != nil
}

// planSeries plans the series that follows the resolution of a cycle, all of it at once, and opens its duties (FUP-1). What is due within the
// policy's gap after a contact about another complaint of the customer goes with that one. Whoever has said after an earlier cycle not to be asked
// about the complaint any more is not asked after this one either (FUP-3).
func (s *Service) planSeries(l ledger, cycle int32, resolved time.Time) {
	planned := func(t *Touch) bool { return t.Cycle == cycle }
	if cycle != l.Complaint.Cycle || slices.ContainsFunc(l.Touches, planned) {
		return
	}
	if slices.ContainsFunc(l.Touches, (*Touch).unwished) {
		s.letBe(l, cycle, resolved)
		return
	}
	told := &eventv1.SeriesPlanned{}
	for i, rule := range s.series(l.Complaint.Severity) {
		n := int32(i) + 1
		if !drawn(l.Complaint.ID, cycle, n, rule.GetShare()) {
			continue
		}
		due := resolved.Add(rule.GetWithin().AsDuration())
		t := &Touch{
			Complaint: l.Complaint.ID, Cycle: cycle, Number: n, Customer: l.Complaint.Customer, State: followupv1.FollowUp_PLANNED,
			By: rule.GetBy(), PlanTime: resolved, BeginTime: s.begins(rule, resolved, due), DueTime: due,
		}
		if with := t.meeting(l.Neighbours, s.followUps().GetGap().AsDuration()); with != nil {
			t.MergedInto = with.Name()
		}
		l.Touches, l.Changes.Planned = append(l.Touches, t), append(l.Changes.Planned, t)
		if t.MergedInto == "" {
			s.owe(l, t)
		}
		told.Touches = append(told.Touches, &eventv1.SeriesPlanned_PlannedTouch{
			FollowUp: t.Name(), BeginTime: timestamppb.New(t.BeginTime), DueTime: timestamppb.New(t.DueTime), MergedInto: t.MergedInto,
		})
	}
	if len(told.GetTouches()) > 0 {
		l.draft(cycle, &eventv1.Payload{Kind: &eventv1.Payload_SeriesPlanned{SeriesPlanned: told}})
	}
}

// begins is when a touch begins that is due at a time: the policy's lead before that, and sooner where a survey that is sent then would be held
// back by the policy's hours until it is too late.
func (s *Service) begins(rule *policyv1.FollowUpTouch, resolved, due time.Time) time.Time {
	lead := rule.GetLead().AsDuration()
	begin := due.Add(-lead)
	if rule.GetBy() == policyv1.FollowUpTouch_PERSON || lead <= 0 {
		return begin
	}
	for s.deps.Policy.Sending(begin, "", "").After(due) && begin.After(resolved) {
		begin = begin.Add(-min(lead, time.Hour))
	}
	return later(begin, resolved)
}

// series are the touches that the policy has for a severity.
func (s *Service) series(severity policyv1.Severity) []*policyv1.FollowUpTouch {
	for _, plan := range s.followUps().GetPlans() {
		if plan.GetSeverity() == severity {
			return plan.GetTouches()
		}
	}
	return nil
}

// owe opens the duty of a touch.
func (s *Service) owe(l ledger, t *Touch) {
	l.add(&Duty{
		Complaint: t.Complaint, ID: t.DutyID(), Kind: policyv1.DutyKind_FOLLOW_UP, Cycle: t.Cycle, State: followupv1.Duty_OPEN,
		OpenTime: t.PlanTime, DueTime: t.DueTime, WarnTimes: l.warnTimes(t.PlanTime, t.DueTime, s.followUps().GetWarnings()),
		Measure: policyv1.Clock_ELAPSED,
	})
}

// touchOf finds a touch by its id; nil when the complaint has no such touch.
func (c *Case) touchOf(id string) *Touch {
	for _, t := range c.Touches {
		if t.ID() == id {
			return t
		}
	}
	return nil
}

// retouch marks a touch as changed, once, and not when it is new anyway.
func (c *Case) retouch(t *Touch) {
	if !slices.Contains(c.Changes.Planned, t) && !slices.Contains(c.Changes.Retouched, t) {
		c.Changes.Retouched = append(c.Changes.Retouched, t)
	}
}

// stopSeries ends what is to come of the series of a cycle.
func (l ledger) stopSeries(cycle int32, why eventv1.SeriesEnded_Reason, at time.Time) {
	l.stopSeriesBy(cycle, &eventv1.SeriesEnded{Reason: why}, at)
}

// stopSeriesBy is stopSeries with what is told of it.
func (l ledger) stopSeriesBy(cycle int32, told *eventv1.SeriesEnded, at time.Time) {
	stopped := false
	reason := map[eventv1.SeriesEnded_Reason]string{
		eventv1.SeriesEnded_CUSTOMER_WISH: stoppedByWish, eventv1.SeriesEnded_REOPENED: stoppedReopened,
		eventv1.SeriesEnded_CONTACT_ENDED: stoppedCut,
	}[told.GetReason()]
	if reason == "" {
		reason = stoppedOver
	}
	for _, t := range l.Touches {
		if t.Cycle != cycle || t.Over() {
			continue
		}
		stopped = true
		t.State, t.StopReason = followupv1.FollowUp_STOPPED, reason
		l.retouch(t)
		if d := l.Duty(t.DutyID()); d != nil {
			l.releaseDuty(d, reason, at)
		}
	}
	if stopped {
		l.tellSeriesEnded(cycle, told)
	}
}

// tellSeriesEnded tells it with what the law still demands, which intake does not close over.
func (l ledger) tellSeriesEnded(cycle int32, told *eventv1.SeriesEnded) {
	told.FinalResponseOwed = slices.ContainsFunc(l.Duties, func(d *Duty) bool {
		return d.Kind == policyv1.DutyKind_FINAL_RESPONSE && d.State == followupv1.Duty_OPEN
	})
	l.draft(cycle, &eventv1.Payload{Kind: &eventv1.Payload_SeriesEnded{SeriesEnded: told}})
}

// stopEarlier ends the series of the cycles before one that begins.
func (l ledger) stopEarlier(cycle int32, at time.Time) {
	for before := int32(1); before < cycle; before++ {
		l.stopSeries(before, eventv1.SeriesEnded_REOPENED, at)
	}
}

// endSeries tells that the series of a cycle has come to its end, when it has.
func (s *Service) endSeries(l ledger, cycle int32) {
	var last TouchAnswer
	for _, t := range l.Touches {
		switch {
		case t.Cycle != cycle:
		case !t.Over():
			return
		case t.Answer.Time.After(last.Time):
			last = t.Answer
		}
	}
	l.seriesEnded(cycle, eventv1.SeriesEnded_COMPLETED, last.Satisfied(s.followUps().GetSatisfiedFrom()))
}

func (l ledger) seriesEnded(cycle int32, why eventv1.SeriesEnded_Reason, satisfied bool) {
	l.tellSeriesEnded(cycle, &eventv1.SeriesEnded{Reason: why, Satisfied: satisfied})
}

// followedUp lets what is proven meet the duty of a touch.
func (l ledger) followedUp(t *Touch, at time.Time, evidence string) {
	if d := l.Duty(t.DutyID()); d != nil {
		broken := d.Breached()
		l.settled(d, d.Meet(Fact{Kind: FollowedUp, Time: at, Evidence: evidence}, l.now), broken)
	}
}

// answered records what the customer said, and what follows from it: the complaint is dealt with again, or the series goes on (FUP-2, FUP-3).
func (s *Service) touchAnswered(l ledger, t *Touch, a TouchAnswer) {
	a.Reopened = a.Reopens(s.followUps().GetSatisfiedFrom())
	with := ""
	t.State, t.Answer = followupv1.FollowUp_ANSWERED, a
	if t.MergedInto != "" {
		t.State, with = followupv1.FollowUp_MERGED, t.MergedInto
	}
	l.retouch(t)
	told := &eventv1.TouchAnswered{
		FollowUp: t.Name(), Done: a.Done, Satisfaction: a.Satisfaction, Survey: a.Agent == "", Way: a.Way,
		AnswerTime: timestamppb.New(a.Time), Reopen: a.Reopened, Named: t.Named, AskedWith: with,
	}
	if a.Retention != followupv1.FollowUp_RETENTION_UNSPECIFIED {
		told.Retention = a.Retention.String()
	}
	if len(a.Comment) > 0 {
		told.Comment = &eventv1.Sealed{Customer: t.Customer, Ciphertext: a.Comment}
	}
	if len(a.Told) > 0 {
		told.Told = &eventv1.Sealed{Customer: t.Customer, Ciphertext: a.Told}
	}
	l.draft(t.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_TouchAnswered{TouchAnswered: told}})
	if a.Agent != "" {
		l.followedUp(t, a.Time, t.Name())
	}
	rest := slices.ContainsFunc(l.Touches, func(o *Touch) bool { return o.Cycle == t.Cycle && !o.Over() })
	switch {
	case a.Reopened && rest:
		l.stopSeries(t.Cycle, eventv1.SeriesEnded_REOPENED, l.now)
	case a.Reopened:
		l.seriesEnded(t.Cycle, eventv1.SeriesEnded_REOPENED, false)
	case a.Stop && rest:
		l.stopSeries(t.Cycle, eventv1.SeriesEnded_CUSTOMER_WISH, l.now)
	default:
		s.endSeries(l, t.Cycle)
	}
}
