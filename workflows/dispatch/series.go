package dispatch

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/followup"
)

// seriesTypes are the events that begin the workflow of what follows a resolution, or concern it. What it brings about itself it is not told.
func seriesTypes() []string {
	return []string{"series_planned", "touch_asked", "touch_tried", "touch_answered", "series_ended"}
}

// seriesDelivery is what becomes of an event of a series: a start or a signal. The zero value is none.
type seriesDelivery struct {
	workflowID string
	start      *workflowv1.FollowUpInput
	signal     *workflowv1.FollowUpSignal
	// with are the contacts about other complaints whose answer this is, too: their workflows hear of it, each with a signal that names its own.
	with []string
}

// seriesOf tells what becomes of an event of a series; the zero value if it is none. What was said stays where it is.
func seriesOf(event *eventv1.Event, payload *eventv1.Payload) seriesDelivery {
	made := seriesDelivery{workflowID: followup.WorkflowID(event.GetSubject(), event.GetCycle())}
	signal := &workflowv1.FollowUpSignal{EventId: event.GetEventId(), Type: event.GetType(), RecordTime: event.GetRecordTime()}
	switch kind := payload.GetKind().(type) {
	case *eventv1.Payload_SeriesPlanned:
		made.start = &workflowv1.FollowUpInput{Complaint: event.GetSubject(), Cycle: event.GetCycle(), StartTime: event.GetRecordTime()}
		for _, t := range kind.SeriesPlanned.GetTouches() {
			made.start.Touches = append(made.start.Touches, &workflowv1.TouchState{
				Name: t.GetFollowUp(), DueTime: t.GetDueTime(), NextTime: t.GetBeginTime(), State: followupv1.FollowUp_PLANNED.String(),
			})
		}
		return made
	case *eventv1.Payload_TouchTried:
		signal.FollowUp = kind.TouchTried.GetFollowUp()
	case *eventv1.Payload_TouchAnswered:
		signal.FollowUp = kind.TouchAnswered.GetFollowUp()
		made.with = kind.TouchAnswered.GetNamed()
	case *eventv1.Payload_TouchAsked: // What the workflow had asked it knows; not that a survey came back, which makes it a person's task.
		if kind.TouchAsked.GetSurvey() || kind.TouchAsked.GetNotification() == "" {
			return seriesDelivery{}
		}
		signal.FollowUp = kind.TouchAsked.GetFollowUp()
	case *eventv1.Payload_SeriesEnded:
	default:
		return seriesDelivery{}
	}
	made.signal = signal
	return made
}

// series brings an event of a series to its workflow.
func (d *Dispatcher) series(ctx context.Context, made seriesDelivery) error {
	if made.start != nil {
		return d.startSeries(ctx, made)
	}
	if err := d.signalSeries(ctx, made.workflowID, made.signal); err != nil {
		return err
	}
	for _, name := range made.with {
		other := followup.WorkflowOf(name)
		if other == "" {
			continue
		}
		signal := &workflowv1.FollowUpSignal{
			EventId: made.signal.GetEventId(), Type: made.signal.GetType(), RecordTime: made.signal.GetRecordTime(), FollowUp: name,
		}
		if err := d.signalSeries(ctx, other, signal); err != nil {
			return err
		}
	}
	return nil
}

// signalSeries tells the workflow of a series something, once or more.
func (d *Dispatcher) signalSeries(ctx context.Context, workflowID string, signal *workflowv1.FollowUpSignal) error {
	err := d.deps.Temporal.SignalWorkflow(ctx, workflowID, "", followup.SignalName, signal)
	var missing *serviceerror.NotFound
	if err == nil || errors.As(err, &missing) {
		// The series has ended, and its own end is among what it is told. The event that begins it comes before, since events of a complaint are
		// delivered in their order.
		return nil
	}
	return fmt.Errorf("signal %s: %w", workflowID, err)
}

// startSeries begins the workflow of a series, once for ever: its id names the cycle.
func (d *Dispatcher) startSeries(ctx context.Context, made seriesDelivery) error {
	_, err := d.deps.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       made.workflowID,
		TaskQueue:                                d.taskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes:                    followup.StartAttributes(made.start),
		StaticSummary:                            followup.StaticSummary(made.start),
		StaticDetails:                            followup.StaticDetails(made.start),
	}, followup.WorkflowName, made.start)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if err == nil || errors.As(err, &already) {
		return nil
	}
	return fmt.Errorf("start %s: %w", made.workflowID, err)
}
