package complaint

import (
	"go.temporal.io/sdk/workflow"

	"github.com/redress-dev/redress/workflows/ask"
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

func (q call) call() ask.Call {
	return ask.Call{Summary: q.summary, Activity: q.activity, Args: q.args, Answer: q.answer}
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

// try makes a quick call within the workflow task, and gives up after a short time.
func (c *cycle) try(ctx workflow.Context, q call) error {
	c.trying++
	defer func() { c.trying-- }()
	return ask.Try(ctx, q.call())
}

// insist goes on with a call that failed when it was tried, as a regular activity. The error is as ask's.
func (c *cycle) insist(ctx workflow.Context, q call, failure error) error {
	err := ask.Insist(ctx, q.call(), failure)
	if ask.Refused(err) {
		c.note(ctx, q.summary+": refused, "+ask.Refusal(err))
	}
	return err
}
