package ask

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Technical limits of calls. They are no rules of the business; those are in the policy.
const (
	// tryLimit is how long a quick call is tried within the workflow task.
	tryLimit = time.Second
	// attemptLimit is how long one attempt of a regular activity may take.
	attemptLimit = 30 * time.Second
	// firstPause and longestPause bound the pauses between attempts, which never end.
	firstPause   = time.Second
	longestPause = 30 * time.Second
)

// Call is one question to, or order for, a service.
type Call struct {
	// Summary is what an operator reads.
	Summary string
	// Activity is a method of the workflow's activities. It is idempotent.
	Activity any
	// Args are what it is given.
	Args []any
	// Answer is a pointer to where its result goes; nil for none.
	Answer any
}

// Try makes a quick call as a local activity, which costs no round trip through Temporal, and gives up after a short time. The error is
// that of the last attempt.
func Try(ctx workflow.Context, c Call) error {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: tryLimit,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 20 * time.Millisecond, MaximumInterval: 200 * time.Millisecond},
		Summary:                c.Summary,
	})
	return workflow.ExecuteLocalActivity(ctx, c.Activity, c.Args...).Get(ctx, c.Answer)
}

// Insist goes on with a call that failed when it was tried, as a regular activity that is tried until it succeeds, a step that operators
// see. The error says that the run ends, or that the service refused for good, which Refused tells; a failure that was a refusal is
// returned as it is.
func Insist(ctx workflow.Context, c Call, failure error) error {
	if Refused(failure) {
		return failure
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: attemptLimit,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: firstPause, MaximumInterval: longestPause},
		Summary:             c.Summary,
	})
	return workflow.ExecuteActivity(ctx, c.Activity, c.Args...).Get(ctx, c.Answer)
}

// Refused is true when trying again is of no use.
func Refused(err error) bool {
	var failure *temporal.ApplicationError
	return errors.As(err, &failure) && failure.NonRetryable()
}

// Refusal tells what a service said, in code and reason.
func Refusal(err error) string {
	var failure *temporal.ApplicationError
	if errors.As(err, &failure) {
		return failure.Message()
	}
	return err.Error()
}
