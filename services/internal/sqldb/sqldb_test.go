package sqldb_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("this is not a database, it is a text of some length"), 0o600))
	for name, tc := range map[string]struct {
		cfg  sqldb.Config
		want string
	}{
		"no URL":         {sqldb.Config{}, "must begin with"},
		"unknown engine": {sqldb.Config{URL: "mysql://u:secret@h/d"}, "must begin with"},
		"no path":        {sqldb.Config{URL: "sqlite:"}, "not a path"},
		"no folder":      {sqldb.Config{URL: "sqlite:" + filepath.Join(dir, "none", "x.db")}, "no such file or directory"},
		"a folder":       {sqldb.Config{URL: "sqlite:" + dir}, "is a directory"},
		"not a database": {sqldb.Config{URL: "sqlite:" + filepath.Join(dir, "notes.txt")}, "not a database"},
		"bad schema":     {sqldb.Config{URL: "postgres://u@127.0.0.1:1/d", Schema: `a"b`}, "lower-case"},
		"nobody there":   {sqldb.Config{URL: "postgres://u:secret@127.0.0.1:1/d"}, "127.0.0.1"},
		"bad parameter":  {sqldb.Config{URL: "postgres://u:secret@127.0.0.1:port/d"}, "PostgreSQL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sqldb.Open(t.Context(), tc.cfg)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestUnreachableIsUnavailable(t *testing.T) {
	t.Parallel()
	_, err := sqldb.Open(t.Context(), sqldb.Config{URL: "postgres://u@127.0.0.1:1/d"})
	require.True(t, sqldb.Postgres.IsUnavailable(err))
}

func TestSQLiteFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "with space?and#100%.db")
	db, err := sqldb.Open(t.Context(), sqldb.Config{URL: "sqlite:" + path})
	require.NoError(t, err)
	insert(t, db, "a", "1")
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(path + suffix)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000", "foreign_keys": "1"} {
		both := func(ctx context.Context, tx *sqldb.Tx) error {
			var got string
			require.NoError(t, tx.QueryRow(ctx, "PRAGMA "+pragma).Scan(&got))
			require.Equal(t, want, got, pragma)
			return nil
		}
		require.NoError(t, db.Write(t.Context(), both))
		require.NoError(t, db.Read(t.Context(), both))
	}
	require.NoError(t, db.Close())

	again, err := sqldb.Open(t.Context(), sqldb.Config{URL: "sqlite:" + path})
	require.NoError(t, err)
	require.Equal(t, "1", get(t, again, "a"))
	require.NoError(t, again.Close())
}

func TestDialect(t *testing.T) {
	t.Parallel()
	require.Equal(t, "sqlite", sqldb.SQLite.Name())
	require.Equal(t, "postgres", sqldb.Postgres.Name())
	require.Empty(t, sqldb.SQLite.ForUpdate())
	require.Equal(t, " FOR UPDATE", sqldb.Postgres.ForUpdate())
	for _, d := range []sqldb.Dialect{sqldb.SQLite, sqldb.Postgres} {
		for _, err := range []error{nil, context.Canceled, os.ErrNotExist} {
			require.False(t, d.IsUnavailable(err))
			require.False(t, d.IsUniqueViolation(err))
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	require.Zero(t, sqldb.Micros(time.Time{}))
	require.True(t, sqldb.Time(0).IsZero())
	at := time.Date(2026, 3, 2, 9, 0, 0, 123456789, time.FixedZone("x", 3600))
	require.Equal(t, at.Truncate(time.Microsecond).UTC(), sqldb.Time(sqldb.Micros(at)))
	require.Equal(t, time.UTC, sqldb.Time(1).Location())
}

// insert makes the table pairs when it is missing and adds a row.
func insert(t *testing.T, db *sqldb.DB, key, value string) {
	t.Helper()
	require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, "CREATE TABLE IF NOT EXISTS pairs (k TEXT PRIMARY KEY, v TEXT NOT NULL)"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO pairs (k, v) VALUES (?, ?)", key, value)
		return err
	}))
}

// get reads a value, "" when the key is missing.
func get(t *testing.T, db *sqldb.DB, key string) (value string) {
	t.Helper()
	require.NoError(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, "SELECT COALESCE(MAX(v), '') FROM pairs WHERE k = ?", key).Scan(&value)
	}))
	return value
}

func TestPing(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		require.NoError(t, db.Ping(t.Context()))
		require.NoError(t, db.Close())
		require.Error(t, db.Ping(t.Context()))
	})
}
