package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// gapPoll is how soon a reader looks again that met a gap.
const gapPoll = 5 * time.Millisecond

// reader reads the log in order of sequence and never passes a number that may
// still appear.
//
// On SQLite there is one writer and nothing to do. On PostgreSQL a transaction
// that took number 7 may commit after one that took 8, so a reader that sees 8
// and not 7 stops before 8. Either 7 appears, or its transaction was rolled
// back, or the number was given up in a crash. A transaction has its id before
// it takes a number (see insertion), and 7 was taken before 8 became visible; so
// whoever took 7 has an id below any that is given out after 8 was seen. The
// reader takes such an id itself, which ends with its transaction. Once a later
// snapshot says that all transactions up to that id have ended (its xmin is
// higher) and 7 is not there, it never will be. The xmax of the snapshot that
// shows 8 would not do: it is the id behind the highest that has ended, and 7
// may be of one that runs with a higher id, which a snapshot does not tell. The
// sequence must not be cached by sessions, which is the default.
type reader struct {
	log *Log
	// after is the last sequence that was read or given up.
	after int64
	// Up to settled, all numbers that are missing are given up.
	settled int64
	// asked and horizon are the question being waited on: once all transactions
	// up to horizon have ended, everything up to asked is settled.
	asked   int64
	horizon int64
}

func (l *Log) newReader(after int64) *reader { return &reader{log: l, after: after} }

// batch is what was read at once.
type batch struct {
	events []*eventv1.Event
	// more says that there may be more to read at once.
	more bool
	// gap says that there is more to read, behind a number that may still
	// appear.
	gap bool
}

// next reads up to limit events that follow.
func (r *reader) next(ctx context.Context, limit int) (batch, error) {
	var events []*eventv1.Event
	err := r.log.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		events = nil
		return r.ask(ctx, tx, &events, limit)
	})
	if err != nil {
		return batch{}, fmt.Errorf("eventlog: read: %w", err)
	}
	b := batch{events: events, more: len(events) == limit}
	if r.contiguous(events) < len(events) {
		if b, err = r.mindGap(ctx, limit); err != nil {
			return batch{}, err
		}
	}
	if n := len(b.events); n > 0 {
		r.after = b.events[n-1].GetSequence()
	}
	return b, nil
}

func (r *reader) ask(ctx context.Context, tx *sqldb.Tx, events *[]*eventv1.Event, limit int) error {
	return r.log.askEvents(ctx, tx, events, "WHERE e.seq > ? ORDER BY e.seq LIMIT ?", r.after, limit)
}

// mindGap is next when numbers are missing. What settles them must be seen
// together with the events.
func (r *reader) mindGap(ctx context.Context, limit int) (b batch, err error) {
	settled, asked, horizon := r.settled, r.asked, r.horizon
	err = r.log.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		// A transaction may run again from the start.
		r.settled, r.asked, r.horizon = settled, asked, horizon
		var events []*eventv1.Event
		if err := errors.Join(r.ask(ctx, tx, &events, limit), tx.Flush(ctx)); err != nil {
			return err
		}
		if n := r.contiguous(events); n < len(events) {
			if err := r.settle(ctx, tx, events[len(events)-1].GetSequence()); err != nil {
				return err
			}
		}
		n := r.contiguous(events)
		b = batch{events: events[:n], more: n == limit, gap: n < len(events)}
		return nil
	})
	if err != nil {
		// A question without an answer was not asked.
		r.settled, r.asked, r.horizon = settled, asked, horizon
		return batch{}, fmt.Errorf("eventlog: read: %w", err)
	}
	return b, nil
}

// contiguous counts the events before the first number that may still appear.
func (r *reader) contiguous(events []*eventv1.Event) int {
	if r.log.db.Dialect() != sqldb.Postgres {
		return len(events)
	}
	after := r.after
	for i, e := range events {
		if e.GetSequence() != after+1 && e.GetSequence() > r.settled {
			return i
		}
		after = e.GetSequence()
	}
	return len(events)
}

// settle finds out whether the numbers up to seq, which this transaction sees,
// are settled, or remembers what to wait for.
func (r *reader) settle(ctx context.Context, tx *sqldb.Tx, seq int64) error {
	var xmin int64
	err := tx.QueryRow(ctx, "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)").Scan(&xmin)
	if err != nil {
		return err
	}
	if r.asked > r.settled && xmin > r.horizon {
		r.settled = r.asked
	}
	if r.asked > r.settled || seq <= r.settled {
		return nil
	}
	r.asked = seq
	return tx.QueryRow(ctx, "SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)").Scan(&r.horizon)
}

// head moves the reader behind everything that is recorded now, without reading
// it, and waits for what may still appear before.
func (r *reader) head(ctx context.Context) error {
	for {
		open, err := r.tryHead(ctx)
		if err != nil || !open {
			return err
		}
		if err := sleep(ctx, gapPoll); err != nil {
			return err
		}
	}
}

func (r *reader) tryHead(ctx context.Context) (open bool, err error) {
	err = r.log.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var last int64
		if err := tx.QueryRow(ctx, "SELECT COALESCE(MAX(seq), 0) FROM events").Scan(&last); err != nil {
			return err
		}
		if tx.Dialect() != sqldb.Postgres {
			r.after, open = last, false
			return nil
		}
		// What was asked for first is enough: later events are later.
		target := last
		if r.asked > 0 {
			target = r.asked
		}
		if err := r.settle(ctx, tx, target); err != nil {
			return err
		}
		r.after, open = target, target > r.settled
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("eventlog: read: %w", err)
	}
	return open, nil
}

// sleep waits, or returns the context's error when it ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
