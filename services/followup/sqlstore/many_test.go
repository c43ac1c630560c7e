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

	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// TestManyPromises measures the first page of promises by each filter that is documented, with many on record, of which one in a hundred is
// owed. It runs only when it is told how many:
//
//	REDRESS_BENCH_ROWS=1000000 go test -run TestManyPromises -v -timeout 2h ./services/followup/sqlstore
func TestManyPromises(t *testing.T) {
	count, err := strconv.Atoi(os.Getenv("REDRESS_BENCH_ROWS"))
	if err != nil {
		t.Skip("REDRESS_BENCH_ROWS says with how many rows to measure")
	}
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		env, now := newEnv(t, db), time.Now().UTC().Truncate(time.Second)
		promiseMuch(t, db, count, now)
		for _, filter := range []string{
			"", `state = "OPEN"`, `state = "BROKEN"`, `state = "KEPT"`, `state = "RELEASED"`, `state = "BROKEN" AND owner = "agents/a7"`,
			`source = "FULFILMENT"`, `source = "ALLEGED"`, `owner = "agents/a7"`, `owner = "agents/nobody"`, `verdict = "MET"`, `verdict = "MISSED"`,
			`verdict = "MET_BY_NOTICE"`, `unauthorised`, `unauthorised = true AND state = "OPEN"`, `cycle = 1`, `cycle = 3`,
			`due_time > "2100-01-01T00:00:00Z"`,
		} {
			measure(t, filter, func() int {
				list, err := env.Store.Promises(t.Context(), followup.PromiseQuery{Filter: filter, Now: now, Limit: 31})
				require.NoError(t, err)
				return len(list)
			})
		}
		measure(t, "of a complaint", func() int {
			list, err := env.Store.Promises(t.Context(), followup.PromiseQuery{Complaint: fmt.Sprintf("%026d", count/2), Now: now, Limit: 31})
			require.NoError(t, err)
			return len(list)
		})
	})
}

// promiseMuch puts promises on record, a minute apart around now, each of a complaint of its own.
func promiseMuch(t *testing.T, db *sqldb.DB, count int, now time.Time) {
	t.Helper()
	const batch = 500
	bytes := "''"
	if db.Dialect() == sqldb.SQLite {
		bytes = "x''"
	}
	for from := 0; from < count; from += batch {
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			var complaints, duties, promises []string
			for i := from; i < min(from+batch, count); i++ {
				id, at := fmt.Sprintf("%026d", i), sqldb.Micros(now.Add(time.Duration(i-count*99/100)*time.Minute))
				state, verdict, source, cycle, excess := 2, 1, 1+i%2, 1, ""
				switch {
				case i%100 == 99 || i > count-count/200:
					state, verdict = 1, 0
				case i%50 == 7:
					state, verdict = 3, 0
				}
				if i%500 == 3 {
					source, cycle, excess = 3, 3, "1"
				}
				complaints = append(complaints, fmt.Sprintf(`('%s', 'customers/c', 'r', 'en', 2, %d, %d, FALSE)`, id, cycle, at))
				duties = append(duties, fmt.Sprintf(`('%s', '1-promise-1', 21, %d, %d, %d, %d, %d, '', '', 0, '', FALSE, 0, '')`,
					id, cycle, state, verdict, at-3_600_000_000, at))
				promises = append(promises, fmt.Sprintf(`('%s', '%s', 1, '1-promise-1', %d, %s, '', 0, 0, FALSE, 'agents/a%d', 'agents/a1', %d, '', 0, 0,
					'%s', %s, '', '', 0, '', '', %d, 1)`, id, id, source, bytes, i%100, at, excess, bytes, at))
			}
			for into, rows := range map[string][]string{
				`complaints (complaint_id, customer, reference, language, severity, cycle, receive_time, ended)`: complaints,
				`duties (complaint_id, duty_id, kind, cycle, state, verdict, open_time, due_time, warn_times, warned_times, fact_time, evidence,
					corrected, settle_time, release_reason)`: duties,
				`promises (complaint_id, promise_id, number, duty_id, source, text, text_place, period, until_time, is_update, owner, speaker,
					promise_time, currency, units, nanos, excesses, evidence, settler, remedy, part, alleged, previous, create_time, version)`: promises,
			} {
				if _, err := tx.Exec(ctx, `INSERT INTO `+into+` VALUES `+strings.Join(rows, ", ")); err != nil {
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
