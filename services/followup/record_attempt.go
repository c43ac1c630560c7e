package followup

import (
	"cmp"
	"context"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// RecordAttempt records an attempt to reach the customer and answers with the
// callback as it then stands. REACHED meets the callback, the contact promise
// and the first response, by the attempt's time; an attempt that is dated back
// further than the policy allows is kept, flagged, and meets nothing (CALL-2).
// Nobody is REACHED by a way that carries no answer (CALL-1). Who asks for another time is called then, after the due time only by
// their own wish. Attempts on a
// callback that is kept are recorded too, and may correct its verdict (CLK-1).
// Errors: AGENT_RECUSED, WAY_NOT_TWO_WAY, AGREED_TIME_INVALID, ATTEMPT_TIME_IN_FUTURE, ATTEMPT_TIME_BEFORE_RECEIPT,
// CALLBACK_RELEASED, CALLBACK_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) RecordAttempt(ctx context.Context, req *followupv1.RecordAttemptRequest) (*followupv1.Callback, error) {
	complaint, cycle, ok := callbackIDs(req.GetName())
	if !ok {
		return nil, callbackNotFound(req.GetName())
	}
	if at := req.GetAttemptTime(); at != nil && !at.IsValid() {
		return nil, invalidField("attempt_time", "It is no time.")
	}
	if err := checkAgreed(req); err != nil {
		return nil, err
	}
	if req.GetOutcome() == followupv1.Attempt_REACHED && !twoWay(req.GetWay()) {
		return nil, wayNotTwoWay(req.GetWay())
	}
	a, err := s.newAttempt(ctx, complaint, cycle, req)
	if err != nil {
		return nil, err
	}
	c, err := s.attempted(ctx, Change{Complaint: complaint, Result: req.GetName(), Attempts: cycle}, a)
	if err != nil {
		return nil, err
	}
	return s.callbackAnswer(ctx, &c), nil
}

// callbackAnswer is a callback as it stands after a change. The change is on record; that notes cannot be shown now is no reason
// to tell the caller that it failed.
func (s *Service) callbackAnswer(ctx context.Context, c *Callback) *followupv1.Callback {
	answer := s.callbackMessage(c, s.now())
	if err := s.addNotes(ctx, c.Attempts, answer.GetAttempts()); err != nil {
		s.deps.Logger.WarnContext(ctx, "notes are left out of an answer", "callback", answer.GetName(), "error", err)
	}
	return answer
}

// attempted records the attempt and returns the callback as it stands with it, or, when the command was carried out before,
// as it stands now.
func (s *Service) attempted(ctx context.Context, change Change, a Attempt) (c Callback, err error) {
	change.Command, _ = idem.FromContext(ctx)
	done, err := s.change(ctx, change, func(l ledger) error {
		if err := l.recused(); err != nil {
			return err
		}
		if err := s.recordAttempt(l, a); err != nil {
			return err
		}
		c = Callback{Duty: *l.Duty(DutyID(a.Cycle, policyv1.DutyKind_CALLBACK)), Attempts: l.Attempts}
		return nil
	})
	if err == nil && done.Repeated {
		return s.deps.Store.Callback(ctx, a.Complaint, a.Cycle)
	}
	return c, err
}

// newAttempt makes the attempt that the caller reports. Its record time is set
// when it is recorded. The note is sealed before the transaction, because the
// key may have to be asked for.
func (s *Service) newAttempt(ctx context.Context, complaint string, cycle int32, req *followupv1.RecordAttemptRequest) (Attempt, error) {
	a := Attempt{
		Complaint: complaint, Cycle: cycle, ID: s.deps.IDs.ID(), Outcome: req.GetOutcome(), Way: req.GetWay(),
		Agent: caller(ctx).Subject,
	}
	if req.GetAttemptTime() != nil {
		a.AttemptTime = req.GetAttemptTime().AsTime().Truncate(time.Microsecond)
	}
	if s.fit(ctx, &a, cmp.Or(a.AttemptTime, s.now())); req.GetAgreedTime() != nil {
		a.AgreedTime = req.GetAgreedTime().AsTime().Truncate(time.Microsecond)
	}
	if req.GetNote() == "" && req.GetCustomersWish() == "" {
		return a, nil
	}
	c, err := s.known(ctx, complaint)
	if err != nil {
		return a, err
	}
	a.Customer = c.Complaint.Customer
	key, err := s.deps.Keys.Key(ctx, a.Customer)
	if err != nil {
		return a, err
	}
	if req.GetNote() != "" {
		if a.Note, err = key.Seal([]byte(req.GetNote()), noteContext(&a)); err != nil {
			return a, err
		}
	}
	if req.GetCustomersWish() != "" {
		a.Wish, err = key.Seal([]byte(req.GetCustomersWish()), wishContext(&a))
	}
	return a, err
}

// recordAttempt judges the attempt's time and records it.
func (s *Service) recordAttempt(l ledger, a Attempt) error {
	name := callbackName(a.Complaint, a.Cycle)
	d := l.Duty(DutyID(a.Cycle, policyv1.DutyKind_CALLBACK))
	if d == nil {
		return callbackNotFound(name)
	}
	if d.State == followupv1.Duty_RELEASED {
		return callbackReleased(name, d.ReleaseReason)
	}
	a.RecordTime = l.now
	if a.AttemptTime.IsZero() {
		a.AttemptTime = l.now
	}
	if a.AttemptTime.After(l.now.Add(s.deps.Policy.ClockSkew())) {
		return attemptInFuture()
	}
	if a.AttemptTime.Before(d.OpenTime) {
		return attemptBeforeReceipt(d.OpenTime)
	}
	if a.zone != nil {
		a.Date = a.AttemptTime.In(a.zone).Format(time.DateOnly)
	}
	a.FlagReason = flagReason(a.AttemptTime, a.RecordTime, s.deps.Policy.BackDating())
	if err := s.mayAgree(l, d, &a); err != nil {
		return err
	}
	l.attempt(a)
	s.consider(l, d, &a)
	return nil
}
