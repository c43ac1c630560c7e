package followup

import (
	"context"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// callbackMessage is a callback as it stands at the moment now, without notes.
func (s *Service) callbackMessage(c *Callback, now time.Time) *followupv1.Callback {
	d := &c.Duty
	m := &followupv1.Callback{
		Name: callbackName(d.Complaint, d.Cycle), Duty: dutyName(d.Complaint, d.ID), State: d.State, Verdict: d.Verdict,
		DueTime: timestamp(d.DueTime), Overdue: d.Overdue(now), Reach: s.reach.of(c.Attempts).message(),
		UnusableWays: unusable(c.Attempts), NoticeTime: timestamp(d.NoticeTime), WishedFromTime: timestamp(d.WishedFrom),
		AgreedTime: timestamp(agreed(c.Attempts, now)),
	}
	for i := range c.Attempts {
		m.Attempts = append(m.Attempts, attemptMessage(&c.Attempts[i]))
	}
	return m
}

// attemptMessage is an attempt without what was said.
func attemptMessage(a *Attempt) *followupv1.Attempt {
	m := &followupv1.Attempt{
		Name: a.Name(), Outcome: a.Outcome, Way: a.Way, AttemptTime: timestamp(a.AttemptTime), RecordTime: timestamp(a.RecordTime),
		Agent: a.Agent, Flagged: a.Flagged(), FlagReason: a.FlagReason, Judgement: a.Judgement, Judge: a.Judge,
		JudgeTime: timestamp(a.JudgeTime), Evidence: a.Evidence, AgreedTime: timestamp(a.AgreedTime),
	}
	if a.Held() {
		m.Judgement = followupv1.Attempt_HELD
	}
	return m
}

// addNotes fills in what was said in a callback's attempts. It is read by those
// who handle complaints and by no one else (API-4).
func (s *Service) addNotes(ctx context.Context, attempts []Attempt, messages []*followupv1.Attempt) error {
	if !caller(ctx).Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE,
		authv1.Role_SERVICE) {
		return nil
	}
	for i := range attempts {
		a := &attempts[i]
		var err error
		if messages[i].Note, err = s.openWords(ctx, a, a.Note, noteContext(a)); err != nil {
			return err
		}
		if messages[i].CustomersWish, err = s.openWords(ctx, a, a.Wish, wishContext(a)); err != nil {
			return err
		}
	}
	return nil
}

// openWords reads something sealed of an attempt; empty for nothing. What belongs to a customer who was erased is gone
// and reads as empty.
func (s *Service) openWords(ctx context.Context, a *Attempt, sealed []byte, bound string) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	key, err := s.deps.Keys.Key(ctx, a.Customer)
	if errs.Reason(err) == intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String() {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	words, err := key.Open(sealed, bound)
	if err != nil {
		// One damaged note must not make a whole list unreadable.
		s.deps.Logger.ErrorContext(ctx, "a note cannot be opened", "attempt", a.Name(), "error", err)
		return "", nil
	}
	return string(words), nil
}

// noteContext binds a sealed note to its attempt, and wishContext a wish.
func noteContext(a *Attempt) string { return a.Name() + "#note" }
func wishContext(a *Attempt) string { return a.Name() + "#wish" }
