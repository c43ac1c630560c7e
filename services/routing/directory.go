package routing

import (
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
)

// Department is a department as the store keeps it.
type Department struct {
	// ID is its id.
	ID string
	// DisplayName is for people.
	DisplayName string
	// Manager is the accountable agent's id.
	Manager string
	// Supervisor is the id of who watches the queue.
	Supervisor string
	// Alias is what customers see, by language.
	Alias map[string]string
}

// Agent is a person as the store keeps it.
type Agent struct {
	// ID is the person's id.
	ID string
	// DisplayName is for colleagues.
	DisplayName string
	// Department is the department's id.
	Department string
	// Supervisor is an agent's id; empty for none.
	Supervisor string
	// TakesComplaints is true for those who take complaints themselves.
	TakesComplaints bool
	// OpenCount is how many open complaints the person has. The store counts it; it is ignored when written.
	OpenCount int32
}

// directory answers who stands where, from the policy.
type directory struct {
	policy      *policy.Policy
	departments map[string]*policyv1.DepartmentEntry
	agents      map[string]*policyv1.AgentEntry
}

func newDirectory(p *policy.Policy) directory {
	d := directory{policy: p, departments: map[string]*policyv1.DepartmentEntry{}, agents: map[string]*policyv1.AgentEntry{}}
	for _, entry := range p.Proto().GetDirectory().GetDepartments() {
		d.departments[entry.GetId()] = entry
	}
	for _, entry := range p.Proto().GetDirectory().GetAgents() {
		d.agents[entry.GetId()] = entry
	}
	return d
}

// department is where the complaint is, or by rule would be.
func (d directory) department(c Complaint) string {
	if c.Department != "" {
		return c.Department
	}
	return d.policy.Department(c.TargetKind)
}

// recipient says who hears the given notice of a broken duty, from which level on, and how long it stays there. A level at
// which nobody stands is passed over, up to the top (ROUTE-4).
func (d directory) recipient(c Complaint, notice int32) (agent string, level int32, climb time.Duration) {
	for number := int(notice); ; number++ {
		role, after, effective := d.policy.Climb(number)
		agent = d.holder(c, role)
		if _, _, next := d.policy.Climb(number + 1); agent != "" || next == effective {
			return agent, int32(effective), after
		}
	}
}

// holder is the agent who has the role for the complaint; empty when nobody has.
func (d directory) holder(c Complaint, role policyv1.LadderRole) string {
	department := d.departments[d.department(c)]
	switch role {
	case policyv1.LadderRole_TEAM_SUPERVISOR:
		if agent := d.agents[c.Assignee]; agent.GetSupervisor() != "" {
			return agent.GetSupervisor()
		}
		return department.GetSupervisor()
	case policyv1.LadderRole_DEPARTMENT_MANAGER:
		return department.GetManager()
	case policyv1.LadderRole_COMPANY_EXECUTIVE:
		return d.policy.Proto().GetDirectory().GetExecutive()
	default:
		return ""
	}
}

// inCharge is who hears of a due time that comes near: the assignee, else who watches the queue.
func (d directory) inCharge(c Complaint) string {
	if c.Assignee != "" {
		return c.Assignee
	}
	return d.departments[d.department(c)].GetSupervisor()
}
