package eventlog

import (
	"context"
	"errors"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// Cause is why a service changes something: another service's event, or a
// command. Either is acted on once.
type Cause struct {
	// Event is the event; nil for a command.
	Event *eventv1.Event
	// Command is the caller's; without a key it is not remembered.
	Command idem.Command
	// Result names the resource that the command makes or changes.
	Result string
}

// Begin begins the transaction of a change: it takes note of the cause, and has
// what ask asks answered (sqldb.Tx.Ask) by the same message. Repeated is true when
// the cause was acted on before: then the transaction must change nothing, and for
// a command result is that of the first time. Errors: those of idem.Claim.
func (l *Log) Begin(ctx context.Context, tx *sqldb.Tx, cause Cause, ask func() error) (repeated bool, result string, err error) {
	fresh := false
	note := func() error { return idem.AskClaim(ctx, tx, cause.Command, cause.Result, &fresh) }
	if cause.Event != nil {
		note = func() error { return l.askAccept(ctx, tx, cause.Event, &fresh) }
	}
	if err := errors.Join(note(), ask(), tx.Flush(ctx)); err != nil || fresh || cause.Event != nil {
		return !fresh, cause.Result, err
	}
	result, err = idem.Earlier(ctx, tx, cause.Command)
	return true, result, err
}
