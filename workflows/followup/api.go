package followup

import (
	"fmt"
	"strconv"
	"strings"

	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

const (
	// WorkflowName is the type under which FollowUp is registered. WorkflowType="FollowUp" AND ExecutionStatus="Running" finds what is still to
	// be asked.
	WorkflowName = "FollowUp"
	// SignalName is the signal that carries facts, each a redress.workflow.v1.FollowUpSignal.
	SignalName = "event"
	// stageOpen and stageEnded are the values of RedressStage.
	stageOpen, stageEnded = "FOLLOWING_UP", "ENDED"
)

// WorkflowID names the workflow of the series after a cycle: "followup/{id}/{cycle}" for "complaints/{id}".
func WorkflowID(complaint string, cycle int32) string {
	return fmt.Sprintf("followup/%s/%d", strings.TrimPrefix(complaint, "complaints/"), cycle)
}

// WorkflowOf names the workflow that keeps a contact, by the name of that; empty for what is none.
func WorkflowOf(followUp string) string {
	complaint, id, ok := strings.Cut(followUp, "/followUps/")
	cycle, _, both := strings.Cut(id, "-")
	n, err := strconv.ParseInt(cycle, 10, 32)
	if !ok || !both || err != nil {
		return ""
	}
	return WorkflowID(complaint, int32(n))
}

// StaticSummary is what an operator reads in the list.
func StaticSummary(input *workflowv1.FollowUpInput) string {
	if len(input.GetTouches()) == 1 {
		return "Follow-up of a resolution, 1 contact"
	}
	return fmt.Sprintf("Follow-up of a resolution, %d contacts", len(input.GetTouches()))
}

// StaticDetails is what an operator reads above how it stands.
func StaticDetails(input *workflowv1.FollowUpInput) string {
	return fmt.Sprintf("`%s`, cycle %d, resolved %s.", input.GetComplaint(), input.GetCycle(), stamp(input.GetStartTime().AsTime()))
}
