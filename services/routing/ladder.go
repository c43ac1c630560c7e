package routing

import (
	"slices"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Passed is a level of the ladder that was passed over, or somebody whose delegate was told.
type Passed struct {
	// Level is the level, from 1.
	Level int32 `json:"level"`
	// Agent is the agent's id; empty when nobody stands there.
	Agent string `json:"agent"`
	// Cause is why.
	Cause routingv1.PassedOver_Cause `json:"cause"`
}

// rung is where a notice of an escalation goes.
type rung struct {
	agent  string // the agent's id
	level  int32
	climb  time.Duration // how long what climbs whatever is acknowledged stays there
	passed []Passed
}

// rung finds who hears of an escalation from a level on. A level at which nobody stands, or can be told now, is passed over, up to the
// top; there it is told even to somebody who is away (ROUTE-4).
func (s *Service) rung(d *Directory, c Complaint, from int) rung {
	var found rung
	for level := min(max(from, 1), s.deps.Policy.Levels()); ; level++ {
		role, climb, _ := s.deps.Policy.Climb(level)
		found.level, found.climb = int32(level), climb
		holder := s.holder(d, c, role)
		agent, passed := d.reach(holder, s.now())
		if agent == "" && level == s.deps.Policy.Levels() {
			found.agent = agentID(holder)
			return found
		}
		for _, p := range passed {
			p.Level = int32(level)
			found.passed = append(found.passed, p)
		}
		if agent != "" {
			found.agent = agentID(agent)
			return found
		}
	}
}

// reach is who hears what is meant for somebody: the person, or the delegate of an absence, or that one's, and who of them was passed
// over. It is empty when nobody of them can be told now, and the next level has to be.
func (d *Directory) reach(name string, now time.Time) (agent string, passed []Passed) {
	for {
		person := d.agent(name)
		away, over := absence(person, now), Passed{Agent: agentID(name)}
		asked := func(p Passed) bool { return p.Agent == over.Agent }
		switch {
		case len(passed) > 0 && (name == "" || slices.ContainsFunc(passed, asked)):
			return "", passed // Nobody takes the place of who is absent, or they do for each other.
		case name == "":
			over.Cause = routingv1.PassedOver_NOBODY
		case !isActive(person):
			over.Cause = routingv1.PassedOver_LEFT
		case away != nil:
			passed = append(passed, Passed{Agent: agentID(name), Cause: routingv1.PassedOver_ABSENT})
			name = away.GetDelegate()
			continue
		case d.onShift(name, now):
			return name, passed
		default:
			over.Cause = routingv1.PassedOver_OFF_SHIFT
		}
		return "", append(passed, over)
	}
}

// holder is the name of the agent who has the role for the complaint; empty when nobody has.
func (s *Service) holder(d *Directory, c Complaint, role policyv1.LadderRole) string {
	department := d.department(s.plan(d, c, 0).department)
	switch role {
	case policyv1.LadderRole_TEAM_SUPERVISOR:
		if agent := d.agent(agentName(c.Assignee)); agent.GetSupervisor() != "" {
			return agent.GetSupervisor()
		}
		return department.GetSupervisor()
	case policyv1.LadderRole_NEXT_SUPERVISOR:
		return d.agent(s.holder(d, c, policyv1.LadderRole_TEAM_SUPERVISOR)).GetSupervisor()
	case policyv1.LadderRole_DEPARTMENT_MANAGER:
		return department.GetManager()
	case policyv1.LadderRole_COMPANY_EXECUTIVE:
		return agentName(s.deps.Policy.Proto().GetDirectory().GetExecutive())
	default:
		return ""
	}
}

// inCharge is who hears of a due time that comes near: the assignee, or the delegate, else the first level of the ladder that can be
// told, which for a queue is who watches it. When nobody can be told, it is the assignee's all the same.
func (s *Service) inCharge(d *Directory, c Complaint) string {
	if agent, _ := d.reach(agentName(c.Assignee), s.now()); agent != "" {
		return agentID(agent)
	}
	for level := 1; level <= s.deps.Policy.Levels(); level++ {
		role, _, _ := s.deps.Policy.Climb(level)
		if agent, _ := d.reach(s.holder(d, c, role), s.now()); agent != "" {
			return agentID(agent)
		}
	}
	if c.Assignee != "" {
		return c.Assignee
	}
	return agentID(d.department(s.plan(d, c, 0).department).GetSupervisor())
}

// mayAnswerEscalation tells whether somebody may say what becomes of an escalation: who was told, who stands above that person, or on the ladder
// above that level.
func (s *Service) mayAnswerEscalation(d *Directory, c Complaint, e Escalation, subject string) bool {
	if subject == "" {
		return false
	}
	name := agentName(e.Recipient)
	for range len(d.resources) { // A reporting line has no circle, but this ends even if one did.
		if name == subject {
			return true
		}
		name = d.agent(name).GetSupervisor()
	}
	for level := int(e.Level); level <= s.deps.Policy.Levels(); level++ {
		role, _, _ := s.deps.Policy.Climb(level)
		if s.holder(d, c, role) == subject {
			return true
		}
	}
	return false
}
