package policy

import (
	"slices"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/document"
)

// remedies finds urgent approvals that have more time than others, and budgets that no department has. Neither is refused: the one is only odd, and
// departments are the directory's, which may know more of them than the policy began it with.
func (a *adviser) remedies(message *policyv1.Policy) {
	if !a.file.states("remedies") {
		return
	}
	at, approvals := path{}.field("remedies"), message.GetRemedies().GetApprovals()
	if within := approvals.GetWithin().AsDuration(); approvals.GetUrgentWithin().AsDuration() > within {
		a.add(at.field("approvals").field("urgent_within"), "longer", "is longer than the %s that approvals have which are not urgent", document.Duration(within))
	}
	for i, budget := range message.GetRemedies().GetBudgets() {
		known := func(d *policyv1.DepartmentEntry) bool { return d.GetId() == budget.GetDepartment() }
		if budget.GetDepartment() != "-" && !slices.ContainsFunc(message.GetDirectory().GetDepartments(), known) {
			a.add(at.item("budgets", i).field("department"), "reference",
				"there is no department %q in the policy: unless the directory has it, nobody has this budget", budget.GetDepartment())
		}
	}
}
