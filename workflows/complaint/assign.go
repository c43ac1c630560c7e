package complaint

import (
	"go.temporal.io/sdk/workflow"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
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
	c.state.Department, c.state.Assignee = answer.GetDepartment(), answer.GetAssignee()
	c.state.TeamAlias = answer.GetTeamAlias()
	c.state.EscalationLevel = max(c.state.GetEscalationLevel(), answer.GetEscalationLevel())
	c.publish()
}
