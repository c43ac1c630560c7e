// Package sqlstore keeps followup's records in SQLite or PostgreSQL.
package sqlstore

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings followup's own tables up to date. Those of the event log are
// migrated by eventlog.Migrate.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return sqldb.Migrate(ctx, db, "followup", migrations)
}

// Store is followup.Store over a database. It is safe for concurrent use.
type Store struct {
	db  *sqldb.DB
	log *eventlog.Log
}

var _ followup.Store = (*Store)(nil)

// New makes a store over a database that was migrated. Events go into log.
func New(db *sqldb.DB, log *eventlog.Log) *Store { return &Store{db: db, log: log} }

// Change implements followup.Store. The row of the complaint is locked from
// before it is read until the commit.
func (s *Store) Change(ctx context.Context, change followup.Change, decide func(*followup.Case) error) (followup.Done, error) {
	var done followup.Done
	err := s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var err error
		if done, err = s.begin(ctx, tx, change); err != nil || done.Repeated {
			return err
		}
		c, err := readCase(ctx, tx, change.Complaint, tx.Dialect().ForUpdate())
		known := err == nil
		if errors.Is(err, followup.ErrUnknown) {
			c, err = &followup.Case{}, nil
		}
		if err != nil {
			return err
		}
		if err := decide(c); err != nil {
			return err
		}
		return s.write(ctx, tx, c.Changes, known)
	})
	return done, s.db.Failure(err)
}

// begin accepts the event or claims the key of the command.
func (s *Store) begin(ctx context.Context, tx *sqldb.Tx, change followup.Change) (followup.Done, error) {
	if change.Event != nil {
		first, err := s.log.Accept(ctx, tx, change.Event)
		return followup.Done{Repeated: !first}, err
	}
	earlier, replay, err := idem.Claim(ctx, tx, change.Command, change.Result)
	if replay {
		return followup.Done{Repeated: true, Result: earlier}, err
	}
	return followup.Done{Result: change.Result}, err
}

// write puts all changes into the transaction.
func (s *Store) write(ctx context.Context, tx *sqldb.Tx, changes followup.Changes, known bool) error {
	if changes.Complaint != nil {
		if err := putComplaint(ctx, tx, *changes.Complaint); err != nil {
			return err
		}
	}
	if err := insertDuties(ctx, tx, changes.Opened); err != nil {
		return err
	}
	for _, d := range changes.Touched {
		if err := updateDuty(ctx, tx, d); err != nil {
			return err
		}
	}
	if changes.Attempt != nil {
		if err := insertAttempt(ctx, tx, *changes.Attempt); err != nil {
			return err
		}
	}
	if changes.Notification != nil {
		if err := insertNotification(ctx, tx, *changes.Notification); err != nil {
			return err
		}
	}
	for i, draft := range changes.Drafts {
		// A complaint that was not known has no events here to be looked up.
		draft.First = !known && i == 0
		if err := s.log.Record(ctx, tx, draft); err != nil {
			return fmt.Errorf("append event: %w", err)
		}
	}
	return nil
}

// Case implements followup.Store.
func (s *Store) Case(ctx context.Context, complaint string) (*followup.Case, error) {
	var c *followup.Case
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		c, err = readCase(ctx, tx, complaint, "")
		return err
	})
	return c, s.db.Failure(err)
}
