package followup

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/workflows/ask"
)

// keep keeps one contact: it asks followup what is to be done, does it, and waits for as long as followup says.
func (s *series) keep(ctx workflow.Context, t *touch) {
	for !t.GetEnded() && ctx.Err() == nil {
		step := s.settle(ctx, t)
		if step == nil {
			return // The run ends.
		}
		for s.act(ctx, t, step) {
			if step = s.settle(ctx, t); step == nil {
				return
			}
		}
		if t.GetBroken() && t.climbs(workflow.Now(ctx)) {
			s.escalate(ctx, t)
		}
		if !t.GetBroken() {
			s.settleLadder(ctx, t)
		}
		// The run may end once all contacts have, so this is the last thing that is known of it.
		t.Ended = step.GetAction() == followupv1.FollowUpStep_ENDED && !t.GetOnLadder()
		s.write(ctx)
		s.wait(ctx, t)
	}
}

// settle asks followup how the contact stands. The answer decides, not the timer that led to it (CLK-1). Nil: the run ends.
func (s *series) settle(ctx workflow.Context, t *touch) *followupv1.FollowUpStep {
	t.told = false
	var step *followupv1.FollowUpStep
	question := &followupv1.SettleFollowUpRequest{Name: t.GetName()}
	c := ask.Call{Summary: "Settle: " + t.what(), Activity: activities.SettleFollowUp, Args: []any{question}, Answer: &step}
	err := ask.Try(ctx, c)
	if err != nil && ctx.Err() == nil {
		err = ask.Insist(ctx, c, err)
	}
	if err != nil {
		return nil
	}
	t.adopt(step)
	return step
}

// act does what followup says is to be done now. True: that is done, and followup is to be asked again.
func (s *series) act(ctx workflow.Context, t *touch, step *followupv1.FollowUpStep) bool {
	var done bool
	switch step.GetAction() {
	case followupv1.FollowUpStep_ASK:
		done = s.ask(ctx, t, "Ask the customer")
	case followupv1.FollowUpStep_REMIND:
		done = s.ask(ctx, t, "Remind the customer")
	case followupv1.FollowUpStep_WARN:
		done = s.warn(ctx, t, step)
	default:
		return false
	}
	if !done {
		t.failures++
		t.NextTime = t.again(workflow.Now(ctx))
		return false
	}
	t.failures = 0
	return true
}

// again is when to try again what failed, but no later than the due time: what cannot be done is missed in time.
func (t *touch) again(now time.Time) *timestamppb.Timestamp {
	at := now.Add(pause(t.failures))
	if due := t.GetDueTime().AsTime(); now.Before(due) && due.Before(at) {
		at = due
	}
	return timestamppb.New(at)
}

// ask has the customer asked, or reminded. False: that failed, or nothing came of it, and is to be tried again after a while.
func (s *series) ask(ctx workflow.Context, t *touch, summary string) bool {
	var step *followupv1.FollowUpStep
	if !s.try(ctx, ask.Call{
		Summary: summary + ": " + t.what(), Activity: activities.AskFollowUp, Args: []any{s.input.GetComplaint(), t.GetName()}, Answer: &step,
	}) {
		return false
	}
	t.adopt(step)
	return step.GetAction() != followupv1.FollowUpStep_ASK
}

// warn has whoever owes the contact warned of its due time.
func (s *series) warn(ctx workflow.Context, t *touch, step *followupv1.FollowUpStep) bool {
	notice := &routingv1.SendNoticeRequest{
		Duty: t.GetDuty(), Kind: policyv1.DutyKind_FOLLOW_UP, DueTime: t.GetDueTime(), WarnTime: step.GetWarnTime(),
	}
	return s.try(ctx, ask.Call{Summary: "Warn: " + t.what() + " due " + stamp(t.GetDueTime().AsTime()), Activity: activities.WarnFollowUp, Args: []any{notice}})
}

// try makes a call that may fail without stopping the clock. False: it failed; what was refused for good is shown to operators.
func (s *series) try(ctx workflow.Context, c ask.Call) bool {
	err := ask.Try(ctx, c)
	if ask.Refused(err) {
		s.note(ctx, c.Summary+": refused, "+ask.Refusal(err))
	}
	return err == nil
}

// adopt takes over how the contact stands.
func (t *touch) adopt(step *followupv1.FollowUpStep) {
	t.Duty, t.State, t.Mode, t.Broken, t.NextTime = step.GetDuty(), step.GetState().String(), "", step.GetBroken(), step.GetNextTime()
	if step.GetMode() != followupv1.FollowUp_MODE_UNSPECIFIED {
		t.Mode = step.GetMode().String()
	}
	if step.GetDueTime() != nil {
		t.DueTime = step.GetDueTime()
	}
}

// climbs is true when the ladder is to be told now.
func (t *touch) climbs(now time.Time) bool {
	return t.GetNoticeCount() == 0 && t.GetClimbTime() == nil || t.GetClimbTime() != nil && !now.Before(t.GetClimbTime().AsTime())
}

// escalate brings the contact before the next level of the ladder (ROUTE-4). Routing says when it climbs, and that it climbs no more.
func (s *series) escalate(ctx workflow.Context, t *touch) {
	number := t.GetNoticeCount() + 1
	var told *routingv1.Escalation
	notice := &routingv1.RaiseEscalationRequest{
		Duty: t.GetDuty(), Kind: policyv1.DutyKind_FOLLOW_UP, Reason: routingv1.Escalation_FOLLOW_UP_OVERDUE, NoticeNumber: number,
		DueTime: t.GetDueTime(),
	}
	if !s.try(ctx, ask.Call{
		Summary: fmt.Sprintf("Escalate: %s missed, notice %d", t.what(), number), Activity: activities.EscalateFollowUp, Args: []any{notice},
		Answer: &told,
	}) {
		t.alarms++
		t.ClimbTime = timestamppb.New(workflow.Now(ctx).Add(pause(t.alarms)))
		return
	}
	t.alarms, t.OnLadder, t.Recipient = 0, told.GetState() != routingv1.Escalation_RESOLVED, told.GetRecipient()
	t.NoticeCount, t.ClimbTime = max(told.GetNoticeNumber(), t.GetNoticeCount()), told.GetClimbTime()
	if least := workflow.Now(ctx).Add(leastPause); t.GetClimbTime() != nil && t.GetClimbTime().AsTime().Before(least) {
		t.ClimbTime = timestamppb.New(least)
	}
}

// settleLadder tells the ladder that the contact is owed no more.
func (s *series) settleLadder(ctx workflow.Context, t *touch) {
	t.ClimbTime = nil
	if !t.GetOnLadder() {
		return
	}
	settled := &routingv1.SettleEscalationRequest{Duty: t.GetDuty()}
	c := ask.Call{
		Summary: "Escalation ends: " + t.what() + " is owed no more", Activity: activities.SettleFollowUpEscalation, Args: []any{settled},
	}
	err := ask.Try(ctx, c)
	if err != nil && ctx.Err() == nil {
		err = ask.Insist(ctx, c, err)
	}
	t.OnLadder = err != nil && !ask.Refused(err) // The run ends, and the next one tells it.
}
