package review

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// Technical limits of calls; they are no rules of the business.
const (
	// attemptLimit is how long one attempt may take: a month of very many records is summed up on a slow machine.
	attemptLimit = 10 * time.Minute
	// firstPause and longestPause bound the pauses between attempts, which never end.
	firstPause   = time.Second
	longestPause = time.Minute
	// mostShown bounds what the details tell of.
	mostShown = 20
)

// Review has every period of its kind reviewed that is over and was not, the earliest first. Periods that end meanwhile are among them. The
// error is nil, or says that an operator cancelled it.
func Review(ctx workflow.Context, input *workflowv1.ReviewInput) error {
	r := &review{kind: input.GetKind()}
	for {
		due, err := r.due(ctx)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, name := range due {
			if err := r.make(ctx, name); err != nil {
				return err
			}
		}
	}
}

// review is a run as it knows itself.
type review struct {
	kind reviewv1.Review_Kind
	// made are the reviews that there are because of it, for operators.
	made []*reviewv1.MakeReviewResponse
}

// due asks which periods are to be reviewed.
func (r *review) due(ctx workflow.Context) ([]string, error) {
	var answer *reviewv1.ListDueReviewsResponse
	err := insist(ctx, "Which are due", activities.ListDueReviews, &answer, &reviewv1.ListDueReviewsRequest{
		Kind: r.kind, AsOf: timestamppb.New(workflow.Now(ctx)),
	})
	return answer.GetNames(), err
}

// make has a period reviewed.
func (r *review) make(ctx workflow.Context, name string) error {
	var answer *reviewv1.MakeReviewResponse
	if err := insist(ctx, "Make "+name, activities.MakeReview, &answer, &reviewv1.MakeReviewRequest{Name: name}); err != nil {
		return err
	}
	r.made = append(r.made, answer)
	workflow.SetCurrentDetails(ctx, r.details())
	return nil
}

// details tells an operator in Markdown what was made.
func (r *review) details() string {
	lines := []string{"| Review | Version | Records | Improvements opened |", "| --- | --- | --- | --- |"}
	for _, made := range r.made[max(0, len(r.made)-mostShown):] {
		lines = append(lines, fmt.Sprintf("| %s | %d | %d | %d |", made.GetName(), made.GetVersion(), made.GetRecordCount(), made.GetOpenedCount()))
	}
	return strings.Join(lines, "\n")
}

// insist makes a call until it succeeds. The error says that the run ends.
func insist(ctx workflow.Context, summary string, call, answer, request any) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: attemptLimit,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: firstPause, MaximumInterval: longestPause},
		Summary:             summary,
	})
	return workflow.ExecuteActivity(ctx, call, request).Get(ctx, answer)
}
