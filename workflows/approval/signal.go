package approval

import (
	"go.temporal.io/sdk/workflow"

	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/ask"
)

// listen takes note of signals until the approval has ended, or the run. It looks at the channel's length instead of receiving, so that no
// signal is in the hands of a waiting receiver when the run is renewed.
func (a *approval) listen(ctx workflow.Context) {
	inbox := workflow.GetSignalChannel(ctx, SignalName)
	for workflow.Await(ctx, func() bool { return inbox.Len() > 0 }) == nil {
		a.drain(ctx)
	}
}

// drain takes note of all signals that have come in.
func (a *approval) drain(ctx workflow.Context) {
	inbox := workflow.GetSignalChannel(ctx, SignalName)
	var signal *workflowv1.ApprovalSignal
	for inbox.ReceiveAsync(&signal) {
		a.hear(signal)
		signal = nil
	}
}

// hear takes note of one fact. The relay may deliver it twice, or late: a fact that is known changes nothing. Whose turn it is when it goes
// on remedy says when it is asked.
func (a *approval) hear(signal *workflowv1.ApprovalSignal) {
	if !a.pending() {
		return
	}
	if signal.GetEnd() != "" {
		a.end(signal.GetEnd())
		return
	}
	a.told = true
}

// call makes an idempotent call to a service of ours: within the workflow task, and when that fails or takes long as an activity that is
// tried until it succeeds. The error says that the step or the run ends, or that the service refused for good, which operators are shown.
func (a *approval) call(ctx workflow.Context, c ask.Call) error {
	err := ask.Try(ctx, c)
	if err != nil && ctx.Err() == nil {
		err = ask.Insist(ctx, c, err)
	}
	if ask.Refused(err) {
		a.note(ctx, c.Summary+": refused, "+ask.Refusal(err))
	}
	return err
}
