package eventlog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// gapPoll is how soon a reader looks again that met a gap.
const gapPoll = 5 * time.Millisecond

// gapWarning is how long a number may be missing before operators are told.
const gapWarning = 5 * time.Second

// reader reads the log in order of sequence and never passes a number that may
// still appear.
//
// On SQLite there is one writer and nothing to do. On PostgreSQL a transaction
// that took number 7 may commit after one that took 8, so a reader that sees 8
// and not 7 stops before 8. Either 7 appears, or its transaction was rolled
// back, or the number was given up in a crash. An INSERT locks the table before
// it takes a number, and keeps the lock until its transaction has ended; and 7
// was taken before 8 became visible. So whoever may still write 7 holds such a
// lock after 8 was seen. Once none of those who held one then does, whatever a
// later snapshot does not show never will be there. Transactions that do not
// write to this log are not waited for, however long they last: the ids of
// transactions, by which one could tell too, are those of all databases of the
// server. The sequence must not be cached by sessions, which is the default.
type reader struct {
	log *Log
	// after is the last sequence that was read or given up.
	after int64
	// Up to settled, all numbers that are missing are given up.
	settled int64
	// asked and writers are the question being waited on: once all writers have
	// ended, everything up to asked is settled.
	asked   int64
	writers writers
	// since is when that was asked; warned that operators were told.
	since  time.Time
	warned bool
}

// writers are transactions that may have taken numbers of the log and not yet
// ended, with the process ids of their connections.
type writers map[string]int

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
func (r *reader) next(ctx context.Context, limit int) (b batch, err error) {
	events, err := r.read(ctx, limit)
	if err != nil {
		return batch{}, err
	}
	n := r.contiguous(events)
	if n < len(events) {
		if err := r.settle(ctx, events[len(events)-1].GetSequence()); err != nil {
			return batch{}, err
		}
		// What is settled was perhaps written since.
		if events, err = r.read(ctx, limit); err != nil {
			return batch{}, err
		}
		n = r.contiguous(events)
	}
	b = batch{events: events[:n], more: n == limit, gap: n < len(events)}
	if n > 0 {
		r.after = events[n-1].GetSequence()
	}
	return b, nil
}

func (r *reader) read(ctx context.Context, limit int) (events []*eventv1.Event, err error) {
	err = r.log.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		events = nil
		return r.log.askEvents(ctx, tx, &events, "WHERE e.seq > ? ORDER BY e.seq LIMIT ?", r.after, limit)
	})
	if err != nil {
		return nil, fmt.Errorf("eventlog: read: %w", err)
	}
	return events, nil
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

// pass moves the reader behind a sequence up to which all is known.
func (r *reader) pass(seq int64) { r.after, r.settled = seq, max(r.settled, seq) }

// settle finds out whether the numbers up to seq, which was seen, are settled,
// or remembers whom to wait for.
func (r *reader) settle(ctx context.Context, seq int64) error {
	now, err := r.log.writing(ctx)
	if err != nil {
		return err
	}
	if r.asked > r.settled {
		maps.DeleteFunc(r.writers, func(name string, _ int) bool {
			_, stillThere := now[name]
			return !stillThere
		})
	} else if seq > r.settled {
		r.asked, r.writers, r.since, r.warned = seq, now, r.log.now(), false
	}
	if len(r.writers) == 0 {
		r.settled = max(r.settled, r.asked)
	} else if !r.warned && r.log.now().Sub(r.since) >= gapWarning {
		r.warned = true
		r.log.logger.Warn("deliveries wait for a transaction that writes to the event log and does not end",
			"processes", slices.Sorted(maps.Values(r.writers)), "since", r.since)
	}
	return nil
}

// writing reads who writes to the log at this moment.
func (l *Log) writing(ctx context.Context) (writers, error) {
	var all writers
	err := l.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		all = writers{}
		return tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var name string
			var pid int
			err := scan(&name, &pid)
			all[name] = pid
			return err
		}, `SELECT virtualtransaction, COALESCE(pid, 0) FROM pg_locks
			WHERE locktype = 'relation' AND relation = 'events'::regclass AND mode = 'RowExclusiveLock' AND granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	})
	if err != nil {
		return nil, fmt.Errorf("eventlog: who writes: %w", err)
	}
	return all, nil
}

// head moves the reader behind everything that is recorded now, without reading
// it, and waits for what may still appear before.
func (r *reader) head(ctx context.Context) error {
	var last int64
	err := r.log.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&last) }, "SELECT COALESCE(MAX(seq), 0) FROM events")
	})
	if err != nil {
		return fmt.Errorf("eventlog: read: %w", err)
	}
	for r.log.db.Dialect() == sqldb.Postgres && last > r.settled {
		if err := r.settle(ctx, last); err != nil {
			return err
		}
		if last > r.settled {
			if err := sleep(ctx, gapPoll); err != nil {
				return err
			}
		}
	}
	r.after = last
	return nil
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
