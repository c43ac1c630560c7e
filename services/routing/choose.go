package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// obstacle is why somebody cannot be given a complaint.
type obstacle string

const (
	none       obstacle = ""
	takesNone  obstacle = "taking no complaints"
	offShift   obstacle = "off shift"
	away       obstacle = "absent"
	full       obstacle = "at capacity"
	speechless obstacle = "not speaking the language"
	recused    obstacle = "recused"
	unskilled  obstacle = "lacking a skill"
	relieved   obstacle = "relieved of it"
)

// obstacles are all of them, in the order in which they are looked for and told.
func obstacles() []obstacle {
	return []obstacle{takesNone, offShift, away, full, speechless, unskilled, recused, relieved}
}

// choice is what a choice goes by.
type choice struct {
	directory *Directory
	complaint Complaint
	now       time.Time
	// capacity is that of people who have none of their own.
	capacity int32
}

// obstacle is why an agent cannot be given the complaint; none when the agent can (ROUTE-2).
func (c choice) obstacle(candidate Candidate) obstacle {
	name := agentName(candidate.Agent)
	agent := c.directory.agent(name)
	switch {
	case !isActive(agent) || !agent.GetTakesComplaints():
		return takesNone
	case !c.directory.onShift(name, c.now):
		return offShift
	case absence(agent, c.now) != nil:
		return away
	case candidate.OpenCount >= c.room(agent):
		return full
	case !c.speaks(agent):
		return speechless
	case c.lacking(agent) != "":
		return unskilled
	case c.recused(agent):
		return recused
	case candidate.Agent == c.complaint.TakenFrom:
		return relieved
	}
	return none
}

// speaks tells whether somebody speaks the customer's language, if it is known, and those that the rule wants.
func (c choice) speaks(agent *routingv1.Agent) bool {
	for _, language := range append(slices.Clone(c.complaint.Needs.GetLanguages()), c.complaint.Language) {
		if language != "" && !slices.Contains(agent.GetLanguages(), language) {
			return false
		}
	}
	return true
}

// lacking is the first skill that the rule wants and somebody has not, or less of; empty for none.
func (c choice) lacking(agent *routingv1.Agent) string {
	for _, wanted := range c.complaint.Needs.GetSkills() {
		if !slices.ContainsFunc(agent.GetSkills(), func(has *routingv1.Skill) bool {
			return has.GetName() == wanted.GetName() && has.GetLevel() >= wanted.GetLevel()
		}) {
			return wanted.GetName()
		}
	}
	return ""
}

// room is how many open complaints somebody has at most.
func (c choice) room(agent *routingv1.Agent) int32 {
	if agent.Capacity != nil {
		return agent.GetCapacity()
	}
	return c.capacity
}

// recused tells whether somebody is complained about, or stands directly above or below who is (ROUTE-2).
func (c choice) recused(agent *routingv1.Agent) bool {
	return slices.ContainsFunc(c.complaint.targets(), func(target string) bool {
		return agent.GetName() == target || agent.GetSupervisor() == target || agent.GetName() == c.directory.agent(target).GetSupervisor()
	})
}

// accused tells whether somebody of this name is complained about.
func (c choice) accused(name string) bool {
	return slices.Contains(c.complaint.targets(), name)
}

// recusedBut is recused, but for one person, whom it bars only from what is complained about that very person.
func (c choice) recusedBut(name string) func(*routingv1.Agent) bool {
	return func(agent *routingv1.Agent) bool {
		return c.recused(agent) && (agent.GetName() != name || c.accused(name))
	}
}

// firstOf is the first of these people who is not recused; empty for nobody.
func (c choice) firstOf(names ...string) string {
	for _, name := range names {
		if person := c.directory.agent(name); person != nil && !c.recused(person) {
			return name
		}
	}
	return ""
}

// choose picks who takes a complaint, and says why: of those who can, somebody who knows the customer, else the one with the fewest
// open complaints for the capacity, then the one who has waited longest, then by name so that the choice is the same everywhere. When
// nobody can it says what stands in the way of how many (ROUTE-2).
func (c choice) choose(candidates []Candidate) (agent, why string) {
	counts := map[obstacle]int{}
	var able []Candidate
	for _, candidate := range candidates {
		if found := c.obstacle(candidate); found != none {
			counts[found]++
			continue
		}
		able = append(able, candidate)
	}
	if len(able) == 0 {
		return "", "nobody of the department is available" + told(counts) + ", so it waits in the queue"
	}
	best := slices.MinFunc(able, func(a, b Candidate) int {
		return cmp.Or(
			-cmp.Compare(truth(a.KnowsCustomer), truth(b.KnowsCustomer)),
			cmp.Compare(c.weight(a, b), c.weight(b, a)),
			a.LastAssigned.Compare(b.LastAssigned),
			cmp.Compare(a.Agent, b.Agent),
		)
	})
	if best.KnowsCustomer {
		return best.Agent, "handles another open complaint of this customer"
	}
	return best.Agent, "has the fewest open complaints, for their capacity, of those available"
}

// weight is the load of one beside another one: the shares of their capacities over one denominator.
func (c choice) weight(a, beside Candidate) int64 {
	return int64(a.OpenCount) * int64(c.room(c.directory.agent(agentName(beside.Agent))))
}

// told lists obstacles with how many people each stops: " (2 off shift, 1 absent)".
func told(counts map[obstacle]int) string {
	var parts []string
	for _, o := range obstacles() {
		if counts[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[o], o))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
