package followup

import (
	"slices"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// Complaint is what followup keeps of intake's complaint.
type Complaint struct {
	// ID is the complaint's id; empty when followup has not heard of it.
	ID string
	// Customer is "customers/{customer}", whose data key seals free text.
	Customer string
	// Reference is what the customer knows the complaint by.
	Reference string
	// Language is the customer's.
	Language string
	// Severity set the clocks of the newest cycle.
	Severity policyv1.Severity
	// Cycle is the newest cycle.
	Cycle int32
	// ReceiveTime is when the newest cycle began.
	ReceiveTime time.Time
	// Ended is true when the newest cycle was resolved or closed.
	Ended bool
	// PhoneTime is when the customer's number was last corrected; zero for never.
	PhoneTime time.Time
	// About are the agents whom it, or a complaint that went on in it, is about: "agents/{agent}". They do not decide on it.
	About []string
	// Department and Assignee are who is in charge: "departments/{department}", "agents/{agent}"; empty while nobody is, or it is not known here.
	Department, Assignee string
}

// Case is one complaint with all its duties as one transaction sees them. It
// collects what the transaction shall write: the methods that change a duty
// also draft the event that tells of it.
type Case struct {
	// Complaint is the complaint; its ID is empty when it is not known here.
	Complaint Complaint
	// Duties are those of all cycles, by cycle and due time.
	Duties []*Duty
	// Notifications are the messages to the customer, in a change that asks for
	// them.
	Notifications []Notification
	// Attempts are those of the cycle that the change asks for, oldest first.
	Attempts []Attempt
	// Written are agents' messages since the time that the change asks for, oldest first.
	Written []Record
	// Promises are those of all cycles, in the order in which they were put on record; read by a change alone.
	Promises []*Promise
	// Touches are those of all cycles, by cycle and number, in a change that asks for them.
	Touches []*Touch
	// Neighbours are the touches of other complaints of the customer that are to come, and were asked of late, in a change that asks for them.
	Neighbours []*Touch
	// Changes is what is to be written.
	Changes Changes
}

// Changes is what a transaction shall write.
type Changes struct {
	// Complaint is written whole, as a new row or over the one that exists.
	Complaint *Complaint
	// InCharge is true when somebody else is in charge by Complaint: what follows its resolution is theirs from now on.
	InCharge bool
	// Opened are new duties.
	Opened []*Duty
	// Touched are duties that exist and have changed, but for their due and warn
	// times.
	Touched []*Duty
	// Rescheduled are duties that exist and of which these times have changed.
	Rescheduled []*Duty
	// Moved are duties that exist and which a pause, its end or an extension has given other times.
	Moved []*Duty
	// Attempt is a new attempt.
	Attempt *Attempt
	// Judged is an attempt that exists and was judged.
	Judged *Attempt
	// Callback is a callback that exists and is due by the customer's wish, or that a notice is to stand in for. It alone may be due later.
	Callback *Duty
	// Notification is a message that was sent.
	Notification *Notification
	// Posted are messages that were put on record or have changed, and were not sent.
	Posted []Notification
	// Bounced is an address that is used no more.
	Bounced *Unusable
	// Usable are addresses that are used again.
	Usable []Unusable
	// Wish is what the customer says about surveys.
	Wish *Wish
	// Record is what may prove something, as intake tells of it.
	Record *Record
	// Promised are new promises.
	Promised []*Promise
	// Revised are promises that exist, of which evidence and settler have changed.
	Revised []*Promise
	// Planned are new touches.
	Planned []*Touch
	// Retouched are touches that exist and have changed.
	Retouched []*Touch
	// Survey is the token of a message that was sent.
	Survey *Survey
	// Drafts are the events of all this, in order.
	Drafts []eventlog.Draft
}

// Duty finds a duty by its id; nil when the complaint has no such duty.
func (c *Case) Duty(id string) *Duty {
	for _, d := range c.Duties {
		if d.ID == id {
			return d
		}
	}
	return nil
}

// Notification finds a message that was sent by its id.
func (c *Case) Notification(id string) (Notification, bool) {
	i := slices.IndexFunc(c.Notifications, func(n Notification) bool { return n.ID == id })
	if i < 0 {
		return Notification{}, false
	}
	return c.Notifications[i], true
}

// ofCycle are the duties of one cycle.
func (c *Case) ofCycle(cycle int32) []*Duty {
	var duties []*Duty
	for _, d := range c.Duties {
		if d.Cycle == cycle {
			duties = append(duties, d)
		}
	}
	return duties
}

// touch marks a duty as changed, once, and not when it is new anyway.
func (c *Case) touch(d *Duty) {
	if !slices.Contains(c.Changes.Opened, d) && !slices.Contains(c.Changes.Touched, d) {
		c.Changes.Touched = append(c.Changes.Touched, d)
	}
}
