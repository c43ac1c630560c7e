package review

import (
	"context"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/workflows/ask"
)

// Activities is how the workflow reaches the service. All are idempotent, and are tried until it answers: a review that is not made is missing
// for ever. Their results go into histories, so they hold names and numbers.
type Activities struct {
	// Reviews is service review's.
	Reviews reviewv1.ReviewServiceClient
}

// activities names the methods for the workflow; they are never called on it.
var activities *Activities

// ListDueReviews asks which periods are over and have no review.
func (a *Activities) ListDueReviews(ctx context.Context, question *reviewv1.ListDueReviewsRequest) (*reviewv1.ListDueReviewsResponse, error) {
	answer, err := a.Reviews.ListDueReviews(ctx, question)
	if err != nil {
		return nil, ask.KeepTrying(ctx, "review.ListDueReviews", err)
	}
	return answer, nil
}

// MakeReview has a period reviewed.
func (a *Activities) MakeReview(ctx context.Context, order *reviewv1.MakeReviewRequest) (*reviewv1.MakeReviewResponse, error) {
	answer, err := a.Reviews.MakeReview(ctx, order)
	if err != nil {
		return nil, ask.KeepTrying(ctx, "review.MakeReview", err)
	}
	return answer, nil
}
