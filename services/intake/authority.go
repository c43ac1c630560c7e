package intake

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// AnswerAuthority records that whoever forwarded the complaint was answered (REC-1).
// Its time decides whether the reply was in time: dated back further than
// an attempt may be it waits for a supervisor, and until then answers nothing (CALL-2).
func (s *Service) AnswerAuthority(ctx context.Context, req *intakev1.AnswerAuthorityRequest) (*intakev1.Complaint, error) {
	return s.change(ctx, req.GetName(), req.GetEtag(), func(e *edit) error {
		if e.AuthorityDueTime.IsZero() {
			return notForwarded()
		}
		at := e.now
		if sent := req.GetAnswerTime(); sent != nil {
			at = sent.AsTime().Truncate(time.Microsecond)
			if sent.CheckValid() != nil || at.After(e.now.Add(s.policy.ClockSkew())) || at.Before(e.ReceiveTime) {
				return invalid("answer_time", "must be a time between the receipt of the complaint and now")
			}
		}
		if answered := e.AuthorityAnswerTime; !answered.IsZero() && !at.Before(answered) {
			return nil
		}
		if at.Before(e.now.Add(-s.policy.BackDating())) {
			return e.holdAnswer(at, req.GetProof())
		}
		if !e.AuthorityAnswerTime.IsZero() {
			return nil
		}
		return e.answered(at, "answer-authority", req.GetProof(), false)
	})
}

// answered has an authority answered at a time.
func (e *edit) answered(at time.Time, command, words string, confirmed bool) error {
	e.AuthorityAnswerTime = at
	e.remark(command, words)
	proof, err := e.sealed(words, e.Name()+"#authority-answer")
	if err != nil {
		return err
	}
	e.touch(e.now)
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_AuthorityAnswered{AuthorityAnswered: &eventv1.AuthorityAnswered{
		AnswerTime: stamp(at), Proof: proof, Confirmed: confirmed,
	}}})
	return nil
}

// holdAnswer puts on record what is said of an answer, for a supervisor. What is said again changes nothing, and something else takes its place.
func (e *edit) holdAnswer(at time.Time, words string) error {
	if held := e.details.HeldAnswer; held != nil && held.Time.Equal(at) {
		return nil
	}
	if e.key == nil { // Nothing could be kept of it.
		return noDataKey(nil)
	}
	e.details.HeldAnswer = &HeldAnswer{Time: at, Agent: e.actor}
	e.remark("answer-authority", words)
	proof, err := e.sealed(words, e.Name()+"#authority-answer")
	if err != nil {
		return err
	}
	e.touch(e.now)
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_AuthorityAnswerHeld{AuthorityAnswerHeld: &eventv1.AuthorityAnswerHeld{
		AnswerTime: stamp(at), Proof: proof,
	}}})
	return nil
}

// ConfirmAuthorityAnswer has an answer to an authority count by the time at which it is said to have been given (CALL-2). Nobody
// confirms their own. Errors: AUTHORITY_ANSWER_NOT_HELD, OWN_AUTHORITY_ANSWER, and those of any change of a complaint.
func (s *Service) ConfirmAuthorityAnswer(ctx context.Context, req *intakev1.ConfirmAuthorityAnswerRequest) (*intakev1.Complaint, error) {
	return s.change(ctx, req.GetName(), req.GetEtag(), func(e *edit) error {
		held, err := e.heldAnswer()
		if err != nil {
			return err
		}
		return e.answered(held.Time, "confirm-authority-answer", req.GetEvidence(), true)
	})
}

// RejectAuthorityAnswer says that such an answer never counts. Nobody rejects their own. Errors: as ConfirmAuthorityAnswer.
func (s *Service) RejectAuthorityAnswer(ctx context.Context, req *intakev1.RejectAuthorityAnswerRequest) (*intakev1.Complaint, error) {
	return s.change(ctx, req.GetName(), req.GetEtag(), func(e *edit) error {
		held, err := e.heldAnswer()
		if err != nil {
			return err
		}
		e.touch(e.now)
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_AuthorityAnswerRejected{AuthorityAnswerRejected: &eventv1.AuthorityAnswerRejected{
			AnswerTime: stamp(held.Time), Agent: held.Agent,
		}}})
		return nil
	})
}

// heldAnswer takes the answer that waits for a supervisor off, for its judgement.
func (e *edit) heldAnswer() (HeldAnswer, error) {
	held := e.details.HeldAnswer
	switch {
	case held == nil:
		return HeldAnswer{}, errs.Precondition(intakev1.ErrorReason_AUTHORITY_ANSWER_NOT_HELD.String(),
			"No answer to an authority waits for a judgement.")
	case held.Agent == e.actor:
		return HeldAnswer{}, errs.Precondition(intakev1.ErrorReason_OWN_AUTHORITY_ANSWER.String(),
			"Who put an answer on record does not judge it. Ask somebody else.")
	}
	e.details.HeldAnswer = nil
	return *held, nil
}
