// Package sqlstore keeps remedy's records in SQLite or PostgreSQL.
package sqlstore

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings remedy's own tables up to date. Those of the event log are migrated by eventlog.Migrate.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return sqldb.Migrate(ctx, db, "remedy", migrations)
}

// Store is remedy.Store over a database. It is safe for concurrent use.
type Store struct {
	db  *sqldb.DB
	log *eventlog.Log
}

var _ remedy.Store = (*Store)(nil)

// New makes a store over a database that was migrated. Events go into log.
func New(db *sqldb.DB, log *eventlog.Log) *Store { return &Store{db: db, log: log} }

// Change implements remedy.Store. The row of the complaint is locked from before it is read until the commit.
func (s *Store) Change(ctx context.Context, change remedy.Change, decide func(*remedy.Case) error) (remedy.Done, error) {
	var done remedy.Done
	err := s.db.Beside(ctx, "complaints/"+change.Complaint, func(ctx context.Context, tx *sqldb.Tx) error {
		c := &remedy.Case{}
		last := &eventlog.Place{}
		cause := eventlog.Cause{Event: change.Event, Command: change.Command, Result: change.Result}
		var err error
		done.Repeated, done.Result, err = s.log.Begin(ctx, tx, cause, func() error {
			err := askCase(ctx, tx, c, change.Complaint, tx.Dialect().ForUpdate())
			if change.Event != nil {
				last = nil // What other services tell is not told again, as a rule; Record finds the place if it is.
				return err
			}
			return errors.Join(err, s.log.AskLast(ctx, tx, "complaints/"+change.Complaint, last))
		})
		if err != nil || done.Repeated {
			return err
		}
		if err := decide(c); err != nil {
			return err
		}
		return s.write(ctx, tx, c.Changes, last)
	})
	if err != nil {
		return remedy.Done{}, s.db.Failure(err)
	}
	return done, nil
}

// write puts all changes into the transaction.
func (s *Store) write(ctx context.Context, tx *sqldb.Tx, changes remedy.Changes, last *eventlog.Place) error {
	if changes.Complaint != nil {
		if err := putComplaint(ctx, tx, *changes.Complaint); err != nil {
			return err
		}
	}
	if changes.Remedy != nil {
		if err := insertRemedy(ctx, tx, changes.Remedy); err != nil {
			return err
		}
	}
	if len(changes.Drafts) > 0 {
		changes.Drafts[0].Last = last
	}
	return s.log.Record(ctx, tx, changes.Drafts...)
}

// Case implements remedy.Store.
func (s *Store) Case(ctx context.Context, complaint string) (*remedy.Case, error) {
	c := &remedy.Case{}
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return askCase(ctx, tx, c, complaint, "")
	})
	if err == nil && c.Complaint.ID == "" {
		err = remedy.ErrUnknown
	}
	return c, s.db.Failure(err)
}

// askCase asks for a complaint; lock is the dialect's row lock or empty. The case stays empty when it is not known.
func askCase(ctx context.Context, tx *sqldb.Tx, c *remedy.Case, complaint, lock string) error {
	*c = remedy.Case{}
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		return scan(&c.Complaint.ID, &c.Complaint.Customer, &c.Complaint.Cycle, &c.Complaint.End)
	}, `SELECT complaint_id, customer, cycle, end_state FROM complaints WHERE complaint_id = ?`+lock, complaint)
}

func putComplaint(ctx context.Context, tx *sqldb.Tx, c remedy.Complaint) error {
	err := tx.Queue(ctx, nil, `INSERT INTO complaints (complaint_id, customer, cycle, end_state) VALUES (?, ?, ?, ?)
		ON CONFLICT (complaint_id) DO UPDATE SET customer = excluded.customer, cycle = excluded.cycle, end_state = excluded.end_state`,
		c.ID, c.Customer, c.Cycle, int32(c.End))
	if err != nil {
		return fmt.Errorf("put complaint: %w", err)
	}
	return nil
}
