package complaint

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// escalateUntilMet escalates the duty when it is broken, and has it climb as long as routing says, which knows what was acknowledged
// and when: it is asked at the time to climb, so an acknowledgement that was recorded before counts (ROUTE-4, CLK-1). Meanwhile a duty
// that is owed for very long becomes a risk.
func (c *cycle) escalateUntilMet(ctx workflow.Context, d *duty) {
	if c.missed(ctx, d) && d.GetNoticeCount() == 0 {
		c.escalate(ctx, d)
	}
	for d.broken() && ctx.Err() == nil {
		climbs := d.GetClimbTime()
		switch {
		case d.risky() && (climbs == nil || !d.GetRiskTime().AsTime().After(climbs.AsTime())):
			c.longPast(ctx, d)
		case climbs == nil:
			d.sleep(ctx)
		default:
			summary := fmt.Sprintf("%s climbs, notice %d", title(d.what()), d.GetNoticeCount()+1)
			if await(ctx, d, climbs.AsTime(), summary) && c.stillOwed(ctx, d) {
				c.escalate(ctx, d)
			}
		}
	}
	if ctx.Err() == nil {
		c.settleLadder(ctx, d)
	}
}

// sleep waits until something about the duty changes, or the run ends.
func (d *duty) sleep(ctx workflow.Context) {
	if workflow.Await(ctx, func() bool { return d.changed.Len() > 0 || !d.broken() }) == nil {
		d.changed.ReceiveAsync(nil)
	}
}

// notBefore is the later one of two times; nil when there is none.
func notBefore(at *timestamppb.Timestamp, least time.Time) *timestamppb.Timestamp {
	if at != nil && at.AsTime().Before(least) {
		return timestamppb.New(least)
	}
	return at
}

// keepClimbing takes note of an escalation of which no duty is the reason, and has it climb while the cycle is open. After its end
// routing does that itself, so that no workflow waits for somebody to acknowledge something.
func (c *cycle) keepClimbing(ctx workflow.Context, told *routingv1.Escalation, reason routingv1.Escalation_Reason) {
	c.state.EscalationLevel = max(c.state.GetEscalationLevel(), told.GetLevel())
	c.publish()
	if c.over() || told.GetClimbTime() == nil {
		return
	}
	known := func(e *workflowv1.EscalationState) bool { return e.GetName() == told.GetName() }
	if slices.ContainsFunc(c.state.GetEscalations(), known) {
		return
	}
	e := &workflowv1.EscalationState{
		Name: told.GetName(), Reason: reason.String(), NoticeCount: told.GetNoticeNumber(), ClimbTime: told.GetClimbTime(),
		Recipient: c.recipient(ctx, told),
	}
	c.state.Escalations = append(c.state.Escalations, e)
	if !c.stopping && c.handling != nil && c.loaded { // Otherwise they begin with the handling, in this run or the next.
		c.spawn(c.handling, "climb", func(ctx workflow.Context) { c.climb(ctx, e) })
	}
}

// climb asks routing at the time to climb to tell the next level, until it answers that there is nothing to climb any more, or the
// cycle ends.
func (c *cycle) climb(ctx workflow.Context, e *workflowv1.EscalationState) {
	reason := routingv1.Escalation_Reason(routingv1.Escalation_Reason_value[e.GetReason()])
	for e.GetClimbTime() != nil {
		number := e.GetNoticeCount() + 1
		if !sleepUntil(ctx, e.GetClimbTime().AsTime(), fmt.Sprintf("%s climbs, notice %d", title(word(e.GetReason())), number)) {
			return
		}
		notice := &routingv1.RaiseEscalationRequest{Escalation: e.GetName(), Reason: reason, NoticeNumber: number}
		if told, ok := c.raise(ctx, notice, word(e.GetReason())); !ok {
			return
		} else if e.ClimbTime = told.GetClimbTime(); told.GetNoticeNumber() >= number {
			e.NoticeCount, e.Recipient = told.GetNoticeNumber(), c.recipient(ctx, told)
			if reason == routingv1.Escalation_UNASSIGNED {
				c.state.UnassignedNotices = e.GetNoticeCount()
			}
		} else {
			e.ClimbTime = notBefore(e.ClimbTime, workflow.Now(ctx).Add(leastPause))
		}
	}
	c.state.Escalations = slices.DeleteFunc(c.state.GetEscalations(), func(other *workflowv1.EscalationState) bool { return other == e })
}

// raise has routing tell a level of the ladder, if there is reason to. False: the run or the cycle ends, or routing refuses.
func (c *cycle) raise(ctx workflow.Context, notice *routingv1.RaiseEscalationRequest, of string) (*routingv1.Escalation, bool) {
	c.escalations++
	defer func() { c.escalations-- }()
	var told *routingv1.Escalation
	summary := fmt.Sprintf("Escalate: %s, notice %d", of, notice.GetNoticeNumber())
	if c.ask(ctx, call{summary, activities.RaiseEscalation, []any{notice}, &told}) != nil {
		return nil, false
	}
	c.state.EscalationLevel = max(c.state.GetEscalationLevel(), told.GetLevel())
	c.publish()
	return told, true
}

// unassigned brings a complaint before the ladder of which nobody is in charge for too long (ROUTE-4). It waits for nothing while
// somebody is; routing says when it is too long, and that somebody is in charge meanwhile. Somebody who leaves gives the complaint back.
func (c *cycle) unassigned(ctx workflow.Context) {
	waits := func() bool { return c.state.GetUnassignedTime() != nil }
	for workflow.Await(ctx, waits) == nil {
		if !sleepUntil(ctx, c.state.GetUnassignedTime().AsTime(), "Nobody is in charge") {
			return
		}
		c.state.UnassignedTime = nil
		if c.state.GetAssignee() != "" {
			continue
		}
		notice := &routingv1.RaiseEscalationRequest{
			Reason: routingv1.Escalation_UNASSIGNED, NoticeNumber: c.state.GetUnassignedNotices() + 1,
			Unassigned: &routingv1.UnassignedComplaint{Complaint: c.input.GetComplaint(), Cycle: c.input.GetCycle()},
		}
		told, ok := c.raise(ctx, notice, "nobody is in charge")
		switch {
		case !ok:
			return
		case told.GetNoticeNumber() < notice.GetNoticeNumber(): // Too early, or somebody is.
			c.state.UnassignedTime = notBefore(told.GetClimbTime(), workflow.Now(ctx).Add(leastPause))
		case told.GetState() == routingv1.Escalation_RESOLVED: // That was before; routing says how it is now when it is asked for the next one.
			c.state.UnassignedNotices = told.GetNoticeNumber()
			c.state.UnassignedTime = timestamppb.New(workflow.Now(ctx).Add(leastPause))
		default:
			c.state.UnassignedNotices = told.GetNoticeNumber()
			c.keepClimbing(ctx, told, routingv1.Escalation_UNASSIGNED)
		}
	}
}

// sleepUntil waits for an absolute time. False: the cycle or the run ends before.
func sleepUntil(ctx workflow.Context, at time.Time, summary string) bool {
	wait := at.Sub(workflow.Now(ctx))
	if wait <= 0 {
		return ctx.Err() == nil
	}
	return workflow.NewTimerWithOptions(ctx, wait, workflow.TimerOptions{Summary: summary}).Get(ctx, nil) == nil
}

// hearEscalation takes note that somebody brought the complaint before the ladder.
func (c *cycle) hearEscalation(ctx workflow.Context, fact *workflowv1.EscalationFact) {
	c.keepClimbing(ctx, &routingv1.Escalation{
		Name: fact.GetName(), Level: fact.GetLevel(), NoticeNumber: fact.GetNoticeCount(), ClimbTime: fact.GetClimbTime(),
		Recipient: fact.GetRecipient(),
	}, routingv1.Escalation_Reason(routingv1.Escalation_Reason_value[fact.GetReason()]))
}

// recipient is who was told, for operators to see. A run that began before they were shown does not begin to show them: what it wrote
// is in its history.
func (c *cycle) recipient(ctx workflow.Context, told *routingv1.Escalation) string {
	if workflow.GetVersion(ctx, "waits-for", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return ""
	}
	return told.GetRecipient()
}
