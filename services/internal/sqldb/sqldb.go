// Package sqldb is a thin layer over the drivers that lets one store
// implementation run on SQLite and on PostgreSQL. It opens the database the way
// "accepted means kept" needs, runs transactions with retries, rebinds
// placeholders and applies migrations.
//
// SQL is written once with ? placeholders and kept to what both engines
// understand. Times are stored as BIGINT unix microseconds (Micros, Time). On
// PostgreSQL a failed statement ends its transaction, so inserts that may meet
// an existing row say ON CONFLICT.
package sqldb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redress-dev/redress/services/internal/errs"
)

// Config says which database to open. Only the URL is required.
type Config struct {
	// URL is "sqlite:<path>" for a file whose folder exists, or
	// "postgres://user@host/database" with the parameters libpq knows.
	URL string
	// Schema is the PostgreSQL schema to work in, made when missing, so that
	// several services can share one database: lower-case letters, digits and
	// underscores. SQLite ignores it, having one file per service.
	Schema string
	// MaxConns limits the connections: all of them on PostgreSQL (16 when
	// zero), the readers on SQLite (4 when zero), where there is one writer.
	MaxConns int
	// Frozen makes Migrate apply nothing, and fail with ErrBehind when there is
	// something to apply: for processes that must not change tables under others.
	Frozen bool
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	dialect Dialect
	engine  engine
	binder  *binder
	// parts are the callers of Together, changes those of Beside.
	parts, changes *lanes
	// frozen is Config.Frozen.
	frozen bool
}

// Frozen is Config.Frozen: what a program would change about what is kept, it leaves.
func (db *DB) Frozen() bool { return db.frozen }

// engine runs functions in a transaction, once. write and read call the hooks.
type engine interface {
	write(ctx context.Context, db *DB, fn body) error
	read(ctx context.Context, db *DB, fn body) error
	together(ctx context.Context, db *DB, parts []*shared) error
	beside(ctx context.Context, db *DB, parts []*shared) error
	ping(ctx context.Context) error
	connections() Pool
	close() error
}

func newDB(d Dialect, e engine) *DB {
	return &DB{dialect: d, engine: e, binder: newBinder(d), parts: newLanes(laneCount), changes: newLanes(besideLanes)}
}

// ErrBehind says that the tables are not yet as this program needs them.
var ErrBehind = errors.New("the tables are not up to date")

// Open opens the database and makes sure it answers. It fails when the URL is
// wrong, the server cannot be reached, or the file cannot be made or read. A
// new SQLite file is readable by its owner alone.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	var db *DB
	var err error
	switch {
	case strings.HasPrefix(cfg.URL, "sqlite:"):
		db, err = openSQLite(strings.TrimPrefix(cfg.URL, "sqlite:"), cfg.MaxConns)
	case strings.HasPrefix(cfg.URL, "postgres://"), strings.HasPrefix(cfg.URL, "postgresql://"):
		db, err = openPostgres(ctx, cfg)
	default:
		// The URL may hold a password and is not repeated.
		return nil, errors.New(`sqldb: the database URL must begin with "sqlite:" or "postgres://"`)
	}
	if err != nil {
		return nil, err
	}
	db.frozen = cfg.Frozen
	if err := db.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("sqldb: open %s: %w", db.dialect, err), db.Close())
	}
	return db, nil
}

// Close closes all connections, after the running transactions have ended.
func (db *DB) Close() error { return db.engine.close() }

// Dialect tells the engines apart where SQL must differ.
func (db *DB) Dialect() Dialect { return db.dialect }

// Ping reports whether the database answers now.
func (db *DB) Ping(ctx context.Context) error { return db.engine.ping(ctx) }

// Pool says how many connections a DB has at a moment.
type Pool struct {
	// InUse run a transaction, Idle wait for one. Max is how many there may be together: whoever finds all in use waits.
	InUse, Idle, Max int64
}

// Pool tells of the connections; of SQLite those of the readers, beside which there is one that writes. It asks no database.
func (db *DB) Pool() Pool { return db.engine.connections() }

// Micros is how times are stored: unix microseconds, and 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the inverse of Micros: UTC, and the zero time for 0.
func Time(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// Failure tells a database that cannot be reached from a defect of ours: the first becomes UNAVAILABLE, and worth repeating.
// Errors that already say what they are stay as they are.
func (db *DB) Failure(err error) error {
	if _, known := errors.AsType[*errs.Error](err); known || !db.dialect.IsUnavailable(err) {
		return err
	}
	return errs.Unavailable(errs.ReasonUnavailable, "The database cannot be reached. Try again.").Wrap(err)
}
