package review

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// SettleImprovement does what is due by now: tells once that it is overdue, and some time after whoever stands above, and looks once at whether
// it helped. Errors: RESOURCE_NOT_FOUND.
func (s *Service) SettleImprovement(ctx context.Context, req *reviewv1.SettleImprovementRequest) (*reviewv1.SettleImprovementResponse, error) {
	id := improvementID(req.GetName())
	known, err := s.deps.Improvements.Improvement(ctx, id)
	if errors.Is(err, ErrUnknown) {
		return nil, notFound(req.GetName())
	}
	if err != nil {
		return nil, err
	}
	now := s.now()
	if !known.unsettled(now, s.aboveAfter()) {
		return s.settled(&known, now), nil
	}
	effect, err := s.effect(ctx, &known, now)
	if err != nil {
		return nil, err
	}
	command, _ := idem.FromContext(ctx)
	change := Change{Improvement: id, Actor: caller(ctx).Subject, Command: command, Result: req.GetName()}
	_, err = s.deps.Improvements.ChangeImprovement(ctx, change, func(i *Improvement) ([]*eventv1.Payload, error) {
		if !i.unsettled(now, s.aboveAfter()) || i.State != known.State {
			return nil, nil
		}
		return []*eventv1.Payload{i.settle(effect, now)}, nil
	})
	if err != nil {
		return nil, err
	}
	if known, err = s.deps.Improvements.Improvement(ctx, id); err != nil {
		return nil, err
	}
	return s.settled(&known, now), nil
}

// aboveAfter is how long after its owner whoever stands above is told of an improvement that is overdue.
func (s *Service) aboveAfter() time.Duration {
	return s.deps.Policy.Proto().GetNotices().GetAboveAfter().AsDuration()
}

// unsettled is true while something that is due at a time was not done.
func (i *Improvement) unsettled(now time.Time, above time.Duration) bool {
	switch i.State {
	case reviewv1.Improvement_OPEN:
		told := !i.OverdueTime.IsZero()
		return i.Overdue(now) && (!told || i.AboveTime.IsZero() && !now.Before(i.OverdueTime.Add(above)))
	case reviewv1.Improvement_DONE:
		return !now.Before(i.CheckTime)
	default:
		return false
	}
}

// settle does what is due, and tells it.
func (i *Improvement) settle(effect *Effect, now time.Time) *eventv1.Payload {
	if i.State == reviewv1.Improvement_OPEN {
		above := !i.OverdueTime.IsZero()
		if above {
			i.AboveTime = now
		} else {
			i.OverdueTime = now
		}
		return &eventv1.Payload{Kind: &eventv1.Payload_ImprovementOverdue{ImprovementOverdue: &eventv1.ImprovementOverdue{
			Improvement: i.Name(), Owner: i.Owner, DueTime: timestamp(i.DueTime), Above: above,
		}}}
	}
	i.State, i.Effect = effect.state(), effect
	return &eventv1.Payload{Kind: &eventv1.Payload_ImprovementChecked{ImprovementChecked: &eventv1.ImprovementChecked{
		Improvement: i.Name(), State: i.State.String(), Finding: effect.Finding.String(), Before: effect.Before.Count,
		BeforeEscalated: effect.Before.Escalated, After: effect.After.Count, AfterEscalated: effect.After.Escalated,
	}}}
}

// effect counts complaints that began before it was done, in the policy's time, and those that began after it, as long: each whether it is over by
// now or not, since those that take longest are escalated most. Nil for one that was not done.
func (s *Service) effect(ctx context.Context, i *Improvement, now time.Time) (*Effect, error) {
	if i.State != reviewv1.Improvement_DONE {
		return nil, nil
	}
	e := &Effect{Confidence: s.rules().GetConfidence(), CheckTime: now}
	span := i.CheckTime.Sub(i.CompleteTime)
	var err error
	if e.Before, err = s.began(ctx, EscalatedQuery{Subject: i.Subject, From: i.CompleteTime.Add(-span), Until: i.CompleteTime}); err != nil {
		return nil, err
	}
	if e.After, err = s.began(ctx, EscalatedQuery{Subject: i.Subject, From: i.CompleteTime, Until: i.CheckTime}); err != nil {
		return nil, err
	}
	e.judge(s.rules().GetLeastComplaints())
	return e, nil
}

// began counts what began in a time: what is over has a record. One that ends in between is counted once, or not at all.
func (s *Service) began(ctx context.Context, query EscalatedQuery) (Tally, error) {
	over, err := s.deps.Outcomes.Escalated(ctx, query)
	if err != nil {
		return Tally{}, err
	}
	open, err := s.standing(ctx, query)
	return over.Plus(open), err
}

// settled is how it stands, and when to ask again.
func (s *Service) settled(i *Improvement, now time.Time) *reviewv1.SettleImprovementResponse {
	resp := &reviewv1.SettleImprovementResponse{State: i.State, Overdue: i.Overdue(now), Owner: i.Owner, DueTime: timestamp(i.DueTime)}
	switch {
	case i.State == reviewv1.Improvement_DONE:
		resp.NextTime = timestamp(i.CheckTime)
	case i.State == reviewv1.Improvement_OPEN && i.OverdueTime.IsZero():
		resp.NextTime = timestamp(i.DueTime)
	case i.State == reviewv1.Improvement_OPEN && i.AboveTime.IsZero():
		resp.NextTime = timestamp(i.OverdueTime.Add(s.aboveAfter()))
	}
	return resp
}
