package followup

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// ErrUnknown is returned for a complaint, or one of its parts, that the store
// does not hold.
var ErrUnknown = errors.New("followup: unknown")

// Store keeps complaints, duties, attempts and notifications. Each method is
// one transaction.
type Store interface {
	// Change reads a complaint, lets decide judge it, and writes what decide put
	// into Changes, with the drafted events: all of it or, when decide or the
	// store fails, nothing. While it runs no other change of the same complaint
	// does. Decide must not call the store. It does not run when the event was
	// accepted or the command was carried out before.
	Change(ctx context.Context, change Change, decide func(*Case) error) (Done, error)
	// Case reads a complaint with its duties; ErrUnknown when there is none.
	Case(ctx context.Context, complaint string) (*Case, error)
	// Callback reads one callback; ErrUnknown when there is none.
	Callback(ctx context.Context, complaint string, cycle int32) (Callback, error)
	// Callbacks reads callbacks by due time, then complaint and cycle. A filter
	// that cannot be understood answers FILTER_INVALID.
	Callbacks(ctx context.Context, query CallbackQuery) ([]Callback, error)
	// Notification reads one message with its sealed text; ErrUnknown when there
	// is none.
	Notification(ctx context.Context, complaint, id string) (Notification, error)
	// Promise reads one promise; ErrUnknown when there is none.
	Promise(ctx context.Context, complaint, id string) (Pledge, error)
	// Promises reads promises by due time, then complaint and duty. A filter that
	// cannot be understood answers FILTER_INVALID.
	Promises(ctx context.Context, query PromiseQuery) ([]Pledge, error)
	// UntoldExtensions lists the duties, by name, of which somebody is to be told by now that more time is asked for. The longest due first.
	UntoldExtensions(ctx context.Context, now time.Time, limit int) ([]string, error)
	// RequestedExtensions reads duties that are due after now and for which more time is asked, by due time, complaint and id, at most limit of those
	// after the position; nil for the first.
	RequestedExtensions(ctx context.Context, now time.Time, after *PromisePosition, limit int) ([]*Duty, error)
}

// Change says on which complaint, and on whose account.
type Change struct {
	// Complaint is the complaint's id.
	Complaint string
	// Event, if any, is another service's fact that causes the change: it is
	// accepted in the same transaction, once.
	Event *eventv1.Event
	// Command, if any, is the call that causes the change: its idempotency key is
	// claimed in the same transaction, for Result.
	Command idem.Command
	// Result is the resource name that the command produces.
	Result string
	// Notifications has Case.Notifications read too.
	Notifications bool
	// Attempts is the cycle whose attempts Case.Attempts shall have; 0 for none.
	Attempts int32
	// Written has Case.Written read too: what agents wrote since then. Zero for none.
	Written time.Time
	// Touches has Case.Touches read too.
	Touches bool
	// Neighbours has Case.Neighbours read too: what is to come, and what was asked since then. Zero for none.
	Neighbours time.Time
}

// Done tells what became of a change.
type Done struct {
	// Repeated is true when the event or the command had been dealt with before,
	// so that nothing was decided or written.
	Repeated bool
	// Result is the resource name that the command produced, now or the first
	// time.
	Result string
}

// CallbackQuery selects callbacks.
type CallbackQuery struct {
	// Complaint is a complaint's id, or empty for all.
	Complaint string
	// Filter is an AIP-160 filter over state, verdict, overdue, due_time and cycle.
	Filter string
	// Now is the moment for which overdue is computed.
	Now time.Time
	// After is where the page before ended; nil for the first page.
	After *CallbackPosition
	// Limit is how many to read at most.
	Limit int
}

// PromiseQuery selects promises.
type PromiseQuery struct {
	// Complaint is a complaint's id, or empty for all.
	Complaint string
	// Filter is an AIP-160 filter over state, source, owner, verdict, unauthorised,
	// due_time and cycle.
	Filter string
	// Now is the moment for which it is computed whether a promise is broken.
	Now time.Time
	// After is where the page before ended; nil for the first page.
	After *PromisePosition
	// Limit is how many to read at most.
	Limit int
}

// PromisePosition is a place in the order of promises.
type PromisePosition struct {
	// DueTime is the due time of the promise there.
	DueTime time.Time
	// Complaint is its complaint's id.
	Complaint string
	// Duty is the id of its duty.
	Duty string
}

// CallbackPosition is a place in the order of callbacks.
type CallbackPosition struct {
	// DueTime is the due time of the callback there.
	DueTime time.Time
	// Complaint is its complaint's id.
	Complaint string
	// Cycle is its cycle.
	Cycle int32
}
