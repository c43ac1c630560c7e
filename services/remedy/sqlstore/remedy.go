package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

// Remedy implements remedy.Store.
func (s *Store) Remedy(ctx context.Context, complaint, id string) (remedy.Remedy, error) {
	list, err := s.remedies(ctx, complaint, `AND remedy_id = ?`, id)
	if err == nil && len(list) == 0 {
		err = remedy.ErrUnknown
	}
	if err != nil {
		return remedy.Remedy{}, err
	}
	return list[0], nil
}

// Remedies implements remedy.Store.
func (s *Store) Remedies(ctx context.Context, query remedy.Query) ([]remedy.Remedy, error) {
	if at := query.After; at != nil {
		return s.remedies(ctx, query.Complaint, `AND (create_time, remedy_id) > (?, ?) ORDER BY create_time, remedy_id LIMIT ?`,
			sqldb.Micros(at.CreateTime), at.ID, query.Limit)
	}
	return s.remedies(ctx, query.Complaint, `ORDER BY create_time, remedy_id LIMIT ?`, query.Limit)
}

// remedies reads those of a complaint that the rest of the statement selects, and all their options by one query.
func (s *Store) remedies(ctx context.Context, complaint, rest string, args ...any) ([]remedy.Remedy, error) {
	var list []remedy.Remedy
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		if list, err = readRemedies(ctx, tx, complaint, rest, args...); err != nil || len(list) == 0 {
			return err
		}
		return readOptions(ctx, tx, complaint, list)
	})
	return list, s.db.Failure(err)
}

func readRemedies(ctx context.Context, tx *sqldb.Tx, complaint, rest string, args ...any) (list []remedy.Remedy, err error) {
	rows, err := tx.Query(ctx, `SELECT complaint_id, remedy_id, state, fallback, customer, proposer, cycle, create_time, version
		FROM remedies WHERE complaint_id = ? `+rest, append([]any{complaint}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read remedies: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r remedy.Remedy
		var created int64
		if err := rows.Scan(&r.Complaint, &r.ID, &r.State, &r.Fallback, &r.Customer, &r.Proposer, &r.Cycle, &created, &r.Version); err != nil {
			return nil, fmt.Errorf("read remedies: %w", err)
		}
		r.CreateTime = sqldb.Time(created)
		if len(r.Fallback) == 0 {
			r.Fallback = nil // The engines differ in how they give back what is empty.
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// readOptions fills in the options of a complaint's remedies.
func readOptions(ctx context.Context, tx *sqldb.Tx, complaint string, list []remedy.Remedy) (err error) {
	args, at := []any{complaint}, make(map[string]*remedy.Remedy, len(list))
	for i := range list {
		args, at[list[i].ID] = append(args, list[i].ID), &list[i]
	}
	rows, err := tx.Query(ctx, `SELECT remedy_id, kind, basis, contents, currency, units, nanos, fulfil_time FROM remedy_options
		WHERE complaint_id = ? AND remedy_id IN (?`+strings.Repeat(", ?", len(list)-1)+`) ORDER BY remedy_id, option_number`, args...)
	if err != nil {
		return fmt.Errorf("read options: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		var o remedy.Option
		var fulfil int64
		if err := rows.Scan(&id, &o.Kind, &o.Basis, &o.Contents, &o.Amount.Currency, &o.Amount.Units, &o.Amount.Nanos, &fulfil); err != nil {
			return fmt.Errorf("read options: %w", err)
		}
		o.FulfilTime = sqldb.Time(fulfil)
		at[id].Options = append(at[id].Options, o)
	}
	return rows.Err()
}

func insertRemedy(ctx context.Context, tx *sqldb.Tx, r *remedy.Remedy) error {
	fallback := r.Fallback
	if fallback == nil {
		fallback = []byte{}
	}
	err := tx.Queue(ctx, nil, `INSERT INTO remedies (complaint_id, remedy_id, state, fallback, customer, proposer, cycle, create_time, version)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Complaint, r.ID, int32(r.State), fallback, r.Customer, r.Proposer, r.Cycle, sqldb.Micros(r.CreateTime), r.Version)
	if err != nil {
		return fmt.Errorf("insert remedy: %w", err)
	}
	return insertOptions(ctx, tx, r)
}

// insertOptions writes all options by one statement.
func insertOptions(ctx context.Context, tx *sqldb.Tx, r *remedy.Remedy) error {
	if len(r.Options) == 0 {
		return nil
	}
	const row = `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	var args []any
	for i, o := range r.Options {
		args = append(args, r.Complaint, r.ID, i, int32(o.Kind), int32(o.Basis), o.Contents, o.Amount.Currency, o.Amount.Units,
			o.Amount.Nanos, sqldb.Micros(o.FulfilTime))
	}
	err := tx.Queue(ctx, nil, `INSERT INTO remedy_options (complaint_id, remedy_id, option_number, kind, basis, contents, currency, units,
		nanos, fulfil_time) VALUES `+row+strings.Repeat(`, `+row, len(r.Options)-1), args...)
	if err != nil {
		return fmt.Errorf("insert options: %w", err)
	}
	return nil
}
