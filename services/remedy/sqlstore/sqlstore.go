// Package sqlstore keeps remedy's records in SQLite or PostgreSQL.
package sqlstore

import (
	"context"
	"embed"
	"errors"

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
	body := func(ctx context.Context, tx *sqldb.Tx) error {
		c := &remedy.Case{}
		last := &eventlog.Place{}
		cause := eventlog.Cause{Event: change.Event, Command: change.Command, Result: change.Result}
		var err error
		done.Repeated, done.Result, err = s.log.Begin(ctx, tx, cause, func() error {
			err := askCase(ctx, tx, c, change.Complaint, tx.Dialect().ForUpdate())
			if change.Remedies {
				err = errors.Join(err, askItems(ctx, tx, c, change.Complaint), askRemedies(ctx, tx, &c.Remedies, change.Complaint,
					`ORDER BY create_time, remedy_id`), askPending(ctx, tx, &c.Approvals, change.Complaint, change.Approval))
			}
			if change.Refusals {
				err = errors.Join(err, askRefusals(ctx, tx, &c.Refusals, `complaint_id = ?`, ` ORDER BY number`, []any{change.Complaint}))
			}
			if change.Watched != "" {
				err = errors.Join(err, askWatching(ctx, tx, c, change.Watched))
			}
			if change.Claim != "" {
				err = errors.Join(err, askClaim(ctx, tx, c, change.Complaint, change.Claim))
			}
			if change.Accounts {
				err = errors.Join(err, askAccounts(ctx, tx, &c.Accounts, change.Complaint))
			}
			if change.Event != nil {
				last = nil // What other services tell is not told again, as a rule; Record finds the place if it is.
				return err
			}
			return errors.Join(err, s.log.AskLast(ctx, tx, "complaints/"+change.Complaint, last))
		})
		if err != nil || done.Repeated {
			return err
		}
		if change.Remedies {
			c.Above = func(names []string) (map[string]string, error) { return above(ctx, tx, names) }
			c.Left = func(name string) (bool, error) { return left(ctx, tx, name) }
		}
		if change.Money {
			c.Entries = func(id string) ([]remedy.Entry, error) { return entries(ctx, tx, change.Complaint, id) }
			c.Merged = func() ([]remedy.Given, error) { return merged(ctx, tx, change.Complaint) }
			c.Funds = func(keys remedy.FundKeys) (remedy.Funds, error) { return funds(ctx, tx, change.Complaint, keys) }
		}
		if err := decide(c); err != nil {
			return err
		}
		return s.write(ctx, tx, change.Complaint, c.Changes, last)
	}
	var err error
	if change.Money || change.Accounts {
		err = s.db.Write(ctx, body)
	} else {
		err = s.db.Beside(ctx, "complaints/"+change.Complaint, body)
	}
	if err != nil {
		return remedy.Done{}, s.db.Failure(err)
	}
	return done, nil
}

// write puts all changes into the transaction.
func (s *Store) write(ctx context.Context, tx *sqldb.Tx, complaint string, changes remedy.Changes, last *eventlog.Place) error {
	var writes []func() error
	if changes.Complaint != nil {
		writes = append(writes, func() error { return putComplaint(ctx, tx, *changes.Complaint) })
	}
	if changes.Item != nil {
		writes = append(writes, func() error { return putItem(ctx, tx, complaint, *changes.Item) })
	}
	if changes.Absorbed != "" {
		writes = append(writes, func() error { return absorbItems(ctx, tx, complaint, changes.Absorbed) })
	}
	if changes.Remedy != nil {
		writes = append(writes, func() error { return insertRemedy(ctx, tx, changes.Remedy) })
	}
	for i := range changes.Updated {
		writes = append(writes, func() error { return updateRemedy(ctx, tx, &changes.Updated[i]) })
	}
	for i := range changes.Approvals {
		writes = append(writes, func() error { return putApproval(ctx, tx, &changes.Approvals[i]) })
	}
	if changes.Refusal != nil {
		writes = append(writes, func() error { return putRefusal(ctx, tx, changes.Refusal) })
	}
	if changes.Claim != nil {
		writes = append(writes, func() error { return putClaim(ctx, tx, changes.Claim) })
	}
	writes = append(writes, func() error { return putRepeats(ctx, tx, changes.Repeats) },
		func() error { return putAccounts(ctx, tx, complaint, changes) })
	writes = append(writes, func() error { return insertEntries(ctx, tx, changes.Entries) })
	for _, write := range writes {
		if err := write(); err != nil {
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
