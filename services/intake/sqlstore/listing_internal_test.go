package sqlstore

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// fill makes some thousand complaints, few of which are what is filtered by.
const fill = `INSERT INTO complaints (id, reference, customer, state, outcome, cycle, version, severity, channel, target_kind, department,
	assignee, language, policy_version, receive_time, cycle_time, create_time, update_time, resolve_time, close_time, due_acknowledge,
	due_contact, due_first_response, due_callback, due_resolution, request_id, request_outcome, request_time, request_phase,
	demanded_currency, demanded_units, demanded_nanos, demand_count, filing, details)
	WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 4000)
	SELECT 'id' || i, 'R' || i, 'customers/' || i % 500, CASE WHEN i % 99 = 0 THEN 1 ELSE 4 END, CASE WHEN i % 99 = 0 THEN 7 ELSE 0 END,
	CASE WHEN i % 99 = 0 THEN 2 ELSE 1 END, 1, CASE WHEN i % 99 = 0 THEN 4 ELSE 2 END, CASE WHEN i % 99 = 0 THEN 6 ELSE 2 END, 0,
	CASE WHEN i % 99 = 0 THEN 'departments/1' ELSE '' END, 'agents/' || i % 90, 'en', '', i, i, i, i, 0, 0, 0, 0, 0, 0, 0,
	'', 0, 0, 0, '', 0, 0, 0, CAST('x' AS BLOB), CAST('x' AS BLOB) FROM numbers`

const fillCustomers = `INSERT INTO customers (name, wrapped_key, create_time)
	SELECT DISTINCT customer, CAST('x' AS BLOB), 1 FROM complaints`

// TestListsFollowAnIndex: the first page of a list must not read all that is on
// record, whatever it is filtered by, nor sort all that it finds.
func TestListsFollowAnIndex(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		require.NoError(t, Migrate(t.Context(), db))
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			for _, statement := range []string{fill, fillCustomers, "ANALYZE"} {
				if db.Dialect() == sqldb.Postgres {
					statement = strings.ReplaceAll(statement, "AS BLOB", "AS BYTEA")
				}
				if _, err := tx.Exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		}))
		for text, want := range map[string]string{
			"":                             "complaints_receive_time",
			`state = "RECEIVED"`:           "complaints_by_state",
			`outcome = "UNREACHABLE"`:      "complaints_by_outcome",
			`severity = "URGENT"`:          "complaints_by_severity",
			`channel = "LETTER"`:           "complaints_by_channel",
			`cycle = 2`:                    "complaints_by_cycle",
			`cycle > 1`:                    "complaints_by_cycle",
			`department = "departments/1"`: "complaints_by_department",
			`assignee = "agents/1"`:        "complaints_by_assignee",
			`customer = "customers/1"`:     "complaints_by_customer",
			`scenario = "PRICE"`:           "complaints_by_scenario",
			`established = "PARTLY"`:       "complaints_by_established",
			`ruling = "RESPONSIBLE"`:       "complaints_by_ruling",
		} {
			for _, ascending := range []bool{false, true} {
				query, args, err := listing(intake.Query{Filter: text, Order: intake.Order{Ascending: ascending}, Limit: 31})
				require.NoError(t, err)
				plan := planOf(t, db, query, args)
				require.Contains(t, plan, want, text)
				require.NotContains(t, plan, "ORDER BY", "%s is sorted: %s", text, plan)
				require.NotContains(t, plan, "Sort", "%s is sorted: %s", text, plan)
			}
		}
	})
}

// planOf says how the engine would run a query. PostgreSQL sorts what is little,
// as all is here, unless it is told that sorting costs much.
func planOf(t *testing.T, db *sqldb.DB, query string, args []any) string {
	t.Helper()
	var plan []string
	require.NoError(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		var what string
		var ignored int
		explain, dest := "EXPLAIN QUERY PLAN ", []any{&ignored, &ignored, &ignored, &what}
		if db.Dialect() == sqldb.Postgres {
			explain, dest = "EXPLAIN ", []any{&what}
			for _, way := range []string{"sort", "bitmapscan"} {
				if _, err := tx.Exec(ctx, "SET LOCAL enable_"+way+" = off"); err != nil {
					return err
				}
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
