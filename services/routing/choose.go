package routing

import (
	"cmp"
	"slices"
)

// choose picks who takes a complaint, and says why: somebody who knows the customer, else the one with the fewest open
// complaints, then the one who has waited longest, then by name so that the choice is the same everywhere (ROUTE-2).
func choose(d *Directory, candidates []Candidate) (agent, why string) {
	candidates = slices.DeleteFunc(candidates, func(c Candidate) bool { return !d.agent(agentName(c.Agent)).GetTakesComplaints() })
	if len(candidates) == 0 {
		return "", "nobody of the department is available, so it waits in the queue"
	}
	best := slices.MinFunc(candidates, func(a, b Candidate) int {
		return cmp.Or(
			-cmp.Compare(truth(a.KnowsCustomer), truth(b.KnowsCustomer)),
			cmp.Compare(a.OpenCount, b.OpenCount),
			a.LastAssigned.Compare(b.LastAssigned),
			cmp.Compare(a.Agent, b.Agent),
		)
	})
	if best.KnowsCustomer {
		return best.Agent, "handles another open complaint of this customer"
	}
	return best.Agent, "has the fewest open complaints of those available"
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
