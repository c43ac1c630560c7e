package sqldb

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

const (
	// maxTries bounds how often a transaction runs that others got in the way of.
	maxTries = 8
	// maxBusy is the bound for SQLite's lock, which was waited for already.
	maxBusy = 2
	// firstPause doubles with each try up to maxPause.
	firstPause = 5 * time.Millisecond
	maxPause   = 250 * time.Millisecond
)

// Tx is a running transaction. It is used by one goroutine, and not after the
// function that it was given to has returned. Rows are closed before the next
// statement.
type Tx struct {
	db    *DB
	conn  conn
	hooks []func()
}

// conn is what an engine does for a transaction.
type conn interface {
	exec(ctx context.Context, query string, args []any) (int64, error)
	query(ctx context.Context, query string, args []any) (Rows, error)
	queue(ctx context.Context, s statement) error
	flush(ctx context.Context) error
	script(ctx context.Context, text string) error
}

// statement is one that was queued.
type statement struct {
	query string
	args  []any
	// each takes the rows of a query, one call a row; nil for a command.
	each func(scan func(dest ...any) error) error
	// changed is told how many rows a command changed, and number, on SQLite, the
	// number of the row that it inserted; either may be nil.
	changed, number func(int64)
	// awaited says that the answer decides what else the transaction does.
	awaited bool
	// fault tells the error that the statement fails with; nil leaves it as it is.
	fault func(error) error
}

// failed is the error to tell for one of the statement.
func (s *statement) failed(err error) error {
	if err == nil || s.fault == nil {
		return err
	}
	return s.fault(err)
}

// done tells how many rows were changed.
func (s *statement) done(changed int64) {
	if s.changed != nil {
		s.changed(changed)
	}
}

// Write runs fn in one transaction and commits it. An error or a panic of fn
// rolls it back. When the engine says that another transaction got in the way,
// or when the connection turns out to be lost before its first answer is whole, fn
// runs again from the start, a few times: it must set its results afresh each
// time and have no effect outside of the transaction except by OnCommit.
//
// On PostgreSQL the isolation is READ COMMITTED: read with ForUpdate what the
// change depends on. On SQLite writers that wait at the same time share one
// commit (see group); each is answered after it, and none sees that of others
// except as if they had run one after the other. An error of the commit itself
// leaves open whether it happened.
//
// With the context of a Member, fn runs in the transaction of Jointly, and is
// neither committed nor undone here.
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if tx, ok := db.joined(ctx); ok {
		return fn(ctx, tx)
	}
	return db.run(ctx, db.engine.write, fn)
}

type joinKey struct{}

// join returns a context that makes Write and Read of the same database part of the
// transaction. When that fails, the whole transaction has to be given up.
func join(ctx context.Context, tx *Tx) context.Context { return context.WithValue(ctx, joinKey{}, tx) }

// joined is the transaction that a member's change belongs to.
func (db *DB) joined(ctx context.Context) (*Tx, bool) {
	tx, ok := ctx.Value(joinKey{}).(*Tx)
	return tx, ok && tx.db == db
}

// Read runs fn in a transaction that sees one consistent state of the database
// and cannot change it. Like that of Write, fn may run more than once. When fn
// only asks, with Ask and without Flush, PostgreSQL gets all of it in one
// message, and the answers are there when Read returns.
//
// With the context of a Member, fn reads in the transaction of Jointly: it sees
// what the member has changed so far, as it would if that were committed alone.
func (db *DB) Read(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if tx, ok := db.joined(ctx); ok {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return tx.Flush(ctx)
	}
	return db.run(ctx, db.engine.read, fn)
}

// OnCommit has f called after the transaction has been committed; f is not
// called for a try that was rolled back. Calls are made in order on the
// goroutine of Write, before it returns.
func (tx *Tx) OnCommit(f func()) { tx.hooks = append(tx.hooks, f) }

// Dialect tells the engines apart where SQL must differ.
func (tx *Tx) Dialect() Dialect { return tx.db.dialect }

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return tx.conn.exec(ctx, tx.db.binder.bind(query), args)
}

// Query runs a query; the caller closes the rows and looks at their Err.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	return tx.conn.query(ctx, tx.db.binder.bind(query), args)
}

// QueryRow runs a query for at most one row; Scan gives sql.ErrNoRows when
// there is none.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *Row {
	rows, err := tx.conn.query(ctx, tx.db.binder.bind(query), args)
	return &Row{rows: rows, err: err}
}

// Queue has a statement run whose result nobody waits for: in order, at the
// latest before the next Exec, Query or Flush answers, or with the commit.
// PostgreSQL gets what is queued in one message, which saves the time on the
// way; SQLite, which has no way, runs it at once. So its error comes now, or
// from the call that sends it, or from the commit. fault turns it into the error
// to tell; nil leaves it as it is.
func (tx *Tx) Queue(ctx context.Context, fault func(error) error, query string, args ...any) error {
	return tx.conn.queue(ctx, statement{query: tx.db.binder.bind(query), args: args, fault: fault})
}

// Ask is Queue for a query: each is called for every row when the answer comes,
// which is when Flush or a later Exec or Query has returned, or Read.
func (tx *Tx) Ask(ctx context.Context, each func(scan func(dest ...any) error) error, query string, args ...any) error {
	return tx.conn.queue(ctx, statement{query: tx.db.binder.bind(query), args: args, each: each, awaited: true})
}

// AskChanged is Ask for a command: changed is told how many rows it changed.
func (tx *Tx) AskChanged(ctx context.Context, changed func(int64), query string, args ...any) error {
	return tx.conn.queue(ctx, statement{query: tx.db.binder.bind(query), args: args, changed: changed, awaited: true})
}

// QueueNumbered queues an INSERT of rows whose key is left to the database, with
// into as "INSERT INTO table (column, ...)" without the key. Number is told the
// key of each row by the time that the transaction is committed; keys grow from
// row to row.
func (tx *Tx) QueueNumbered(
	ctx context.Context, fault func(error) error, into, key string, number func(row int, key int64), rows ...[]any,
) error {
	if len(rows) == 0 {
		return nil
	}
	// SQLite knows the key of a row without being asked to return it. To return
	// any, or to insert several rows at once, it would keep a journal of the statement.
	together := 1
	if tx.Dialect() == Postgres {
		together = maxArgs / len(rows[0])
	}
	next := 0
	told := func(key int64) {
		number(next, key)
		next++
	}
	for some := range slices.Chunk(rows, together) {
		row := places(len(some[0]))
		query := into + " VALUES " + row + strings.Repeat(", "+row, len(some)-1)
		s := statement{args: slices.Concat(some...), fault: fault, number: told}
		if tx.Dialect() == Postgres {
			query += " RETURNING " + key
			s.each = func(scan func(dest ...any) error) error {
				var key int64
				err := scan(&key)
				told(key)
				return err
			}
		}
		s.query = tx.db.binder.bind(query)
		if err := tx.conn.queue(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// maxArgs is less than PostgreSQL takes with one statement.
const maxArgs = 60_000

// places are the placeholders of a row.
func places(count int) string { return "(?" + strings.Repeat(", ?", count-1) + ")" }

// Flush runs what is queued now.
func (tx *Tx) Flush(ctx context.Context) error { return tx.conn.flush(ctx) }

// script runs several statements as they are written, without placeholders.
func (tx *Tx) script(ctx context.Context, text string) error { return tx.conn.script(ctx, text) }

// committed calls the hooks.
func (tx *Tx) committed() {
	for _, hook := range tx.hooks {
		hook()
	}
}

type body = func(context.Context, *Tx) error

// run tries until fn is committed, fails for good, or the tries are used up.
func (db *DB) run(ctx context.Context, once func(context.Context, *DB, body) error, fn body) error {
	limit := maxTries
	if db.dialect == SQLite {
		limit = maxBusy
	}
	for try := 1; ; try++ {
		err := once(ctx, db, fn)
		if err == nil || try >= limit || !db.dialect.isTransient(err) {
			return err
		}
		// Whoever met here must not meet again: the pause is random.
		pause := min(firstPause<<(try-1), maxPause)
		timer := time.NewTimer(pause/2 + rand.N(pause)) //nolint:gosec // Nothing secret hangs on the length of a pause.
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
	}
}
