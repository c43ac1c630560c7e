package eventlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// The states of a row of deliveries. The first row of a subscriber and subject
// is RETRY or PARKED, and all others are BEHIND it.
const (
	stateRetry  = "RETRY"
	stateParked = "PARKED"
	stateBehind = "BEHIND"
)

// asideSubjects are the subjects that have rows in deliveries.
func (r *relay) asideSubjects(ctx context.Context) (map[string]struct{}, error) {
	var subjects map[string]struct{}
	err := r.log.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		subjects = map[string]struct{}{}
		return forEach(ctx, tx, "SELECT DISTINCT subject FROM deliveries WHERE subscriber = ?", []any{r.lease.subscriber},
			func(rows sqldb.Rows) error {
				var subject string
				err := rows.Scan(&subject)
				subjects[subject] = struct{}{}
				return err
			})
	})
	if err != nil {
		return nil, fmt.Errorf("eventlog: deliveries: %w", err)
	}
	return subjects, nil
}

// store writes the items of one subject: the first in the given state, the
// others behind it.
func (s *session) store(ctx context.Context, items []*item, state string, pause time.Duration, cause error) error {
	return s.inDeliveries(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		now := s.log.now()
		first := row{state: state, attempts: items[0].attempts, failing: items[0].failing, next: now.Add(pause), problem: problemOf(cause)}
		if state == stateParked {
			first.parked = now
		}
		if err := s.insert(ctx, tx, items[0].event, first); err != nil {
			return err
		}
		for _, it := range items[1:] {
			if err := s.insert(ctx, tx, it.event, row{state: stateBehind}); err != nil {
				return err
			}
		}
		return nil
	})
}

// putBehind writes events whose subjects were set aside before.
func (s *session) putBehind(ctx context.Context, events []*eventv1.Event) error {
	if len(events) == 0 {
		return nil
	}
	return s.inDeliveries(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		for _, e := range events {
			if err := s.insert(ctx, tx, e, row{state: stateBehind}); err != nil {
				return err
			}
		}
		return nil
	})
}

// row is what deliveries holds beside the event.
type row struct {
	state                 string
	attempts              int
	failing, next, parked time.Time
	problem               string
}

// insert keeps a row that is there: after a crash, events come a second time
// that were set aside the first time.
func (s *session) insert(ctx context.Context, tx *sqldb.Tx, e *eventv1.Event, r row) error {
	_, err := tx.Exec(ctx, `INSERT INTO deliveries (subscriber, seq, subject, state, attempts, fail_time, next_time, problem, park_time)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (subscriber, seq) DO NOTHING`, s.lease.subscriber, e.GetSequence(), e.GetSubject(),
		r.state, r.attempts, sqldb.Micros(r.failing), sqldb.Micros(r.next), r.problem, sqldb.Micros(r.parked))
	return err
}

// loadRetries puts the rows that are due into the window, unless they are there,
// and sets the alarm for the next one that will be.
func (s *session) loadRetries(ctx context.Context) error {
	if len(s.aside) == 0 {
		return nil
	}
	var items []*item
	var next sql.NullInt64
	now := sqldb.Micros(s.log.now())
	err := s.log.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		items = nil
		err := forEach(ctx, tx, "SELECT "+eventColumns+`, d.attempts, d.fail_time FROM deliveries d JOIN events e ON e.seq = d.seq
			WHERE d.subscriber = ? AND d.state = ? AND d.next_time <= ? ORDER BY d.next_time, d.seq LIMIT ?`,
			[]any{s.lease.subscriber, stateRetry, now, s.log.cfg.Window}, func(rows sqldb.Rows) error {
				it := &item{stored: true}
				var failing int64
				var err error
				it.event, err = s.log.scanEvent(rows.Scan, &it.attempts, &failing)
				it.failing = sqldb.Time(failing)
				items = append(items, it)
				return err
			})
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, "SELECT MIN(next_time) FROM deliveries WHERE subscriber = ? AND state = ? AND next_time > ?",
			s.lease.subscriber, stateRetry, now).Scan(&next)
	})
	if err != nil {
		return fmt.Errorf("eventlog: deliveries: %w", err)
	}
	if next.Valid {
		s.again.Reset(time.Duration(next.Int64-now) * time.Microsecond)
	}
	for _, it := range items {
		if _, there := s.window.lanes[it.event.GetSubject()]; !there {
			s.window.push(it)
		}
	}
	return nil
}

// markRetry notes another failure of an event that was set aside.
func (s *session) markRetry(ctx context.Context, it *item, pause time.Duration, cause error) error {
	return s.inDeliveries(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE deliveries SET attempts = ?, next_time = ?, problem = ?, fail_time = ? WHERE subscriber = ? AND seq = ?",
			it.attempts, sqldb.Micros(s.log.now().Add(pause)), problemOf(cause), sqldb.Micros(it.failing), s.lease.subscriber, it.event.GetSequence())
		return err
	})
}

// markParked parks an event that was set aside.
func (s *session) markParked(ctx context.Context, it *item, cause error) error {
	return s.inDeliveries(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE deliveries SET state = ?, attempts = ?, problem = ?, park_time = ? WHERE subscriber = ? AND seq = ?",
			stateParked, it.attempts, problemOf(cause), sqldb.Micros(s.log.now()), s.lease.subscriber, it.event.GetSequence())
		return err
	})
}

// takeOut removes an event that is delivered and has the next one of its subject
// tried. More is false when there is none: the subject is set aside no longer.
func (s *session) takeOut(ctx context.Context, it *item) (more bool, err error) {
	err = s.inDeliveries(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		more = false
		if _, err := tx.Exec(ctx, "DELETE FROM deliveries WHERE subscriber = ? AND seq = ?", s.lease.subscriber, it.event.GetSequence()); err != nil {
			return err
		}
		var next int64
		err := tx.QueryRow(ctx, "SELECT seq FROM deliveries WHERE subscriber = ? AND subject = ? ORDER BY seq LIMIT 1",
			s.lease.subscriber, it.event.GetSubject()).Scan(&next)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		more = true
		_, err = tx.Exec(ctx, "UPDATE deliveries SET state = ?, next_time = ? WHERE subscriber = ? AND seq = ?",
			stateRetry, sqldb.Micros(s.log.now()), s.lease.subscriber, next)
		return err
	})
	return more, err
}

// inDeliveries is a transaction that holds the lease, since a row that is
// written after another replica took over would be in nobody's order.
func (s *session) inDeliveries(ctx context.Context, fn func(ctx context.Context, tx *sqldb.Tx) error) error {
	if err := s.lease.write(ctx, fn); err != nil {
		return fmt.Errorf("eventlog: deliveries: %w", err)
	}
	return nil
}
