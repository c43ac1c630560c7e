package followup

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// SettleFollowUp says how a follow-up stands and what is to be done now, and records what time alone decides: that it was not made in time,
// that nobody has answered, that it goes with another one, or stands by itself again. Asking again changes nothing. Errors:
// FOLLOW_UP_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) SettleFollowUp(ctx context.Context, req *followupv1.SettleFollowUpRequest) (*followupv1.FollowUpStep, error) {
	known, err := s.touch(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	var into *Touch
	if known.waits() {
		if into, err = s.touch(ctx, known.MergedInto); err != nil {
			return nil, err
		}
	}
	var step *followupv1.FollowUpStep
	change := Change{
		Complaint: known.Complaint, Touches: true, Notifications: true, Neighbours: s.now().Add(-s.followUps().GetGap().AsDuration()),
	}
	_, err = s.change(ctx, change, func(l ledger) error {
		t := l.touchOf(known.ID())
		if t == nil {
			return followUpNotFound(req.GetName())
		}
		step = s.settleTouch(l, t, into)
		return nil
	})
	return step, err
}

// touch reads a follow-up by its name.
func (s *Service) touch(ctx context.Context, name string) (*Touch, error) {
	complaint, cycle, n, ok := touchIDs(name)
	if !ok {
		return nil, followUpNotFound(name)
	}
	if _, err := s.known(ctx, complaint); err != nil {
		return nil, err
	}
	t, err := s.deps.Series.Touch(ctx, complaint, cycle, n)
	if errors.Is(err, ErrUnknown) {
		return nil, followUpNotFound(name)
	}
	return &t, err
}

// settleTouch records what time has decided of a touch, and says what is to be done. Into is the one that it goes with, if it waits for one.
func (s *Service) settleTouch(l ledger, t, into *Touch) *followupv1.FollowUpStep {
	step := s.touchStep(l, t, into)
	if step.GetAction() == followupv1.FollowUpStep_ASK || step.GetAction() == followupv1.FollowUpStep_REMIND {
		return s.underWay(l, t, step)
	}
	return step
}

// touchStep is settleTouch but for messages that wait.
func (s *Service) touchStep(l ledger, t, into *Touch) *followupv1.FollowUpStep {
	if t.waits() && into != nil && t.MergedInto == into.Name() {
		if at := s.goWith(l, t, into); !at.IsZero() {
			return stepOf(l, t, followupv1.FollowUpStep_WAIT, at)
		}
	}
	switch {
	case t.Over():
		return stepOf(l, t, followupv1.FollowUpStep_ENDED, time.Time{})
	case t.waits():
		return stepOf(l, t, followupv1.FollowUpStep_WAIT, l.now.Add(time.Second))
	case t.State == followupv1.FollowUp_PLANNED:
		return s.settlePlanned(l, t)
	case t.Mode == followupv1.FollowUp_SURVEY:
		return s.settleSurvey(l, t)
	default:
		return s.settleTask(l, t)
	}
}

// goWith is what becomes of a touch that goes with another one. Once the customer was asked about both, it has the other one's answer, or is over
// with the other one's silence (FUP-2, FUP-3). It stands by itself again when the other one is not made, not in time, or does not name it. Until
// that is known it returns when it may be.
func (s *Service) goWith(l ledger, t, into *Touch) time.Time {
	both := slices.Contains(into.Named, t.Name())
	switch {
	case into.State == followupv1.FollowUp_PLANNED, into.State == followupv1.FollowUp_ASKED && into.Mode == followupv1.FollowUp_PERSON:
		if l.now.Before(into.DueTime) {
			return into.DueTime
		}
	case !both:
	case into.State == followupv1.FollowUp_ASKED, into.answerable(l.now): // The customer's own answer may come still.
		return later(into.ExpireTime, l.now.Add(time.Second))
	case into.State == followupv1.FollowUp_UNANSWERED:
		s.merge(l, t, into.Name())
		return time.Time{}
	case into.State == followupv1.FollowUp_ANSWERED:
		l.actor = cmp.Or(into.Answer.Agent, l.Complaint.Customer)
		answer := into.Answer
		answer.Comment, answer.Told = nil, nil // They are on record there, sealed for that place.
		s.touchAnswered(l, t, answer)
		return time.Time{}
	default:
	}
	lead := t.DueTime.Sub(t.BeginTime)
	t.MergedInto, t.BeginTime = "", l.now
	if least := l.now.Add(lead); t.DueTime.Before(least) {
		t.DueTime = least // Nobody was late with it: it was the other one's to make.
	}
	l.retouch(t)
	l.draft(t.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_TouchMerged{TouchMerged: &eventv1.TouchMerged{FollowUp: t.Name()}}})
	s.owe(l, t)
	return time.Time{}
}

// goingWith are the names of the touches of other complaints that go with one now.
func (c *Case) goingWith(t *Touch) (names []string) {
	for _, o := range c.Neighbours {
		if o.waits() && o.MergedInto == t.Name() {
			names = append(names, o.Name())
		}
	}
	return names
}

// merge ends a touch that another one stands for.
func (s *Service) merge(l ledger, t *Touch, into string) {
	t.State, t.MergedInto = followupv1.FollowUp_MERGED, into
	l.retouch(t)
	l.draft(t.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_TouchMerged{TouchMerged: &eventv1.TouchMerged{FollowUp: t.Name(), Into: into}}})
	if d := l.Duty(t.DutyID()); d != nil {
		l.releaseDuty(d, "the customer was asked with "+into, l.now)
	}
	s.endSeries(l, t.Cycle)
}

// settlePlanned waits for the time at which a touch begins, and has it made then, unless the customer was just asked about another complaint
// and will be, or was, asked about this one another time. What is not made by its due time is missed, and still owed.
func (s *Service) settlePlanned(l ledger, t *Touch) *followupv1.FollowUpStep {
	if l.now.Before(t.BeginTime) {
		return stepOf(l, t, followupv1.FollowUpStep_WAIT, t.BeginTime)
	}
	if at := s.rest(l, t); l.now.Before(at) {
		return stepOf(l, t, followupv1.FollowUpStep_WAIT, at)
	}
	d := l.Duty(t.DutyID())
	if with := t.justAsked(l.Neighbours, s.followUps().GetGap().AsDuration(), l.now); with != nil && l.now.Before(t.DueTime) && l.spared(t) {
		s.merge(l, t, with.Name())
		return stepOf(l, t, followupv1.FollowUpStep_ENDED, time.Time{})
	}
	if d != nil {
		l.settle(d)
	}
	return stepOf(l, t, followupv1.FollowUpStep_ASK, time.Time{})
}

// spared tells whether a touch can be left out without the customer never being asked about the complaint: another one of the cycle was made, or
// is to come.
func (c *Case) spared(t *Touch) bool {
	return slices.ContainsFunc(c.Touches, func(o *Touch) bool {
		return o != t && o.Cycle == t.Cycle && (!o.Over() || !o.AskTime.IsZero())
	})
}

// settleSurvey has the customer reminded, and records that there is no answer once the time for it is over (FUP-3).
func (s *Service) settleSurvey(l ledger, t *Touch) *followupv1.FollowUpStep {
	if !l.now.Before(t.ExpireTime) {
		s.unanswered(l, t)
		return stepOf(l, t, followupv1.FollowUpStep_ENDED, time.Time{})
	}
	if n := int(t.Reminders); n < len(t.RemindTimes) {
		if at := t.RemindTimes[n]; l.now.Before(at) {
			return stepOf(l, t, followupv1.FollowUpStep_WAIT, at)
		}
		return stepOf(l, t, followupv1.FollowUpStep_REMIND, time.Time{})
	}
	return stepOf(l, t, followupv1.FollowUpStep_WAIT, t.ExpireTime)
}

// unanswered records that the customer has not answered, which says nothing of satisfaction.
func (s *Service) unanswered(l ledger, t *Touch) {
	t.State = followupv1.FollowUp_UNANSWERED
	l.retouch(t)
	l.draft(t.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_TouchUnanswered{TouchUnanswered: &eventv1.TouchUnanswered{FollowUp: t.Name()}}})
	s.endSeries(l, t.Cycle)
}

// settleTask keeps the time of a person's task: warnings, the breach, and the survey in its place when nobody is reached.
func (s *Service) settleTask(l ledger, t *Touch) *followupv1.FollowUpStep {
	d := l.Duty(t.DutyID())
	if d == nil {
		return stepOf(l, t, followupv1.FollowUpStep_WAIT, time.Time{})
	}
	l.settle(d)
	if t.Calls >= s.followUps().GetCalls() {
		return stepOf(l, t, followupv1.FollowUpStep_ASK, time.Time{})
	}
	if d.Verdict == policyv1.Verdict_MISSED || d.State != followupv1.Duty_OPEN {
		return stepOf(l, t, followupv1.FollowUpStep_WAIT, time.Time{})
	}
	for _, at := range d.WarnTimes {
		if slices.ContainsFunc(d.WarnedTimes, at.Equal) {
			continue
		}
		if l.now.Before(at) {
			return stepOf(l, t, followupv1.FollowUpStep_WAIT, at)
		}
		step := stepOf(l, t, followupv1.FollowUpStep_WARN, time.Time{})
		step.WarnTime = timestamp(at)
		return step
	}
	return stepOf(l, t, followupv1.FollowUpStep_WAIT, d.DueTime)
}

// stepOf is how a touch stands, with what is to be done.
func stepOf(l ledger, t *Touch, action followupv1.FollowUpStep_Action, next time.Time) *followupv1.FollowUpStep {
	step := &followupv1.FollowUpStep{
		Action: action, NextTime: timestamp(next), State: t.State, Mode: t.Mode, DueTime: timestamp(t.DueTime),
	}
	if d := l.Duty(t.DutyID()); d != nil {
		step.Duty, step.Verdict = dutyName(d.Complaint, d.ID), d.Verdict
		step.Broken = d.State == followupv1.Duty_OPEN && d.Verdict == policyv1.Verdict_MISSED
	}
	return step
}
