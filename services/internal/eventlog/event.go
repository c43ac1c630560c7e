package eventlog

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// eventColumns are what scanEvent reads, of the table events named e.
const eventColumns = `e.seq, e.event_id, e.subject, e.position, e.cycle, e.type, e.actor, e.record_time, e.trace_parent,
	e.payload, e.previous_hash, e.hash`

// scanEvent reads eventColumns, followed by what more there is.
func (l *Log) scanEvent(scan func(dest ...any) error, more ...any) (*eventv1.Event, error) {
	e := &eventv1.Event{Source: l.cfg.Source}
	var recorded int64
	err := scan(append([]any{&e.Sequence, &e.EventId, &e.Subject, &e.Position, &e.Cycle, &e.Type, &e.Actor, &recorded,
		&e.TraceParent, &e.Payload, &e.PreviousHash, &e.Hash}, more...)...)
	// Not sqldb.Time: the zero of the database is a time too, and is hashed.
	e.RecordTime = timestamppb.New(time.UnixMicro(recorded))
	return e, err
}

// askEvents asks (sqldb.Tx.Ask) for the events that the rest of the query
// selects, and adds them to events.
func (l *Log) askEvents(ctx context.Context, tx *sqldb.Tx, events *[]*eventv1.Event, rest string, args ...any) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		e, err := l.scanEvent(scan)
		*events = append(*events, e)
		return err
	}, "SELECT "+eventColumns+" FROM events e "+rest, args...)
}

// queryEvents reads the events that the rest of the query selects.
func (l *Log) queryEvents(ctx context.Context, tx *sqldb.Tx, rest string, args ...any) (events []*eventv1.Event, err error) {
	if err := l.askEvents(ctx, tx, &events, rest, args...); err != nil {
		return nil, err
	}
	err = tx.Flush(ctx)
	return events, err
}

// forEach calls scan for each row of a query.
func forEach(ctx context.Context, tx *sqldb.Tx, query string, args []any, scan func(sqldb.Rows) error) (err error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
