package followup

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
)

// ConfirmAttempt has an attempt count that was dated back too far, by a message or file of the complaint that shows it (CALL-2). By its own time
// it meets what it meets, and may overturn a breach, which stays visible (CLK-1); or it counts towards unreachable, or shows that a way is
// none. Nobody confirms their own. Errors: ATTEMPT_NOT_HELD, OWN_ATTEMPT, EVIDENCE_NOT_FOUND, RESOURCE_NOT_FOUND, CALLBACK_NOT_FOUND,
// NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) ConfirmAttempt(ctx context.Context, req *followupv1.ConfirmAttemptRequest) (*followupv1.Callback, error) {
	if err := s.shows(ctx, req.GetName(), req.GetEvidence()); err != nil {
		return nil, err
	}
	return s.judgeAttempt(ctx, req.GetName(), followupv1.Attempt_CONFIRMED, req.GetEvidence())
}

// RejectAttempt says that an attempt that was dated back too far never counts. Nobody rejects their own. Errors: ATTEMPT_NOT_HELD, OWN_ATTEMPT,
// RESOURCE_NOT_FOUND, CALLBACK_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) RejectAttempt(ctx context.Context, req *followupv1.RejectAttemptRequest) (*followupv1.Callback, error) {
	return s.judgeAttempt(ctx, req.GetName(), followupv1.Attempt_REJECTED, "")
}

// shows refuses evidence that the complaint of an attempt does not have.
func (s *Service) shows(ctx context.Context, attempt, evidence string) error {
	callback, _, _ := strings.Cut(attempt, "/attempts/")
	complaint, _, ok := callbackIDs(callback)
	if !ok {
		return callbackNotFound(callback)
	}
	return s.onRecord(ctx, complaint, evidence)
}

// onRecord refuses evidence that is no message or file of a complaint.
func (s *Service) onRecord(ctx context.Context, complaint, evidence string) error {
	within, ok := strings.CutPrefix(evidence, complaintName(complaint)+"/")
	if !ok {
		return evidenceNotFound(evidence)
	}
	_, err := s.deps.Records.Record(ctx, complaint, within)
	switch {
	case errors.Is(err, ErrUnknown) && arrival.Expected(path.Base(within), s.now()):
		return arrival.Early(evidence, "%s was recorded a moment ago and is not known here yet. Try again.", evidence)
	case errors.Is(err, ErrUnknown):
		return evidenceNotFound(evidence)
	default:
		return err
	}
}

// judgeAttempt judges a held attempt, once.
func (s *Service) judgeAttempt(
	ctx context.Context, name string, judgement followupv1.Attempt_Judgement, evidence string,
) (*followupv1.Callback, error) {
	callback, id, _ := strings.Cut(name, "/attempts/")
	return s.changeCallback(ctx, callback, func(l ledger, d *Duty) error {
		i := slices.IndexFunc(l.Attempts, func(a Attempt) bool { return a.ID == id })
		if i < 0 {
			return attemptNotFound(name)
		}
		a := &l.Attempts[i]
		switch {
		case !a.Held():
			return attemptNotHeld(a)
		case a.Agent == l.actor:
			return ownAttempt(name)
		}
		a.Judgement, a.Judge, a.JudgeTime, a.Evidence = judgement, l.actor, l.now, evidence
		l.judged(a)
		s.consider(l, d, a)
		return nil
	})
}

// judged records a judgement, and lets what counts from now on meet duties.
func (l ledger) judged(a *Attempt) {
	l.Changes.Judged = a
	l.draft(a.Cycle, &eventv1.Payload{Kind: &eventv1.Payload_AttemptJudged{AttemptJudged: &eventv1.AttemptJudged{
		Attempt: a.Name(), Confirmed: a.Judgement == followupv1.Attempt_CONFIRMED, Evidence: a.Evidence, Agent: a.Agent,
	}}})
	if f, ok := a.Fact(); ok {
		l.fact(a.Cycle, f)
	}
}
