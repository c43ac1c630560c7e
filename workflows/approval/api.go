package approval

import (
	"fmt"
	"strings"

	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

const (
	// WorkflowName is the type under which Approval is registered. WorkflowType="Approval" AND ExecutionStatus="Running" finds what waits.
	WorkflowName = "Approval"
	// SignalName is the signal that carries facts, each a redress.workflow.v1.ApprovalSignal.
	SignalName = "event"
)

// WorkflowID names the workflow of an approval: "approval/{remedy}/{version}" for "approvals/{remedy}-{version}".
func WorkflowID(approval string) string {
	id := strings.TrimPrefix(approval, "approvals/")
	remedy, version, _ := strings.Cut(id, "-")
	return fmt.Sprintf("approval/%s/%s", remedy, version)
}

// StaticSummary is what an operator reads in the list.
func StaticSummary(input *workflowv1.ApprovalInput) string {
	urgent := ""
	if input.GetUrgent() {
		urgent = ", urgent"
	}
	return fmt.Sprintf("Approval of %s%s", price(input), urgent)
}

// StaticDetails is what an operator reads above how it stands.
func StaticDetails(input *workflowv1.ApprovalInput) string {
	return fmt.Sprintf("`%s` of `%s`, cycle %d, proposed by %s.", input.GetApproval(), input.GetComplaint(), input.GetCycle(), input.GetProposer())
}

// price is what the dearest option costs, in whole units.
func price(input *workflowv1.ApprovalInput) string {
	return fmt.Sprintf("%d %s", input.GetAmount(), input.GetCurrency())
}
