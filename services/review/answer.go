package review

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// Answer is what a customer answered when asked after a resolution (FUP-2, FUP-3).
type Answer struct {
	// FollowUp is "complaints/{complaint}/followUps/{follow_up}".
	FollowUp string
	// Done is true when it was really done.
	Done bool
	// Satisfaction is 1 to 5, or 0 when it was not said.
	Satisfaction int32
	// Retention tells whether the customer stays one, if that was said.
	Retention reviewv1.Outcome_Retention
	// Time is when it was answered.
	Time time.Time
	// Reopened is true when the complaint was dealt with again for it.
	Reopened bool
	// Commented is true when the customer said something else, too: followup has it.
	Commented bool
}

// Upon is what is known after both answers: the later one, whichever was heard of first, and of the other what the later one leaves open.
func (a Answer) Upon(other *Answer) Answer {
	if other == nil {
		return a
	}
	late, early := a, *other
	if late.Time.Before(early.Time) {
		late, early = early, late
	}
	if late.Satisfaction == 0 {
		late.Satisfaction = early.Satisfaction
	}
	if late.Retention == reviewv1.Outcome_RETENTION_UNSPECIFIED {
		late.Retention = early.Retention
	}
	return late
}

// equal tells whether both say the same.
func (a *Answer) equal(other *Answer) bool {
	if a == nil || other == nil {
		return a == other
	}
	left, right := *a, *other
	left.Time, right.Time = time.Time{}, time.Time{}
	return left == right && a.Time.Equal(other.Time)
}

// Types are the types of followup's events that review hears: what customers answer belongs to the record of the cycle that they were asked about.
func Types() []string { return []string{"touch_answered"} }

// Apply takes note of what a customer answered at follow-up, once, however often it is told: a new version of the record of that cycle. An
// answer that comes before there is a record waits for it. Errors: INVALID_FIELD for an event that can never be applied.
func (s *Service) Apply(ctx context.Context, e *eventv1.Event, p *eventv1.Payload) (first bool, err error) {
	change, told := Change{Event: e}, p.GetTouchAnswered()
	decide := func(*Outcome, *Answer) (*Outcome, error) { return nil, nil }
	if told != nil {
		answer, err := answerOf(e, told)
		if err != nil {
			return false, err
		}
		change.Complaint, _ = complaintID(e.GetSubject())
		change.Cycle, change.Answer = e.GetCycle(), answer
		decide = func(last *Outcome, said *Answer) (*Outcome, error) {
			return s.answered(last, answer, said, e.GetActor()), nil
		}
	}
	done, err := s.deps.Outcomes.ChangeOutcome(ctx, change, decide)
	return err == nil && !done.Repeated, err
}

// answerOf reads what followup tells.
func answerOf(e *eventv1.Event, told *eventv1.TouchAnswered) (*Answer, error) {
	if _, ok := complaintID(e.GetSubject()); !ok || e.GetCycle() < 1 {
		return nil, invalidField("event.subject", "It is not a cycle of a complaint.")
	}
	if told.GetAnswerTime() == nil || !told.GetAnswerTime().IsValid() {
		return nil, invalidField("event.payload.answer_time", "The event does not tell the time.")
	}
	return &Answer{
		FollowUp: told.GetFollowUp(), Done: told.GetDone(), Satisfaction: told.GetSatisfaction(),
		Retention: reviewv1.Outcome_Retention(reviewv1.Outcome_Retention_value[told.GetRetention()]),
		Time:      told.GetAnswerTime().AsTime().Truncate(time.Microsecond), Reopened: told.GetReopen(), Commented: told.GetComment() != nil,
	}, nil
}

// answered is the version with what is known after an answer; nil when that is no news, or there is no record yet. Only what the customer has
// said now replaces what is on record: somebody may have corrected it since the answer before.
func (s *Service) answered(last *Outcome, answer, said *Answer, actor string) *Outcome {
	if last == nil || last.Answer.equal(said) {
		return nil
	}
	next := last.next(reviewv1.Outcome_ANSWERED, actor, s.now())
	next.Answer = said
	if said.FollowUp == answer.FollowUp {
		next.hear(answer)
	}
	return &next
}

// hear takes over what a customer has said.
func (o *Outcome) hear(said *Answer) {
	if said.Satisfaction != 0 {
		o.Satisfaction = said.Satisfaction
	}
	if said.Retention != reviewv1.Outcome_RETENTION_UNSPECIFIED {
		o.Retention = said.Retention
	}
}

// message is an answer as it is told; nil for none.
func (a *Answer) message() *reviewv1.OutcomeAnswer {
	if a == nil {
		return nil
	}
	return &reviewv1.OutcomeAnswer{
		FollowUp: a.FollowUp, Done: a.Done, AnswerTime: timestamp(a.Time), Reopened: a.Reopened, Commented: a.Commented,
	}
}
