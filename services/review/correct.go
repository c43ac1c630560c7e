package review

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// CorrectOutcome writes a new version with a reason: with what the owners say now, if that is asked for, and what only the record holds.
// An agent may add the lesson and say whether the customer stays. Errors: RESOURCE_NOT_FOUND, CORRECTION_NOT_ALLOWED, AGENT_RECUSED, ETAG_MISMATCH,
// NOTHING_CORRECTED, DATA_KEY_NOT_FOUND for a customer who was erased, and those of RecordOutcome.
func (s *Service) CorrectOutcome(ctx context.Context, req *reviewv1.CorrectOutcomeRequest) (*reviewv1.Outcome, error) {
	if err := mayCorrect(ctx, req); err != nil {
		return nil, err
	}
	complaint, cycle := outcomeIDs(req.GetName())
	known, err := s.deps.Outcomes.Outcome(ctx, complaint, cycle, 0)
	if errors.Is(err, ErrUnknown) {
		return nil, notFound(req.GetName())
	}
	if err != nil {
		return nil, err
	}
	if err := s.recused(ctx, complaint); err != nil {
		return nil, err
	}
	facts := known.Facts
	if req.GetReadAgain() {
		if facts, err = s.gather(ctx, complaint, cycle); err != nil {
			return nil, err
		}
	}
	words, err := s.sealCorrection(ctx, &known, req)
	if err != nil {
		return nil, err
	}
	actor := caller(ctx).Subject
	return s.version(ctx, Change{Complaint: complaint, Cycle: cycle}, func(last *Outcome, _ *Answer) (*Outcome, error) {
		switch {
		case last == nil:
			return nil, notFound(req.GetName())
		case req.GetVersion() != 0 && req.GetVersion() != last.Version:
			return nil, notTheHighest(req.GetName(), req.GetVersion(), last.Version)
		case known.Version != last.Version: // Somebody was faster, between what was read here and now.
			return nil, notTheHighest(req.GetName(), known.Version, last.Version)
		}
		next := last.next(reviewv1.Outcome_CORRECTED, actor, s.now())
		if !s.correct(&next, req, facts, words) {
			return nil, nothingCorrected(req.GetName())
		}
		return &next, nil
	})
}

// mayCorrect refuses an agent what a supervisor corrects.
func mayCorrect(ctx context.Context, req *reviewv1.CorrectOutcomeRequest) error {
	if caller(ctx).Has(authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE) {
		return nil
	}
	switch {
	case req.Satisfaction != nil:
		return correctionNotAllowed("satisfaction")
	case req.GetReadAgain():
		return correctionNotAllowed("read_again")
	}
	return nil
}

// recused refuses whom the complaint, or one that went on in it, is about, as intake's log says (ROUTE-2).
func (s *Service) recused(ctx context.Context, complaint string) error {
	name, actor, about := complaintName(complaint), caller(ctx).Subject, false
	err := each(ctx, s.deps.Owners.IntakeLog, name, math.MaxInt32, func(_ *eventv1.Event, p *eventv1.Payload) {
		told := []string{p.GetComplaintReceived().GetTargetAgent(), p.GetComplaintImported().GetTargetAgent(), p.GetComplaintReopened().GetTargetAgent()}
		told = slices.Concat(told, p.GetComplaintAbsorbed().GetTargetAgents(), p.GetTargetNamed().GetTargetAgents())
		about = about || slices.Contains(told, actor)
	})
	if err == nil && about {
		return agentRecused(name)
	}
	return err
}

// correction are the sealed words of one.
type correction struct {
	lesson, reason []byte
	// known is true when the lesson is the one that there is, or when there is none and none is told.
	known bool
}

// sealCorrection seals the words for the version after the one that is known.
func (s *Service) sealCorrection(ctx context.Context, known *Outcome, req *reviewv1.CorrectOutcomeRequest) (correction, error) {
	key, err := s.deps.Keys.Key(ctx, known.Facts.Customer)
	if err != nil {
		return correction{}, err
	}
	var words correction
	if words.reason, err = key.Seal([]byte(req.GetReason()), reasonPlace(known, known.Version+1)); err != nil {
		return words, err
	}
	told, there := strings.TrimSpace(req.GetLesson()), []byte(nil)
	var damaged error
	if known.Lesson != nil {
		there, damaged = key.Open(known.Lesson, lessonPlace(known, known.LessonVersion)) // One that cannot be read may be told anew.
	}
	if words.known = damaged == nil && told == string(there); told != "" && !words.known {
		words.lesson, err = key.Seal([]byte(told), lessonPlace(known, known.Version+1))
	}
	return words, err
}

// correct makes of a copy of the last version the corrected one; false if nothing differs.
func (s *Service) correct(next *Outcome, req *reviewv1.CorrectOutcomeRequest, facts Facts, words correction) bool {
	changed := !next.Facts.equal(&facts)
	if changed {
		s.copyInto(next, facts)
	}
	if req.Retention != nil && req.GetRetention() != next.Retention {
		next.Retention, changed = req.GetRetention(), true
	}
	if req.Satisfaction != nil && req.GetSatisfaction() != next.Satisfaction {
		next.Satisfaction, changed = req.GetSatisfaction(), true
	}
	if req.Lesson != nil && !words.known {
		next.Lesson, next.LessonVersion, changed = words.lesson, next.Version, true
	}
	next.Reason = words.reason
	return changed
}
