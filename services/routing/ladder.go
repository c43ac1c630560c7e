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

// rung finds who hears of an escalation from a level on. A level at which nobody stands, or can be told now, or may hear of it, is
// passed over, up to the top (ROUTE-4, ROUTE-2).
func (s *Service) rung(d *Directory, c Complaint, from int) rung {
	var found rung
	judge := s.choice(d, c, s.now())
	for level := min(max(from, 1), s.deps.Policy.Levels()); ; level++ {
		role, climb, _ := s.deps.Policy.Climb(level)
		found.level, found.climb = int32(level), climb
		if level == s.deps.Policy.Levels() {
			s.summit(judge, &found)
			return found
		}
		agent, passed := judge.reach(s.holder(d, c, role), judge.beneath)
		found.passOver(passed)
		if agent != "" {
			found.agent = agentID(agent)
			return found
		}
	}
}

// beneath tells whether somebody is not told at a level of the ladder: the recused, and whoever is in charge, also in somebody's place,
// because who owes something is not who answers for its being owed.
func (c choice) beneath(agent *routingv1.Agent) bool {
	return c.recused(agent) || agent.GetName() == agentName(c.complaint.Assignee)
}

// summit finds who hears at the top. It is told even to somebody who is away, since nobody is above.
func (s *Service) summit(judge choice, found *rung) {
	last := s.last(judge)
	if top := s.top(judge); last != top {
		found.passOver([]Passed{{Agent: agentID(top), Cause: routingv1.PassedOver_RECUSED}})
	}
	agent, passed := judge.reach(last, judge.recusedBut(last))
	if agent == "" {
		found.agent = agentID(last)
		return
	}
	found.passOver(passed)
	found.agent = agentID(agent)
}

// passOver notes who was passed over at the level.
func (r *rung) passOver(passed []Passed) {
	for _, p := range passed {
		p.Level = r.level
		r.passed = append(r.passed, p)
	}
}

// top is the name of who has the role of the top level.
func (s *Service) top(judge choice) string {
	role, _, _ := s.deps.Policy.Climb(s.deps.Policy.Levels())
	return s.holder(judge.directory, judge.complaint, role)
}

// last is the name of who hears what has climbed to the top. Somebody has to, so whoever stands there does, also directly above or below
// the person complained about; but never that person. Then it is the highest one who is not recused, else the highest one who is
// not complained about; empty for nobody, which escalations show.
func (s *Service) last(judge choice) string {
	top := s.top(judge)
	if !judge.accused(top) {
		return top
	}
	var near string
	for _, role := range []policyv1.LadderRole{
		policyv1.LadderRole_COMPANY_EXECUTIVE, policyv1.LadderRole_DEPARTMENT_MANAGER, policyv1.LadderRole_NEXT_SUPERVISOR,
		policyv1.LadderRole_TEAM_SUPERVISOR,
	} {
		name := s.holder(judge.directory, judge.complaint, role)
		person := judge.directory.agent(name)
		switch {
		case !isActive(person) || judge.accused(name):
		case !judge.recused(person):
			return name
		case near == "":
			near = name
		}
	}
	return near
}

// reach is who hears what is meant for somebody: the person, or the delegate of an absence, or that one's, and who of them was passed
// over. It is empty when nobody of them can be told now, or may hear of it, and the next level has to be.
func (c choice) reach(name string, barred func(*routingv1.Agent) bool) (agent string, passed []Passed) {
	for {
		person := c.directory.agent(name)
		away, over := absence(person, c.now), Passed{Agent: agentID(name)}
		asked := func(p Passed) bool { return p.Agent == over.Agent }
		switch {
		case len(passed) > 0 && (name == "" || slices.ContainsFunc(passed, asked)):
			return "", passed // Nobody takes the place of who is absent, or they do for each other.
		case name == "":
			over.Cause = routingv1.PassedOver_NOBODY
		case !isActive(person):
			over.Cause = routingv1.PassedOver_LEFT
		case barred(person): // Whom such a person sends is not asked either.
			over.Cause = routingv1.PassedOver_IN_CHARGE
			if c.recused(person) {
				over.Cause = routingv1.PassedOver_RECUSED
			}
		case away != nil:
			passed = append(passed, Passed{Agent: agentID(name), Cause: routingv1.PassedOver_ABSENT})
			name = away.GetDelegate()
			continue
		case c.directory.onShift(name, c.now):
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
// told, which for a queue is who watches it. When nobody can be told, it is the assignee's all the same. Nobody hears of it who is
// recused, as long as there is anybody else.
func (s *Service) inCharge(d *Directory, c Complaint) string {
	judge := s.choice(d, c, s.now())
	if agent, _ := judge.reach(agentName(c.Assignee), judge.recused); agent != "" {
		return agentID(agent)
	}
	for level := 1; level <= s.deps.Policy.Levels(); level++ {
		role, _, _ := s.deps.Policy.Climb(level)
		if agent, _ := judge.reach(s.holder(d, c, role), judge.recused); agent != "" {
			return agentID(agent)
		}
	}
	if name := judge.firstOf(agentName(c.Assignee), d.department(s.plan(d, c, 0).department).GetSupervisor()); name != "" {
		return agentID(name)
	}
	return agentID(s.last(judge))
}

// mayAnswerEscalation refuses somebody who says what becomes of an escalation, unless it is who was told, who stands above that person, or
// on the ladder above that level. Nobody does so for what they owe themselves. Whoever is recused may not, but for who is told at the top since nobody else is.
func (s *Service) mayAnswerEscalation(d *Directory, c Complaint, e Escalation, subject string) error {
	if !s.above(d, c, e, subject) || agentID(subject) == c.Assignee && e.Recipient != c.Assignee {
		return notTheRecipient(agentName(e.Recipient))
	}
	judge := s.choice(d, c, s.now())
	barred := judge.recused
	if int(e.Level) == s.deps.Policy.Levels() {
		barred = judge.recusedBut(s.last(judge))
	}
	if person := d.agent(subject); person != nil && barred(person) {
		return recusedFrom(subject)
	}
	return nil
}

// above tells whether somebody is who was told of an escalation, or stands above that person, or on the ladder above that level.
func (s *Service) above(d *Directory, c Complaint, e Escalation, subject string) bool {
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
