package floor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
)

// SQLite is the floors on a SQLite file: one connection that all callers queue for, as SQLite has one writer. A round trip is a
// call of a function here.
type SQLite struct {
	shape        *Shape
	db           *sql.DB
	rows         []*sql.Stmt
	pair, outbox *sql.Stmt
	singles      map[string]*sql.Stmt // By variant, the statement that writes all its rows.
	filings      atomic.Int64
}

// NewSQLite makes the tables in a new file.
func NewSQLite(ctx context.Context, path string, shape *Shape) (*SQLite, error) {
	db, err := database.OpenFile(path)
	if err != nil {
		return nil, err
	}
	s := &SQLite{shape: shape, db: db, singles: map[string]*sql.Stmt{}}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("floor: %w", err), db.Close())
	}
	return s, nil
}

func (s *SQLite) prepare(ctx context.Context) (err error) {
	ddl := append([]string{
		"CREATE TABLE pair (id TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL)",
		"CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, note BLOB NOT NULL)",
	}, s.shape.ddl...)
	variants := s.shape.variants()
	for i, counts := range variants {
		ddl = append(ddl, s.single(fmt.Sprintf("single%d", i), counts)...)
	}
	for _, statement := range ddl {
		if _, err := s.db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	stmt := func(text string) (prepared *sql.Stmt) {
		if err == nil {
			prepared, err = s.db.PrepareContext(ctx, text)
		}
		return prepared
	}
	for i := range s.shape.Tables {
		s.rows = append(s.rows, stmt(s.shape.Tables[i].insert(database.SQLite, 0)))
	}
	s.pair, s.outbox = stmt("INSERT INTO pair (id, body) VALUES (?, ?)"), stmt("INSERT INTO outbox (id, note) VALUES (?, ?)")
	for i, counts := range variants {
		s.singles[fmt.Sprint(counts)] = stmt(fmt.Sprintf("INSERT INTO single%d VALUES (%s)", i, database.SQLite.Marks(0, s.width(counts))))
	}
	return err
}

// width is how many values the rows of a filing have together.
func (s *SQLite) width(counts []int) int {
	n := 0
	for i := range s.shape.Tables {
		n += counts[i] * len(s.shape.Tables[i].columns)
	}
	return n
}

// single makes a view with a column for each value of a filing, and a trigger that writes the rows when one is inserted into it:
// SQLite has no INSERT within a common table expression.
func (s *SQLite) single(name string, counts []int) []string {
	columns := make([]string, s.width(counts))
	for i := range columns {
		columns[i] = fmt.Sprintf("NULL AS v%d", i)
	}
	var inserts strings.Builder
	at := 0
	for i := range s.shape.Tables {
		t := &s.shape.Tables[i]
		for range counts[i] {
			values := make([]string, len(t.columns))
			for n := range values {
				values[n] = fmt.Sprintf("NEW.v%d", at+n)
			}
			at += len(values)
			fmt.Fprintf(&inserts, "INSERT INTO %s (%s) VALUES (%s); ", database.Quote(t.Name), t.names(), strings.Join(values, ", "))
		}
	}
	return []string{
		fmt.Sprintf("CREATE VIEW %s AS SELECT %s", name, strings.Join(columns, ", ")),
		fmt.Sprintf("CREATE TRIGGER %s_rows INSTEAD OF INSERT ON %[1]s BEGIN %s END", name, &inserts),
	}
}

// Rows is one transaction with one INSERT for each row.
func (s *SQLite) Rows(ctx context.Context, _ int) error {
	filing := s.filings.Add(1)
	counts := s.shape.rows(filing)
	return s.transaction(ctx, func(tx *sql.Tx) error {
		for i := range s.shape.Tables {
			for n := range counts[i] {
				values := s.shape.Tables[i].values(nil, filing*rowsPerFiling+int64(n))
				if _, err := tx.StmtContext(ctx, s.rows[i]).ExecContext(ctx, values...); err != nil { //nolint:sqlclosecheck // The end of the transaction closes it.
					return err
				}
			}
		}
		return nil
	})
}

// Pair is one transaction with two small rows.
func (s *SQLite) Pair(ctx context.Context, _ int) error {
	row := pairID(s.filings.Add(1))
	return s.transaction(ctx, func(tx *sql.Tx) error {
		if _, err := tx.StmtContext(ctx, s.pair).ExecContext(ctx, row, randomBytes(rowBytes)); err != nil { //nolint:sqlclosecheck // As above.
			return err
		}
		_, err := tx.StmtContext(ctx, s.outbox).ExecContext(ctx, row, randomBytes(noteBytes)) //nolint:sqlclosecheck // As above.
		return err
	})
}

// Statement is all rows in one statement, without a BEGIN or COMMIT of its own.
func (s *SQLite) Statement(ctx context.Context, _ int) error {
	filing := s.filings.Add(1)
	counts := s.shape.rows(filing)
	var args []any
	for i := range s.shape.Tables {
		for n := range counts[i] {
			args = s.shape.Tables[i].values(args, filing*rowsPerFiling+int64(n))
		}
	}
	_, err := s.singles[fmt.Sprint(counts)].ExecContext(ctx, args...)
	return err
}

// Close closes the file.
func (s *SQLite) Close(context.Context) error { return s.db.Close() }

func (s *SQLite) transaction(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}
