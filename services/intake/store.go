package intake

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
)

// What a Store answers with when it cannot do what it is asked.
var (
	// ErrNotFound: there is no such complaint, message or customer.
	ErrNotFound = errors.New("intake: not found")
	// ErrReferenceTaken: another complaint has the reference; draw another one.
	ErrReferenceTaken = errors.New("intake: the reference is taken")
)

// Store keeps what intake owns. Each method is one transaction; what a method
// records, it records together with the events and the idempotency key that
// belong to it, or not at all. Functions that a method is handed are called in
// its transaction, once per try, and must not use the store.
type Store interface {
	// File records a complaint and finds or makes its customer. When the command
	// was carried out before, or the row imported, replay is true and the record is
	// that of the first time in its current state. It returns ErrReferenceTaken.
	File(ctx context.Context, n NewComplaint) (record Record, replay bool, err error)
	// Change lets decide change one complaint, which nobody else changes
	// meanwhile, and writes it if its version has changed; events are written either
	// way. When the command was carried out before, decide is not called and the
	// current state is returned.
	// It returns ErrNotFound, and the error of decide as it is.
	Change(ctx context.Context, cmd idem.Command, id string, decide Decide) (Record, error)
	// Apply is Change for a fact of another service. It does nothing, and first
	// is false, when the event was applied before; without decide it only notes
	// the event. The id is that of the complaint.
	Apply(ctx context.Context, event *eventv1.Event, id string, decide Decide) (first bool, err error)
	// Get reads one complaint, or returns ErrNotFound.
	Get(ctx context.Context, id string) (Record, error)
	// List reads complaints in the query's order. A filter that is not valid is
	// FILTER_INVALID.
	List(ctx context.Context, q Query) ([]Record, error)
	// AddMessage records a message, or returns ErrNotFound when there is no such
	// complaint. When the command was carried out before, it returns the message
	// of the first time.
	AddMessage(ctx context.Context, n NewMessage) (Message, error)
	// Messages reads the messages of a complaint, and of those that were merged
	// into it, with ids after the given one, oldest first, with the customers of
	// these complaints by the complaint's id. It returns ErrNotFound when there is
	// no such complaint.
	Messages(ctx context.Context, id, after string, limit int) ([]Message, map[string]Customer, error)
	// OpenCycles lists the complaints that are open, by id, from after one
	// (eventlog.Open).
	OpenCycles(ctx context.Context, after string, limit int) (work []*eventv1.OpenWork, next string, err error)
	// Customer reads a customer, or returns ErrNotFound.
	Customer(ctx context.Context, name string) (Customer, error)
}

// Customer is whom complaints belong to, known by nothing but a name.
type Customer struct {
	// Name is "customers/{customer}".
	Name string
	// WrappedKey is the data key as the vault wrapped it; empty after it was
	// destroyed.
	WrappedKey []byte
	CreateTime time.Time
}

// Record is a complaint as it is stored.
type Record struct {
	Complaint
	// WrappedKey is that of the customer.
	WrappedKey []byte
	// Filing and Details are sealed.
	Filing, Details []byte
}

// NewComplaint is a complaint to record.
type NewComplaint struct {
	Command idem.Command
	// Name is the complaint's resource name.
	Name string
	// Lookups are the hashes that find its customer, the most trusted first; at least one.
	Lookups [][]byte
	// Customer is made, with its key, if none is found.
	Customer Customer
	// Import is the keyed hash of an imported row, under which it is filed once for
	// ever; empty for what is not imported.
	Import []byte
	// Build makes the record and what comes with it, knowing the customer.
	Build func(customer Customer) (Record, Effects, error)
}

// Decide changes a record and says what is to be recorded with it.
type Decide func(record *Record) (Effects, error)

// Effects are what a change brings about besides.
type Effects struct {
	Events []eventlog.Draft
	// Lookups are further hashes that find the customer, unless they find
	// another one already.
	Lookups [][]byte
	// Entries of the record are added, or replaced where they were there before.
	Entries []Entry
}

// Order is what a list of complaints is sorted by; the id breaks ties.
type Order struct {
	// ByCreateTime sorts by create_time instead of receive_time.
	ByCreateTime bool
	// Ascending puts the oldest first.
	Ascending bool
}

// Query says which complaints to list.
type Query struct {
	Filter string
	Order  Order
	// After is the position of the last complaint of the page before; the zero
	// Position begins with the first.
	After Position
	Limit int
}

// Position is the place of a complaint in a list.
type Position struct {
	Time time.Time
	ID   string
}

// PositionOf is the place of a complaint in lists of this order.
func (o Order) PositionOf(c *Complaint) Position {
	if o.ByCreateTime {
		return Position{Time: c.CreateTime, ID: c.ID}
	}
	return Position{Time: c.ReceiveTime, ID: c.ID}
}

// Message is one thing said, as it is stored.
type Message struct {
	// Complaint is the complaint's id.
	Complaint string
	ID        string
	// Author and Way are numbers of the contract's enums.
	Author, Way int32
	Cycle       int32
	Actor       string
	CreateTime  time.Time
	// SendTime is when it was said; zero when that was not told.
	SendTime time.Time
	// Text is sealed, with the key of Customer where that is not the complaint's own
	// customer, because it was said on a complaint that was merged; else Customer is
	// empty. WrappedKey is that customer's, empty after it was destroyed.
	Text       []byte
	Customer   string
	WrappedKey []byte
	Language   string
	// Kind and ProposedKind are numbers of the contract's enum; KindActor is who
	// corrected what the analyser proposed.
	Kind, ProposedKind int32
	KindActor          string
	// Holding is true for an agent's message that is no substantive answer.
	Holding bool
}

// NewMessage is a message to record.
type NewMessage struct {
	Command idem.Command
	// Complaint and ID are the ids of the complaint and of the message.
	Complaint, ID string
	// Kinds are those of the entries that Build is shown.
	Kinds []EntryKind
	// Build makes the message and what comes with it, and may change the record.
	Build func(record *Record, entries []Entry) (Message, Effects, error)
}

// complaintName is the resource name of a complaint's id.
func complaintName(id string) string { return "complaints/" + id }

// messageName is the resource name of a message.
func messageName(complaint, id string) string { return complaintName(complaint) + "/messages/" + id }
