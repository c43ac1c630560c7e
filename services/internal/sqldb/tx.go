package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
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
	tx    *sql.Tx
	db    *DB
	cache *statements
	// queried holds the texts already used for a query here: their prepared
	// statement may still feed open rows and is not used a second time.
	queried map[string]bool
	hooks   []func()
}

// Write runs fn in one transaction and commits it. An error or a panic of fn
// rolls it back. When the engine says that another transaction got in the way,
// fn runs again from the start, a few times: it must set its results afresh
// each time and have no effect outside of the transaction except by OnCommit.
//
// On PostgreSQL the isolation is READ COMMITTED: read with ForUpdate what the
// change depends on. An error of the commit itself leaves open whether it
// happened.
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return db.run(ctx, db.write, db.writes, nil, fn)
}

// Read runs fn in a transaction that sees one consistent state of the database
// and cannot change it. Like that of Write, fn may run more than once.
func (db *DB) Read(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if db.dialect == Postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	return db.run(ctx, db.read, db.reads, opts, fn)
}

// OnCommit has f called after the transaction has been committed; f is not
// called for a try that was rolled back. Calls are made in order on the
// goroutine of Write, before it returns.
func (tx *Tx) OnCommit(f func()) { tx.hooks = append(tx.hooks, f) }

// Dialect tells the engines apart where SQL must differ.
func (tx *Tx) Dialect() Dialect { return tx.db.dialect }

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	query = tx.db.binder.bind(query)
	var result sql.Result
	var err error
	if stmt := tx.prepared(query); stmt != nil {
		result, err = tx.tx.StmtContext(ctx, stmt).ExecContext(ctx, args...) //nolint:sqlclosecheck // Closed by the end of the transaction.
	} else {
		result, err = tx.tx.ExecContext(ctx, query, args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Query runs a query; the caller closes the rows and looks at their Err.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	query = tx.db.binder.bind(query)
	if stmt := tx.preparedQuery(query); stmt != nil {
		return tx.tx.StmtContext(ctx, stmt).QueryContext(ctx, args...) //nolint:sqlclosecheck // As in Exec.
	}
	return tx.tx.QueryContext(ctx, query, args...)
}

// QueryRow runs a query for at most one row; Scan gives sql.ErrNoRows when
// there is none.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	query = tx.db.binder.bind(query)
	if stmt := tx.preparedQuery(query); stmt != nil {
		return tx.tx.StmtContext(ctx, stmt).QueryRowContext(ctx, args...) //nolint:sqlclosecheck // As in Exec.
	}
	return tx.tx.QueryRowContext(ctx, query, args...)
}

// script runs several statements as they are written, without placeholders.
func (tx *Tx) script(ctx context.Context, text string) error {
	_, err := tx.tx.ExecContext(ctx, text)
	return err
}

// prepared returns a prepared statement that no open rows can depend on.
func (tx *Tx) prepared(query string) *sql.Stmt {
	if tx.cache == nil || tx.queried[query] {
		return nil
	}
	return tx.cache.get(query)
}

func (tx *Tx) preparedQuery(query string) *sql.Stmt {
	stmt := tx.prepared(query)
	if stmt != nil {
		if tx.queried == nil {
			tx.queried = map[string]bool{}
		}
		tx.queried[query] = true
	}
	return stmt
}

// run tries until fn is committed, fails for good, or the tries are used up.
func (db *DB) run(ctx context.Context, pool *sql.DB, cache *statements, opts *sql.TxOptions, fn func(context.Context, *Tx) error) error {
	limit := maxTries
	if db.dialect == SQLite {
		limit = maxBusy
	}
	for try := 1; ; try++ {
		err := db.try(ctx, pool, cache, opts, fn)
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

// try runs fn in one transaction.
func (db *DB) try(ctx context.Context, pool *sql.DB, cache *statements, opts *sql.TxOptions, fn func(context.Context, *Tx) error) error {
	if cache != nil {
		cache.prepare(ctx)
	}
	begun, err := db.begin(ctx, pool, opts)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	// After a commit this does nothing; after an error or a panic it undoes all.
	defer func() { _ = begun.Rollback() }()
	tx := &Tx{tx: begun, db: db, cache: cache}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	if err := begun.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	for _, hook := range tx.hooks {
		hook()
	}
	return nil
}

// begin replaces connections that turn out to be lost: after a restart of the
// server the whole pool may be, and nothing has been asked of it yet.
func (db *DB) begin(ctx context.Context, pool *sql.DB, opts *sql.TxOptions) (*sql.Tx, error) {
	for n := 1; ; n++ {
		tx, err := pool.BeginTx(ctx, opts)
		if err == nil || n >= db.begins || ctx.Err() != nil || !db.dialect.isLost(err) || isRefused(err) {
			return tx, err
		}
	}
}
