package review

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// ErrUnknown is returned for what the store does not hold.
var ErrUnknown = errors.New("review: unknown")

// OutcomeStore keeps the records of cycles. Each method is one transaction.
type OutcomeStore interface {
	// ChangeOutcome reads the last version of a record and what the customer has answered, nil for none, and writes the version that decide
	// returns with its event; nothing for nil. The change's answer is kept in any case, also while there is no record, and is part of what
	// decide is told. While it runs no other version of any record is written, so that their places are in the order in which they are
	// committed. Decide must not call the store. It does not run when the command was carried out before, or the event applied.
	ChangeOutcome(ctx context.Context, change Change, decide func(last *Outcome, said *Answer) (*Outcome, error)) (Done, error)
	// Outcome reads a version of a record, 0 for the last; ErrUnknown when there is none.
	Outcome(ctx context.Context, complaint string, cycle, version int32) (Outcome, error)
	// Outcomes lists records, the latest end first.
	Outcomes(ctx context.Context, query OutcomeQuery) ([]Outcome, error)
	// Escalated counts the records of a subject whose cycles began in a time, and those of them that were escalated.
	Escalated(ctx context.Context, query EscalatedQuery) (Tally, error)
}

// Change says on which record, and on whose account.
type Change struct {
	// Complaint is the complaint's id, Cycle the cycle; of an improvement they are empty.
	Complaint string
	Cycle     int32
	// Improvement is the id of an improvement.
	Improvement string
	// Actor is who causes it, for an improvement's events.
	Actor string
	// Event, if any, is the event of another service that causes the change: it is applied once.
	Event *eventv1.Event
	// Answer, if any, is what the customer answered.
	Answer *Answer
	// Command, if any, is the call that causes the change: its idempotency key is claimed in the same transaction, for Result.
	Command idem.Command
	// Result is the resource name that the command produces.
	Result string
}

// Done tells what became of a change.
type Done struct {
	// Repeated is true when the command had been dealt with before, so that nothing was decided or written.
	Repeated bool
	// Result is the resource name that the command produced, now or the first time.
	Result string
}

// OutcomeQuery selects records.
type OutcomeQuery struct {
	// Complaint is the complaint's id; empty for all.
	Complaint string
	// Filter is the caller's.
	Filter string
	// AllVersions has those read that were superseded.
	AllVersions bool
	// After is where the page before ended; nil for the first page.
	After *OutcomePosition
	// Limit is how many to read at most.
	Limit int
}

// OutcomePosition is a place in the order of records.
type OutcomePosition struct {
	// EndTime is the end of the cycle there, Sequence the place of the version.
	EndTime  time.Time
	Sequence int64
}

// EscalatedQuery selects records to count.
type EscalatedQuery struct {
	// Subject is what they are about.
	Subject Subject
	// From and Until bound when cycles began, the latter not included.
	From, Until time.Time
}

// Tally is how many cycles there are, and how many of them were escalated.
type Tally struct {
	// Count is all, Escalated those brought before the ladder, Open those that are not over.
	Count, Escalated, Open int32
}

// Plus adds others.
func (t Tally) Plus(o Tally) Tally {
	return Tally{Count: t.Count + o.Count, Escalated: t.Escalated + o.Escalated, Open: t.Open + o.Open}
}
