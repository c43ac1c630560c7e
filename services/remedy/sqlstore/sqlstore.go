// Package sqlstore keeps remedy's records in SQLite or PostgreSQL.
package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
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
	err := s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var err error
		if done, err = s.begin(ctx, tx, change); err != nil || done.Repeated {
			return err
		}
		c, err := readCase(ctx, tx, change.Complaint, tx.Dialect().ForUpdate())
		if errors.Is(err, remedy.ErrUnknown) {
			c, err = &remedy.Case{}, nil
		}
		if err != nil {
			return err
		}
		if err := decide(c); err != nil {
			return err
		}
		return s.write(ctx, tx, c.Changes)
	})
	if err != nil {
		return remedy.Done{}, s.db.Failure(err)
	}
	return done, nil
}

// begin accepts the event or claims the key of the command.
func (s *Store) begin(ctx context.Context, tx *sqldb.Tx, change remedy.Change) (remedy.Done, error) {
	if change.Event != nil {
		first, err := s.log.Accept(ctx, tx, change.Event)
		return remedy.Done{Repeated: !first}, err
	}
	earlier, replay, err := idem.Claim(ctx, tx, change.Command, change.Result)
	if replay {
		return remedy.Done{Repeated: true, Result: earlier}, err
	}
	return remedy.Done{Result: change.Result}, err
}

// write puts all changes into the transaction.
func (s *Store) write(ctx context.Context, tx *sqldb.Tx, changes remedy.Changes) error {
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
	for _, draft := range changes.Drafts {
		if err := s.log.Record(ctx, tx, draft); err != nil {
			return fmt.Errorf("append event: %w", err)
		}
	}
	return nil
}

// Case implements remedy.Store.
func (s *Store) Case(ctx context.Context, complaint string) (*remedy.Case, error) {
	var c *remedy.Case
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		c, err = readCase(ctx, tx, complaint, "")
		return err
	})
	return c, s.db.Failure(err)
}

// readCase reads a complaint; lock is the dialect's row lock or empty.
func readCase(ctx context.Context, tx *sqldb.Tx, complaint, lock string) (*remedy.Case, error) {
	c := &remedy.Case{}
	err := tx.QueryRow(ctx, `SELECT complaint_id, customer, cycle, end_state FROM complaints WHERE complaint_id = ?`+lock, complaint).
		Scan(&c.Complaint.ID, &c.Complaint.Customer, &c.Complaint.Cycle, &c.Complaint.End)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, remedy.ErrUnknown
	}
	if err != nil {
		return nil, fmt.Errorf("read complaint: %w", err)
	}
	return c, nil
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
