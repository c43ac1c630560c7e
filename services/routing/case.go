package routing

import (
	"slices"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// Complaint is what routing keeps of intake's complaint, and who is in charge of it.
type Complaint struct {
	// ID is the complaint's id; empty when routing has not heard of it.
	ID string
	// Customer is "customers/{customer}": the same person is asked to handle one customer's complaints.
	Customer string
	// TargetKind is what it is about.
	TargetKind policyv1.TargetKind
	// Severity is its severity.
	Severity policyv1.Severity
	// Language is the customer's; empty when it is not known.
	Language string
	// TargetAgent is the id of the agent who is complained about; empty for nobody of the directory.
	TargetAgent string
	// AlsoAbout are the ids of the agents who turned out to be complained about, or are in complaints that went on in this one.
	AlsoAbout []string
	// Cycle is the newest cycle.
	Cycle int32
	// Ended is true when the newest cycle was resolved or closed.
	Ended bool
	// Department is the department's id; empty before the complaint is assigned.
	Department string
	// Assignee is the agent's id; empty while the complaint waits in the department's queue.
	Assignee string
	// Reason says why this department and person.
	Reason string
	// AssignedCycle is the newest cycle that was assigned; 0 for none.
	AssignedCycle int32
	// AssignTime is when that was.
	AssignTime time.Time
	// UnassignedSince is since when nobody has been in charge, in whatever queue; zero when somebody is, or nobody has to be.
	UnassignedSince time.Time
	// ReceiveTime is when the complaint was received; zero when routing was not told.
	ReceiveTime time.Time
	// TakenFrom is the agent's id from whom it was taken by hand, while it waits: it does not go back there by itself. Empty for nobody.
	TakenFrom string
	// Facts are what rules go by that is not among the above; nil for nothing. They are never changed, only replaced.
	Facts *routingv1.RoutingFacts
	// RuleSet is the number of the set of rules that found the department; 0 when rules were not asked.
	RuleSet int32
	// Rule is the id of the rule that matched; empty when none did.
	Rule string
	// Needs is what that rule wants of whoever takes the complaint; nil for nothing.
	Needs *routingv1.Needs
}

// targets are the names of all who are complained about.
func (c Complaint) targets() []string {
	var names []string
	for _, id := range append([]string{c.TargetAgent}, c.AlsoAbout...) {
		if id != "" {
			names = append(names, agentName(id))
		}
	}
	return names
}

// Candidate is an active agent of a department, as far as complaints tell.
type Candidate struct {
	// Agent is the agent's id.
	Agent string
	// OpenCount is the agent's load.
	OpenCount int32
	// LastAssigned is when the agent was last given a complaint; zero for never.
	LastAssigned time.Time
	// KnowsCustomer is true when the agent handles an open complaint of the same customer.
	KnowsCustomer bool
}

// Case is one complaint as one transaction sees it, and what the transaction shall write.
type Case struct {
	// Complaint is the complaint; its ID is empty when it is not known here.
	Complaint Complaint
	// Escalations are the complaint's, oldest first; none in a change that an event causes, unless Change.Ladder says so.
	Escalations []Escalation
	// Notices are the ids of the notices on record, in a change that asks for them.
	Notices []string
	// Waiting are the ids of those that were not sent yet.
	Waiting []string
	// Offers are the complaint's hand-offs, oldest first; only where it is given to somebody else by hand or by a pass.
	Offers []HandOff
	// Directory is the directory as it is; in a change nil until Candidates was called.
	Directory *Directory
	// Look reads the directory before anything is locked for it, to find the department. Usable only inside of a change that no event
	// causes, or in which Change.Ladder says so.
	Look func() (*Directory, error)
	// Candidates lists the active people of a department with their loads, and reads the directory. It locks the department until
	// the transaction ends, so that the next assignment sees this one's load. Usable only inside of Change.
	Candidates func(department string) ([]Candidate, error)
	// Changes is what is to be written.
	Changes Changes
}

// Changes is what a transaction shall write.
type Changes struct {
	// Complaint is written whole, as a new row or over the one that exists.
	Complaint *Complaint
	// Loads changes agents' loads by agent id.
	Loads map[string]int32
	// Taken is the agent who was just given the complaint; empty for none.
	Taken string
	// Escalation is written whole.
	Escalation *Escalation
	// Notice is a new notice.
	Notice *Notice
	// Over is a cycle that has ended: what is before the ladder in it is resolved; none for nil.
	Over *Over
	// Further are more new notices.
	Further []Notice
	// Recalled are the ids of notices that nobody is told of any more. What is being told by itself, or stands among others that are, stays.
	Recalled []string
	// Parts are the names of items, demands and attempts to reach the customer that the complaint has from now on, besides those it had.
	Parts []string
	// Reference is what staff and customer know the complaint by; empty leaves it as it is.
	Reference string
	// Drafts are the events of all this, in order.
	Drafts []eventlog.Draft
}

// Over is the end of a cycle.
type Over struct {
	// Cycle is the cycle.
	Cycle int32
	// Time is when its end was recorded. What was raised before is resolved by it, but for what is owed to an authority (REC-6); what
	// was raised after it has no workflow, and climbs by itself.
	Time time.Time
}

// Escalation returns the escalation of this id, nil when there is none.
func (c *Case) Escalation(id string) *Escalation {
	for i := range c.Escalations {
		if c.Escalations[i].ID == id {
			return &c.Escalations[i]
		}
	}
	return nil
}

// Told is true when the notice is on record: it was sent before, or waits.
func (c *Case) Told(notice string) bool { return slices.Contains(c.Notices, notice) }

// Waits is true while the notice is on record and was not sent.
func (c *Case) Waits(notice string) bool { return slices.Contains(c.Waiting, notice) }

// Level is the highest level that escalations of the complaint have reached.
func (c *Case) Level() int32 {
	var level int32
	for _, e := range c.Escalations {
		level = max(level, e.Peak)
	}
	return level
}

// countWaiting keeps since when nobody is in charge, after who is in charge has changed: a move from queue to queue does not begin the
// time anew (ROUTE-4).
func (c *Complaint) countWaiting() {
	switch {
	case c.Assignee != "" || c.Ended || c.AssignedCycle < c.Cycle:
		c.UnassignedSince, c.TakenFrom = time.Time{}, ""
	case c.UnassignedSince.IsZero():
		c.UnassignedSince = c.AssignTime
	}
}

// load remembers that an agent's load changes.
func (c *Case) load(agent string, by int32) {
	if agent == "" {
		return
	}
	if c.Changes.Loads == nil {
		c.Changes.Loads = map[string]int32{}
	}
	c.Changes.Loads[agent] += by
}
