package sqldb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	beginWrite = "begin"
	beginRead  = "begin isolation level repeatable read read only"
	// maxRollback bounds the wait for a rollback; then the connection is closed,
	// which undoes everything too.
	maxRollback = 5 * time.Second
)

// pgEngine runs transactions on PostgreSQL.
type pgEngine struct {
	pool *pgxpool.Pool
	// begins is how often a lost connection is replaced when a transaction
	// begins: each connection of the pool may be a dead one.
	begins int
}

func (e *pgEngine) write(ctx context.Context, db *DB, fn body) error {
	return e.run(ctx, db, beginWrite, fn)
}

func (e *pgEngine) read(ctx context.Context, db *DB, fn body) error {
	return e.run(ctx, db, beginRead, fn)
}

func (e *pgEngine) ping(ctx context.Context) error { return e.pool.Ping(ctx) }

func (e *pgEngine) connections() Pool {
	stat := e.pool.Stat()
	return Pool{InUse: int64(stat.AcquiredConns()), Idle: int64(stat.IdleConns()), Max: int64(stat.MaxConns())}
}

func (e *pgEngine) close() error {
	e.pool.Close()
	return nil
}

// run replaces connections that turn out to be lost before they answered
// anything: after a restart of the server the whole pool may be.
func (e *pgEngine) run(ctx context.Context, db *DB, begin string, fn body) error {
	for n := 1; ; n++ {
		lost, err := e.try(ctx, db, begin, fn)
		if !lost || n >= e.begins || ctx.Err() != nil {
			return err
		}
	}
}

// try runs fn in one transaction. It is lost when nothing can have happened.
func (e *pgEngine) try(ctx context.Context, db *DB, begin string, fn body) (lost bool, err error) {
	pooled, err := e.pool.Acquire(ctx)
	if err != nil {
		return db.dialect.isLost(err) && !isRefused(err), fmt.Errorf("begin: %w", err)
	}
	t := &pgTx{conn: pooled.Conn(), begin: begin}
	defer pooled.Release()
	// After a commit this does nothing; after an error or a panic it undoes all.
	defer t.rollback(ctx)
	tx := &Tx{db: db, conn: t}
	if err := fn(ctx, tx); err != nil {
		return t.lost, err
	}
	if err := t.commit(ctx); err != nil {
		return t.lost, err
	}
	tx.committed()
	return false, nil
}

// together runs the parts in one transaction of two messages.
func (e *pgEngine) together(ctx context.Context, db *DB, parts []*shared) error {
	pooled, err := e.pool.Acquire(ctx)
	if err != nil {
		return ErrAlone
	}
	defer pooled.Release()
	t := &pgTx{conn: pooled.Conn(), begin: beginWrite, shared: true, queued: collect(db, parts, questions)}
	defer t.rollback(ctx)
	if err := t.flush(ctx); err != nil {
		return ErrAlone
	}
	if t.queued = collect(db, parts, actions); len(t.queued) == 0 {
		return nil
	}
	err = t.commit(ctx)
	if err != nil && !t.conn.IsClosed() && t.conn.PgConn().TxStatus() != 'I' {
		return ErrAlone // A statement failed, and the transaction is still to be ended.
	}
	return err
}

// pgTx is a transaction on one connection. Its BEGIN travels with the first
// statement, what is queued with the next one that is waited for, and the
// COMMIT with the last: each of these is one message, and one answer.
type pgTx struct {
	conn *pgx.Conn
	// begin is what begins the transaction; empty once it was sent.
	begin  string
	queued []statement
	// shared says that whoever begins it tells a statement that fails from a commit
	// that does, which takes a transaction to be ended.
	shared bool
	// answered says that the connection lives; lost that it did not, when it was
	// asked for the first time.
	answered, lost bool
}

func (t *pgTx) exec(ctx context.Context, query string, args []any) (int64, error) {
	if t.begin == "" && len(t.queued) == 0 {
		tag, err := t.conn.Exec(ctx, query, args...)
		return tag.RowsAffected(), err
	}
	results, err := t.send(ctx, query, args)
	if err != nil {
		return 0, err
	}
	tag, err := results.Exec()
	return tag.RowsAffected(), t.noted(orElse(err, results.Close()), false)
}

func (t *pgTx) query(ctx context.Context, query string, args []any) (Rows, error) {
	if t.begin == "" && len(t.queued) == 0 {
		rows, err := t.conn.Query(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		return begunRows(&pgRows{Rows: rows})
	}
	results, err := t.send(ctx, query, args)
	if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err := t.noted(err, false); err != nil {
		rows.Close()
		return nil, orElse(err, results.Close())
	}
	return begunRows(&pgRows{Rows: rows, batch: results})
}

func (t *pgTx) queue(_ context.Context, s statement) error {
	t.queued = append(t.queued, s)
	return nil
}

func (t *pgTx) flush(ctx context.Context) error {
	if len(t.queued) == 0 {
		return nil
	}
	results, err := t.send(ctx, "", nil)
	if err != nil {
		return err
	}
	return t.noted(results.Close(), false)
}

func (t *pgTx) script(ctx context.Context, text string) error {
	if _, err := t.exec(ctx, "select 1", nil); err != nil { // Sends what comes before.
		return err
	}
	return t.conn.PgConn().Exec(ctx, text).Close()
}

// send sends what is pending, followed by last unless it is empty, and takes the
// answers of all but the last. Unless it fails, the caller closes the results.
func (t *pgTx) send(ctx context.Context, last string, args []any) (pgx.BatchResults, error) {
	batch := &pgx.Batch{}
	if t.begin != "" {
		batch.Queue(t.begin)
	}
	for i := range t.queued {
		batch.Queue(t.queued[i].query, t.queued[i].args...)
	}
	if last != "" {
		batch.Queue(last, args...)
	}
	begun, queued := t.begin != "", t.queued
	t.begin, t.queued = "", nil
	results := t.conn.SendBatch(ctx, batch)
	if begun {
		_, err := results.Exec()
		if err := t.noted(err, last == commit); err != nil {
			return nil, orElse(err, results.Close())
		}
	}
	for i := range queued {
		if err := queued[i].answer(results); err != nil {
			// The answers that follow say only that this one failed.
			_ = results.Close()
			return nil, queued[i].failed(t.noted(err, last == commit))
		}
	}
	return results, nil
}

// answer takes the answer of one statement.
func (s *statement) answer(results pgx.BatchResults) error {
	if s.each == nil {
		tag, err := results.Exec()
		if err == nil {
			s.done(tag.RowsAffected())
		}
		return err
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := s.each(rows.Scan); err != nil {
			return err
		}
	}
	rows.Close()
	return rows.Err()
}

// noted learns from the first answer whether the connection lives. When a commit
// was on its way with it, a connection counts as lost only if nothing was sent.
func (t *pgTx) noted(err error, committing bool) error {
	if err == nil {
		t.answered = true
	}
	if t.answered || err == nil {
		return err
	}
	t.answered = true
	t.lost = Postgres.isLost(err) && !isRefused(err) && (!committing || pgconn.SafeToRetry(err))
	return err
}

const commit = "commit"

func (t *pgTx) commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.begin != "" && len(t.queued) == 0 {
		return nil // Nothing was asked for.
	}
	if t.begin == beginRead && len(t.queued) == 1 && strings.HasPrefix(t.queued[0].query, "SELECT ") {
		// One query sees one state by itself. That it changes nothing is held against
		// SQLite, where the same text is run by a connection that only reads.
		t.begin = ""
		return t.flush(ctx)
	}
	if t.begin == beginWrite && !t.shared && len(t.queued) == 1 && t.queued[0].each == nil {
		return t.single(ctx)
	}
	if t.begin != beginRead && slices.ContainsFunc(t.queued, func(s statement) bool { return s.awaited }) {
		// What an answer leads to must be known before the commit.
		if err := t.flush(ctx); err != nil {
			return err
		}
	}
	results, err := t.send(ctx, commit, nil)
	if err != nil {
		return err
	}
	tag, err := results.Exec()
	if err = t.noted(orElse(err, results.Close()), true); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if tag.String() != "COMMIT" {
		return fmt.Errorf("commit: %w", pgx.ErrTxCommitRollback)
	}
	return nil
}

// single runs a transaction that is one command, which needs no BEGIN and COMMIT.
func (t *pgTx) single(ctx context.Context) error {
	s := t.queued[0]
	t.begin, t.queued = "", nil
	tag, err := t.conn.Exec(ctx, s.query, s.args...)
	if err = t.noted(err, true); err != nil {
		return s.failed(err)
	}
	s.done(tag.RowsAffected())
	return nil
}

// rollback ends the transaction if it is not over.
func (t *pgTx) rollback(ctx context.Context) {
	if t.conn.IsClosed() || t.conn.PgConn().TxStatus() == 'I' && !t.conn.PgConn().IsBusy() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxRollback)
	defer cancel()
	if err := t.conn.PgConn().Exec(ctx, "rollback").Close(); err != nil {
		_ = t.conn.Close(ctx) // Rows may be open still, after a panic.
	}
}

// pgRows are rows that may be the last answer to several statements.
type pgRows struct {
	pgx.Rows

	batch pgx.BatchResults
	err   error
	// first says that the first row was read, and not asked for yet.
	first bool
}

// begunRows reads the first row, so that an error of the query is told at once.
func begunRows(r *pgRows) (Rows, error) {
	r.first = r.Next()
	if r.first {
		return r, nil
	}
	return r, r.Err()
}

// Err implements Rows.
func (r *pgRows) Err() error { return orElse(r.Rows.Err(), r.err) }

// Close implements Rows.
func (r *pgRows) Close() error {
	r.Rows.Close()
	if r.batch != nil {
		r.err = r.batch.Close()
		r.batch = nil
	}
	return nil
}

// Next implements Rows.
func (r *pgRows) Next() bool {
	if r.first {
		r.first = false
		return true
	}
	if r.Rows.Next() {
		return true
	}
	_ = r.Close()
	return false
}

// Columns implements Rows.
func (r *pgRows) Columns() ([]string, error) {
	var names []string
	for _, field := range r.FieldDescriptions() {
		names = append(names, field.Name)
	}
	return names, r.Err()
}
