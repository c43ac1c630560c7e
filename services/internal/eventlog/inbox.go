package eventlog

import (
	"context"
	"fmt"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// Accept notes, in the transaction that acts on another service's event, that
// it has been acted on. First is false when it was before: then the transaction
// must change nothing, and the delivery has succeeded. Two deliveries of one
// event at the same time wait for each other here.
func (l *Log) Accept(ctx context.Context, tx *sqldb.Tx, e *eventv1.Event) (first bool, err error) {
	if err := l.askAccept(ctx, tx, e, &first); err != nil {
		return false, err
	}
	err = tx.Flush(ctx)
	return first, err
}

// askAccept is Accept with the answer to come (sqldb.Tx.Ask): first is true once
// it is there.
func (l *Log) askAccept(ctx context.Context, tx *sqldb.Tx, e *eventv1.Event, first *bool) error {
	*first = false
	err := tx.AskChanged(ctx, func(n int64) { *first = n == 1 },
		"INSERT INTO inbox (event_id, apply_time) VALUES (?, ?) ON CONFLICT (event_id) DO NOTHING",
		e.GetEventId(), sqldb.Micros(l.now()))
	if err != nil {
		return fmt.Errorf("eventlog: accept: %w", err)
	}
	return nil
}
