package routing

import (
	"slices"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// standing is how high somebody stands by the directory. Roles are in tokens, which routing does not see; who manages a department, leads
// people or stands above either is on record. Whoever stands above somebody stands as high at least.
func (d *Directory) standing(name, executive string) authv1.Role {
	if d.atOrAbove(name, executive) {
		return authv1.Role_EXECUTIVE
	}
	found := authv1.Role_AGENT
	for _, r := range d.resources {
		switch r := r.(type) {
		case *routingv1.Department:
			switch {
			case d.atOrAbove(name, r.GetManager()):
				return authv1.Role_MANAGER
			case r.GetSupervisor() == name:
				found = authv1.Role_SUPERVISOR
			}
		case *routingv1.Team:
			if r.GetLead() == name {
				found = authv1.Role_SUPERVISOR
			}
		case *routingv1.Agent:
			if r.GetSupervisor() == name && isActive(r) {
				found = authv1.Role_SUPERVISOR
			}
		}
	}
	return found
}

// atOrAbove tells whether somebody is another one, or stands above that one in the reporting line.
func (d *Directory) atOrAbove(name, other string) bool {
	for range len(d.resources) { // A reporting line has no circle, but this ends even if one did.
		switch other {
		case "":
			return false
		case name:
			return true
		}
		other = d.agent(other).GetSupervisor()
	}
	return false
}

// standsFor is how high somebody has to stand who decides in the place of whoever is absent at a level: as high as the level. Above the last
// one there is nobody else to ask, and few stand as high: there it is the level below it.
func standsFor(levels []*policyv1.ApprovalLevel, level int) authv1.Role {
	last := len(levels)
	if level < last {
		return levels[level-1].GetAuthority()
	}
	if last == 1 {
		return authv1.Role_SUPERVISOR // Nobody below that decides on anything.
	}
	return levels[last-2].GetAuthority()
}

// tooLow tells whether somebody is asked in another one's place and stands too low for the level.
func (s *Service) tooLow(d *Directory, agent *routingv1.Agent, holder string, level int) bool {
	if agent.GetName() == holder {
		return false
	}
	said := s.deps.Policy.Proto()
	return d.standing(agent.GetName(), agentName(said.GetDirectory().GetExecutive())) < standsFor(said.GetRemedies().GetApprovals().GetLevels(), level)
}

// withheld says why somebody does not decide whom the approval itself bars, or who stands too low for it.
func withheld(p Passed, excluded []string) Passed {
	switch at := slices.Index(excluded, agentName(p.Agent)); {
	case p.Cause != routingv1.PassedOver_IN_CHARGE:
	case at == 0:
		p.Cause = routingv1.PassedOver_PROPOSED_IT
	case at > 0:
		p.Cause = routingv1.PassedOver_APPROVED_BELOW
	default:
		p.Cause = routingv1.PassedOver_BELOW_LEVEL
	}
	return p
}
