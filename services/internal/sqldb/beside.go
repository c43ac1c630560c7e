package sqldb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// besideLanes is how many transactions of Beside run at once. The fewer there are,
// the more changes share one when there is much to do.
const besideLanes = 1

// Beside is Write for a change of one subject, a row that fn locks before it reads
// what the change depends on. On PostgreSQL changes of different subjects that
// come while others are under way share a transaction, in which they take turns
// as members of Jointly do; nobody waits for others to come. On SQLite all writers
// do that anyway.
//
// When anything fails there before the commit, nothing is done and each is made in
// a transaction of its own, so that a change that fails costs the others time and
// nothing else.
func (db *DB) Beside(ctx context.Context, subject string, fn func(ctx context.Context, tx *Tx) error) error {
	return db.beside(ctx, []string{subject}, fn)
}

func (db *DB) beside(ctx context.Context, subjects []string, fn body) error {
	if _, joined := db.joined(ctx); joined || db.dialect != Postgres {
		return db.Write(ctx, fn)
	}
	p := &shared{Part: Part{Keys: subjects}, fn: fn, ctx: ctx, turn: make(chan bool, 1)}
	lead, err := db.changes.wait(p)
	if err != nil {
		return err
	}
	if lead {
		db.leadBeside(p)
	}
	switch {
	case errors.Is(p.err, ErrAlone):
		return db.Write(ctx, fn)
	case p.err == nil && p.tx != nil:
		p.tx.committed()
	}
	return p.err
}

// leadBeside makes the change with those that wait, and tells them.
func (db *DB) leadBeside(p *shared) {
	parts := db.changes.take(p)
	err := ErrAlone
	defer func() {
		db.changes.leave(parts)
		for _, each := range parts {
			each.err = orElse(each.err, err)
			if each != p {
				each.turn <- false
			}
		}
	}()
	if len(parts) == 1 {
		err = db.Write(p.ctx, p.fn)
		return
	}
	running := slices.DeleteFunc(slices.Clone(parts), func(each *shared) bool {
		each.err = each.ctx.Err()
		return each.err != nil
	})
	// Everywhere in the order of their subjects, so that two processes do not wait for each other.
	slices.SortFunc(running, func(a, b *shared) int { return strings.Compare(a.Keys[0], b.Keys[0]) })
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), maxShared)
	defer cancel()
	err = db.engine.beside(ctx, db, running)
}

// guest is the context of a change in a shared transaction: what is known of its
// caller, and the end of the transaction.
type guest struct {
	context.Context //nolint:containedctx // It is a context.

	caller context.Context //nolint:containedctx // It is a part of one.
}

// Value implements context.Context.
func (g guest) Value(key any) any { return g.caller.Value(key) }

// change runs the part's function. A panic is left to happen again where the
// caller does it alone, on its own goroutine.
func (p *shared) change(ctx context.Context, tx *Tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("sqldb: a change panicked: %v", r)
		}
	}()
	return p.fn(guest{Context: ctx, caller: p.ctx}, tx)
}

// beside makes the changes of the parts in one transaction.
func (e *pgEngine) beside(ctx context.Context, db *DB, parts []*shared) error {
	pooled, err := e.pool.Acquire(ctx)
	if err != nil {
		return ErrAlone
	}
	defer pooled.Release()
	t := &pgTx{conn: pooled.Conn(), begin: beginWrite, shared: true}
	defer t.rollback(ctx)
	bodies := make([]body, len(parts))
	for i, p := range parts {
		bodies[i] = p.change
	}
	turns, err := takeTurns(ctx, &Tx{db: db, conn: t}, bodies)
	if err != nil {
		return ErrAlone
	}
	for i, p := range parts {
		p.tx = turns[i]
	}
	err = t.commit(ctx)
	if err != nil && !t.conn.IsClosed() && t.conn.PgConn().TxStatus() != 'I' {
		return ErrAlone // A statement failed, and the transaction is still to be ended.
	}
	return err
}
