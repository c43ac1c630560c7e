package review

import (
	"context"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
)

// planKey is the memo by which a schedule tells which plan it follows.
const planKey = "redress-plan"

// Plan says when periods are reviewed.
type Plan struct {
	// Queue is the task queue of the workflows.
	Queue string
	// Zone is the firm's time zone, an IANA name.
	Zone string
	// Hour and Minute are the local time of the day after a period's last.
	Hour, Minute int
	// Converter reads what the client wrote; nil for that of package workflows.
	Converter converter.DataConverter
	// Seal names the key that the client's converter seals with; empty where it seals nothing. A schedule that another one sealed is written anew.
	Seal string
}

// Schedule makes Temporal start the workflows by the plan: it creates the schedules that are not there and changes those that follow another
// plan; whether an operator has paused one stays. Whoever starts calls it, any number at a time.
func Schedule(ctx context.Context, schedules client.ScheduleClient, plan Plan) error {
	for _, kind := range Kinds() {
		wanted := plan.options(kind)
		_, err := schedules.Create(ctx, wanted)
		if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
			err = plan.change(ctx, schedules.GetHandle(ctx, wanted.ID), wanted)
		}
		if err != nil {
			return fmt.Errorf("schedule %s: %w", wanted.ID, err)
		}
	}
	return nil
}

// change has a schedule follow the plan that is wanted, unless it does.
func (p Plan) change(ctx context.Context, handle client.ScheduleHandle, wanted client.ScheduleOptions) error {
	return handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(now client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		have := now.Description.Schedule
		if p.planOf(have.Action) == p.planOf(wanted.Action) {
			return nil, temporal.ErrSkipScheduleUpdate
		}
		have.Spec, have.Action = &wanted.Spec, wanted.Action
		have.Policy = &client.SchedulePolicies{Overlap: wanted.Overlap, CatchupWindow: wanted.CatchupWindow}
		return &client.ScheduleUpdate{Schedule: &have}, nil
	}})
}

// options are the schedule of a kind. A run that lasts until the next one is due is not joined by it: it makes up for what is due by then. For
// the same reason a time that was missed for longer than a period need not be made up for by a run of its own.
func (p Plan) options(kind reviewv1.Review_Kind) client.ScheduleOptions {
	calendar := client.ScheduleCalendarSpec{
		Hour: []client.ScheduleRange{{Start: p.Hour}}, Minute: []client.ScheduleRange{{Start: p.Minute}},
	}
	catchUp := 24 * time.Hour
	switch kind {
	case reviewv1.Review_WEEKLY:
		calendar.DayOfWeek = []client.ScheduleRange{{Start: int(time.Monday)}}
		catchUp *= 7
	case reviewv1.Review_MONTHLY:
		calendar.DayOfMonth = []client.ScheduleRange{{Start: 1}}
		catchUp *= 28
	default: // Every day.
	}
	return client.ScheduleOptions{
		ID:      ScheduleID(kind),
		Spec:    client.ScheduleSpec{Calendars: []client.ScheduleCalendarSpec{calendar}, TimeZoneName: p.Zone},
		Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: catchUp,
		Action: &client.ScheduleWorkflowAction{
			ID: WorkflowID(kind), Workflow: WorkflowName, TaskQueue: p.Queue, Args: []any{&workflowv1.ReviewInput{Kind: kind}},
			Memo: map[string]any{planKey: p.text(kind)}, StaticSummary: "Review, " + word(kind),
		},
	}
}

// text tells one plan from another, and operators what it is. A change of what options makes needs another word here.
func (p Plan) text(kind reviewv1.Review_Kind) string {
	text := fmt.Sprintf("%s at %02d:%02d in %s on %s", word(kind), p.Hour, p.Minute, p.Zone, p.Queue)
	if p.Seal != "" {
		text += ", encrypted with key " + p.Seal
	}
	return text
}

// planOf is the plan that a schedule follows, as its action tells; empty when it tells none.
func (p Plan) planOf(action client.ScheduleAction) (plan string) {
	run, ok := action.(*client.ScheduleWorkflowAction)
	if !ok {
		return ""
	}
	switch memo := run.Memo[planKey].(type) {
	case string:
		return memo
	case *commonpb.Payload:
		reader := p.Converter
		if reader == nil {
			reader = workflows.DataConverter()
		}
		if reader.FromPayload(memo, &plan) != nil {
			return ""
		}
	}
	return plan
}
