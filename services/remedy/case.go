package remedy

import (
	"cmp"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// Complaint is what remedy keeps of intake's complaint.
type Complaint struct {
	// ID is the complaint's id; empty when remedy has not heard of it.
	ID string
	// Customer is "customers/{customer}", whose data key seals what is proposed.
	Customer string
	// Cycle is the newest cycle.
	Cycle int32
	// End is how the newest cycle ended: RESOLVED or CLOSED; unspecified while it goes on.
	End intakev1.Complaint_State
}

// Ended is true when the newest cycle was resolved or closed.
func (c Complaint) Ended() bool { return c.End != intakev1.Complaint_STATE_UNSPECIFIED }

// before tells whether a complaint can go on to the other place: to a later cycle, or to the end of its own. It makes the facts
// of a complaint add up to the same in every order.
func (c Complaint) before(cycle int32, end intakev1.Complaint_State) bool {
	return c.Cycle < cycle || c.Cycle == cycle && c.End < end
}

// Case is one complaint as one transaction sees it, and what the transaction shall write.
type Case struct {
	// Complaint is the complaint; its ID is empty when it is not known here.
	Complaint Complaint
	// Changes is what is to be written.
	Changes Changes
}

// Changes is what a transaction shall write.
type Changes struct {
	// Complaint is written whole, as a new row or over the one that exists.
	Complaint *Complaint
	// Remedy is a new remedy.
	Remedy *Remedy
	// Drafts are the events of all this, in order.
	Drafts []eventlog.Draft
}

// advance notes where the complaint stands. What is older than that which is known changes nothing. An empty customer is the one
// that is known.
func (c *Case) advance(next Complaint) {
	if !c.Complaint.before(next.Cycle, next.End) {
		return
	}
	next.Customer = cmp.Or(next.Customer, c.Complaint.Customer)
	c.Complaint = next
	c.Changes.Complaint = &next
}

// propose records a remedy for the present cycle.
func (c *Case) propose(r Remedy, now time.Time) {
	r.State, r.Cycle, r.CreateTime, r.Version = remedyv1.Remedy_PROPOSED, c.Complaint.Cycle, now, 1
	c.Changes.Remedy = &r
	c.Changes.Drafts = append(c.Changes.Drafts, eventlog.Draft{
		Subject: complaintName(c.Complaint.ID), Cycle: r.Cycle, Actor: r.Proposer, RecordTime: now,
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_RemedyProposed{RemedyProposed: &eventv1.RemedyProposed{
			Remedy: r.Name(), OptionCount: int32(len(r.Options)), Amount: moneyProto(r.Largest()),
		}}},
	})
}
