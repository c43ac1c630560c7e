package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

func set(ctx context.Context, tx *sqldb.Tx, key, value string) error {
	n, err := tx.Exec(ctx, "UPDATE pairs SET v = ? WHERE k = ?", value, key)
	if err == nil && n != 1 {
		return fmt.Errorf("%d rows", n)
	}
	return err
}

func TestWriteIsAllOrNothing(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, ctx := open(t), t.Context()
		insert(t, db, "a", "1")
		hooks := ""
		fail := errors.New("no")
		err := db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			tx.OnCommit(func() { hooks += "never" })
			require.NoError(t, set(ctx, tx, "a", "2"))
			return fail
		})
		require.ErrorIs(t, err, fail)
		require.Equal(t, "1", get(t, db, "a"))

		require.PanicsWithValue(t, "boom", func() {
			_ = db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
				tx.OnCommit(func() { hooks += "never" })
				require.NoError(t, set(ctx, tx, "a", "3"))
				panic("boom")
			})
		})
		require.Equal(t, "1", get(t, db, "a"))
		require.Empty(t, hooks)

		require.NoError(t, db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			require.Equal(t, db.Dialect(), tx.Dialect())
			tx.OnCommit(func() { hooks += get(t, db, "a") })
			tx.OnCommit(func() { hooks += "!" })
			return set(ctx, tx, "a", "4")
		}))
		require.Equal(t, "4!", hooks, "in order, and after the commit")
	})
}

func TestCancelledWriteLeavesNothing(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		insert(t, db, "a", "1")
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			require.NoError(t, set(ctx, tx, "a", "2"))
			cancel()
			return nil
		})
		require.Error(t, err)
		require.False(t, db.Dialect().IsUnavailable(err))
		require.Equal(t, "1", get(t, db, "a"))
		insert(t, db, "b", "1")
	})
}

func TestReadSeesOneState(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, ctx := open(t), t.Context()
		insert(t, db, "a", "1")
		require.NoError(t, db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			for range 2 {
				var v string
				require.NoError(t, tx.QueryRow(ctx, "SELECT v FROM pairs WHERE k = ?", "a").Scan(&v))
				require.Equal(t, "1", v)
				require.NoError(t, db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return set(ctx, tx, "a", "2") }))
			}
			return nil
		}))
		require.Equal(t, "2", get(t, db, "a"))
		require.Error(t, db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return set(ctx, tx, "a", "3") }))
		require.Equal(t, "2", get(t, db, "a"))
	})
}

func TestUniqueViolation(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, ctx := open(t), t.Context()
		insert(t, db, "a", "1")
		_ = db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO pairs (k, v) VALUES (?, ?)", "a", "2")
			require.True(t, db.Dialect().IsUniqueViolation(fmt.Errorf("x: %w", err)))
			require.False(t, db.Dialect().IsUnavailable(err))
			return err
		})
		_ = db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO pairs (k, v) VALUES (?, ?)", "b", nil)
			require.Error(t, err)
			require.False(t, db.Dialect().IsUniqueViolation(err), "another constraint")
			return err
		})
	})
}

// TestNoLostUpdate: concurrent read-modify-write with ForUpdate must add up.
func TestNoLostUpdate(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, ctx := open(t), t.Context()
		insert(t, db, "a", "0")
		const workers, each = 4, 15
		var wg sync.WaitGroup
		failed := make([]error, workers)
		for w := range workers {
			wg.Go(func() {
				for range each {
					failed[w] = errors.Join(failed[w], db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
						var n int
						if err := tx.QueryRow(ctx, "SELECT CAST(v AS INTEGER) FROM pairs WHERE k = ?"+tx.Dialect().ForUpdate(), "a").Scan(&n); err != nil {
							return err
						}
						return set(ctx, tx, "a", fmt.Sprint(n+1))
					}))
				}
			})
		}
		wg.Wait()
		require.NoError(t, errors.Join(failed...))
		require.Equal(t, fmt.Sprint(workers*each), get(t, db, "a"))
	})
}

// TestDeadlockIsRetried: of two transactions that lock in opposite orders, the
// one that PostgreSQL ends runs again, and its first try calls no hook.
func TestDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, ctx := open(t), t.Context()
		insert(t, db, "a", "0")
		insert(t, db, "b", "0")
		var tries, hooks atomic.Int32
		var wg, met sync.WaitGroup
		met.Add(2)
		failed := make([]error, 2)
		for w, keys := range [][]string{{"a", "b"}, {"b", "a"}} {
			first := true
			wg.Go(func() {
				failed[w] = db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
					tries.Add(1)
					tx.OnCommit(func() { hooks.Add(1) })
					if err := set(ctx, tx, keys[0], "1"); err != nil {
						return err
					}
					if first {
						first = false
						met.Done()
						if tx.Dialect() == sqldb.Postgres { // SQLite has one writer, so they cannot meet.
							met.Wait()
						}
					}
					return set(ctx, tx, keys[1], "1")
				})
			})
		}
		wg.Wait()
		require.NoError(t, errors.Join(failed...))
		require.EqualValues(t, 2, hooks.Load())
		if db.Dialect() == sqldb.Postgres {
			require.Greater(t, tries.Load(), int32(2))
		}
	})
}

// TestSameQueryInside: a prepared statement must not be used while it feeds
// rows that are still open.
func TestSameQueryInside(t *testing.T) {
	t.Parallel()
	db, ctx := sqltest.SQLite(t), t.Context()
	for _, key := range []string{"a", "b", "c"} {
		insert(t, db, key, key)
	}
	const query = "SELECT k FROM pairs WHERE k >= ? ORDER BY k"
	walk := func(ctx context.Context, tx *sqldb.Tx, from string, each func(string)) {
		rows, err := tx.Query(ctx, query, from)
		require.NoError(t, err)
		defer func() { require.NoError(t, rows.Close()) }()
		for rows.Next() {
			var k string
			require.NoError(t, rows.Scan(&k))
			each(k)
		}
		require.NoError(t, rows.Err())
	}
	for range 3 {
		for _, run := range []func(context.Context, func(context.Context, *sqldb.Tx) error) error{db.Read, db.Write} {
			got := ""
			require.NoError(t, run(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
				walk(ctx, tx, "a", func(k string) {
					got += k
					walk(ctx, tx, "c", func(k string) { got += k })
				})
				return nil
			}))
			require.Equal(t, "acbccc", got)
		}
	}
}

// TestPreparedSurvivesSchemaChange: a kept statement must see a new column.
func TestPreparedSurvivesSchemaChange(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, ctx := open(t), t.Context()
		insert(t, db, "a", "1")
		for i := range 4 {
			require.NoError(t, db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
				rows, err := tx.Query(ctx, "SELECT * FROM pairs WHERE k = ?", "a")
				if err != nil {
					return err // PostgreSQL says once that the plan is outdated.
				}
				defer func() { require.NoError(t, rows.Close()) }()
				columns, err := rows.Columns()
				require.NoError(t, err)
				require.Len(t, columns, 2+i)
				return rows.Err()
			}))
			require.NoError(t, db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
				_, err := tx.Exec(ctx, fmt.Sprintf("ALTER TABLE pairs ADD COLUMN x%d TEXT", i))
				return err
			}))
		}
	})
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		require.NoError(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			var a, b, c string
			err := tx.QueryRow(ctx, "SELECT CAST(? AS TEXT), 'it''s ?', CAST(? AS TEXT) -- why?", "1", "2").Scan(&a, &b, &c)
			require.Equal(t, []string{"1", "it's ?", "2"}, []string{a, b, c})
			return err
		}))
		require.ErrorIs(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			var v int
			return tx.QueryRow(ctx, "SELECT 1 WHERE 1 = CAST(? AS INTEGER)", 2).Scan(&v)
		}), sql.ErrNoRows)
	})
}

// TestSQLiteSharedWithAnotherProcess: a writer waits for one outside of its own
// process, and readers are not held up.
func TestSQLiteSharedWithAnotherProcess(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/x.db"
	ctx := t.Context()
	a, err := sqldb.Open(ctx, sqldb.Config{URL: "sqlite:" + path})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	b, err := sqldb.Open(ctx, sqldb.Config{URL: "sqlite:" + path})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	insert(t, a, "a", "1")
	var entered atomic.Bool
	waiting := make(chan error, 1)
	require.NoError(t, a.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		require.NoError(t, set(ctx, tx, "a", "2"))
		go func() {
			waiting <- b.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				entered.Store(true)
				return set(ctx, tx, "a", "3")
			})
		}()
		require.Equal(t, "1", get(t, b, "a"))
		select {
		case err := <-waiting:
			require.Fail(t, "did not wait", "%v", err)
		case <-time.After(20 * time.Millisecond):
		}
		require.False(t, entered.Load(), "the lock is taken before anything is read, so that nothing read grows old")
		return nil
	}))
	require.NoError(t, <-waiting)
	require.Equal(t, "3", get(t, a, "a"))
}

// TestPoolRecovers: after the server has thrown all connections out, as it does
// at a restart, the next transactions work without a failure of their own.
func TestPoolRecovers(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, other, ctx := open(t), open(t), t.Context()
		if db.Dialect() == sqldb.SQLite {
			return // There is no server to lose.
		}
		insert(t, db, "a", "1")
		var pids []int
		var mu sync.Mutex
		var wg, all sync.WaitGroup
		all.Add(4)
		for range 4 {
			wg.Go(func() {
				_ = db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
					var pid int
					err := tx.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pid)
					mu.Lock()
					pids = append(pids, pid)
					mu.Unlock()
					all.Done()
					all.Wait()
					return err
				})
			})
		}
		wg.Wait()
		kill := func() {
			require.NoError(t, other.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
				for _, pid := range pids {
					if _, err := tx.Exec(ctx, "SELECT pg_terminate_backend(?, 5000)", pid); err != nil {
						return err
					}
				}
				return nil
			}))
		}
		kill()
		require.NoError(t, db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return set(ctx, tx, "a", "2") }))

		err := db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			pids = pids[:1]
			require.NoError(t, tx.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pids[0]))
			kill()
			return set(ctx, tx, "a", "3")
		})
		require.True(t, db.Dialect().IsUnavailable(err), "%v", err)
		require.Equal(t, "2", get(t, db, "a"))
	})
}

func BenchmarkWrite(b *testing.B) {
	db, err := sqldb.Open(b.Context(), sqldb.Config{URL: "sqlite:" + b.TempDir() + "/x.db"})
	require.NoError(b, err)
	defer func() { require.NoError(b, db.Close()) }()
	ctx := b.Context()
	require.NoError(b, db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "CREATE TABLE pairs (k INTEGER PRIMARY KEY, v TEXT NOT NULL, w TEXT NOT NULL)")
		return err
	}))
	for b.Loop() {
		require.NoError(b, db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			for range 5 {
				if _, err := tx.Exec(ctx, "INSERT INTO pairs (v, w) VALUES (?, ?)", "v", "w"); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}
