package complaint

import (
	"slices"
	"strconv"

	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// listen waits until signals have come in, or the run ends, and takes note of the signals. It looks at the channel's
// length instead of receiving, so that no signal is in the hands of a waiting receiver when the run is renewed.
func (c *cycle) listen(ctx workflow.Context) error {
	inbox := workflow.GetSignalChannel(ctx, SignalName)
	ending := func() bool { return c.over() && c.leave != nil }
	err := workflow.Await(ctx, func() bool { return inbox.Len() > 0 || c.done() || ending() || c.renewable(ctx) })
	c.drain(ctx)
	if ending() {
		c.leave()
		c.leave = nil
		c.record(ctx, false)
		c.publish()
	}
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

// hear takes note of one fact. The relay may deliver it twice, or late: a fact that is known changes nothing. After the cycle's
// end what is owed beyond it matters, and signals of risk in what the customer says then.
func (c *cycle) hear(ctx workflow.Context, signal *workflowv1.ComplaintSignal) {
	switch fact := signal.GetFact().(type) {
	case *workflowv1.ComplaintSignal_Duty:
		if !c.loaded {
			c.early = append(c.early, signal)
			return
		}
		c.hearDuty(ctx, fact.Duty)
	case *workflowv1.ComplaintSignal_Reschedule:
		if !c.loaded {
			c.early = append(c.early, signal)
			return
		}
		c.hearReschedule(ctx, fact.Reschedule)
	case *workflowv1.ComplaintSignal_HandOff:
		if !c.loaded {
			c.early = append(c.early, signal)
			return
		}
		c.hearHandOff(ctx, fact.HandOff)
	case *workflowv1.ComplaintSignal_Promise:
		if !c.loaded {
			c.early = append(c.early, signal)
			return
		}
		c.hearPromise(ctx, fact.Promise)
	case *workflowv1.ComplaintSignal_FollowUp:
		if !c.loaded {
			c.early = append(c.early, signal)
			return
		}
		c.hearFollowUp(ctx, fact.FollowUp)
	case *workflowv1.ComplaintSignal_Owed:
		if !c.loaded {
			c.early = append(c.early, signal)
			return
		}
		c.hearOwed(ctx, fact.Owed)
	case *workflowv1.ComplaintSignal_Notice:
		if !c.loaded {
			c.early = append(c.early, signal)
			return
		}
		c.hearNotice(ctx, fact.Notice)
	case *workflowv1.ComplaintSignal_End:
		if outcome := intakev1.Complaint_Outcome_value[fact.End.GetOutcome()]; !c.over() {
			c.tellOutcome(ctx, occasion(intakev1.Complaint_CLOSED, intakev1.Complaint_Outcome(outcome)))
		}
		c.end = intakev1.Complaint_CLOSED
	default:
		c.hearCycle(ctx, signal)
	}
}

// hearCycle takes note of what concerns no duty.
func (c *cycle) hearCycle(ctx workflow.Context, signal *workflowv1.ComplaintSignal) {
	switch fact := signal.GetFact().(type) {
	case *workflowv1.ComplaintSignal_Resolution:
		if id := fact.Resolution.GetRequestId(); id != c.answered && !c.over() {
			c.state.PendingResolution, c.state.PendingOutcome = id, fact.Resolution.GetOutcome()
		}
	case *workflowv1.ComplaintSignal_Severity:
		if severity := fact.Severity.GetSeverity(); severity != c.input.GetSeverity() && c.heeds(ctx, "severity-after-end") {
			c.input.Severity = severity
		}
	case *workflowv1.ComplaintSignal_Risk:
		c.hearRisk(ctx, fact.Risk.GetSignal())
	case *workflowv1.ComplaintSignal_Assignment:
		if c.assigned(fact.Assignment) && c.state.GetAssignee() == "" {
			c.state.UnassignedTime = timestamppb.New(workflow.Now(ctx)) // Routing says how long that may last.
		}
	case *workflowv1.ComplaintSignal_Escalation:
		c.hearEscalation(ctx, fact.Escalation)
	case *workflowv1.ComplaintSignal_Extension:
		c.tellExtension(ctx, fact.Extension)
	case *workflowv1.ComplaintSignal_Offer:
		c.hearOffer(ctx, fact.Offer)
	default:
		workflow.GetLogger(ctx).Warn("a signal that this release does not know", "type", signal.GetType())
	}
}

// hearRisk takes note of a signal of risk, once per kind. Each that comes after the end is a change of its own: a run that passed one
// over hears the next one.
func (c *cycle) hearRisk(ctx workflow.Context, kind policyv1.SignalKind) {
	if slices.Contains(c.state.GetEscalatedSignals(), kind) {
		return
	}
	if c.over() {
		c.risksAfterEnd++
	}
	if c.heeds(ctx, "signal-after-end-"+strconv.Itoa(c.risksAfterEnd)) {
		c.alarm(ctx, kind)
	}
}

// heeds is true unless the cycle is over and the run has a history in which such a fact changed nothing then: it did not at first.
func (c *cycle) heeds(ctx workflow.Context, change string) bool {
	return !c.over() || workflow.GetVersion(ctx, change, workflow.DefaultVersion, 1) != workflow.DefaultVersion
}

// hearDuty takes note of how a duty stands. Facts arrive in the order they were recorded, but the answer to a question of
// ours may be newer: so what is done stays done, and only a verdict that is told may replace another one.
func (c *cycle) hearDuty(ctx workflow.Context, fact *workflowv1.DutyFact) {
	if fact.GetNext() != nil {
		c.hearHandOff(ctx, fact.GetNext())
	}
	d := c.find(ctx, fact.GetName())
	if d == nil || (d.GetDone() && !fact.GetDone()) {
		return
	}
	verdict, done := d.GetVerdict(), d.GetDone()
	if fact.GetVerdict() != policyv1.Verdict_VERDICT_UNSPECIFIED {
		d.Verdict = fact.GetVerdict()
	}
	d.told(workflow.Now(ctx), fact.GetAccount())
	d.Done, d.Corrected = fact.GetDone(), d.GetCorrected() || fact.GetCorrection()
	if d.GetVerdict() != verdict || d.GetDone() != done {
		d.wake()
	}
}

// hearReschedule takes note of by when a duty is owed now (RISK-5, CLK-3, CALL-1). Pauses, their ends, extensions and the customer's wishes are
// numbered; between two of them due times only ever move to earlier ones, so one that is later than what is known is old. A wish of before there
// were numbers has none. A pause wakes nobody, since it brings nothing forward: the timer rings as it would have, and what is to be done then is
// looked at again. So no wait is ever torn down for a pause.
func (c *cycle) hearReschedule(ctx workflow.Context, fact *workflowv1.RescheduleFact) {
	d := c.find(ctx, fact.GetName())
	if d == nil || fact.GetMoves() < d.GetMoves() {
		return
	}
	if fact.GetMoves() == d.GetMoves() && !fact.GetWished() && fact.GetDueTime().AsTime().After(d.GetDueTime().AsTime()) {
		return
	}
	d.reschedule(fact)
	d.told(workflow.Now(ctx), fact.GetAccount())
	if fact.GetPausedUntil() == nil {
		d.wake()
	}
}

// find is the duty of this name, nil when there is none.
func (c *cycle) find(ctx workflow.Context, name string) *duty {
	for _, d := range c.duties {
		if d.GetName() == name {
			return d
		}
	}
	workflow.GetLogger(ctx).Warn("a duty that was not there when the cycle began", "duty", name)
	return nil
}
