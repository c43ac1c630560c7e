package complaint

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

// call is one question to, or order for, a service.
type call struct {
	// summary is what an operator reads.
	summary string
	// activity is a method of Activities.
	activity any
	// args are what it is given.
	args []any
	// answer is a pointer to where its result goes; nil for none.
	answer any
}

// ask makes an idempotent call to a service of ours: within the workflow task, and when that fails or takes long as an activity
// that is tried until it succeeds, a step that operators see. The error says that the run ends, or that the service refused for good.
func (c *cycle) ask(ctx workflow.Context, q call) error {
	err := c.try(ctx, q)
	if err == nil {
		return nil
	}
	return c.insist(ctx, q, err)
}

// try makes a quick call as a local activity, which costs no round trip through Temporal, and gives up after a short time.
func (c *cycle) try(ctx workflow.Context, q call) error {
	c.trying++
	defer func() { c.trying-- }()
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: tryLimit,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 20 * time.Millisecond, MaximumInterval: 200 * time.Millisecond},
		Summary:                q.summary,
	})
	return workflow.ExecuteLocalActivity(ctx, q.activity, q.args...).Get(ctx, q.answer)
}

// insist goes on with a call that failed when it was tried, as a regular activity. The error is as ask's.
func (c *cycle) insist(ctx workflow.Context, q call, failure error) error {
	if refused(failure) {
		return c.report(ctx, q, failure)
	}
	acting := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: attemptLimit,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: firstPause, MaximumInterval: longestPause},
		Summary:             q.summary,
	})
	return c.report(ctx, q, workflow.ExecuteActivity(acting, q.activity, q.args...).Get(ctx, q.answer))
}

// report notes a refusal for operators and returns the error as it was.
func (c *cycle) report(ctx workflow.Context, q call, err error) error {
	if refused(err) {
		c.note(ctx, q.summary+": refused, "+refusal(err))
	}
	return err
}

// refused is true when trying again is of no use.
func refused(err error) bool {
	var failure *temporal.ApplicationError
	return errors.As(err, &failure) && failure.NonRetryable()
}

// refusal tells what a service said, in code and reason.
func refusal(err error) string {
	var failure *temporal.ApplicationError
	if errors.As(err, &failure) {
		return failure.Message()
	}
	return err.Error()
}
