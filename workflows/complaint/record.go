package complaint

import (
	"context"

	"go.temporal.io/sdk/workflow"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// record has review write down what the cycle was, once it is over (REV-3). It outlives the end of the cycle, and the run waits for it as for
// a letter. Again is for what outlived the cycle: the owners of facts are asked again when that is over, too. Cycles of before there were
// such records have none.
func (c *cycle) record(ctx workflow.Context, again bool) {
	outlived := c.input.GetAuthorityReplyDueTime() != nil
	if again && !outlived || workflow.GetVersion(ctx, "record-outcome", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	c.state.Recorded = true
	c.letters++
	outliving, _ := workflow.NewDisconnectedContext(ctx)
	workflow.GoNamed(outliving, "record", func(ctx workflow.Context) {
		defer func() { c.letters-- }()
		_ = c.ask(ctx, call{"Record what the cycle was", activities.RecordOutcome, []any{c.input, again}, nil})
	})
}

// RecordOutcome has review write the record of a cycle. Nothing of it comes back.
func (a *Activities) RecordOutcome(ctx context.Context, input *workflowv1.ComplaintInput, again bool) error {
	_, err := a.Outcomes.RecordOutcome(ctx, &reviewv1.RecordOutcomeRequest{Complaint: input.GetComplaint(), Cycle: input.GetCycle(), ReadAgain: again})
	if err != nil {
		return failure(ctx, "review.RecordOutcome", err)
	}
	return nil
}
