package routing

import (
	"context"
	"errors"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// ErrUnknown is returned for a complaint that the store does not hold.
var ErrUnknown = errors.New("routing: unknown")

// Store keeps complaints with their assignment, escalations, notices and the directory. Each method is one transaction.
type Store interface {
	// Change reads a complaint, lets decide judge it, and writes what decide put into Changes, with the drafted events: all of
	// it or, when decide or the store fails, nothing. While it runs no other change of the same complaint does. Decide does
	// not run when the event was accepted before; first is false then. For an event, which tells of the complaint alone,
	// escalations are not read.
	Change(ctx context.Context, change Change, decide func(*Case) error) (first bool, err error)
	// Case reads a complaint; ErrUnknown when there is none. Its Candidates cannot be used.
	Case(ctx context.Context, complaint string) (*Case, error)
	// SyncDirectory makes the given departments and agents the active ones. Others stay on record, inactive; loads stay.
	SyncDirectory(ctx context.Context, departments []Department, agents []Agent) error
	// Departments reads active departments by id, after the given one.
	Departments(ctx context.Context, after string, limit int) ([]Department, error)
	// Agents reads active agents by id, after the given one.
	Agents(ctx context.Context, after string, limit int) ([]Agent, error)
}

// Change says on which complaint, and on whose account.
type Change struct {
	// Complaint is the complaint's id.
	Complaint string
	// Event, if any, is another service's fact that causes the change: it is accepted in the same transaction, once.
	Event *eventv1.Event
	// Notices has Case.Notices read too.
	Notices bool
}
