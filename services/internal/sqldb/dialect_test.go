package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

func TestPostgresErrors(t *testing.T) {
	t.Parallel()
	pg := func(code string) error { return fmt.Errorf("x: %w", &pgconn.PgError{Code: code}) }
	for name, tc := range map[string]struct {
		err                                  error
		unavailable, transient, lost, unique bool
	}{
		"serialization":     {pg("40001"), true, true, false, false},
		"deadlock":          {pg("40P01"), true, true, false, false},
		"admin shutdown":    {pg("57P01"), true, false, true, false},
		"crash shutdown":    {pg("57P02"), true, false, true, false},
		"starting up":       {pg("57P03"), true, false, true, false},
		"connection":        {pg("08006"), true, false, true, false},
		"too many":          {pg("53300"), true, false, false, false},
		"disk full":         {pg("53100"), true, false, false, false},
		"read only":         {pg("25006"), true, false, false, false},
		"unique":            {pg("23505"), false, false, false, true},
		"foreign key":       {pg("23503"), false, false, false, false},
		"statement timeout": {pg("57014"), false, false, false, false},
		"bad connection":    {driver.ErrBadConn, true, false, true, false},
		"reset":             {&net.OpError{Op: "read", Err: errors.New("reset")}, true, false, true, false},
		"cut":               {fmt.Errorf("x: %w", io.ErrUnexpectedEOF), true, false, true, false},
		"cancelled":         {fmt.Errorf("x: %w", context.Canceled), false, false, false, false},
		"deadline":          {context.DeadlineExceeded, false, false, false, false},
		"no rows":           {sql.ErrNoRows, false, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.unavailable, Postgres.IsUnavailable(tc.err))
			require.Equal(t, tc.transient, Postgres.isTransient(tc.err))
			require.Equal(t, tc.lost, Postgres.isLost(tc.err))
			require.Equal(t, tc.unique, Postgres.IsUniqueViolation(tc.err))
		})
	}
}

func TestSQLiteBusy(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/x.db"
	ctx := t.Context()
	begin := func() (*sql.Tx, error) {
		db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return db.BeginTx(ctx, nil)
	}
	first, err := begin()
	require.NoError(t, err)
	_, err = begin()
	require.True(t, SQLite.IsUnavailable(fmt.Errorf("x: %w", err)))
	require.True(t, SQLite.isTransient(err))
	require.NoError(t, first.Rollback())
}

func TestRetriesAreBounded(t *testing.T) {
	t.Parallel()
	db, err := openSQLite(t.TempDir()+"/x.db", 0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	// What PostgreSQL would say, on a database that is at hand.
	db.dialect = Postgres
	for _, tc := range []struct{ fails, tries int }{{0, 1}, {3, 4}, {1000, maxTries}} {
		tries, hooks := 0, 0
		err := db.Write(t.Context(), func(_ context.Context, tx *Tx) error {
			tries++
			tx.OnCommit(func() { hooks++ })
			if tries <= tc.fails {
				return &pgconn.PgError{Code: "40001"}
			}
			return nil
		})
		require.Equal(t, tc.tries, tries)
		if tc.fails < maxTries {
			require.NoError(t, err)
			require.Equal(t, 1, hooks)
		} else {
			require.True(t, Postgres.IsUnavailable(err))
			require.Zero(t, hooks)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	require.Error(t, db.Write(ctx, func(context.Context, *Tx) error {
		tries++
		cancel()
		return &pgconn.PgError{Code: "40001"}
	}))
	require.Equal(t, 1, tries, "nobody waits any more")
}
