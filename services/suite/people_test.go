package suite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/suite"
)

// TestAnOlderDirectoryIsCaughtUpWith: remedy hears who stands above whom also of a directory that was there before it asked for that.
func TestAnOlderDirectoryIsCaughtUpWith(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1", "OPS-1")
	dir := t.TempDir()
	live := func(t *testing.T) {
		t.Helper()
		moveIn(t, func(c *suite.Config) { c.DataDir = dir })
		require.Eventually(t, func() bool { return above(t, dir, "agents/lin") == "agents/zhao" }, time.Minute, 50*time.Millisecond)
		require.Eventually(t, func() bool { return above(t, dir, "departments/logistics") == "agents/guo" }, time.Minute, 50*time.Millisecond)
	}
	t.Run("first start", live)
	// What an older version leaves: remedy is told of complaints, and has heard of nobody.
	exec(t, dir, "remedy", `DELETE FROM people`, `DELETE FROM inbox`)
	exec(t, dir, "routing", `DELETE FROM subscriptions WHERE subscriber = 'remedy-people'`)
	require.Empty(t, above(t, dir, "agents/lin"))
	t.Run("the new version", live)
}

// inside uses the database of a service.
func inside(t *testing.T, dir, service string, use func(ctx context.Context, db *sqldb.DB) error) {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{URL: "sqlite:" + filepath.Join(dir, service+".db")})
	require.NoError(t, err)
	require.NoError(t, use(t.Context(), db))
	require.NoError(t, db.Close())
}

// exec changes the database of a service that does not run.
func exec(t *testing.T, dir, service string, statements ...string) {
	t.Helper()
	inside(t, dir, service, func(ctx context.Context, db *sqldb.DB) error {
		return db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			for _, statement := range statements {
				if _, err := tx.Exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// above is whom remedy knows to stand above somebody.
func above(t *testing.T, dir, name string) (who string) {
	t.Helper()
	inside(t, dir, "remedy", func(ctx context.Context, db *sqldb.DB) error {
		return db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			err := tx.Ask(ctx, func(scan func(...any) error) error { return scan(&who) }, `SELECT above FROM people WHERE name = ?`, name)
			if err != nil {
				return err
			}
			return tx.Flush(ctx)
		})
	})
	return who
}
