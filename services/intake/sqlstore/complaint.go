package sqlstore

import (
	"context"
	"errors"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// Change implements intake.Store.
func (s *Store) Change(ctx context.Context, cmd idem.Command, id string, decide intake.Decide) (record intake.Record, err error) {
	err = s.change(ctx, id, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		record, _, err = s.decide(ctx, tx, eventlog.Cause{Command: cmd, Result: "complaints/" + id}, id, decide)
		return err
	})
	return record, err
}

// Apply implements intake.Store.
func (s *Store) Apply(ctx context.Context, event *eventv1.Event, id string, decide intake.Decide) (first bool, err error) {
	err = s.change(ctx, id, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		if decide == nil {
			first, err = s.log.Accept(ctx, tx, event)
			return err
		}
		var repeated bool
		_, repeated, err = s.decide(ctx, tx, eventlog.Cause{Event: event}, id, decide)
		first = !repeated
		return err
	})
	return first && err == nil, err
}

// decide changes one complaint under its lock, unless the cause is a repeated one: then the complaint is answered as it is now.
func (s *Store) decide(ctx context.Context, tx *sqldb.Tx, cause eventlog.Cause, id string, decide intake.Decide) (record intake.Record, repeated bool, err error) {
	var last eventlog.Place
	repeated, _, err = s.log.Begin(ctx, tx, cause, func() error {
		return errors.Join(ask(ctx, tx, &record, id, lockComplaint(tx)), s.log.AskLast(ctx, tx, "complaints/"+id, &last))
	})
	if err != nil || repeated {
		return record, repeated, err
	}
	if record.ID == "" {
		return record, false, intake.ErrNotFound
	}
	before := record.Version
	effects, err := decide(&record)
	switch {
	case err != nil:
		return record, false, err
	case record.Version != before:
	case len(effects.Events) > 0: // Who has read it, for example.
		effects.Events[0].Last = &last
		return record, false, s.log.Record(ctx, tx, effects.Events...)
	default:
		return record, false, nil
	}
	return record, false, s.update(ctx, tx, &record, effects, &last)
}

// update writes a changed complaint and what comes with the change; last is the place of its last event.
func (s *Store) update(ctx context.Context, tx *sqldb.Tx, record *intake.Record, effects intake.Effects, last *eventlog.Place) error {
	if err := tx.Queue(ctx, nil, updateRecord, updateArgs(record)...); err != nil {
		return err
	}
	if len(effects.Events) > 0 {
		effects.Events[0].Last = last
	}
	return s.effect(ctx, tx, record, effects)
}

// effect writes what comes with a complaint that was filed or changed.
func (s *Store) effect(ctx context.Context, tx *sqldb.Tx, record *intake.Record, effects intake.Effects) error {
	if len(effects.Lookups) > 0 {
		if _, err := insertLookups(ctx, tx, record.Customer, effects.Lookups); err != nil {
			return err
		}
	}
	for i := range effects.Entries {
		if err := tx.Queue(ctx, nil, putEntry, entryArgs(&effects.Entries[i])...); err != nil {
			return err
		}
	}
	return s.log.Record(ctx, tx, effects.Events...)
}

// Get implements intake.Store.
func (s *Store) Get(ctx context.Context, id string) (record intake.Record, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return ask(ctx, tx, &record, id, "") })
	if err == nil && record.ID == "" {
		err = intake.ErrNotFound
	}
	return record, err
}

func get(ctx context.Context, tx *sqldb.Tx, id string) (record intake.Record, err error) {
	if err = errors.Join(ask(ctx, tx, &record, id, ""), tx.Flush(ctx)); err == nil && record.ID == "" {
		err = intake.ErrNotFound
	}
	return record, err
}

// ask asks for a complaint; the record stays empty when it is not known.
func ask(ctx context.Context, tx *sqldb.Tx, record *intake.Record, id, lock string) error {
	*record = intake.Record{}
	return tx.Ask(ctx, func(scan func(dest ...any) error) (err error) {
		*record, err = scanRecord(scan)
		return err
	}, selectRecord+"WHERE c.id = ?"+lock, id)
}

// fields are what complaints are filtered by, as the contract documents it. What
// is sparse has an index without that value, so that filing does not pay for it.
func fields() map[string]filter.Field {
	return map[string]filter.Field{
		"state":        {Column: "c.state", Kind: filter.Enum, Names: intakev1.Complaint_State_value},
		"outcome":      {Column: "c.outcome", Kind: filter.Enum, Names: intakev1.Complaint_Outcome_value, Sparse: "0"},
		"severity":     {Column: "c.severity", Kind: filter.Enum, Names: policyv1.Severity_value, Sparse: "2"},
		"channel":      {Column: "c.channel", Kind: filter.Enum, Names: intakev1.Complaint_Channel_value},
		"cycle":        {Column: "c.cycle", Kind: filter.Int, Sparse: "1"},
		"department":   {Column: "c.department"},
		"assignee":     {Column: "c.assignee"},
		"customer":     {Column: "c.customer"},
		"reference":    {Column: "c.reference"},
		"receive_time": {Column: "c.receive_time", Kind: filter.Time},
		"create_time":  {Column: "c.create_time", Kind: filter.Time},
		"scenario":     {Column: "c.scenario", Kind: filter.Enum, Names: policyv1.Scenario_value, Sparse: "0"},
		"established":  {Column: "c.established", Kind: filter.Enum, Names: policyv1.Establishment_value, Sparse: "0"},
		"ruling":       {Column: "c.ruling", Kind: filter.Enum, Names: policyv1.Responsibility_value, Sparse: "0"},
	}
}

// List implements intake.Store.
func (s *Store) List(ctx context.Context, q intake.Query) ([]intake.Record, error) {
	query, args, err := listing(q)
	if err != nil {
		return nil, err
	}
	var records []intake.Record
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		records = nil
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			record, err := scanRecord(rows.Scan)
			if err != nil {
				return err
			}
			records = append(records, record)
		}
		return rows.Err()
	})
	return records, err
}

// listing is the statement of a list.
func listing(q intake.Query) (query string, args []any, err error) {
	where, err := filter.Parse(fields(), q.Filter)
	if err != nil {
		return "", nil, err
	}
	column, direction, beyond := "c.receive_time", " DESC", " < "
	if q.Order.ByCreateTime {
		column = "c.create_time"
	}
	if q.Order.Ascending {
		direction, beyond = "", " > "
	}
	conditions, args := []string{"1 = 1"}, where.Args
	if where.SQL != "" {
		conditions = append(conditions, where.SQL)
	}
	if q.After.ID != "" {
		conditions = append(conditions, "("+column+", c.id)"+beyond+"(?, ?)")
		args = append(args, sqldb.Micros(q.After.Time), q.After.ID)
	}
	query = selectRecord + "WHERE " + strings.Join(conditions, " AND ") +
		" ORDER BY " + column + direction + ", c.id" + direction + " LIMIT ?"
	return query, append(args, q.Limit), nil
}
