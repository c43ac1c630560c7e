package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // The driver "sqlite", in pure Go.
)

const defaultReaders = 4

// liteEngine runs transactions on SQLite: one writer, so that writers queue in
// the process and never meet a lock of each other, and several readers, which
// under WAL neither wait for the writer nor hold it up.
type liteEngine struct {
	writer *writer
	pool   *sql.DB
	reads  *statements
}

// openSQLite opens a file that exists or can be made.
func openSQLite(path string, readers int) (*DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil || path == "" {
		return nil, fmt.Errorf("sqldb: %q is not a path of a file", path)
	}
	// SQLite itself would make the file readable by all; its WAL takes over the
	// mode of the file.
	file, err := os.OpenFile(abs, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sqldb: open SQLite: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("sqldb: open SQLite: %w", err)
	}
	if readers <= 0 {
		readers = defaultReaders
	}
	write, err := sql.Open("sqlite", sqliteDSN(abs, url.Values{}))
	if err != nil {
		return nil, fmt.Errorf("sqldb: open SQLite: %w", err)
	}
	read, err := sql.Open("sqlite", sqliteDSN(abs, url.Values{"_pragma": {"query_only(1)"}}))
	if err != nil {
		return nil, fmt.Errorf("sqldb: open SQLite: %w", err)
	}
	write.SetMaxOpenConns(1)
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return newDB(SQLite, &liteEngine{writer: &writer{pool: write}, pool: read, reads: newStatements(read)}), nil
}

// sqliteDSN asks for a file that survives power loss once a commit returned.
func sqliteDSN(path string, more url.Values) string {
	values := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(1)"}}
	for key, vs := range more {
		values[key] = append(values[key], vs...)
	}
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: values.Encode()}
	return dsn.String()
}

func (e *liteEngine) ping(ctx context.Context) error { return e.pool.PingContext(ctx) }

func (e *liteEngine) connections() Pool {
	stats := e.pool.Stats()
	return Pool{InUse: int64(stats.InUse), Idle: int64(stats.Idle), Max: int64(stats.MaxOpenConnections)}
}

func (e *liteEngine) close() error { return errors.Join(e.writer.close(), e.pool.Close()) }

func (e *liteEngine) write(ctx context.Context, db *DB, fn body) error {
	return e.writer.write(ctx, db, fn)
}

// read runs fn in one read-only transaction.
func (e *liteEngine) read(ctx context.Context, db *DB, fn body) error {
	e.reads.prepare(ctx)
	begun, err := e.pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	// After a commit this does nothing; after an error or a panic it undoes all.
	defer func() { _ = begun.Rollback() }()
	prepared := func(query string) *sql.Stmt {
		if stmt := e.reads.get(query); stmt != nil {
			return begun.StmtContext(ctx, stmt)
		}
		return nil
	}
	t := &liteTx{direct: begun, prepared: prepared}
	defer t.end()
	tx := &Tx{db: db, conn: t}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	if err := begun.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	tx.committed()
	return nil
}

// beside is not called: the writer joins all changes.
func (e *liteEngine) beside(context.Context, *DB, []*shared) error { return ErrAlone }

// together runs the parts: their questions among the readers, and what they do
// as one writer.
func (e *liteEngine) together(ctx context.Context, db *DB, parts []*shared) error {
	err := e.read(ctx, db, func(ctx context.Context, tx *Tx) error {
		return queueAll(ctx, tx, collect(db, parts, questions))
	})
	if err != nil {
		return ErrAlone
	}
	statements := collect(db, parts, actions)
	if len(statements) == 0 {
		return nil
	}
	done := false
	err = e.write(ctx, db, func(ctx context.Context, tx *Tx) error {
		err := queueAll(ctx, tx, statements)
		done = err == nil
		return err
	})
	if !done {
		return ErrAlone
	}
	return err
}

func queueAll(ctx context.Context, tx *Tx, statements []statement) error {
	for _, s := range statements {
		if err := tx.conn.queue(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
