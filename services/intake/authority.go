package intake

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// AnswerAuthority records that whoever forwarded the complaint was answered (REC-1).
// Its time decides whether the reply was in time, so it is dated back no further
// than any attempt may be (CALL-2).
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
		if !e.AuthorityAnswerTime.IsZero() {
			return nil
		}
		if at.Before(e.now.Add(-s.policy.BackDating())) {
			return invalid("answer_time", "must not be dated back further than the policy allows (attempts.back_dating): "+
				"record it without a time, and say in the proof when it was given")
		}
		e.AuthorityAnswerTime = at
		e.remark("answer-authority", req.GetProof())
		proof, err := e.sealed(req.GetProof(), e.Name()+"#authority-answer")
		if err != nil {
			return err
		}
		e.touch(e.now)
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_AuthorityAnswered{AuthorityAnswered: &eventv1.AuthorityAnswered{
			AnswerTime: stamp(at), Proof: proof,
		}}})
		return nil
	})
}
