// Package sqlstore keeps followup's records in SQLite or PostgreSQL.
package sqlstore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"

	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/eventlog"
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
	err := s.db.Beside(ctx, "complaints/"+change.Complaint, func(ctx context.Context, tx *sqldb.Tx) error {
		c := &followup.Case{}
		var last eventlog.Place
		cause := eventlog.Cause{Event: change.Event, Command: change.Command, Result: change.Result}
		var err error
		done.Repeated, done.Result, err = s.log.Begin(ctx, tx, cause, func() error {
			return errors.Join(askChange(ctx, tx, c, change), s.log.AskLast(ctx, tx, "complaints/"+change.Complaint, &last))
		})
		if err != nil || done.Repeated {
			return err
		}
		if err := decide(c); err != nil {
			return err
		}
		return s.write(ctx, tx, c, &last)
	})
	return done, s.db.Failure(err)
}

// write puts all changes into the transaction.
func (s *Store) write(ctx context.Context, tx *sqldb.Tx, c *followup.Case, last *eventlog.Place) error {
	changes := c.Changes
	if changes.Complaint != nil {
		if err := putComplaint(ctx, tx, *changes.Complaint); err != nil {
			return err
		}
	}
	if changes.InCharge {
		if err := passTouches(ctx, tx, *changes.Complaint); err != nil {
			return err
		}
	}
	if err := insertDuties(ctx, tx, changes.Opened); err != nil {
		return err
	}
	for _, d := range slices.Concat(changes.Touched, changes.Rescheduled, changes.Moved) {
		if c.Duty(d.ID) == nil {
			return fmt.Errorf("write duty: %s is none of %s", d.ID, d.Complaint)
		}
	}
	if err := updateDuties(ctx, tx, changes.Touched); err != nil {
		return err
	}
	if err := rescheduleDuties(ctx, tx, changes.Rescheduled); err != nil {
		return err
	}
	if err := moveDuties(ctx, tx, changes.Moved); err != nil {
		return err
	}
	if err := putCallback(ctx, tx, changes.Callback); err != nil {
		return err
	}
	if err := judgeAttempt(ctx, tx, changes.Judged); err != nil {
		return err
	}
	if changes.Attempt != nil {
		if err := insertAttempt(ctx, tx, *changes.Attempt); err != nil {
			return err
		}
	}
	if changes.Notification != nil {
		if err := putNotification(ctx, tx, *changes.Notification); err != nil {
			return err
		}
	}
	if err := putMessages(ctx, tx, changes); err != nil {
		return err
	}
	if changes.Record != nil {
		if err := insertRecord(ctx, tx, *changes.Record); err != nil {
			return err
		}
	}
	if err := errors.Join(insertPromises(ctx, tx, changes.Promised), updatePromises(ctx, tx, changes.Revised)); err != nil {
		return err
	}
	if err := writeSeries(ctx, tx, &changes); err != nil {
		return err
	}
	if len(changes.Drafts) > 0 {
		changes.Drafts[0].Last = last
	}
	return s.log.Record(ctx, tx, changes.Drafts...)
}

// Case implements followup.Store.
func (s *Store) Case(ctx context.Context, complaint string) (*followup.Case, error) {
	c := &followup.Case{}
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return askWhole(ctx, tx, c, complaint) })
	if err == nil && c.Complaint.ID == "" {
		// It is not known, or owes nothing, which the one query cannot tell.
		err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return askCase(ctx, tx, c, complaint, "") })
	}
	if err == nil && c.Complaint.ID == "" {
		err = followup.ErrUnknown
	}
	return c, s.db.Failure(err)
}
