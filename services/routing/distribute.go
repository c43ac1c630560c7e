package routing

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

const (
	// handful is how many complaints are read at a time.
	handful = 200
	// calm is the part of the interval that passes between two looks, however often something happens.
	calm = 20
)

// Distribute gives what waits to whoever can take it, and what the absent have to others, once an interval and whenever somebody may have
// room, until ctx ends. Any number of processes may do so at a time.
func (s *Service) Distribute(ctx context.Context) error {
	every := s.deps.Policy.Proto().GetQueues().GetLook().AsDuration()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if err := s.Hand(ctx); err != nil && ctx.Err() == nil {
			s.deps.Logger.WarnContext(ctx, "complaints wait longer for somebody", "error", err)
		}
		select { // What happens meanwhile is looked at together.
		case <-ctx.Done():
			return nil
		case <-time.After(every / calm):
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-s.freed:
		}
	}
}

// Hand makes one pass: first what the absent have goes to others, or waits; then what waits goes to whoever can take it, by next due time,
// then the more severe first. What fails is told at the end, and holds up nothing else. Each complaint is judged again in the transaction that gives it, so that passes of several processes at once
// lose and double nothing, and nobody gets what they cannot have (ROUTE-2).
func (s *Service) Hand(ctx context.Context) error {
	d, err := s.deps.Directory.Directory(ctx)
	if err != nil {
		return err
	}
	failed := s.handFromAbsent(ctx, d)
	standing, err := s.deps.Queues.Standing(ctx)
	if err != nil {
		return errors.Join(failed, err)
	}
	for _, id := range slices.Sorted(maps.Keys(standing)) {
		if id == "" || standing[id].Waiting == 0 { // What has no department yet is about to be assigned.
			continue
		}
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
		failed = errors.Join(failed, s.handWaiting(ctx, d, id))
	}
	return failed
}

// heed has a pass made when a fact has given somebody room.
func (s *Service) heed(p *eventv1.Payload) {
	switch p.GetKind().(type) {
	case *eventv1.Payload_ComplaintResolved, *eventv1.Payload_ComplaintClosed, *eventv1.Payload_ComplaintAbsorbed,
		*eventv1.Payload_TargetNamed:
		s.wake()
	}
}

// wake has the next pass made soon.
func (s *Service) wake() {
	select {
	case s.freed <- struct{}{}:
	default: // One is to be made already.
	}
}

// handWaiting gives what waits in a department. What can be seen to be for nobody costs no transaction.
func (s *Service) handWaiting(ctx context.Context, d *Directory, department string) error {
	candidates, err := s.crew(ctx, d, department)
	if err != nil || !slices.ContainsFunc(candidates, s.choice(d, Complaint{}, s.now()).free) {
		return err
	}
	return s.each(ctx, Selection{Departments: []string{department}, Waiting: true}, func(q Queued) (more bool, err error) {
		if agent, _ := s.choice(d, q.Complaint, s.now()).choose(candidates); agent == "" {
			return true, nil
		}
		taker, err := s.handOn(ctx, q.Complaint, false)
		if at := slices.IndexFunc(candidates, func(k Candidate) bool { return k.Agent == taker }); at >= 0 {
			candidates[at].OpenCount++
		}
		return slices.ContainsFunc(candidates, s.choice(d, Complaint{}, s.now()).free), err
	})
}

// free tells whether somebody could be given anything at all.
func (c choice) free(candidate Candidate) bool { return c.obstacle(candidate) == none }

// crew are the people of a department with their loads.
func (s *Service) crew(ctx context.Context, d *Directory, department string) ([]Candidate, error) {
	var ids []string
	for _, name := range d.members[departmentName(department)] {
		if isActive(d.agent(name)) {
			ids = append(ids, agentID(name))
		}
	}
	loads, err := s.deps.Directory.Loads(ctx, ids)
	candidates := make([]Candidate, len(ids))
	for i, id := range ids {
		candidates[i] = Candidate{Agent: id, OpenCount: loads[id]}
	}
	return candidates, err
}

// handFromAbsent gives what those have who are away for long. It is done by whoever sees it first after the absence has begun.
func (s *Service) handFromAbsent(ctx context.Context, d *Directory) error {
	var gone []string
	for name := range d.resources {
		if agent := d.agent(name); isActive(agent) {
			if _, leaves := s.leaves(d, agent); leaves {
				gone = append(gone, agentID(name))
			}
		}
	}
	if len(gone) == 0 {
		return nil
	}
	slices.Sort(gone)
	loads, err := s.deps.Directory.Loads(ctx, gone)
	if err != nil {
		return err
	}
	var failed error
	for _, id := range gone {
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
		if loads[id] > 0 {
			failed = errors.Join(failed, s.handFrom(ctx, d, id))
		}
	}
	return failed
}

// handFrom gives what one of them has. Of somebody off shift it is seen beforehand what nobody can take.
func (s *Service) handFrom(ctx context.Context, d *Directory, id string) error {
	crews := map[string][]Candidate{}
	why, _ := s.leaves(d, d.agent(agentName(id)))
	return s.each(ctx, Selection{Assignees: []string{id}}, func(q Queued) (more bool, err error) {
		of := q.Complaint.Department
		if crews[of] == nil && why == offShift {
			if crews[of], err = s.crew(ctx, d, of); err != nil {
				return false, err
			}
		}
		if taker, _ := s.choice(d, q.Complaint, s.now()).choose(crews[of]); taker == "" && why == offShift {
			return true, nil
		}
		_, err = s.handOn(ctx, q.Complaint, true)
		return true, err
	})
}

// leaves tells whether what somebody has is to go to others now, and why: absent for long, or, if the policy says so, off shift.
func (s *Service) leaves(d *Directory, agent *routingv1.Agent) (why obstacle, leaves bool) {
	rules, now := s.deps.Policy.Proto().GetQueues(), s.now()
	if a := absence(agent, now); a != nil {
		return away, a.GetEndTime().AsTime().Sub(a.GetStartTime().AsTime()) > rules.GetAbsentLongerThan().AsDuration()
	}
	return offShift, rules.GetPassOnAtShiftEnd() && !d.onShift(agent.GetName(), now)
}

// each reads what is selected from the first to the last, as long as more is wanted. What fails for one holds up none of the others.
func (s *Service) each(ctx context.Context, selection Selection, do func(Queued) (more bool, err error)) error {
	selection.Limit = handful
	var failed error
	for {
		page, err := s.deps.Queues.Queue(ctx, selection)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, q := range page {
			more, err := do(q)
			if failed = errors.Join(failed, err); !more || ctx.Err() != nil {
				return failed
			}
		}
		if len(page) < handful {
			return failed
		}
		selection.After = &page[len(page)-1]
	}
}

// handOn gives a complaint that waits, or whose person leaves, to another one who can take it. If nobody can, that of somebody who is
// absent waits; that of somebody off shift stays, and so does what waits. The taker is empty for nobody. Whatever changed since it was seen
// is left to whoever changed it.
func (s *Service) handOn(ctx context.Context, seen Complaint, fromAbsent bool) (taker string, err error) {
	_, err = s.deps.Queues.Reassign(ctx, seen.ID, eventlog.Cause{}, func(c *Case) error {
		taker = ""
		present := c.Complaint
		if present.Ended || present.Assignee != seen.Assignee || present.Department != seen.Department || present.AssignedCycle < present.Cycle {
			return nil
		}
		if open := c.offered(s.now()); open != nil && !open.Undecided() {
			return nil // Who gives it owes it until the others have answered (ROUTE-3).
		}
		candidates, err := c.Candidates(present.Department)
		if err != nil {
			return err
		}
		next, why := present, none
		if fromAbsent {
			found, leaves := s.leaves(c.Directory, c.Directory.agent(agentName(present.Assignee)))
			if !leaves || found == offShift && !c.Directory.workedSince(agentName(present.Assignee), present.AssignTime, s.now()) {
				return nil
			}
			why = found
		}
		var chosen string
		next.Assignee, chosen = s.stepIn(c.Directory, present, without(candidates, present.Assignee))
		switch {
		case next.Assignee == "" && (!fromAbsent || why == offShift):
			return nil
		case fromAbsent:
			next.Reason = fmt.Sprintf("Department %s as before; %s is %s; %s.", present.Department, agentName(present.Assignee), why, chosen)
		default:
			next.Reason = fmt.Sprintf("Department %s as before; it has waited, and who takes it %s.", present.Department, chosen)
		}
		s.hand(ctx, c, next)
		taker = next.Assignee
		return nil
	})
	return taker, err
}

// stepIn chooses who takes a complaint over: the delegate of an absence, if that one can, else whom routing chooses.
func (s *Service) stepIn(d *Directory, c Complaint, candidates []Candidate) (agent, why string) {
	judge := s.choice(d, c, s.now())
	if a := absence(d.agent(agentName(c.Assignee)), judge.now); a.GetDelegate() != "" {
		at := slices.IndexFunc(candidates, func(k Candidate) bool { return agentName(k.Agent) == a.GetDelegate() })
		if at >= 0 && judge.obstacle(candidates[at]) == none {
			return candidates[at].Agent, "the delegate takes it"
		}
	}
	return judge.choose(candidates)
}

// without leaves somebody out.
func without(candidates []Candidate, agent string) []Candidate {
	return slices.DeleteFunc(candidates, func(k Candidate) bool { return k.Agent == agent })
}
