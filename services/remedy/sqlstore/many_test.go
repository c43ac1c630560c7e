package sqlstore_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/remedy"
	"github.com/redress-dev/redress/services/remedy/storetest"
)

// TestManyListed measures the first page of each list of remedy by each filter that is documented, with many rows in each table, of which one
// in a hundred waits. It runs only when it is told how many:
//
//	REDRESS_BENCH_ROWS=1000000 go test -run TestManyListed -v -timeout 2h ./services/remedy/sqlstore
func TestManyListed(t *testing.T) {
	count, err := strconv.Atoi(os.Getenv("REDRESS_BENCH_ROWS"))
	if err != nil {
		t.Skip("REDRESS_BENCH_ROWS says with how many rows to measure")
	}
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		env, now := newEnv(t, db), time.Now().UTC().Truncate(time.Second)
		crowd(t, db, count, now)
		approvals(t, env)
		claims(t, env, now)
		deductions(t, env, now)
		measure(t, "refusals of a complaint", func() int {
			list, err := env.Refusals.Refusals(t.Context(), remedy.RefusalQuery{Complaint: id(count / 2), Limit: 31})
			require.NoError(t, err)
			return len(list)
		})
	})
}

func approvals(t *testing.T, env storetest.Env) {
	t.Helper()
	for _, filter := range []string{
		"", `state = "PENDING"`, `state = "REJECTED"`, `approver = "agents/a7"`, `approver = "agents/nobody"`, `state = "PENDING" AND approver = "agents/a7"`,
		`proposer = "agents/p7"`, `proposer = "agents/nobody"`, `department = "departments/d3"`, `department = "departments/rare"`, `level = 1`,
		`level = 3`, `level = 7`, `urgent`, `overdue`, `overdue = true AND amount >= 200`, `overdue = true AND amount >= 100000`, `amount >= 200`,
		`amount >= 100000`, `amount >= 1000000`, `state = "PENDING" AND amount >= 1000000`, `due_time > "2100-01-01T00:00:00Z"`,
		`create_time > "2100-01-01T00:00:00Z"`,
	} {
		measure(t, "approvals "+filter, func() int {
			list, err := env.Approvals.Approvals(t.Context(), remedy.ApprovalQuery{Filter: filter, Digits: 2, Limit: 31})
			require.NoError(t, err)
			return len(list)
		})
	}
}

func claims(t *testing.T, env storetest.Env, now time.Time) {
	t.Helper()
	for _, filter := range []string{
		"", `state = "OPEN"`, `state = "DROPPED"`, `owner = "agents/a7"`, `owner = "agents/nobody"`, `overdue`, `overdue = false`,
		`overdue AND owner = "agents/a7"`, `due_time > "2100-01-01T00:00:00Z"`, `create_time > "2100-01-01T00:00:00Z"`,
	} {
		measure(t, "claims "+filter, func() int {
			list, err := env.Claims.Claims(t.Context(), remedy.ClaimQuery{Filter: filter, Now: now, Limit: 31})
			require.NoError(t, err)
			return len(list)
		})
	}
}

func deductions(t *testing.T, env storetest.Env, now time.Time) {
	t.Helper()
	for _, filter := range []string{
		"", `state = "SUGGESTED"`, `state = "HEARD"`, `state = "EXPORTED"`, `state = "APPEALED"`, `agent = "agents/a7"`, `agent = "agents/nobody"`,
		`month = "2026-07"`, `month = "2026-07" AND state = "CONFIRMED"`, `create_time > "2100-01-01T00:00:00Z"`,
	} {
		for _, subject := range []string{"", "agents/a9"} {
			measure(t, "deductions "+filter+" "+subject, func() int {
				list, err := env.Deductions.Deductions(t.Context(), remedy.DeductionQuery{Filter: filter, Subject: subject, Now: now, Limit: 31})
				require.NoError(t, err)
				return len(list)
			})
		}
	}
}

// id is that of the row of a number, and of its complaint.
func id(i int) string { return fmt.Sprintf("%026d", i) }

// crowd puts rows into each table, a minute apart around now. One in a hundred waits, the newest among them; five are rare in each respect.
func crowd(t *testing.T, db *sqldb.DB, count int, now time.Time) {
	t.Helper()
	const batch = 500
	bytes := "''"
	if db.Dialect() == sqldb.SQLite {
		bytes = "x''"
	}
	for from := 0; from < count; from += batch {
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			rows := map[string][]string{}
			for i := from; i < min(from+batch, count); i++ {
				for into, row := range rowOf(i, count, now) {
					rows[into] = append(rows[into], strings.ReplaceAll(row, "NONE", bytes))
				}
			}
			for into, values := range rows {
				if _, err := tx.Exec(ctx, `INSERT INTO `+into+` VALUES `+strings.Join(values, ", ")); err != nil {
					return fmt.Errorf("%s: %w", into, err)
				}
			}
			return nil
		}))
	}
	if db.Dialect() == sqldb.Postgres {
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, `ANALYZE`)
			return err
		}))
	}
}

// rowOf is the row of a number for each table, by what it goes into. NONE is for bytes that are none.
func rowOf(i, count int, now time.Time) map[string]string {
	at := sqldb.Micros(now.Add(time.Duration(i-count*99/100) * time.Minute))
	waits, rare := i%100 == 99 || i > count-count/200, i%(count/5) == count/7
	pick := func(when bool, a, b int) int {
		if when {
			return a
		}
		return b
	}
	department, state, claim, deduction := fmt.Sprintf("departments/d%d", i%8), pick(i%50 == 7, 3, 2), pick(i%50 == 7, 3, 2), pick(i%50 == 7, 5, 6)
	if waits {
		state, claim, deduction = 1, 1, 1+i/100%4
	}
	if rare {
		department = "departments/rare"
	}
	level := pick(i%10 == 0, pick(i%100 == 0, 3, 2), 1)
	most := pick(rare, 20_000_000, 100+i*7919%90_000)
	return map[string]string{
		`approvals (approval_id, complaint_id, remedy_id, revision, cycle, customer, state, level, approver, due_time, needed, cash, urgent,
			beyond_caps, overdue, most, proposer, department, create_time, end_time, version, evidence)`: fmt.Sprintf(
			`('%s', '%s', 'r', 1, 1, 'customers/c', %d, %d, 'agents/a%d', %d, 1, FALSE, %t, FALSE, %t, %d, 'agents/p%d', '%s', %d, 0, 1, NONE)`,
			id(i), id(i), state, level, i%100, at, i%20 == 3, i%500 == 3, most, i%500, department, at-14_400_000_000),
		`approval_steps (approval_id, step_number, level, approver, named, passed, begin_time, due_time, remind_time, end_time, outcome, decider,
			comment)`: fmt.Sprintf(`('%s', 0, %d, 'agents/a%d', TRUE, '', %d, %d, %d, 0, 0, '', NONE)`, id(i), level, i%100, at, at, at),
		`claims (complaint_id, claim_id, cycle, state, customer, third_party, grounds, amount, owner, due_time, remedy_id, recovered, note,
			create_time, settle_time, version)`: fmt.Sprintf(`('%s', '%s', 1, %d, 'customers/c', NONE, NONE, 100, 'agents/a%d', %d, '', 0, NONE, %d, 0, 1)`,
			id(i), id(i), claim, i%100, at, at),
		`deductions (complaint_id, deduction_id, cycle, state, agent, as_manager, ruling, reason, duty_id, computation, loss, amount, month,
			hear_time, appeal_time, answer, grounds, decision, proposer, appeal_decider, decider, create_time, update_time, version, batch, export)`: fmt.Sprintf(
			`('%s', '%s', 1, %d, 'agents/a%d', FALSE, 'r', 1, '', '', 100, 10, '2026-%02d', %d, 0, '', '', '', 'agents/p%d', '', '', %d, %d, 1, '', '')`,
			id(i), id(i), deduction, i%500, 1+i*12/count, at, i%500, at, at),
		`refusals (complaint_id, number, cycle, state, customer, decision, clause, words, watch_time, actor, create_time, end_time, version)`: fmt.Sprintf(
			`('%s', 1, 1, 1, 'customers/c%d', NONE, NONE, NONE, 0, 'agents/a1', %d, 0, 1)`, id(i), i, at),
	}
}

// measure logs how long something takes.
func measure(t *testing.T, what string, do func() int) {
	t.Helper()
	const times = 30
	found := do()
	took := make([]time.Duration, times)
	for i := range took {
		began := time.Now()
		do()
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	t.Logf("%-64s %4d found: p50 %8.2f ms, max %8.2f ms", what, found, took[times/2].Seconds()*1000, took[times-1].Seconds()*1000)
}
