package sqldb

import (
	"database/sql"
	"errors"
)

// Rows is the answer of a query, as in database/sql: Next moves to each row in
// turn, Scan reads it, and Err tells after the last one whether there were more.
// Close may be called more than once.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
	Columns() ([]string, error)
}

// Row is the first row of an answer.
type Row struct {
	rows Rows
	err  error
}

// Scan reads the row, or returns sql.ErrNoRows when there is none.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	if !r.rows.Next() {
		return errors.Join(orElse(r.rows.Err(), sql.ErrNoRows), r.rows.Close())
	}
	if err := r.rows.Scan(dest...); err != nil {
		return errors.Join(err, r.rows.Close())
	}
	return r.rows.Close()
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
