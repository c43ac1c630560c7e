package remedy

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/wording"
)

// ReviewGrant records what a supervisor finds of what was decided alone (APPR-4). It changes nothing for the customer. Errors:
// INVALID_FIELD, RESOURCE_NOT_FOUND, AGENT_RECUSED, ETAG_MISMATCH, GRANT_NOT_PENDING, GRANT_IS_OWN, DATA_KEY_NOT_FOUND.
func (s *Service) ReviewGrant(ctx context.Context, req *remedyv1.ReviewGrantRequest) (*remedyv1.Remedy, error) {
	if !req.GetRight() && wording.Blank(req.GetComment()) {
		return nil, invalidField("comment", "What was wrong has to be said.")
	}
	comment, err := s.sealFor(ctx, req.GetName(), req.GetComment(), reviewPlace)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, req.GetName(), req.GetEtag(), func(c *Case, r *Remedy, now time.Time) error {
		who := caller(ctx).Subject
		switch {
		case r.Review.State != remedyv1.GrantReview_PENDING:
			return grantNotPending(r.Review.State)
		case who == r.Grant.Granter, who == r.Proposer:
			return grantIsOwn()
		}
		r.Review = Review{State: remedyv1.GrantReview_WRONG, Reviewer: who, Time: now, Comment: comment.GetCiphertext()}
		if req.GetRight() {
			r.Review.State = remedyv1.GrantReview_RIGHT
		}
		c.tell(r.Cycle, who, now, &eventv1.Payload{Kind: &eventv1.Payload_GrantReviewed{GrantReviewed: &eventv1.GrantReviewed{
			Remedy: r.Name(), Right: req.GetRight(), Comment: comment,
		}}})
		c.put(r)
		return nil
	})
}
