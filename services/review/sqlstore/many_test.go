package sqlstore_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/review"
	"github.com/redress-dev/redress/services/review/figures"
	"github.com/redress-dev/redress/services/review/period"
)

// TestManyReviewed measures how long reviews of very many records take: all of them in one month, which is reviewed as a day, a week and a month.
// It runs when it is told how many:
//
//	REDRESS_BENCH_ROWS=1000000 go test -run TestManyReviewed -v -timeout 2h ./services/review/sqlstore
func TestManyReviewed(t *testing.T) {
	count, err := strconv.Atoi(os.Getenv("REDRESS_BENCH_ROWS"))
	if err != nil {
		t.Skip("REDRESS_BENCH_ROWS says with how many rows to measure")
	}
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		stores := reviewStores(t, db)
		began := time.Now()
		crowd(t, db, count)
		t.Logf("%d records written in %s", count, time.Since(began).Round(time.Second))
		month := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
		bounds := []time.Duration{4 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 72 * time.Hour, 168 * time.Hour}
		for _, kind := range []reviewv1.Review_Kind{reviewv1.Review_DAILY, reviewv1.Review_WEEKLY, reviewv1.Review_MONTHLY} {
			p := period.Of(kind, month.AddDate(0, 0, 25), time.UTC)
			query := review.SumQuery{
				Period: p, Handling: bounds, Contact: bounds[:5], Weeks: p.Weeks(12), UsualFrom: p.Before(12).Start, Cases: kind == reviewv1.Review_DAILY,
			}
			for range 2 {
				began, worked := time.Now(), processTime(t)
				sums, err := stores.Reviews.Sum(t.Context(), query)
				require.NoError(t, err)
				took, work := time.Since(began), processTime(t)-worked
				told := figures.New(figures.Rules{TypicalLeast: 3, TypicalMost: 5, SharePercent: 30, FrequentLeast: 10, Handling: bounds, Contact: bounds[:5]}, sums)
				t.Logf("%-8s %8d records, %6d groups: %s, of which this process worked %s", kind, told.Total.Records, len(sums.Cells)+len(sums.Faults),
					took.Round(time.Millisecond), work.Round(time.Millisecond))
			}
		}
	})
}

// processTime is how long this process has worked: what a machine that has other work to do does not distort. SQLite works in it.
func processTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// crowd writes records whose cycles ended in one month, with details as long as they are.
func crowd(t *testing.T, db *sqldb.DB, count int) {
	t.Helper()
	month := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	step := 30 * 24 * time.Hour.Microseconds() / int64(count)
	const batch = 20_000
	for from := 0; from < count; from += batch {
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			if _, err := tx.Exec(ctx, crowdSQL(db.Dialect()), from, min(from+batch, count)-1, sqldb.Micros(month), step, strings.Repeat("x", 1200)); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO outcome_causes (sequence, cause) SELECT sequence, 1 + sequence % 12 FROM outcomes WHERE sequence > ?`, from)
			return err
		}))
	}
	require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE places SET last = ?`, count); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `ANALYZE`)
		return err
	}))
}

// crowdSQL writes the records of numbers from to.
func crowdSQL(dialect sqldb.Dialect) string {
	none, text := "x''", `'' ||`
	if dialect == sqldb.Postgres {
		none, text = `''::bytea`, `''::text ||`
	}
	return `INSERT INTO outcomes (sequence, superseded_by, complaint_id, cycle, version, origin, record_time, recorder, reference, customer, policy_version,
		channel, result, start_time, end_time, first_contact_time, severity, category, established, product, fault_code, cause_department, department,
		assignee, contacts, attempts, transfers, chases, re_explanations, escalation_count, escalation_level, responsibility, ruling_reason, repeated,
		satisfaction, retention, handling_cost, held, spent_entitlement, spent_fault, spent_goodwill, broken_duties, judged_promises, kept_promises,
		lesson, lesson_version, reason, details)
		WITH RECURSIVE numbers(n) AS (SELECT CAST(? AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?),
		given(month, step, details) AS (SELECT CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT))
		SELECT n + 1, 0, ` + text + ` n, 1, 1, 1, month + n * step, 'services/worker', 'R', 'customers/c', 'default-1', 1, 2 + n % 3,
		month + n * step - (1 + n * 7919 % 200) * 3600000000, month + n * step,
		CASE WHEN n % 11 = 0 THEN 0 ELSE month + n * step - (1 + n * 7919 % 200) * 3600000000 + n * 104729 % 90000 * 1000000 END,
		2, n % 6, 1, CASE WHEN n % 2 = 0 THEN 'product ' || (n * 31 % 200) ELSE '' END, CASE WHEN n % 2 = 0 THEN 'fault ' || (n * 17 % 30) ELSE '' END, '',
		'departments/d' || (n % 8), 'agents/a', 1, 1, 0, 0, 0, CASE WHEN n % 7 = 0 THEN 1 ELSE 0 END, 1, 1, 1, n % 9 = 0, n % 6, n % 3, 2000, 0, 0,
		CASE WHEN n % 4 = 0 THEN 5000 ELSE 0 END, 0, 0, n % 3, n % 2, ` + none + `, 0, ` + none + `, details FROM numbers, given`
}
