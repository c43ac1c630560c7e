package followup

import "slices"

// recused refuses whom the complaint, or one that went on in it, is about: nobody handles a complaint about themselves, whoever is in charge of
// it (ROUTE-2). Errors: AGENT_RECUSED.
func (l ledger) recused() error { return l.Complaint.recuses(l.actor) }

// recuses is recused of somebody. Errors: AGENT_RECUSED.
func (c *Complaint) recuses(who string) error {
	if slices.Contains(c.About, who) {
		return agentRecused(complaintName(c.ID))
	}
	return nil
}
