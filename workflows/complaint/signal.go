package complaint

import (
	"go.temporal.io/sdk/workflow"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// listen waits until signals have come in, or the run ends, and takes note of the signals. It looks at the channel's
// length instead of receiving, so that no signal is in the hands of a waiting receiver when the run is renewed.
func (c *cycle) listen(ctx workflow.Context) error {
	inbox := workflow.GetSignalChannel(ctx, SignalName)
	err := workflow.Await(ctx, func() bool { return inbox.Len() > 0 || c.over() || c.renewable(ctx) })
	c.drain(ctx)
	return err
}

// drain takes note of all signals that have come in.
func (c *cycle) drain(ctx workflow.Context) {
	inbox := workflow.GetSignalChannel(ctx, SignalName)
	var signal *workflowv1.ComplaintSignal
	for inbox.ReceiveAsync(&signal) {
		for _, fact := range append([]*workflowv1.ComplaintSignal{signal}, signal.GetLater()...) {
			c.hear(ctx, fact)
		}
		signal = nil
		c.publish()
	}
}

// hear takes note of one fact. The relay may deliver it twice, or late: a fact that is known changes nothing.
func (c *cycle) hear(ctx workflow.Context, signal *workflowv1.ComplaintSignal) {
	if c.over() {
		return
	}
	switch fact := signal.GetFact().(type) {
	case *workflowv1.ComplaintSignal_Duty:
		if !c.loaded {
			c.early = append(c.early, fact.Duty)
			return
		}
		c.hearDuty(ctx, fact.Duty)
	case *workflowv1.ComplaintSignal_Resolution:
		if id := fact.Resolution.GetRequestId(); id != c.answered {
			c.state.PendingResolution = id
		}
	case *workflowv1.ComplaintSignal_End:
		c.end = intakev1.Complaint_CLOSED
	default:
		workflow.GetLogger(ctx).Warn("a signal that this release does not know", "type", signal.GetType())
	}
}

// hearDuty takes note of how a duty stands. Facts arrive in the order they were recorded, but the answer to a question of
// ours may be newer: so what is done stays done, and only a verdict that is told may replace another one.
func (c *cycle) hearDuty(ctx workflow.Context, fact *workflowv1.DutyFact) {
	for _, d := range c.duties {
		if d.GetName() != fact.GetName() {
			continue
		}
		if d.GetDone() && !fact.GetDone() {
			return
		}
		verdict, done := d.GetVerdict(), d.GetDone()
		if fact.GetVerdict() != policyv1.Verdict_VERDICT_UNSPECIFIED {
			d.Verdict = fact.GetVerdict()
		}
		d.Done = fact.GetDone()
		if d.GetVerdict() != verdict || d.GetDone() != done {
			d.wake()
		}
		return
	}
	workflow.GetLogger(ctx).Warn("a duty that was not there when the cycle began", "duty", fact.GetName())
}
