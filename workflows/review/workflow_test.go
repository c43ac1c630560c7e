package review_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/review"
)

// begin is when the world began: midnight in Shanghai.
var begin = time.Date(2026, time.January, 1, 0, 0, 0, 0, shanghai)

var shanghai = time.FixedZone("CST", 8*60*60)

// catchUp is how many periods the world makes up for.
const catchUp = 14

// world is service review as the workflow meets it: it keeps days, has a memory and bad days.
type world struct {
	reviewv1.ReviewServiceClient

	env *testsuite.TestWorkflowEnvironment

	mu   sync.Mutex
	made []string
	// tries counts the orders for each.
	tries map[string]int
	// away tells whether the service answers nobody.
	away func(time.Time) bool
	// lost has the answer to an order lost once it was carried out.
	lost func(name string) bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{tries: map[string]int{}, away: func(time.Time) bool { return false }, lost: func(string) bool { return false }}
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	w.env = suite.NewTestWorkflowEnvironment()
	w.env.SetTestTimeout(time.Minute)
	w.env.SetDataConverter(workflows.DataConverter())
	review.Register(w.env, &review.Activities{Reviews: w})
	return w
}

func (w *world) ListDueReviews(_ context.Context, req *reviewv1.ListDueReviewsRequest, _ ...grpc.CallOption) (*reviewv1.ListDueReviewsResponse, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.away(w.env.Now()) {
		return nil, status.Error(codes.Unavailable, "away")
	}
	resp := &reviewv1.ListDueReviewsResponse{}
	over := int(req.GetAsOf().AsTime().Sub(begin) / (24 * time.Hour))
	for _, name := range days(max(0, over-catchUp), over) {
		if !slices.Contains(w.made, name) {
			resp.Names = append(resp.Names, name)
		}
	}
	return resp, nil
}

func (w *world) MakeReview(_ context.Context, req *reviewv1.MakeReviewRequest, _ ...grpc.CallOption) (*reviewv1.MakeReviewResponse, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tries[req.GetName()]++
	if w.away(w.env.Now()) {
		return nil, status.Error(codes.Unavailable, "away")
	}
	if !slices.Contains(w.made, req.GetName()) {
		w.made = append(w.made, req.GetName())
	}
	if w.tries[req.GetName()] == 1 && w.lost(req.GetName()) {
		return nil, status.Error(codes.Internal, "the answer is lost")
	}
	return &reviewv1.MakeReviewResponse{Name: req.GetName(), Version: 1}, nil
}

func nameOf(day time.Time) string { return "reviews/daily-" + day.Format(time.DateOnly) }

// schedule is a Schedule as Temporal has it: it starts a run at half past midnight, and none while one is running.
func schedule(days int) func(workflow.Context) error {
	return func(ctx workflow.Context) error {
		var running workflow.ChildWorkflowFuture
		for day := range days {
			if err := workflow.Sleep(ctx, begin.AddDate(0, 0, day+1).Add(30*time.Minute).Sub(workflow.Now(ctx))); err != nil {
				return err
			}
			if running != nil && !running.IsReady() {
				continue
			}
			id := review.WorkflowID(reviewv1.Review_DAILY) + "-" + workflow.Now(ctx).Format(time.RFC3339)
			running = workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: id}), review.WorkflowName,
				&workflowv1.ReviewInput{Kind: reviewv1.Review_DAILY})
		}
		return running.Get(ctx, nil)
	}
}

// live lets days go by.
func (w *world) live(t *testing.T, days int) {
	t.Helper()
	w.env.SetStartTime(begin)
	w.env.RegisterWorkflowWithOptions(schedule(days), workflow.RegisterOptions{Name: "schedule"})
	w.env.ExecuteWorkflow("schedule")
	require.NoError(t, w.env.GetWorkflowError())
}

// days are the names of so many reviews.
func days(from, to int) []string {
	var names []string
	for day := from; day < to; day++ {
		names = append(names, nameOf(begin.AddDate(0, 0, day)))
	}
	return names
}

// TestAYearOfDailyReviews: each day has one, in order, and each was asked for once.
func TestAYearOfDailyReviews(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	w := newWorld(t)
	w.live(t, 365)
	require.Equal(t, days(0, 365), w.made)
	for name, tries := range w.tries {
		require.Equal(t, 1, tries, name)
	}
}

// TestAYearWithOutages: the service is away for ten days of spring, and loses an answer a week; no day is without its review, and none has two.
func TestAYearWithOutages(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	w := newWorld(t)
	from, to := begin.AddDate(0, 0, 100), begin.AddDate(0, 0, 110)
	w.away = func(now time.Time) bool { return now.After(from) && now.Before(to) }
	lost := days(0, 365)
	w.lost = func(name string) bool { return slices.Index(lost, name)%7 == 3 }
	w.live(t, 365)
	require.Equal(t, days(0, 365), w.made)
}

// TestAnOutageBeyondMeasure: what lies further back than may be made up for is not, and what follows is.
func TestAnOutageBeyondMeasure(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	w := newWorld(t)
	from, to := begin.AddDate(0, 0, 10), begin.AddDate(0, 0, 50)
	w.away = func(now time.Time) bool { return now.After(from) && now.Before(to) }
	w.live(t, 60)
	require.Equal(t, slices.Concat(days(0, 9), days(36, 60)), w.made, "of the time away the last fourteen days")
}

// TestNothingIsDue: a run for a period that was reviewed by hand ends at once.
func TestNothingIsDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.made = days(0, 3)
	w.env.SetStartTime(begin.AddDate(0, 0, 3))
	w.env.ExecuteWorkflow(review.WorkflowName, &workflowv1.ReviewInput{Kind: reviewv1.Review_DAILY})
	require.NoError(t, w.env.GetWorkflowError())
	require.Empty(t, w.tries)
}

// silent drops what the SDK logs of failures that the tests bring about.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
