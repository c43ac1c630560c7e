package dispatch

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/approval"
)

// approvalTypes are the events that begin an approval's workflow, or concern it.
func approvalTypes() []string {
	return []string{"approval_requested", "approval_decided", "approval_moved_up", "approval_voided"}
}

// approvalDelivery is what becomes of an event of an approval: a start or a signal. The zero value is none.
type approvalDelivery struct {
	name   string
	start  *workflowv1.ApprovalInput
	signal *workflowv1.ApprovalSignal
}

// approvalOf tells what becomes of an event of an approval; the zero value if it is none. What was said stays where it is.
func approvalOf(event *eventv1.Event, payload *eventv1.Payload) approvalDelivery {
	signal := &workflowv1.ApprovalSignal{EventId: event.GetEventId(), Type: event.GetType(), RecordTime: event.GetRecordTime()}
	switch kind := payload.GetKind().(type) {
	case *eventv1.Payload_ApprovalRequested:
		fact := kind.ApprovalRequested
		return approvalDelivery{name: fact.GetApproval(), start: &workflowv1.ApprovalInput{
			Approval: fact.GetApproval(), Complaint: event.GetSubject(), Cycle: event.GetCycle(), Level: fact.GetLevel(),
			DueTime: fact.GetDueTime(), RemindTime: fact.GetRemindTime(), Amount: fact.GetAmount().GetUnits(),
			Currency: fact.GetAmount().GetCurrencyCode(), Urgent: fact.GetUrgent(), Proposer: fact.GetProposer(), Authors: fact.GetAuthors(),
		}}
	case *eventv1.Payload_ApprovalDecided:
		signal.End = kind.ApprovalDecided.GetDecision()
		return approvalDelivery{name: kind.ApprovalDecided.GetApproval(), signal: signal}
	case *eventv1.Payload_ApprovalVoided:
		signal.End = remedyv1.Approval_VOID.String()
		return approvalDelivery{name: kind.ApprovalVoided.GetApproval(), signal: signal}
	case *eventv1.Payload_ApprovalMovedUp:
		return approvalDelivery{name: kind.ApprovalMovedUp.GetApproval(), signal: signal}
	default:
		return approvalDelivery{}
	}
}

// approval brings an event of an approval to its workflow.
func (d *Dispatcher) approval(ctx context.Context, made approvalDelivery) error {
	if made.start != nil {
		return d.startApproval(ctx, made.start)
	}
	return d.signalApproval(ctx, made.name, made.signal)
}

// startApproval begins an approval's workflow, once for ever: its id names the proposal's version.
func (d *Dispatcher) startApproval(ctx context.Context, input *workflowv1.ApprovalInput) error {
	id := approval.WorkflowID(input.GetApproval())
	_, err := d.deps.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       id,
		TaskQueue:                                d.taskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		EnableEagerStart:                         d.eager,
		TypedSearchAttributes:                    approval.StartAttributes(input),
		StaticSummary:                            approval.StaticSummary(input),
		StaticDetails:                            approval.StaticDetails(input),
	}, approval.WorkflowName, input)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if err == nil || errors.As(err, &already) {
		return nil
	}
	return fmt.Errorf("start %s: %w", id, err)
}

// signalApproval tells a running workflow what remedy has recorded of its approval. If there is none, either the approval has ended, and
// nobody needs to know, or the event that starts the workflow is still on its way.
func (d *Dispatcher) signalApproval(ctx context.Context, name string, signal *workflowv1.ApprovalSignal) error {
	id := approval.WorkflowID(name)
	err := d.deps.Temporal.SignalWorkflow(ctx, id, "", approval.SignalName, signal)
	var missing *serviceerror.NotFound
	if err == nil {
		return nil
	}
	if !errors.As(err, &missing) {
		return fmt.Errorf("signal %s: %w", id, err)
	}
	known, err := d.deps.Approvals.GetApproval(ctx, &remedyv1.GetApprovalRequest{Name: name})
	if err != nil {
		return fmt.Errorf("signal %s: no workflow runs, and asking whether the approval has ended: %w", id, err)
	}
	if known.GetState() == remedyv1.Approval_PENDING {
		return fmt.Errorf("signal %s: no workflow runs, but the approval is pending: %w", id, missing)
	}
	d.deps.Logger.DebugContext(ctx, "no workflow hears a signal, because its approval has ended",
		"workflow", id, "event", signal.GetEventId(), "type", signal.GetType())
	return nil
}
