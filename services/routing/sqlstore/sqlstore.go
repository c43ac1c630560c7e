// Package sqlstore keeps routing's records in SQLite or PostgreSQL.
package sqlstore

import (
	"context"
	"embed"
	"errors"
	"sync/atomic"

	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings routing's own tables up to date. Those of the event log are migrated by eventlog.Migrate.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return sqldb.Migrate(ctx, db, "routing", migrations)
}

// Store is routing.Store over a database. It is safe for concurrent use.
type Store struct {
	db  *sqldb.DB
	log *eventlog.Log
	// newest is the directory as it was last read; whoever uses it has read the version that it must have.
	newest atomic.Pointer[routing.Directory]
}

var (
	_ routing.Store          = (*Store)(nil)
	_ routing.DirectoryStore = (*Store)(nil)
)

// New makes a store over a database that was migrated. Events go into log.
func New(db *sqldb.DB, log *eventlog.Log) *Store { return &Store{db: db, log: log} }

// Change implements routing.Store. Rows are locked in this order: complaint, department, agents.
func (s *Store) Change(ctx context.Context, change routing.Change, decide func(*routing.Case) error) (bool, error) {
	repeated := false
	err := s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		c := &routing.Case{}
		last := &eventlog.Place{}
		var version int64
		var err error
		repeated, _, err = s.log.Begin(ctx, tx, eventlog.Cause{Event: change.Event}, func() error {
			err := askComplaint(ctx, tx, c, change.Complaint, tx.Dialect().ForUpdate())
			if change.Notices {
				err = errors.Join(err, askNotices(ctx, tx, c, change.Complaint))
			}
			if change.Ladder && change.Event != nil {
				err = errors.Join(err, askEscalations(ctx, tx, c, change.Complaint), askVersion(ctx, tx, &version))
			}
			if change.Event != nil {
				last = nil // What other services tell is not told again, as a rule; Record finds the place if it is.
				return err
			}
			return errors.Join(err, askEscalations(ctx, tx, c, change.Complaint), askVersion(ctx, tx, &version),
				s.log.AskLast(ctx, tx, "complaints/"+change.Complaint, last))
		})
		if err != nil || repeated {
			return err
		}
		c.Candidates = func(department string) ([]routing.Candidate, error) {
			return s.candidates(ctx, tx, c, department)
		}
		c.Look = func() (*routing.Directory, error) { return s.within(ctx, tx, version) }
		if err := decide(c); err != nil {
			return err
		}
		if err := putEnd(ctx, tx, change.Event, c.Changes.Complaint); err != nil {
			return err
		}
		return s.write(ctx, tx, change.Complaint, c.Changes, last)
	})
	return !repeated, s.db.Failure(err)
}

// write puts all changes into the transaction.
func (s *Store) write(ctx context.Context, tx *sqldb.Tx, complaint string, changes routing.Changes, last *eventlog.Place) error {
	if changes.Complaint != nil {
		if err := errors.Join(putComplaint(ctx, tx, *changes.Complaint), endUnassigned(ctx, tx, *changes.Complaint)); err != nil {
			return err
		}
	}
	if err := errors.Join(putLoads(ctx, tx, changes), putParts(ctx, tx, complaint, changes.Parts)); err != nil {
		return err
	}
	if changes.Escalation != nil {
		if err := putEscalation(ctx, tx, complaint, *changes.Escalation); err != nil {
			return err
		}
	}
	if changes.Over != nil {
		if err := endEscalations(ctx, tx, complaint, *changes.Over); err != nil {
			return err
		}
	}
	if changes.Notice != nil {
		if err := insertNotice(ctx, tx, *changes.Notice); err != nil {
			return err
		}
	}
	for _, n := range changes.Further {
		if err := insertNotice(ctx, tx, n); err != nil {
			return err
		}
	}
	for _, id := range changes.Recalled {
		if err := recallNotice(ctx, tx, complaint, id); err != nil {
			return err
		}
	}
	if changes.Reference != "" {
		if err := putReference(ctx, tx, complaint, changes.Reference); err != nil {
			return err
		}
	}
	if len(changes.Drafts) > 0 {
		changes.Drafts[0].Last = last
	}
	return s.log.Record(ctx, tx, changes.Drafts...)
}

// Case implements routing.Store.
func (s *Store) Case(ctx context.Context, complaint string) (*routing.Case, error) {
	c := &routing.Case{}
	var version int64
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return errors.Join(askComplaint(ctx, tx, c, complaint, ""), askEscalations(ctx, tx, c, complaint), askNotices(ctx, tx, c, complaint),
			askVersion(ctx, tx, &version))
	})
	if err == nil && c.Complaint.ID == "" {
		err = routing.ErrUnknown
	}
	if err == nil {
		c.Directory, err = s.directory(ctx, version)
	}
	return c, s.db.Failure(err)
}
