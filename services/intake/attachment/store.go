package attachment

import (
	"context"
	"errors"
	"time"

	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
)

// What a Store answers with when it cannot do what it is asked.
var (
	// ErrNotFound: there is no such complaint, or no such attachment.
	ErrNotFound = errors.New("attachment: not found")
	// ErrNoMessage: the complaint has no such message.
	ErrNoMessage = errors.New("attachment: no such message")
	// ErrElsewhere: the message's complaint is another one, and was not merged into this.
	ErrElsewhere = errors.New("attachment: a message of another complaint")
	// ErrOtherMessage is returned for content that there is already, of another message than it comes with now, or of another customer.
	ErrOtherMessage = errors.New("attachment: there already, with another message")
	// ErrFull: the complaint has as many attachments as are allowed.
	ErrFull = errors.New("attachment: the complaint has as many as are allowed")
)

// MergedError is a complaint that was merged into another one, and takes no more attachments.
type MergedError struct {
	// Survivor is the id of the complaint that it goes on in at the end.
	Survivor string
}

// Error names it.
func (e *MergedError) Error() string { return "attachment: the complaint goes on in " + e.Survivor }

// Store keeps what is known of attachments, beside the complaints that they belong to. Each method is one transaction.
type Store interface {
	// Case reads whose a file of a complaint is that comes with a message, or with none: the customer's who said it, or the
	// complaint's. It returns ErrNotFound, ErrNoMessage and ErrElsewhere.
	Case(ctx context.Context, complaint string, with Message) (Case, error)
	// Add records an attachment with its event and the idempotency key. When the command was carried out before, or the
	// complaint has an attachment with the same mark, it answers that one, and added is false. Build hears whose it is, as Case
	// tells. It returns ErrNotFound, ErrNoMessage, ErrElsewhere, ErrFull and a MergedError, and the error of Build as it is.
	Add(ctx context.Context, n NewAttachment) (a Attachment, added bool, err error)
	// Get reads one attachment and whose it is, of the complaint or of one that was merged into it, or returns ErrNotFound.
	Get(ctx context.Context, complaint, id string) (Attachment, Case, error)
	// List reads the attachments of a complaint, and of those that were merged into it, with ids after the given one, oldest first,
	// and whose they are. It returns ErrNotFound when there is no such complaint.
	List(ctx context.Context, complaint, after string, limit int) ([]Owned, error)
	// Known tells which of the objects belong to attachments.
	Known(ctx context.Context, objects []string) (map[string]bool, error)
	// Unscanned reads attachments in state UNSCANNED behind the given one, in the order of complaint and id, without those whose
	// customer was erased.
	Unscanned(ctx context.Context, afterComplaint, afterID string, limit int) ([]Owned, error)
	// Scanned changes state and details of an attachment to those that change answers, and records the event. It does nothing when
	// the attachment is not in state UNSCANNED any more.
	Scanned(ctx context.Context, complaint, id string, change func(Attachment, Case) (Attachment, eventlog.Draft, error)) error
}

// Message is where something was said that a file comes with.
type Message struct {
	// Complaint is the id of the message's complaint: the file's, or one that was merged into it. ID is empty for no message.
	Complaint, ID string
}

// Case is what an attachment has to know of its complaint, and whose it is.
type Case struct {
	// Customer is "customers/{customer}": the complaint's, or the one who said what the file came with.
	Customer string
	// WrappedKey is the customer's data key as the vault wrapped it; empty after it was destroyed.
	WrappedKey []byte
	// Cycle is the complaint's present one.
	Cycle int32
	// Survivor is the id of the complaint that it goes on in at the end; empty unless it was merged.
	Survivor string
}

// Owned is an attachment, and whose it is.
type Owned struct {
	Attachment Attachment
	Case       Case
}

// Attachment is a file as it is on record.
type Attachment struct {
	// Complaint is the complaint's id.
	Complaint string
	ID        string
	// Message is what it came with.
	Message Message
	// State is a number of the contract's enum.
	State int32
	Cycle int32
	// DeclaredType and MediaType are of the types that the policy takes, so they hold nothing personal.
	DeclaredType, MediaType string
	// Size is that of the content in bytes.
	Size       int64
	Actor      string
	CreateTime time.Time
	// Mark is a hash of the content, keyed by the customer's data key.
	Mark []byte
	// Object is where the content lies.
	Object string
	// Details are sealed.
	Details []byte
}

// NewAttachment is an attachment to record.
type NewAttachment struct {
	Command idem.Command
	// Complaint and ID are ids.
	Complaint, ID string
	Message       Message
	Mark          []byte
	// Limit is how many attachments the complaint may have.
	Limit int32
	// Build makes the record and its event, knowing the complaint as it is in the transaction.
	Build func(c Case) (Attachment, eventlog.Draft, error)
	// Join is the event of an attachment that there is already, which belongs to Message from now on; the store knows the cycle.
	Join func(a Attachment) eventlog.Draft
}
