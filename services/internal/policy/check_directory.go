package policy

import (
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// directory wants every id once, every reference to lead somewhere, and nobody
// missing whom the ladder would turn to.
func (c *checker) directory(directory *policyv1.Directory) {
	at := path{}.field("directory")
	departments := make(map[string]bool)
	for i, department := range directory.GetDepartments() {
		if departments[department.GetId()] {
			c.add(at.item("departments", i).field("id"), "unique", "department %q is listed twice", department.GetId())
		}
		departments[department.GetId()] = true
	}
	agents := make(map[string]*policyv1.AgentEntry)
	for i, agent := range directory.GetAgents() {
		if agents[agent.GetId()] != nil {
			c.add(at.item("agents", i).field("id"), "unique", "agent %q is listed twice", agent.GetId())
			continue
		}
		agents[agent.GetId()] = agent
	}
	wantDepartment := func(at path, id string) {
		if !departments[id] {
			c.add(at, "reference", "there is no department %q", id)
		}
	}
	wantAgent := func(at path, id string) {
		switch {
		case id == "":
			c.add(at, "reference", "names nobody, so nobody would hear of a broken duty")
		case agents[id] == nil:
			c.add(at, "reference", "there is no agent %q", id)
		}
	}
	for i, department := range directory.GetDepartments() {
		here := at.item("departments", i)
		wantAgent(here.field("manager"), department.GetManager())
		wantAgent(here.field("supervisor"), department.GetSupervisor())
		c.codes(here, "alias", department.GetAlias())
	}
	for i, agent := range directory.GetAgents() {
		here := at.item("agents", i)
		wantDepartment(here.field("department"), agent.GetDepartment())
		if agent.GetSupervisor() != "" {
			wantAgent(here.field("supervisor"), agent.GetSupervisor())
			c.supervision(here.field("supervisor"), agent, agents)
		}
	}
	wantDepartment(at.field("default_department"), directory.GetDefaultDepartment())
	wantAgent(at.field("executive"), directory.GetExecutive())
	c.rules(at, directory.GetRules(), wantDepartment)
}

// supervision refuses people who would be above themselves.
func (c *checker) supervision(at path, agent *policyv1.AgentEntry, agents map[string]*policyv1.AgentEntry) {
	next := agent
	for range agents {
		if next = agents[next.GetSupervisor()]; next == nil {
			return
		}
		if next == agent {
			c.add(at, "cycle", "%q would be above itself", agent.GetId())
			return
		}
	}
}

// rules refuses those that could never apply, because an earlier one does.
func (c *checker) rules(at path, rules []*policyv1.DepartmentRule, wantDepartment func(path, string)) {
	seen := make(map[policyv1.TargetKind]bool)
	for i, rule := range rules {
		here := at.item("rules", i)
		wantDepartment(here.field("department"), rule.GetDepartment())
		for j, kind := range rule.GetTargetKinds() {
			there := here.item("target_kinds", j)
			if policyv1.TargetKind_name[int32(kind)] == "" || kind == policyv1.TargetKind_TARGET_KIND_UNSPECIFIED {
				c.add(there, "kind", "%s is not a kind of target", kind)
			}
			if seen[kind] {
				c.add(there, "unique", "a rule for %s is there already, and the first one wins", kind)
			}
			seen[kind] = true
		}
	}
}
