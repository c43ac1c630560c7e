package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Column is one column of a table.
type Column struct {
	// Name is the column's.
	Name string
	// Numbered means that the database counts the rows in it when nothing is given.
	Numbered bool
}

// Tables lists the tables of the schema or file by name, without those that the engine or a migration keeps for itself.
func (e Engine) Tables(ctx context.Context, db *sql.DB) ([]string, error) {
	query := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
	if e == Postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1"
	}
	return texts(ctx, db, query)
}

// Columns lists a table's columns in their order.
func (e Engine) Columns(ctx context.Context, db *sql.DB, table string) (columns []Column, err error) {
	// A SQLite table whose whole key is one INTEGER gives it out itself; pk counts the columns of the key.
	query := `SELECT name, type = 'INTEGER' AND pk = 1 AND (SELECT max(pk) FROM pragma_table_info(?)) = 1 FROM pragma_table_info(?) ORDER BY cid`
	args := []any{table, table}
	if e == Postgres {
		query = `SELECT column_name, is_identity = 'YES' FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`
		args = args[:1]
	}
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c Column
		if err := rows.Scan(&c.Name, &c.Numbered); err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return columns, rows.Err()
}

// Counts counts the rows of all tables.
func (e Engine) Counts(ctx context.Context, db *sql.DB) (map[string]int64, error) {
	tables, err := e.Tables(ctx, db)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int64, len(tables))
	for _, table := range tables {
		var n int64
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+Quote(table)).Scan(&n); err != nil {
			return nil, err
		}
		counts[table] = n
	}
	return counts, nil
}

// Sample reads some rows of a table, any.
func (e Engine) Sample(ctx context.Context, db *sql.DB, table string, columns []Column, limit int) ([][]any, error) {
	return read(ctx, db, columns, fmt.Sprintf("SELECT %s FROM %s ORDER BY random() LIMIT %d", Names(columns), Quote(table), limit))
}

// Where reads the rows of a table that have a value in a column.
func (e Engine) Where(ctx context.Context, db *sql.DB, table string, columns []Column, column string, value any) ([][]any, error) {
	query := fmt.Sprintf("SELECT %s FROM %s WHERE %s = %s", Names(columns), Quote(table), Quote(column), e.Marks(0, 1))
	return read(ctx, db, columns, query, value)
}

func read(ctx context.Context, db *sql.DB, columns []Column, query string, args ...any) (list [][]any, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, value := range row {
			// A driver may give no bytes at all for an empty text of bytes, which is not NULL.
			if b, ok := value.([]byte); ok && b == nil {
				row[i] = []byte{}
			}
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// Quote makes a name of a table or column part of a statement.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Names are the columns' names for a statement.
func Names(columns []Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = Quote(c.Name)
	}
	return strings.Join(names, ", ")
}

// Marks are n placeholders that continue after the given number: "?1, ?2 …" or "$1, $2 …".
func (e Engine) Marks(after, n int) string {
	sign := "?"
	if e == Postgres {
		sign = "$"
	}
	marks := make([]string, n)
	for i := range marks {
		marks[i] = fmt.Sprintf("%s%d", sign, after+i+1)
	}
	return strings.Join(marks, ", ")
}

func texts(ctx context.Context, db *sql.DB, query string, args ...any) (list []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, rows.Err()
}
