package intake

import (
	"context"
	"time"

	"github.com/redress-dev/redress/services/internal/idem"
)

// Merge has another complaint take this one over, which is closed. The other one
// must be open, and not about to be resolved: nothing is resolved with an item
// open (REC-3, REC-6).
func (c *Complaint) Merge(into *Complaint, now time.Time) error {
	if err := c.want(Received, Active, Resolving); err != nil {
		return err
	}
	if err := into.want(Received, Active); err != nil {
		return err
	}
	if c.Request.Phase == Pending {
		c.Request.Phase = Abandoned
	}
	c.State, c.Outcome, c.CloseTime, c.MergedInto = Closed, Merged, now, into.Name()
	c.touch(now)
	into.OpenItems += c.OpenItems
	into.ChaseCount += c.ChaseCount
	into.DemandCount += c.DemandCount
	into.RepeatCount = max(into.RepeatCount, c.RepeatCount)
	into.touch(now)
	return nil
}

// swallowable tells whether it may go on in another complaint: one that an
// authority forwarded keeps its own clocks until the authority is answered (REC-6).
func (c *Complaint) swallowable() bool {
	const forwarded = 10
	return c.Channel != forwarded || !c.AuthorityAnswerTime.IsZero()
}

// Side is one of two complaints that a command is about.
type Side struct {
	Record Record
	// Entries are all of the record.
	Entries []Entry
	// Survivor is the id of the complaint that this one goes on in at the end;
	// its own unless it was merged.
	Survivor string
	// Effects are what the command brings about here.
	Effects Effects
}

// Pair is a command on two complaints.
type Pair struct {
	Command idem.Command
	// From and To are their ids.
	From, To string
	// Decide changes the sides and says what is to be recorded with them. It is
	// called in the transaction, once per try, and must not use the store.
	Decide func(from, to *Side) error
}

// MatterStore keeps which complaints are about one matter, and finds complaints
// by their customers. Each method is one transaction, as in Store.
type MatterStore interface {
	// Pair changes two complaints together, which nobody else changes meanwhile,
	// and writes those whose version has changed. When the command was carried out
	// before, Decide is not called. It returns From as it is now, ErrNotFound when
	// one of them does not exist, and the error of Decide as it is.
	Pair(ctx context.Context, p Pair) (Record, error)
	// Survivor is the id of the complaint that one goes on in at the end, which is
	// its own unless it was merged; ErrNotFound when there is no such complaint.
	Survivor(ctx context.Context, id string) (string, error)
	// Records reads complaints; those that do not exist are left out.
	Records(ctx context.Context, ids []string) ([]Record, error)
	// FindCustomer is the customer whom a hash belongs to and whose key was not
	// destroyed, or ErrNotFound.
	FindCustomer(ctx context.Context, lookup []byte) (Customer, error)
	// History reads complaints of a customer, the latest received first, and what
	// all of them come to. It returns ErrNotFound when there is no such customer.
	History(ctx context.Context, customer string, after Position, limit int) (History, error)
	// Said reads messages by the ids of their complaints and their own; those that
	// do not exist are left out.
	Said(ctx context.Context, places []Place) ([]Message, error)
	// Returning are those of the customers who have a complaint that was resolved or
	// closed.
	Returning(ctx context.Context, customers []string) ([]string, error)
}

// History is what a customer complained of.
type History struct {
	Records []Record
	// Links are the links of these complaints.
	Links []Entry
	// Count, Open and Repeats count all complaints of the customer, those that are
	// open, and those that repeat an earlier one.
	Count, Open, Repeats int32
}

// Place is where a text stands: in what a complaint was filed with, or in a message.
type Place struct {
	// Complaint is the complaint's id; Message is empty, or the message's.
	Complaint, Message string
}
