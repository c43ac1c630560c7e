package remedy

import (
	"cmp"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
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
	// Facts are what remedy goes by.
	Facts Facts
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
	// Items are its requests; read when Change.Remedies says so.
	Items []Item
	// Remedies are its proposals, oldest first; read when Change.Remedies says so.
	Remedies []Remedy
	// Approvals are those that are pending, and the one that Change.Approval names; read when Change.Remedies says so.
	Approvals []Approval
	// Entries reads what the ledger has of one of its remedies, the oldest first; only when Change.Money says so.
	Entries func(remedy string) ([]Entry, error)
	// Merged reads what was proposed for the complaints that went on in this one, with what the ledger has of it; only when Change.Money says so.
	Merged func() ([]Given, error)
	// Funds locks the rows that a grant draws on, and tells what is held and spent of them; only when Change.Money says so.
	Funds func(keys FundKeys) (Funds, error)
	// Refusals are its refusals in their order; read when Change.Refusals says so.
	Refusals []Refusal
	// Watching are the refusals of a customer, of whatever complaint, after which a further complaint is watched for; read when
	// Change.Watched names the customer.
	Watching []Refusal
	// Above reads who stands directly above each of some people; nobody of whom nothing was heard. Only when Change.Remedies says so.
	Above func(names []string) (map[string]string, error)
	// Left tells whether somebody has left; only when Change.Remedies says so.
	Left func(name string) (bool, error)
	// Accounts are what deductions are suggested by; read when Change.Accounts says so.
	Accounts Accounts
	// Claim is the claim that Change.Claim names; nil for none.
	Claim *Claim
	// Changes is what is to be written.
	Changes Changes
}

// Given is a proposal with what the ledger has of it, the oldest entry first.
type Given struct {
	// Remedy is the proposal.
	Remedy Remedy
	// Entries are its entries.
	Entries []Entry
}

// Changes is what a transaction shall write.
type Changes struct {
	// Complaint is written whole, as a new row or over the one that exists.
	Complaint *Complaint
	// Item is written whole unless something newer was heard of it.
	Item *Item
	// Absorbed is the id of a complaint whose items are this one's, too; empty for none.
	Absorbed string
	// Remedy is a new remedy.
	Remedy *Remedy
	// Updated are remedies that are on record and written over. What a revision offers is written once.
	Updated []Remedy
	// Approvals are new, or on record and written over.
	Approvals []Approval
	// Refusal is new, or one that is on record and written over, with the steps that it has more.
	Refusal *Refusal
	// Repeats are noted with the refusals they repeat.
	Repeats []Repeat
	// Claim is new, or written over.
	Claim *Claim
	// Rulings are new ones, or written over.
	Rulings []Ruling
	// Duty is noted as broken or not, or with who owes it.
	Duty *Duty
	// Assignment is noted.
	Assignment *Assignment
	// Person is whom somebody has above from now on, and whether they have left.
	Person *Person
	// Deductions are new ones, or written over.
	Deductions []Deduction
	// Pays are added to what was told of the pay of months.
	Pays []Pay
	// Entries are added to the ledger.
	Entries []Entry
	// Drafts are the events of all this, in order.
	Drafts []eventlog.Draft
}

// advance notes where the complaint stands. What is older than that which is known changes nothing. What only a beginning tells is as
// known at an end.
func (c *Case) advance(next Complaint) {
	if !c.Complaint.before(next.Cycle, next.End) {
		return
	}
	known := c.Complaint
	c.Complaint.ID, c.Complaint.Cycle, c.Complaint.End = next.ID, next.Cycle, next.End
	c.Complaint.Customer = cmp.Or(next.Customer, known.Customer)
	if next.Customer != "" {
		f, begun := &c.Complaint.Facts, next.Facts
		f.Language, f.Severity, f.Target = begun.Language, begun.Severity, begun.Target
		f.Heard.Attended = max(f.Heard.Attended, begun.Heard.Attended)
		f.Authority = f.Authority || begun.Authority
		if f.ReceiveTime.IsZero() {
			f.ReceiveTime = begun.ReceiveTime
		}
	}
	written := c.Complaint
	c.Changes.Complaint = &written
}

// tell adds an event on the complaint.
func (c *Case) tell(cycle int32, actor string, now time.Time, p *eventv1.Payload) {
	c.Changes.Drafts = append(c.Changes.Drafts, eventlog.Draft{
		Subject: complaintName(c.Complaint.ID), Cycle: cycle, Actor: actor, RecordTime: now, Payload: p,
	})
}

// remedy is a proposal of the complaint; nil when there is none of the id.
func (c *Case) remedy(id string) *Remedy {
	for i := range c.Remedies {
		if c.Remedies[i].ID == id {
			return &c.Remedies[i]
		}
	}
	return nil
}

// put has a proposal that is on record written over.
func (c *Case) put(r *Remedy) {
	r.Version++
	c.Changes.Updated = append(c.Changes.Updated, *r)
}

// approval is an approval of the complaint; nil when there is none of the id.
func (c *Case) approval(id string) *Approval {
	for i := range c.Approvals {
		if c.Approvals[i].ID == id {
			return &c.Approvals[i]
		}
	}
	return nil
}

// putApproval has an approval written, which is new or on record.
func (c *Case) putApproval(a *Approval) {
	a.Version++
	c.Changes.Approvals = append(c.Changes.Approvals, a.clone())
}

// openItems are the requests that are neither done nor dropped.
func (c *Case) openItems() []string {
	var open []string
	for _, item := range c.Items {
		if item.Open {
			open = append(open, item.ID)
		}
	}
	return open
}
