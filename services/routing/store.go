package routing

import (
	"context"
	"errors"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/routing/rule"
)

// ErrUnknown is returned for a complaint that the store does not hold.
var ErrUnknown = errors.New("routing: unknown")

// Store keeps complaints with their assignment, escalations and notices. Each method is one transaction.
type Store interface {
	// Change reads a complaint, lets decide judge it, and writes what decide put into Changes, with the drafted events: all of
	// it or, when decide or the store fails, nothing. While it runs no other change of the same complaint does. Decide does
	// not run when the event was accepted before; first is false then. For an event, which as a rule tells of the complaint
	// alone, escalations are read only if Change.Ladder says so.
	Change(ctx context.Context, change Change, decide func(*Case) error) (first bool, err error)
	// Case reads a complaint, with the directory as it is; ErrUnknown when there is none. Its Candidates cannot be used.
	Case(ctx context.Context, complaint string) (*Case, error)
	// Custodies tells who has to do with complaints, by id. What is not known is left out.
	Custodies(ctx context.Context, complaints []string) (map[string]Custody, error)
}

// Change says on which complaint, and on whose account.
type Change struct {
	// Complaint is the complaint's id.
	Complaint string
	// Event, if any, is another service's fact that causes the change: it is accepted in the same transaction, once.
	Event *eventv1.Event
	// Notices has Case.Notices read too.
	Notices bool
	// Ladder has an event's change read escalations too, and lets it look at the directory, as any other change does.
	Ladder bool
}

// DirectoryStore keeps departments, teams and people, and the rules, which are part of a version: who reads a directory has the rules
// that are current in it.
type DirectoryStore interface {
	// Directory reads the directory as it is.
	Directory(ctx context.Context) (*Directory, error)
	// Loads tells how many open complaints each of these agents has, by id.
	Loads(ctx context.Context, agents []string) (map[string]int32, error)
	// Amend reads the directory, lets decide judge it, and writes what decide put into Changes, with the drafted events and the next
	// version: all of it or, when decide or the store fails, nothing. Without changes the version stays. While it runs no other
	// amendment does, and no complaint is assigned in a department whose people are changed. When the command was carried out
	// before, decide is not called, repeated is true and result is that of the first time.
	Amend(ctx context.Context, cause eventlog.Cause, decide func(*Amendment) error) (result string, repeated bool, err error)
	// RuleSet reads a set of rules by its number, 0 for the current one; ErrUnknown when there is none.
	RuleSet(ctx context.Context, number int32) (*routingv1.RuleSet, error)
	// RuleSets lists sets of rules below a number, 0 for all, the newest first.
	RuleSets(ctx context.Context, below int32, limit int) ([]*routingv1.RuleSet, error)
	// Candidates lists the active people of a department, as far as complaints but the given one tell. Nothing is locked.
	Candidates(ctx context.Context, department string, but Complaint) ([]Candidate, error)
}

// Amendment is the directory as one transaction sees it, and what the transaction shall write.
type Amendment struct {
	// Directory is as it was.
	Directory *Directory
	// Open lists the open complaints of an agent by id, which nobody changes until the transaction ends; ever is true when the agent
	// has, or once had, a complaint.
	Open func(agent string) (open []Complaint, ever bool, err error)
	// Busy tells whether a department has open complaints.
	Busy func(department string) (bool, error)
	// Put are resources that are written over those of their names.
	Put []Resource
	// Removed are resources that are gone.
	Removed []Resource
	// Released are complaints of which Open told, that nobody is in charge of any more.
	Released []Complaint
	// Drafts are the events of all this, in order.
	Drafts []eventlog.Draft
	// RuleSets is how many sets of rules there are: their numbers are 1, 2, 3 …
	RuleSets int32
	// Rules, if any, are the current ones from now on; they are saved if their number is the next one.
	Rules *rule.Set
}
