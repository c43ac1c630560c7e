package sqldb

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRebind(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"SELECT ? + ?":                  "SELECT $1 + $2",
		"SELECT '?', ?":                 "SELECT '?', $1",
		"SELECT 'it''s ?', ?":           "SELECT 'it''s ?', $1",
		`SELECT "odd?name" = ?`:         `SELECT "odd?name" = $1`,
		"SELECT ? -- why?\n, ?":         "SELECT $1 -- why?\n, $2",
		"SELECT /* ? */ ?":              "SELECT /* ? */ $1",
		"SELECT /*/ ? */ ?":             "SELECT /*/ ? */ $1",
		"SELECT '' || ?":                "SELECT '' || $1",
		"SELECT ? - ? / ?":              "SELECT $1 - $2 / $3",
		"SELECT '问?', ?":                "SELECT '问?', $1",
		"SELECT 'never closed ?":        "SELECT 'never closed ?",
		"?,?,?,?,?,?,?,?,?,?,?":         "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11",
		"SELECT 1":                      "SELECT 1",
		"SELECT ? -- to the very end ?": "SELECT $1 -- to the very end ?",
	} {
		require.Equal(t, want, newBinder(Postgres).bind(query))
		require.Equal(t, query, newBinder(SQLite).bind(query))
	}
}

func TestBinderRemembersWithinLimits(t *testing.T) {
	t.Parallel()
	b := newBinder(Postgres)
	for i := range cacheLimit + 10 {
		query := fmt.Sprintf("SELECT ? + %d", i)
		require.Equal(t, fmt.Sprintf("SELECT $1 + %d", i), b.bind(query))
		require.Equal(t, fmt.Sprintf("SELECT $1 + %d", i), b.bind(query))
	}
	require.Len(t, b.known, cacheLimit)
}

func TestRebindNeverPanics(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		query := rapid.StringMatching(`([?'"\-/*\n a]|--|/\*|\*/){0,30}`).Draw(t, "query")
		require.GreaterOrEqual(t, len(rebind(query)), len(query))
	})
}
