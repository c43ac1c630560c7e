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
	n, err := tx.Exec(ctx, "INSERT INTO inbox (event_id, apply_time) VALUES (?, ?) ON CONFLICT (event_id) DO NOTHING",
		e.GetEventId(), sqldb.Micros(l.now()))
	if err != nil {
		return false, fmt.Errorf("eventlog: accept: %w", err)
	}
	return n == 1, nil
}
