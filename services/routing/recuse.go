package routing

import (
	"context"
	"fmt"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// changeBy is what a fact of another service changes. Whom a complaint turns out to be about may put somebody else in charge, which takes the
// directory.
func changeBy(e *eventv1.Event, p *eventv1.Payload) Change {
	return Change{Complaint: complaintID(e.GetSubject()), Event: e, Ladder: p.GetComplaintAbsorbed() != nil || p.GetTargetNamed() != nil}
}

// recuse takes a complaint from who must not have it any more, because of whom it turned out to be about, or is since another one went on in it
// (ROUTE-2): it goes to whoever takes the place of somebody absent, or else waits in the queue. A hand-off that is open goes on: whoever is in charge by then
// owes until it is answered. So does what has ended: whoever is in charge asks the customer afterwards (FUP-1). What was given to nobody in this
// cycle yet is judged when it is assigned.
func (s *Service) recuse(ctx context.Context, c *Case, since string) error {
	present := c.Complaint
	if present.ID == "" || present.Assignee == "" || present.AssignedCycle < present.Cycle {
		return nil
	}
	d, err := c.Look()
	if err != nil {
		return err
	}
	name := agentName(present.Assignee)
	if person := d.agent(name); person == nil || !s.choice(d, present, s.now()).recused(person) {
		return nil
	}
	candidates, err := c.Candidates(present.Department)
	if err != nil {
		return err
	}
	next := present
	var chosen string
	next.Assignee, chosen = s.stepIn(c.Directory, present, without(candidates, present.Assignee))
	next.Reason = fmt.Sprintf("Department %s as before; %s is %s since %s; %s.", present.Department, name, recused, since, chosen)
	s.hand(ctx, c, next)
	return nil
}
