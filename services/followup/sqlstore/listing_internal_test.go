package sqlstore

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// TestFollowUpsOfOneAreReadAlone: what somebody, or a department, has to ask is found by an index, and not among those of all.
func TestFollowUpsOfOneAreReadAlone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		require.NoError(t, eventlog.Migrate(t.Context(), db))
		require.NoError(t, Migrate(t.Context(), db))
		for text, want := range map[string]string{
			`owner = "agents/lin"`: "touches_by_assignee",
			`state = "ASKED" AND mode = "PERSON" AND owner = "agents/lin"`: "touches_by_assignee",
			`department = "departments/returns"`:                           "touches_by_department",
			`state = "ASKED" AND department = "departments/returns"`:       "touches_by_department",
		} {
			rest, args, err := listing(followup.TouchQuery{Filter: text, Now: time.Unix(0, 0), Limit: 31})
			require.NoError(t, err)
			plan := planOf(t, db, `SELECT `+touchColumns+` FROM touches t `+rest, args)
			require.Contains(t, plan, want, text)
			require.NotContains(t, plan, "SCAN", text)
			require.NotContains(t, plan, "Seq Scan", text)
		}
	})
}

// planOf says how the engine would run a query. PostgreSQL reads a table whole that is as small as here, unless it is told that this costs much.
func planOf(t *testing.T, db *sqldb.DB, query string, args []any) string {
	t.Helper()
	var plan []string
	require.NoError(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		var what string
		var ignored int
		explain, dest := "EXPLAIN QUERY PLAN ", []any{&ignored, &ignored, &ignored, &what}
		if db.Dialect() == sqldb.Postgres {
			explain, dest = "EXPLAIN ", []any{&what}
			if _, err := tx.Exec(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
				return err
			}
		}
		rows, err := tx.Query(ctx, explain+query, args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			plan = append(plan, what)
		}
		return rows.Err()
	}))
	return strings.Join(plan, "\n")
}
