package complaint

import (
	"go.temporal.io/sdk/workflow"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// assign has routing put somebody in charge, by its rules (ROUTE-1, ROUTE-2). Nothing waits for it but, shortly, the
// acknowledgement.
func (c *cycle) assign(ctx workflow.Context) {
	if c.state.GetAssigned() {
		return
	}
	var answer *routingv1.Assignment
	request := &routingv1.AssignComplaintRequest{Complaint: c.input.GetComplaint(), Cycle: c.input.GetCycle()}
	ask := call{"Assign " + c.input.GetReference(), activities.AssignComplaint, []any{request}, &answer}
	err := c.try(ctx, ask)
	c.assignTried = true
	if err != nil {
		err = c.insist(ctx, ask, err)
	}
	if err != nil {
		return
	}
	c.state.Assigned = true
	c.assigned(&workflowv1.AssignmentFact{
		Department: answer.GetDepartment(), Assignee: answer.GetAssignee(), AssignTime: answer.GetAssignTime(), TeamAlias: answer.GetTeamAlias(),
	})
	c.state.UnassignedTime = answer.GetEscalateTime()
	c.state.EscalationLevel = max(c.state.GetEscalationLevel(), answer.GetEscalationLevel())
	c.publish()
}

// assigned takes note of who is in charge. What was recorded before the assignment that is known is old: an answer that took long and
// a signal may cross each other. False for what is old.
func (c *cycle) assigned(fact *workflowv1.AssignmentFact) bool {
	if fact.GetAssignTime().AsTime().Before(c.state.GetAssignTime().AsTime()) {
		return false
	}
	c.state.Department, c.state.Assignee, c.state.AssignTime = fact.GetDepartment(), fact.GetAssignee(), fact.GetAssignTime()
	c.state.TeamAlias = fact.GetTeamAlias()
	return true
}
