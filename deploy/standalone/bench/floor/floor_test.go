package floor_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/floor"
)

// TestFloorsWriteWhatFilingWrites proves with a made-up product that the floors write as many rows of as many bytes as it does,
// into tables with its keys, by either way.
func TestFloorsWriteWhatFilingWrites(t *testing.T) {
	t.Parallel()
	place := &database.Place{Engine: database.SQLite, Dir: t.TempDir()}
	db, err := place.Open("intake")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, statement := range []string{
		"CREATE TABLE complaints (id TEXT NOT NULL PRIMARY KEY, reference TEXT NOT NULL UNIQUE, state INTEGER NOT NULL, create_time INTEGER NOT NULL, filing BLOB NOT NULL, gap BLOB NOT NULL)",
		"CREATE INDEX complaints_time ON complaints (create_time)",
		"CREATE TABLE customers (name TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID",
		"CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL UNIQUE)",
		"CREATE TABLE untouched (id TEXT)",
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	n := 0
	shape, err := floor.Learn(t.Context(), place, 400, func(ctx context.Context) error {
		n++
		id := fmt.Sprintf("01jabcdefg%016d", n)
		statements := []string{
			fmt.Sprintf("INSERT INTO complaints VALUES ('%s', 'R-%x', 1, %d, x'%s', x'')", id, n*2654435761, 1_700_000_000_000_000+n, strings.Repeat("ab", 700)),
			fmt.Sprintf("INSERT INTO events (subject) VALUES ('complaints/%s')", id),
		}
		if n%4 != 0 {
			statements = append(statements, fmt.Sprintf("INSERT INTO customers VALUES ('customers/%s')", id))
		}
		for _, statement := range statements {
			if _, err := db.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.Len(t, shape.Tables, 3)
	require.InDelta(t, 0.75, shape.Tables[1].PerFiling, 0.001)

	path := filepath.Join(place.Dir, "floor.db")
	floors, err := floor.NewSQLite(t.Context(), path, shape)
	require.NoError(t, err)
	for range 200 {
		require.NoError(t, floors.Rows(t.Context(), 0))
		require.NoError(t, floors.Statement(t.Context(), 0))
		require.NoError(t, floors.Pair(t.Context(), 0))
	}
	require.NoError(t, floors.Close(t.Context()))

	copied, err := database.OpenFile(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, copied.Close()) })
	counts, err := database.SQLite.Counts(t.Context(), copied)
	require.NoError(t, err)
	require.EqualValues(t, 400, counts["complaints"])
	require.EqualValues(t, 400, counts["events"])
	require.InDelta(t, 300, counts["customers"], 1)
	require.EqualValues(t, 200, counts["pair"])
	require.EqualValues(t, 200, counts["outbox"])
	require.NotContains(t, counts, "untouched")
	var ids, references, filing, nothing, times int
	require.NoError(t, copied.QueryRowContext(t.Context(), `SELECT min(length(id)), count(DISTINCT reference), min(length(filing)), max(length(gap)),
		count(DISTINCT create_time) FROM complaints`).Scan(&ids, &references, &filing, &nothing, &times))
	require.Equal(t, []int{26, 400, 700, 0, 400}, []int{ids, references, filing, nothing, times})
	var index int
	require.NoError(t, copied.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_schema WHERE name = 'complaints_time'").Scan(&index))
	require.Equal(t, 1, index)
}
