// Package sqlstore keeps intake's records in SQLite or PostgreSQL.
package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Store implements intake.Store. It is safe for concurrent use.
type Store struct {
	db  *sqldb.DB
	log *eventlog.Log
}

var _ intake.Store = (*Store)(nil)

// Migrate brings intake's own tables up to date. Those of the event log are migrated by eventlog.Migrate.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return sqldb.Migrate(ctx, db, "intake", migrations)
}

// New makes a store over a migrated database; log is the one in that database.
func New(db *sqldb.DB, log *eventlog.Log) *Store { return &Store{db: db, log: log} }

// write runs fn in a transaction. When the database is to blame, it answers
// UNAVAILABLE, so that the caller tries again.
func (s *Store) write(ctx context.Context, fn func(ctx context.Context, tx *sqldb.Tx) error) error {
	return s.db.Failure(s.db.Write(ctx, fn))
}

// change is write for a change of one complaint under its lock.
func (s *Store) change(ctx context.Context, id string, fn func(ctx context.Context, tx *sqldb.Tx) error) error {
	return s.db.Failure(s.db.Beside(ctx, "complaints/"+id, fn))
}

// read is write for a transaction that changes nothing.
func (s *Store) read(ctx context.Context, fn func(ctx context.Context, tx *sqldb.Tx) error) error {
	return s.db.Failure(s.db.Read(ctx, fn))
}

// lockComplaint is the end of a SELECT over complaints c whose row is about to be changed.
func lockComplaint(tx *sqldb.Tx) string {
	if lock := tx.Dialect().ForUpdate(); lock != "" {
		return lock + " OF c"
	}
	return ""
}

// notFound makes the absence of a row the contract's error.
func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return intake.ErrNotFound
	}
	return err
}
