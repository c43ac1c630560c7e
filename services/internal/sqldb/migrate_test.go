package sqldb_test

import (
	"context"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// files makes a tree in which both engines have the same files; pairs of name
// and text.
func files(pairs ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		for _, engine := range []string{"sqlite", "postgres"} {
			out["migrations/"+engine+"/"+pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
		}
	}
	return out
}

const (
	first  = "-- Why? Because.\nCREATE TABLE pairs (k TEXT PRIMARY KEY, v TEXT NOT NULL);\nINSERT INTO pairs (k, v) VALUES ('q', '?;');"
	second = "ALTER TABLE pairs ADD COLUMN w TEXT"
)

func TestMigrate(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, ctx := open(t), t.Context()
		require.NoError(t, sqldb.Migrate(ctx, db, "intake", files("001_initial.sql", first)))
		require.Equal(t, "?;", get(t, db, "q"))
		both := files("001_initial.sql", first, "002_more.sql", second)
		require.NoError(t, sqldb.Migrate(ctx, db, "intake", both))
		require.NoError(t, sqldb.Migrate(ctx, db, "intake", both), "nothing to do")
		require.NoError(t, sqldb.Migrate(ctx, db, "eventlog", files("001_log.sql", "CREATE TABLE log (id TEXT)")), "components count for themselves")

		require.NoError(t, db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			var n int
			var name string
			var at int64
			require.NoError(t, tx.QueryRow(ctx, "SELECT COUNT(*), MAX(name), MAX(apply_time) FROM schema_migrations WHERE component = ?", "intake").Scan(&n, &name, &at))
			require.Equal(t, 2, n)
			require.Equal(t, "more", name)
			require.WithinDuration(t, time.Now(), sqldb.Time(at), time.Minute)
			return nil
		}))

		err := sqldb.Migrate(ctx, db, "intake", files("001_initial.sql", first))
		require.ErrorContains(t, err, "002_more")
		require.ErrorContains(t, err, "newer")
		err = sqldb.Migrate(ctx, db, "intake", files("001_initial.sql", first, "002_other.sql", second))
		require.ErrorContains(t, err, `migration 002 is "more" in the database and "other" in this program`)
	})
}

func TestBadMigrationChangesNothing(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, ctx := open(t), t.Context()
		err := sqldb.Migrate(ctx, db, "intake", files("001_initial.sql", first, "002_bad.sql", "INSERT INTO pairs (k, v) VALUES ('x', 'y'); SELECT nonsense"))
		require.ErrorContains(t, err, "002_bad")
		require.Empty(t, get(t, db, "x"))
		require.NoError(t, sqldb.Migrate(ctx, db, "intake", files("001_initial.sql", first, "002_more.sql", second)))
	})
}

func TestReplicasMigrateTogether(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		var wg sync.WaitGroup
		failed := make([]error, 4)
		for i := range failed {
			wg.Go(func() {
				failed[i] = sqldb.Migrate(t.Context(), db, "intake", files("001_initial.sql", first, "002_more.sql", second))
			})
		}
		wg.Wait()
		for _, err := range failed {
			require.NoError(t, err)
		}
	})
}

func TestVerifyMigrations(t *testing.T) {
	t.Parallel()
	without := func(fsys fstest.MapFS, path string) fstest.MapFS { delete(fsys, path); return fsys }
	require.NoError(t, sqldb.VerifyMigrations(files("001_a.sql", "", "002_b.sql", "")))
	renamed := without(files("001_a.sql", ""), "migrations/postgres/001_a.sql")
	renamed["migrations/postgres/001_b.sql"] = &fstest.MapFile{}
	for want, fsys := range map[string]fstest.MapFS{
		"002_b is missing for SQLite":     without(files("001_a.sql", "", "002_b.sql", ""), "migrations/sqlite/002_b.sql"),
		"002_b is missing for PostgreSQL": without(files("001_a.sql", "", "002_b.sql", ""), "migrations/postgres/002_b.sql"),
		`"a" for SQLite and "b"`:          renamed,
		"the number must be 002":          files("001_a.sql", "", "003_b.sql", ""),
		"not named like":                  files("1_a.sql", ""),
		"migrations/sqlite":               {},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			require.ErrorContains(t, sqldb.VerifyMigrations(fsys), want)
		})
	}
}

func TestAFrozenDatabaseIsOnlyLookedAt(t *testing.T) {
	t.Parallel()
	frozen := func(t *testing.T, cfg sqldb.Config) *sqldb.DB {
		t.Helper()
		cfg.Frozen = true
		db, err := sqldb.Open(t.Context(), cfg)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return db
	}
	sqltest.EachConfig(t, func(t *testing.T, empty func(t *testing.T) sqldb.Config) {
		cfg, ctx := empty(t), t.Context()
		one, two := files("001_initial.sql", first), files("001_initial.sql", first, "002_more.sql", second)
		require.ErrorIs(t, sqldb.Migrate(ctx, frozen(t, cfg), "intake", one), sqldb.ErrBehind, "nothing is there")
		db, err := sqldb.Open(ctx, cfg)
		require.NoError(t, err)
		require.NoError(t, sqldb.Migrate(ctx, db, "intake", one))
		require.NoError(t, db.Close())
		require.NoError(t, sqldb.Migrate(ctx, frozen(t, cfg), "intake", one))
		require.ErrorIs(t, sqldb.Migrate(ctx, frozen(t, cfg), "intake", two), sqldb.ErrBehind, "one is missing")
		require.ErrorIs(t, sqldb.Migrate(ctx, frozen(t, cfg), "eventlog", one), sqldb.ErrBehind, "another component")
		require.ErrorContains(t, sqldb.Migrate(ctx, frozen(t, cfg), "intake", files("001_other.sql", first)), "in this program")
	})
}
