package routing

import (
	"context"
	"slices"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Apply takes note of intake's, followup's, remedy's and review's facts (eventlog.Applier). Facts that do not concern routing are accepted and ignored.
func (s *Service) Apply(ctx context.Context, e *eventv1.Event, p *eventv1.Payload) (bool, error) {
	if owed := owedBy(p); owed != nil {
		return s.deps.Queues.Owe(ctx, e, *owed)
	}
	if overdue := p.GetImprovementOverdue(); overdue != nil {
		return s.applyOverdue(ctx, e, overdue)
	}
	if h := heardOf(e.GetActor(), p); h != nil {
		return s.applyHeard(ctx, e, h)
	}
	change := changeBy(e, p)
	first, err := s.deps.Store.Change(ctx, change, func(c *Case) error {
		switch k := p.GetKind().(type) {
		case *eventv1.Payload_ComplaintReceived:
			c.received(e.GetSubject(), k.ComplaintReceived)
		case *eventv1.Payload_ComplaintImported:
			c.imported(e, k.ComplaintImported)
		case *eventv1.Payload_ComplaintReopened:
			c.reopened(e.GetSubject(), e.GetCycle(), k.ComplaintReopened)
		case *eventv1.Payload_ComplaintResolved, *eventv1.Payload_ComplaintClosed:
			if c.Complaint.ID == "" {
				return ErrUnknown // Its beginning is still to come: the relay delivers the end again.
			}
			c.ended(e.GetCycle())
			c.Changes.Over = &Over{Cycle: e.GetCycle(), Time: e.GetRecordTime().AsTime()}
		case *eventv1.Payload_SeverityChanged:
			c.attended(e.GetCycle(), k.SeverityChanged.GetSeverity())
		case *eventv1.Payload_ComplaintAbsorbed:
			c.about(k.ComplaintAbsorbed.GetTargetAgents())
			c.noteParts(p)
			return s.recuse(ctx, c, "another complaint went on in this one")
		case *eventv1.Payload_TargetNamed:
			c.about(k.TargetNamed.GetTargetAgents())
			return s.recuse(ctx, c, "it turned out whom the complaint is about")
		default:
			c.noteFacts(p)
			c.noteParts(p)
		}
		return nil
	})
	s.heed(p)
	return first, s.unknown(err, change.Complaint)
}

// received notes a new complaint.
func (c *Case) received(subject string, r *eventv1.ComplaintReceived) {
	if c.Complaint.ID != "" {
		return
	}
	next := Complaint{
		ID: complaintID(subject), Customer: r.GetCustomer(), TargetKind: r.GetTargetKind(), Severity: r.GetSeverity(), Cycle: 1,
		Language: r.GetLanguageCode(), TargetAgent: agentID(r.GetTargetAgent()),
		Facts: receivedFacts(r),
	}
	if at := r.GetReceiveTime(); at != nil {
		next.ReceiveTime = at.AsTime()
	}
	c.put(next)
	c.Changes.Reference = r.GetReference()
}

// imported notes a complaint that had ended when it was put on record (REC-8). Nobody is in charge of it; but the ladder can be told of
// what its customer says now.
func (c *Case) imported(e *eventv1.Event, i *eventv1.ComplaintImported) {
	if c.Complaint.ID != "" {
		return
	}
	c.put(Complaint{
		ID: complaintID(e.GetSubject()), Customer: i.GetCustomer(), TargetKind: i.GetTargetKind(), Severity: i.GetSeverity(),
		Cycle: e.GetCycle(), Ended: true, TargetAgent: agentID(i.GetTargetAgent()), Facts: &routingv1.RoutingFacts{Channel: i.GetChannel(), Imported: true},
	})
	c.Changes.Reference = i.GetReference()
}

// reopened begins the next cycle with the same people, whose load grows again.
func (c *Case) reopened(subject string, cycle int32, r *eventv1.ComplaintReopened) {
	next := c.Complaint
	if cycle <= next.Cycle {
		return
	}
	if next.ID == "" || next.Ended {
		c.load(next.Assignee, 1)
	}
	next.ID, next.Cycle, next.Ended = complaintID(subject), cycle, false
	next.Customer, next.TargetKind, next.Severity = r.GetCustomer(), r.GetTargetKind(), r.GetSeverity()
	next.Language, next.TargetAgent = r.GetLanguageCode(), agentID(r.GetTargetAgent())
	c.put(next)
}

// ended takes the complaint off the assignee's load. The end of an older cycle changes nothing.
func (c *Case) ended(cycle int32) {
	next := c.Complaint
	if next.Ended || cycle != next.Cycle {
		return
	}
	next.Ended = true
	c.load(next.Assignee, -1)
	c.put(next)
}

// attended notes how much attention the complaint gets (RISK-5). One that is not known was imported before routing was told of such:
// nothing is to be attended to, and its reopening, which tells all there is to know, must not wait.
func (c *Case) attended(cycle int32, severity policyv1.Severity) {
	next := c.Complaint
	if next.ID == "" || next.Severity == severity || cycle != next.Cycle {
		return
	}
	next.Severity = severity
	c.put(next)
}

// about notes whom the complaint turns out to be about, or one was that goes on in it: they judge neither (ROUTE-2). A complaint that is not
// known was imported before routing was told of such.
func (c *Case) about(people []string) {
	next := c.Complaint
	if next.ID == "" {
		return
	}
	about := slices.Clone(next.AlsoAbout)
	for _, name := range people {
		if id := agentID(name); id != "" && !slices.Contains(about, id) {
			about = append(about, id)
		}
	}
	if len(about) > len(next.AlsoAbout) {
		next.AlsoAbout = about
		c.put(next)
	}
}

func (c *Case) put(next Complaint) {
	next.countWaiting()
	c.Complaint = next
	c.Changes.Complaint = &next
}
