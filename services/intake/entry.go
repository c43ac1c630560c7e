package intake

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/vault"
)

// EntryKind says what an entry of a complaint's record is. The numbers are
// stored; they never change their meaning.
type EntryKind int32

// The kinds of entries.
const (
	ItemEntry EntryKind = iota + 1
	DemandEntry
	UnderstandingEntry
	NoteEntry
	FlagEntry
	RepresentativeEntry
	VerificationEntry
	FactEntry
	AllegedPromiseEntry
	SignalEntry
	InvestigationEntry
	AssessmentEntry
	RulingEntry
	AppealEntry
)

// LinkEntry is another complaint that belongs to this one; its id is that of the other complaint.
const LinkEntry EntryKind = 15

// Entry is one thing on record of a complaint beside its messages.
type Entry struct {
	// Complaint is the complaint's id.
	Complaint string
	Kind      EntryKind
	// ID is unique among the complaint's entries of this kind.
	ID string
	// Cycle is the one in which it was put on record, and Actor by whom.
	Cycle                  int32
	Actor                  string
	CreateTime, UpdateTime time.Time
	// Code is the state of what has states, and the kind of a signal: a number of the
	// contract, which rules go by, and people, also when nobody can open the body.
	Code int32
	// Customer is whose key sealed the body where that is not the complaint's own
	// customer, because it came along with a complaint that was merged; else empty.
	// WrappedKey is that customer's, empty after it was destroyed.
	Customer   string
	WrappedKey []byte
	// Body is the contract's message of the entry, sealed.
	Body []byte

	// key is the other customer's, unwrapped.
	key *vault.DataKey
}

// Amendment is a command on a complaint's record.
type Amendment struct {
	Command idem.Command
	// Event, if any, is another service's fact that is applied, once, instead of a
	// command.
	Event *eventv1.Event
	// Complaint is the complaint's id.
	Complaint string
	// Result names the entry that the command makes or changes.
	Result string
	// Kinds are those of the entries that Decide is shown.
	Kinds []EntryKind
	// Decide changes the record and says what is to be recorded with it. It is
	// called in the transaction, once per try, and must not use the store.
	Decide func(record *Record, entries []Entry) (Effects, error)
}

// Amended is what came of an amendment.
type Amended struct {
	Record Record
	// Entries are those of the kinds as they are now.
	Entries []Entry
	// Result names the entry that was made or changed, by the first time when the
	// command was carried out before.
	Result string
	// Repeated is true when the command was carried out, or the fact applied, before.
	Repeated bool
}

// Reclassification is a correction of what kind a message is.
type Reclassification struct {
	Command idem.Command
	// Complaint is the id of the complaint, which was not merged.
	Complaint string
	// Place is the message: of the complaint, or of one that was merged into it.
	Place Place
	// Kinds are those of the entries that Decide is shown.
	Kinds []EntryKind
	// Decide changes the message and the record. Chases is how many other messages
	// since the last substantive answer asked for progress, those of complaints that
	// were merged into this one among them, and open whether this one came after
	// that answer.
	Decide func(record *Record, entries []Entry, message *Message, chases int32, open bool) (Effects, error)
}

// RecordStore keeps what is on record of complaints beside their messages. Each
// method is one transaction, as in Store.
type RecordStore interface {
	// Amend changes a complaint together with entries of its record. When the
	// command was carried out before, Decide is not called and the current state is
	// returned. It returns ErrNotFound when there is no such complaint, and the
	// error of Decide as it is.
	Amend(ctx context.Context, a Amendment) (Amended, error)
	// Entries reads a complaint with its entries of these kinds, by kind and id. It
	// returns ErrNotFound when there is no such complaint.
	Entries(ctx context.Context, complaint string, kinds ...EntryKind) (Record, []Entry, error)
	// Reclassify changes the kind of a message. When the command was carried out
	// before, Decide is not called. It returns the message as it is now, with the
	// record, and ErrNotFound when there is no such message.
	Reclassify(ctx context.Context, r Reclassification) (Message, Record, error)
	// Known tells of each resource whether it is on record.
	Known(ctx context.Context, resources []Resource) ([]bool, error)
}
