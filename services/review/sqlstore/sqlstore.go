// Package sqlstore keeps review's records in SQLite or PostgreSQL.
package sqlstore

import (
	"context"
	"embed"

	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/review"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings review's own tables up to date. Those of the event log are migrated by eventlog.Migrate.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	if err := sqldb.Migrate(ctx, db, "review", migrations); err != nil {
		return err
	}
	return foldSubjects(ctx, db)
}

// Store is review.OutcomeStore and review.ImprovementStore over a database. It is safe for concurrent use.
type Store struct {
	db  *sqldb.DB
	log *eventlog.Log
}

var (
	_ review.OutcomeStore     = (*Store)(nil)
	_ review.ImprovementStore = (*Store)(nil)
)

// New makes a store over a database that was migrated. Events go into log.
func New(db *sqldb.DB, log *eventlog.Log) *Store { return &Store{db: db, log: log} }

// and is a further condition.
func and(where filter.Where) string {
	if where.SQL == "" {
		return ""
	}
	return " AND " + where.SQL
}

// none is nil for no bytes.
func none(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// some is what none reads.
func some(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
