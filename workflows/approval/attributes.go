package approval

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// attributes are the search attributes that change while the workflow runs.
type attributes struct {
	stage, approver, department string
	dueTime                     time.Time
	level                       int64
}

// StartAttributes returns the search attributes that a workflow is started with. They hold no personal data.
func StartAttributes(input *workflowv1.ApprovalInput) temporal.SearchAttributes {
	a := (&approval{state: first(input)}).attributes()
	return temporal.NewSearchAttributes(
		complaint.ComplaintKey.ValueSet(input.GetComplaint()),
		complaint.AmountKey.ValueSet(input.GetAmount()),
		complaint.StageKey.ValueSet(a.stage),
		complaint.LevelKey.ValueSet(a.level),
		complaint.DueTimeKey.ValueSet(a.dueTime),
	)
}

// attributes tells what the search attributes should be now. Nobody is waited for when it has ended.
func (a *approval) attributes() attributes {
	if !a.pending() {
		return attributes{stage: a.state.GetEnd(), department: a.state.GetDepartment(), level: int64(a.state.GetLevel())}
	}
	return attributes{
		stage: fmt.Sprintf("level-%d", a.state.GetLevel()), approver: a.state.GetApprover(), department: a.state.GetDepartment(),
		dueTime: a.state.GetDueTime().AsTime(), level: int64(a.state.GetLevel()),
	}
}

// write shows operators how the approval stands: in the current details, and in the search attributes where they changed.
func (a *approval) write(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, a.details())
	now := a.attributes()
	updates := now.since(a.published)
	if len(updates) == 0 {
		return
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Error("search attributes were not written", "error", err)
		return
	}
	a.published = now
}

// since lists what must be written so that what was written before becomes this.
func (a attributes) since(before attributes) []temporal.SearchAttributeUpdate {
	var updates []temporal.SearchAttributeUpdate
	if a.stage != before.stage {
		updates = append(updates, complaint.StageKey.ValueSet(a.stage))
	}
	if a.level != before.level {
		updates = append(updates, complaint.LevelKey.ValueSet(a.level))
	}
	if a.department != before.department {
		updates = append(updates, complaint.DepartmentKey.ValueSet(a.department))
	}
	switch a.approver {
	case before.approver:
	case "":
		updates = append(updates, complaint.AssigneeKey.ValueUnset(), complaint.WaitsForKey.ValueUnset())
	default:
		updates = append(updates, complaint.AssigneeKey.ValueSet(a.approver), complaint.WaitsForKey.ValueSet([]string{a.approver}))
	}
	switch {
	case a.dueTime.Equal(before.dueTime):
	case a.dueTime.IsZero():
		updates = append(updates, complaint.DueTimeKey.ValueUnset())
	default:
		updates = append(updates, complaint.DueTimeKey.ValueSet(a.dueTime))
	}
	return updates
}
