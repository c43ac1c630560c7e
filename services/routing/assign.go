package routing

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// AssignComplaint puts somebody in charge: the department by rule, then the person (ROUTE-1, ROUTE-2). Once per cycle;
// asking again answers what was decided. A complaint that was assigned in an earlier cycle keeps its people.
func (s *Service) AssignComplaint(ctx context.Context, req *routingv1.AssignComplaintRequest) (*routingv1.Assignment, error) {
	var after Case
	_, err := s.deps.Store.Change(ctx, Change{Complaint: complaintID(req.GetComplaint())}, func(c *Case) error {
		if c.Complaint.ID == "" || req.GetCycle() > c.Complaint.Cycle {
			return ErrUnknown
		}
		if c.Complaint.AssignedCycle < req.GetCycle() {
			if err := s.assign(ctx, c, req.GetCycle()); err != nil {
				return err
			}
		}
		after = *c
		return nil
	})
	if err != nil {
		return nil, s.unknown(err, complaintID(req.GetComplaint()))
	}
	if after.Directory == nil { // It was assigned before.
		if after.Directory, err = s.deps.Directory.Directory(ctx); err != nil {
			return nil, err
		}
	}
	return s.queued(&after), nil
}

// assign decides for one cycle.
func (s *Service) assign(ctx context.Context, c *Case, cycle int32) error {
	next := c.Complaint
	if err := s.decide(ctx, c, &next); err != nil {
		return err
	}
	next.AssignedCycle, next.AssignTime = cycle, s.now()
	c.put(next)
	c.Changes.Drafts = append(c.Changes.Drafts, assigned(ctx, next, cycle))
	if !next.Ended {
		s.notify(c, takenOver(next))
	}
	return nil
}

// reassigned is the event of an assignment that takes the place of another one of the same cycle.
func reassigned(ctx context.Context, d *Directory, c Complaint) eventlog.Draft {
	draft := assigned(ctx, c, c.Cycle)
	told := draft.Payload.GetComplaintAssigned()
	told.Changed, told.TeamAlias = true, d.department(c.Department).GetAlias()
	return draft
}

// reassignTime is the time of an assignment that takes the place of this one: now, but later than this one, so that the two are told
// apart by it.
func (c Complaint) reassignTime(now time.Time) time.Time {
	if least := c.AssignTime.Add(time.Microsecond); now.Before(least) {
		return least
	}
	return now
}

// assigned is the event of an assignment.
func assigned(ctx context.Context, c Complaint, cycle int32) eventlog.Draft {
	return eventlog.Draft{
		Subject: complaintName(c.ID), Cycle: cycle, Actor: actorOrSelf(ctx), RecordTime: c.AssignTime,
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssigned{ComplaintAssigned: &eventv1.ComplaintAssigned{
			Department: departmentName(c.Department), Assignee: agentName(c.Assignee), Reason: c.Reason,
			RuleSet: ruleSetName(c.RuleSet), Rule: c.Rule,
		}}},
	}
}

// decide finds department and person for a complaint. Those of the cycle before keep it, unless the department is no more or the
// person has left, or must not have it now (ROUTE-2).
func (s *Service) decide(ctx context.Context, c *Case, next *Complaint) error {
	p, candidates, err := s.look(c, *next)
	if err != nil {
		return err
	}
	judge := s.choice(c.Directory, *next, s.now())
	if agent := c.Directory.agent(agentName(next.Assignee)); p.kept && isActive(agent) && !judge.recused(agent) {
		next.Reason = "the same people as in the cycle before"
		return nil
	}
	s.tellFailed(ctx, *next, p)
	next.Department, next.RuleSet, next.Rule, next.Needs = p.department, p.set, p.rule, p.needs
	if !next.Ended {
		c.load(next.Assignee, -1)
	}
	var why string
	next.Assignee, why = s.choice(c.Directory, *next, s.now()).choose(candidates)
	next.Reason = p.reason(why)
	c.Changes.Taken = next.Assignee
	if !next.Ended {
		c.load(next.Assignee, 1)
	}
	return nil
}

// mostLooks bounds how often a directory that changes meanwhile has the department found anew.
const mostLooks = 3

// look finds the department, locks it and lists its people. The department is found before the lock and judged by the directory behind it.
func (s *Service) look(c *Case, next Complaint) (p plan, candidates []Candidate, err error) {
	d, err := c.Look()
	for range mostLooks {
		if err != nil {
			return plan{}, nil, err
		}
		p = s.plan(d, next, c.Level())
		candidates, err = c.Candidates(p.department)
		if err == nil && c.Directory.Version == d.Version {
			return p, candidates, nil
		}
		d = c.Directory
	}
	return p, candidates, err
}

// choice is the choice among the people of a complaint's department at a time.
func (s *Service) choice(d *Directory, c Complaint, now time.Time) choice {
	return choice{directory: d, complaint: c, now: now, capacity: s.deps.Policy.Proto().GetRouting().GetCapacity()}
}

// GetAssignment reads who is in charge of a complaint.
func (s *Service) GetAssignment(ctx context.Context, req *routingv1.GetAssignmentRequest) (*routingv1.Assignment, error) {
	complaint := complaintID(trimAssignment(req.GetName()))
	c, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	if c.Complaint.AssignedCycle == 0 {
		return nil, notAssigned(complaint)
	}
	return assignment(c), nil
}
