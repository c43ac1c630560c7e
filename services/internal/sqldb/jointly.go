package sqldb

import (
	"context"
	"errors"
	"iter"
	"slices"
)

// Member is one of several changes that are made in one transaction.
type Member struct {
	// Subject is what it changes. Of those with the same one, each begins when the
	// one before has ended.
	Subject string
	// Change makes it, with Write of the same database and the context that it is
	// given.
	Change func(ctx context.Context) error
}

// Jointly makes several changes in one transaction, all or none; its error is
// that of a change that fails. On PostgreSQL they take turns: each goes on until
// it needs an answer, and when all do, their questions go in one message.
// Changes of different subjects must not depend on each other's.
func (db *DB) Jointly(ctx context.Context, members ...Member) error {
	if len(members) == 0 {
		return nil
	}
	subjects := make([]string, 0, len(members))
	for _, m := range members {
		if !slices.Contains(subjects, m.Subject) {
			subjects = append(subjects, m.Subject)
		}
	}
	return db.beside(ctx, subjects, func(ctx context.Context, tx *Tx) error {
		for left := members; len(left) > 0; {
			var together, later []Member
			seen := map[string]bool{}
			for _, m := range left {
				if seen[m.Subject] {
					later = append(later, m)
					continue
				}
				seen[m.Subject] = true
				together = append(together, m)
			}
			bodies := make([]body, len(together))
			for i, m := range together {
				bodies[i] = func(ctx context.Context, tx *Tx) error { return m.Change(join(ctx, tx)) }
			}
			turns, err := takeTurns(ctx, tx, bodies)
			if err != nil {
				return err
			}
			for _, each := range turns {
				tx.hooks = append(tx.hooks, each.hooks...)
			}
			left = later
		}
		return nil
	})
}

// errGivenUp is what a change is told that waits when another one has failed.
var errGivenUp = errors.New("sqldb: another change of the same transaction failed")

// turn is the conn of one member, on which it lets others go on instead of waiting.
type turn struct {
	conn

	yield func(struct{}) bool
	// next runs the member until it waits, which is true, or has ended; stop has it fail.
	next func() (struct{}, bool)
	stop func()
	err  error
}

// flush lets others go on; when the member is next, all its questions are answered.
func (t *turn) flush(context.Context) error {
	if !t.yield(struct{}{}) {
		return errGivenUp
	}
	return nil
}

// takeTurns runs changes whose questions are asked together, and returns the
// transaction as each of them saw it, with its hooks. SQLite answers at once, so
// there they run one after the other.
func takeTurns(ctx context.Context, tx *Tx, changes []body) ([]*Tx, error) {
	seen := make([]*Tx, len(changes))
	if tx.Dialect() != Postgres {
		for i, change := range changes {
			seen[i] = &Tx{db: tx.db, conn: tx.conn}
			if err := change(ctx, seen[i]); err != nil {
				return nil, err
			}
		}
		return seen, nil
	}
	all := make([]*turn, len(changes))
	for i, change := range changes {
		t := &turn{conn: tx.conn}
		seen[i] = &Tx{db: tx.db, conn: t}
		t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
			t.yield = yield
			t.err = change(ctx, seen[i])
		})
		defer t.stop()
		all[i] = t
	}
	return seen, rounds(ctx, tx.conn, all)
}

// rounds runs members until all have ended.
func rounds(ctx context.Context, c conn, running []*turn) error {
	for len(running) > 0 {
		var waiting []*turn
		for _, t := range running {
			if _, waits := t.next(); waits {
				waiting = append(waiting, t)
			} else if t.err != nil {
				return t.err
			}
		}
		if len(waiting) > 0 {
			if err := c.flush(ctx); err != nil {
				return err
			}
		}
		running = waiting
	}
	return nil
}
