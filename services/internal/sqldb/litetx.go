package sqldb

import (
	"context"
	"database/sql"
	"slices"
)

// direct runs statements that are not prepared.
type direct interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// liteTx is a transaction on SQLite.
type liteTx struct {
	direct direct
	// prepared returns the statement for a text; nil when there is none.
	prepared func(query string) *sql.Stmt
	// shared says that others' changes are in the same transaction. A statement
	// that is interrupted would roll them back too, so none is.
	shared bool
	// open are the rows that are not closed yet.
	open []*liteRows
	// failed says that a statement failed.
	failed bool
}

// context is what statements run under.
func (t *liteTx) context(ctx context.Context) (context.Context, error) {
	if !t.shared {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

// statement returns a prepared statement that no open rows depend on.
func (t *liteTx) statement(query string) *sql.Stmt {
	if slices.ContainsFunc(t.open, func(r *liteRows) bool { return r.query == query }) {
		return nil
	}
	return t.prepared(query)
}

// end closes the rows that were left open.
func (t *liteTx) end() {
	for len(t.open) > 0 {
		_ = t.open[0].Close()
	}
}

func (t *liteTx) exec(ctx context.Context, query string, args []any) (int64, error) {
	result, err := t.result(ctx, query, args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (t *liteTx) result(ctx context.Context, query string, args []any) (result sql.Result, err error) {
	if ctx, err = t.context(ctx); err != nil {
		return nil, err
	}
	if stmt := t.statement(query); stmt != nil { //nolint:sqlclosecheck // It is kept.
		result, err = stmt.ExecContext(ctx, args...)
	} else {
		result, err = t.direct.ExecContext(ctx, query, args...)
	}
	if err != nil {
		t.failed = true
		return nil, err
	}
	return result, nil
}

func (t *liteTx) query(ctx context.Context, query string, args []any) (Rows, error) {
	ctx, err := t.context(ctx)
	if err != nil {
		return nil, err
	}
	var rows *sql.Rows
	if stmt := t.statement(query); stmt != nil { //nolint:sqlclosecheck // It is kept.
		rows, err = stmt.QueryContext(ctx, args...) //nolint:rowserrcheck // The caller looks at it.
	} else {
		rows, err = t.direct.QueryContext(ctx, query, args...) //nolint:rowserrcheck // As above.
	}
	if err != nil {
		t.failed = true
		return nil, err
	}
	r := &liteRows{Rows: rows, tx: t, query: query}
	t.open = append(t.open, r)
	return r, nil
}

func (t *liteTx) queue(ctx context.Context, s statement) error {
	if s.each == nil {
		result, err := t.result(ctx, s.query, s.args)
		if err != nil {
			return s.failed(err)
		}
		return s.tell(result)
	}
	rows, err := t.query(ctx, s.query, s.args)
	if err != nil {
		return s.failed(err)
	}
	for rows.Next() {
		if err := s.each(rows.Scan); err != nil {
			return orElse(err, rows.Close())
		}
	}
	return s.failed(orElse(rows.Err(), rows.Close()))
}

// tell tells what a command did. SQLite knows the number of the row without
// being asked to return it, which would have it keep a journal of the statement.
func (s *statement) tell(result sql.Result) error {
	changed, err := result.RowsAffected()
	if err != nil {
		return err
	}
	s.done(changed)
	if s.number == nil {
		return nil
	}
	n, err := result.LastInsertId()
	s.number(n)
	return err
}

func (t *liteTx) flush(context.Context) error { return nil }

func (t *liteTx) script(ctx context.Context, text string) error {
	ctx, err := t.context(ctx)
	if err != nil {
		return err
	}
	_, err = t.direct.ExecContext(ctx, text)
	t.failed = t.failed || err != nil
	return err
}

// liteRows are rows that a statement feeds until they are closed.
type liteRows struct {
	*sql.Rows

	tx    *liteTx
	query string
}

// Next implements Rows.
func (r *liteRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.tx.failed = r.tx.failed || r.Rows.Err() != nil
	r.forget() // They close themselves after the last row.
	return false
}

// Close implements Rows.
func (r *liteRows) Close() error {
	r.forget()
	return r.Rows.Close()
}

func (r *liteRows) forget() {
	r.tx.open = slices.DeleteFunc(r.tx.open, func(open *liteRows) bool { return open == r })
}
