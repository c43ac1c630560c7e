package fill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// copyIn inserts rows by COPY.
func copyIn(ctx context.Context, db *sql.DB, t *table, rows rowsOf) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.Name
	}
	return conn.Raw(func(driver any) error {
		pg, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("%T is not a connection to PostgreSQL", driver)
		}
		_, err := pg.Conn().CopyFrom(ctx, pgx.Identifier{t.service, t.name}, names, pgx.CopyFromFunc(func() ([]any, error) {
			row, more, err := rows()
			if err != nil || !more {
				return nil, err
			}
			return row, nil
		}))
		return err
	})
}
