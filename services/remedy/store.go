package remedy

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// ErrUnknown is returned for a complaint or a remedy that the store does not hold.
var ErrUnknown = errors.New("remedy: unknown")

// Store keeps complaints with their remedies. Each method is one transaction.
type Store interface {
	// Change reads a complaint, lets decide judge it, and writes what decide put into Changes, with the drafted events: all of
	// it or, when decide or the store fails, nothing. While it runs no other change of the same complaint does. Decide must not
	// call the store. It does not run when the event was accepted or the command was carried out before.
	Change(ctx context.Context, change Change, decide func(*Case) error) (Done, error)
	// Case reads a complaint; ErrUnknown when there is none.
	Case(ctx context.Context, complaint string) (*Case, error)
	// Remedy reads one remedy; ErrUnknown when there is none.
	Remedy(ctx context.Context, complaint, id string) (Remedy, error)
	// Remedies reads a complaint's remedies, oldest first, and those of one moment by id.
	Remedies(ctx context.Context, query Query) ([]Remedy, error)
}

// Change says on which complaint, and on whose account.
type Change struct {
	// Complaint is the complaint's id.
	Complaint string
	// Event, if any, is another service's fact that causes the change: it is accepted in the same transaction, once.
	Event *eventv1.Event
	// Command, if any, is the call that causes the change: its idempotency key is claimed in the same transaction, for Result.
	Command idem.Command
	// Result is the resource name that the command produces.
	Result string
	// Remedies has the complaint's items and proposals read too, with the approvals that are pending.
	Remedies bool
	// Approval is the id of an approval that is read with them, pending or not; empty for none.
	Approval string
	// Refusals has the complaint's refusals read too.
	Refusals bool
	// Watched, "customers/{customer}", has the refusals read after which that customer is watched for.
	Watched string
	// Claim is the id of a claim to read; empty for none.
	Claim string
	// Accounts has what deductions are suggested by read too. Such a change has a transaction of its own, since it may have to wait for what is
	// suggested elsewhere.
	Accounts bool
	// Money has the ledger read and written: such a change has a transaction of its own, since it may have to wait for what is granted
	// elsewhere.
	Money bool
}

// Done tells what became of a change.
type Done struct {
	// Repeated is true when the event or the command had been dealt with before, so that nothing was decided or written.
	Repeated bool
	// Result is the resource name that the command produced, now or the first time.
	Result string
}

// Query selects remedies.
type Query struct {
	// Complaint is the complaint's id.
	Complaint string
	// After is where the page before ended; nil for the first page.
	After *Position
	// Limit is how many to read at most.
	Limit int
}

// Position is a place in the order of remedies.
type Position struct {
	// CreateTime is the create time of the remedy there.
	CreateTime time.Time
	// ID is its id.
	ID string
}
