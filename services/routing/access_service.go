package routing

import (
	"context"
	"slices"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Custody is who has to do with a complaint, as far as seeing it goes.
type Custody struct {
	// Department is the id of the department; empty before it is assigned.
	Department string
	// Assignee is the id of whoever is in charge; empty for nobody.
	Assignee string
	// Offered is the id of the department that it is offered to at present; empty for none.
	Offered string
	// Told are the ids of all who were told of it: an approver, whoever it was escalated or offered to, or who owes something in it.
	Told []string
}

// CheckAccess names those of the complaints that a person does not see (API-4).
func (s *Service) CheckAccess(ctx context.Context, req *routingv1.CheckAccessRequest) (*routingv1.CheckAccessResponse, error) {
	if req.GetReach() == policyv1.Access_ALL {
		return &routingv1.CheckAccessResponse{}, nil
	}
	directory, err := s.deps.Directory.Directory(ctx)
	if err != nil {
		return nil, err
	}
	people := directory.under(req.GetAgent(), req.GetReach())
	departments := directory.visible(req.GetAgent(), people, req.GetReach(), req.GetDepartments())
	ids, agents := make([]string, len(req.GetComplaints())), make([]string, len(people))
	for i, name := range req.GetComplaints() {
		ids[i] = complaintID(name)
	}
	for i, name := range people {
		agents[i] = strings.TrimPrefix(name, "agents/")
	}
	custodies, err := s.deps.Store.Custodies(ctx, ids)
	if err != nil {
		return nil, err
	}
	resp := &routingv1.CheckAccessResponse{}
	for i, id := range ids {
		if !s.sees(custodies[id], agents, departments) {
			resp.Hidden = append(resp.Hidden, req.GetComplaints()[i])
		}
	}
	return resp, nil
}

// sees tells whether one of these agents, who see these departments, sees a complaint.
func (s *Service) sees(c Custody, agents []string, departments map[string]bool) bool {
	switch {
	case c.Department == "" && s.deps.Policy.Proto().GetAccess().GetUnassigned():
		return true
	case c.Department != "" && departments[departmentName(c.Department)], c.Offered != "" && departments[departmentName(c.Offered)]:
		return true
	case c.Assignee != "" && slices.Contains(agents, c.Assignee):
		return true
	}
	return slices.ContainsFunc(c.Told, func(id string) bool { return slices.Contains(agents, id) })
}

// under are a person and, where that is seen, everybody over whom the person stands, directly or over others.
func (d *Directory) under(name string, reach policyv1.Access_Reach) []string {
	people := []string{name}
	if reach != policyv1.Access_BELOW {
		return people
	}
	for _, r := range d.resources {
		if agent, ok := r.(*routingv1.Agent); ok && agent.GetName() != name && d.atOrAbove(name, agent.GetSupervisor()) {
			people = append(people, agent.GetName())
		}
	}
	return people
}

// visible are the departments whose complaints a person sees: their own, those that their groups give and, where that is seen, those that they
// lead and those of the people below, with the departments under each of them.
func (d *Directory) visible(name string, people []string, reach policyv1.Access_Reach, given []string) map[string]bool {
	seen := make(map[string]bool)
	for _, department := range given {
		seen[department] = true
	}
	for _, person := range people {
		if agent := d.agent(person); isActive(agent) {
			seen[agent.GetDepartment()] = true
		}
	}
	if reach != policyv1.Access_BELOW {
		return seen
	}
	for _, r := range d.resources {
		department, ok := r.(*routingv1.Department)
		if ok && (department.GetSupervisor() == name || department.GetManager() == name) {
			seen[department.GetName()] = true
		}
	}
	for range len(d.resources) { // As deep as departments can be nested.
		grew := false
		for _, r := range d.resources {
			department, ok := r.(*routingv1.Department)
			if ok && !seen[department.GetName()] && seen[department.GetParent()] {
				seen[department.GetName()], grew = true, true
			}
		}
		if !grew {
			break
		}
	}
	return seen
}
