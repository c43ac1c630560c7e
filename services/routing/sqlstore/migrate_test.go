package sqlstore_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/routing"
	"github.com/redress-dev/redress/services/routing/sqlstore"
)

// until are the migrations up to a number.
func until(t *testing.T, last string) fstest.MapFS {
	t.Helper()
	some := fstest.MapFS{}
	for _, engine := range []string{"sqlite", "postgres"} {
		files, err := os.ReadDir("migrations/" + engine)
		require.NoError(t, err)
		for _, file := range files {
			if strings.Compare(file.Name()[:3], last) <= 0 {
				text, err := os.ReadFile("migrations/" + engine + "/" + file.Name())
				require.NoError(t, err)
				some["migrations/"+engine+"/"+file.Name()] = &fstest.MapFile{Data: text}
			}
		}
	}
	return some
}

// TestADirectoryFromBefore: departments and people that were the policy's are routing's after the migration, with their loads.
func TestADirectoryFromBefore(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		require.NoError(t, sqldb.Migrate(t.Context(), db, "routing", until(t, "003")))
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			for _, statement := range []string{
				`INSERT INTO departments (department_id, display_name, manager, supervisor, alias, active) VALUES ('care', 'Care', 'sun', 'zhao', '{"en":"Care team"}', 1)`,
				`INSERT INTO departments (department_id, display_name, manager, supervisor, alias, active) VALUES ('bare', 'Bare', '', '', 'null', 1)`,
				`INSERT INTO departments (department_id, display_name, manager, supervisor, alias, active) VALUES ('gone', 'Gone', '', '', 'null', 0)`,
				`INSERT INTO agents (agent_id, display_name, department, supervisor, takes_complaints, active, open_count, last_assigned)
					VALUES ('lin', 'Lin "L" Xiao', 'care', 'zhao', 1, 1, 7, 5)`,
				`INSERT INTO agents (agent_id, display_name, department, supervisor, takes_complaints, active, open_count, last_assigned)
					VALUES ('old', 'Old', 'care', '', 0, 0, 0, 0)`,
			} {
				if _, err := tx.Exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		}))
		require.NoError(t, sqlstore.Migrate(t.Context(), db))
		store := sqlstore.New(db, nil)
		d, err := store.Directory(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1, d.Version, "written, and not told")
		care, _ := d.Find("departments/care").(*routingv1.Department)
		require.Equal(t, []string{"Care", "agents/sun", "agents/zhao", "Care team"},
			[]string{care.GetDisplayName(), care.GetManager(), care.GetSupervisor(), care.GetAlias()["en"]})
		bare, _ := d.Find("departments/bare").(*routingv1.Department)
		require.Empty(t, bare.GetManager())
		require.Nil(t, d.Find("departments/gone"))
		lin, _ := d.Find("agents/lin").(*routingv1.Agent)
		require.Equal(t, []string{`Lin "L" Xiao`, "departments/care", "agents/zhao"}, []string{lin.GetDisplayName(), lin.GetDepartment(), lin.GetSupervisor()})
		require.True(t, lin.GetTakesComplaints() && lin.GetActive())
		require.Len(t, lin.GetLanguages(), 3)
		old, _ := d.Find("agents/old").(*routingv1.Agent)
		require.False(t, old.GetActive())
		loads, err := store.Loads(t.Context(), []string{"lin"})
		require.NoError(t, err)
		require.EqualValues(t, 7, loads["lin"])
	})
}

// TestQueuesFromBefore: what was open before there were queues stands in them, and is counted.
func TestQueuesFromBefore(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		require.NoError(t, sqldb.Migrate(t.Context(), db, "routing", until(t, "006")))
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			for id, of := range map[string][]any{
				"a": {3, 0, "care", "lin"}, "b": {1, 0, "care", ""}, "c": {2, 1, "care", "lin"}, "d": {2, 0, "", ""}, "e": {2, 0, "billing", "tang"},
			} {
				if _, err := tx.Exec(ctx, `INSERT INTO complaints (complaint_id, customer, target_kind, severity, cycle, ended, department, assignee,
					reason, assigned_cycle, assign_time, language, target_agent) VALUES (?, 'k', 1, ?, 1, ?, ?, ?, '', 1, 1, '', '')`,
					append([]any{id}, of...)...); err != nil {
					return err
				}
			}
			return nil
		}))
		require.NoError(t, sqlstore.Migrate(t.Context(), db))
		store := sqlstore.New(db, nil)
		list, err := store.Queue(t.Context(), routing.Selection{Limit: 10})
		require.NoError(t, err)
		var ids []string
		for _, q := range list {
			require.True(t, q.DueTime.IsZero(), "followup tells from the beginning")
			ids = append(ids, q.Complaint.ID)
		}
		require.Equal(t, []string{"a", "d", "e", "b"}, ids)
		standing, err := store.Standing(t.Context())
		require.NoError(t, err)
		require.Equal(t, map[string]routing.Standing{"care": {Open: 2, Waiting: 1}, "": {Open: 1, Waiting: 1}, "billing": {Open: 1}}, standing)
	})
}

// TestEscalationsFromBefore: what was before the ladder in a cycle that has ended is not listed for ever.
func TestEscalationsFromBefore(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		require.NoError(t, sqldb.Migrate(t.Context(), db, "routing", until(t, "007")))
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			for id, ended := range map[string]int{"open": 0, "over": 1} {
				_, err := tx.Exec(ctx, `INSERT INTO complaints (complaint_id, customer, target_kind, severity, cycle, ended, department, assignee,
					reason, assigned_cycle, assign_time, language, target_agent) VALUES (?, 'k', 1, 1, 2, ?, 'care', 'lin', '', 1, 1, '', '')`, id, ended)
				if err != nil {
					return err
				}
				for duty, kind := range map[string]int{"1-callback": 4, "2-callback": 4, "2-threat": 0, "1-authority-reply": 6} {
					if _, err := tx.Exec(ctx, `INSERT INTO escalations (complaint_id, duty_id, kind, reason, notice_number, level, recipient,
						create_time, notify_time, climb_time) VALUES (?, ?, ?, 1, 1, 1, 'zhao', 1, 1, 5)`, id, duty, kind); err != nil {
						return err
					}
				}
			}
			return nil
		}))
		require.NoError(t, sqlstore.Migrate(t.Context(), db))
		list, err := sqlstore.New(db, nil).OpenEscalations(t.Context(), routing.OpenQuery{Limit: 10})
		require.NoError(t, err)
		var names []string
		for _, of := range list {
			names = append(names, of.Complaint.ID+" "+of.Escalation.ID)
		}
		require.Equal(t, []string{"open 1-authority-reply", "open 2-callback", "open 2-threat", "over 1-authority-reply"}, names)
	})
}

// TestWaitingFromBefore: what waits for somebody counts from its last move, which is all that is known, and levels that were reached stay.
func TestWaitingFromBefore(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		require.NoError(t, sqldb.Migrate(t.Context(), db, "routing", until(t, "009")))
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			for id, of := range map[string][]any{
				"waits": {0, "", 2}, "taken": {0, "lin", 2}, "over": {1, "", 2}, "reopened": {0, "", 1},
			} {
				if _, err := tx.Exec(ctx, `INSERT INTO complaints (complaint_id, customer, target_kind, severity, cycle, ended, department, assignee,
					reason, assigned_cycle, assign_time, language, target_agent) VALUES (?, 'k', 1, 1, 2, ?, 'care', ?, '', ?, 5000, '', '')`,
					append([]any{id}, of...)...); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, `INSERT INTO escalations (complaint_id, duty_id, kind, reason, notice_number, level, recipient,
				create_time, notify_time, climb_time) VALUES ('waits', '2-unassigned', 0, 12, 3, 3, 'fang', 1, 1, 5)`)
			return err
		}))
		require.NoError(t, sqlstore.Migrate(t.Context(), db))
		store := sqlstore.New(db, nil)
		for id, want := range map[string]time.Time{"waits": sqldb.Time(5000), "taken": {}, "over": {}, "reopened": {}} {
			c, err := store.Case(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, want, c.Complaint.UnassignedSince, id)
			require.Equal(t, id == "waits", c.Level() == 3, id)
			unheard, err := store.Unheard(t.Context(), id, []string{"complaints/" + id + "/items/1"})
			require.NoError(t, err)
			require.Empty(t, unheard, "nobody told of those of before")
		}
	})
}
