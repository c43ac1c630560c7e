package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

const insertPair = "INSERT INTO pairs (k, v) VALUES (?, ?)"

func TestWhatIsQueuedRunsInOrder(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		insert(t, db, "a", "1")
		var asked []string
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			ask := func(key string) {
				require.NoError(t, tx.Ask(ctx, func(scan func(...any) error) error {
					var v string
					err := scan(&v)
					asked = append(asked, v)
					return err
				}, "SELECT v FROM pairs WHERE k = ?", key))
			}
			require.NoError(t, tx.Queue(ctx, nil, insertPair, "b", "1"))
			var n int
			require.NoError(t, tx.QueryRow(ctx, "SELECT COUNT(*) FROM pairs").Scan(&n))
			require.Equal(t, 2, n, "a query sees what was queued before")
			require.NoError(t, tx.Queue(ctx, nil, "UPDATE pairs SET v = ? WHERE k = ?", "2", "b"))
			ask("a")
			ask("nobody")
			ask("b")
			require.NoError(t, tx.Flush(ctx))
			require.Equal(t, []string{"1", "2"}, asked)
			require.NoError(t, tx.Queue(ctx, nil, "UPDATE pairs SET v = ? WHERE k = ?", "3", "b"))
			changed, err := tx.Exec(ctx, "UPDATE pairs SET v = v || '!'")
			require.EqualValues(t, 2, changed)
			require.NoError(t, tx.Flush(ctx), "there is nothing to flush")
			require.NoError(t, tx.Queue(ctx, nil, insertPair, "c", "1"))
			return err
		}))
		require.Equal(t, []string{"1!", "3!", "1"}, []string{get(t, db, "a"), get(t, db, "b"), get(t, db, "c")})
	})
}

// TestWhatIsQueuedMayFail: whoever sends it is told, in the words of fault, and
// nothing of the transaction remains.
func TestWhatIsQueuedMayFail(t *testing.T) {
	t.Parallel()
	told := errors.New("told")
	fault := func(err error) error { return errors.Join(told, err) }
	for name, send := range map[string]func(ctx context.Context, tx *sqldb.Tx) error{
		"commit": func(context.Context, *sqldb.Tx) error { return nil },
		"flush":  func(ctx context.Context, tx *sqldb.Tx) error { return tx.Flush(ctx) },
		"exec": func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE pairs SET v = ?", "4")
			return err
		},
		"query": func(ctx context.Context, tx *sqldb.Tx) error {
			var n int
			return tx.QueryRow(ctx, "SELECT COUNT(*) FROM pairs").Scan(&n)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
				db := open(t)
				insert(t, db, "a", "1")
				for range 2 { // The second time on a connection that failed.
					err := db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
						tx.OnCommit(func() { t.Error("committed") })
						if err := tx.Queue(ctx, nil, insertPair, "b", "1"); err != nil {
							return err
						}
						if err := tx.Queue(ctx, fault, insertPair, "a", "2"); err != nil {
							return err
						}
						if err := tx.Queue(ctx, nil, insertPair, "c", "1"); err != nil {
							return err
						}
						return send(ctx, tx)
					})
					require.ErrorIs(t, err, told)
					require.True(t, db.Dialect().IsUniqueViolation(err), "%v", err)
					require.Equal(t, []string{"1", "", ""}, []string{get(t, db, "a"), get(t, db, "b"), get(t, db, "c")})
				}
				insert(t, db, "b", "2")
			})
		})
	}
}

func TestAnAnswerMayBeRefused(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		insert(t, db, "a", "1")
		insert(t, db, "b", "1")
		refused := errors.New("refused")
		require.ErrorIs(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			if err := tx.Queue(ctx, nil, insertPair, "c", "1"); err != nil {
				return err
			}
			each := func(func(...any) error) error { return refused }
			return errors.Join(tx.Ask(ctx, each, "SELECT v FROM pairs"), tx.Flush(ctx))
		}), refused)
		require.Empty(t, get(t, db, "c"))
		insert(t, db, "c", "1")
	})
}

// TestAFailureIsNotForgotten: who takes no notice that a statement failed learns
// it from the commit, where the engine has given up the transaction.
func TestAFailureIsNotForgotten(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		insert(t, db, "a", "1")
		err := db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, insertPair, "b", "1")
			require.NoError(t, err)
			_, err = tx.Exec(ctx, insertPair, "a", "2")
			require.Error(t, err)
			return nil
		})
		if db.Dialect() == sqldb.Postgres {
			require.ErrorContains(t, err, "commit")
			require.Empty(t, get(t, db, "b"))
			return
		}
		require.NoError(t, err, "SQLite undoes the one statement")
		require.Equal(t, "1", get(t, db, "b"))
	})
}

func TestNothingIsCommittedToo(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, called := open(t), false
		require.NoError(t, db.Write(t.Context(), func(_ context.Context, tx *sqldb.Tx) error {
			tx.OnCommit(func() { called = true })
			return nil
		}))
		require.True(t, called)
	})
}

// TestALostCommitIsNotRepeated: once a commit was sent, only the caller can know
// whether doing it again is safe.
func TestALostCommitIsNotRepeated(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		if db.Dialect() == sqldb.SQLite {
			return // There is no connection to lose.
		}
		insert(t, db, "a", "1")
		for i, asked := range []bool{false, true} {
			calls := 0
			err := db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				calls++
				if asked {
					_, err := tx.Exec(ctx, "SELECT 1")
					require.NoError(t, err)
				}
				require.NoError(t, tx.Queue(ctx, nil, insertPair, fmt.Sprint(i), "1"))
				return tx.Queue(ctx, nil, "SELECT pg_terminate_backend(pg_backend_pid())")
			})
			require.True(t, db.Dialect().IsUnavailable(err), "%v", err)
			require.Equal(t, 1, calls)
			require.Empty(t, get(t, db, fmt.Sprint(i)))
		}
	})
}

// TestReadAnswersWhatWasAsked when it returns, without Flush.
func TestReadAnswersWhatWasAsked(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		insert(t, db, "a", "1")
		insert(t, db, "b", "2")
		var asked []string
		each := func(scan func(...any) error) error {
			var v string
			err := scan(&v)
			asked = append(asked, v)
			return err
		}
		read := func(queries ...string) error {
			asked = nil
			return db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) (err error) {
				for _, query := range queries {
					err = errors.Join(err, tx.Ask(ctx, each, query))
				}
				return err
			})
		}
		const a, b = "SELECT v FROM pairs WHERE k = 'a'", "SELECT v FROM pairs WHERE k = 'b'"
		require.NoError(t, read(a))
		require.Equal(t, []string{"1"}, asked)
		require.NoError(t, read(b, "SELECT v FROM pairs WHERE k = 'c'", a))
		require.Equal(t, []string{"2", "1"}, asked)
		require.Error(t, read(a, "SELECT v FROM nothing", b))
		require.Error(t, read("INSERT INTO pairs (k, v) VALUES ('c', '3') RETURNING v"), "a read changes nothing")
		require.Empty(t, get(t, db, "c"))
		require.NoError(t, read(a), "the connection goes on")

		refused := errors.New("refused")
		require.ErrorIs(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			return tx.Ask(ctx, func(func(...any) error) error { return refused }, "SELECT v FROM pairs")
		}), refused)
		require.NoError(t, read(a))
	})
}

// TestQueueNumberedTellsTheKeys: of each row, in order, by the time of the commit; and what fails, fails in the caller's words.
func TestQueueNumberedTellsTheKeys(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		serial := map[sqldb.Dialect]string{sqldb.SQLite: "INTEGER PRIMARY KEY AUTOINCREMENT", sqldb.Postgres: "BIGSERIAL PRIMARY KEY"}[db.Dialect()]
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, "CREATE TABLE numbered (n "+serial+", v TEXT NOT NULL UNIQUE, w INTEGER NOT NULL)")
			return err
		}))
		failed := errors.New("taken")
		insert := func(rows ...[]any) (keys map[int]int64, err error) {
			keys = map[int]int64{}
			return keys, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				return tx.QueueNumbered(ctx, func(error) error { return failed }, "INSERT INTO numbered (v, w)", "n",
					func(row int, key int64) { keys[row] = key }, rows...)
			})
		}
		keys, err := insert([]any{"a", 1})
		require.NoError(t, err)
		require.Equal(t, map[int]int64{0: 1}, keys)
		keys, err = insert([]any{"b", 2}, []any{"c", 3}, []any{"d", 4})
		require.NoError(t, err)
		require.Equal(t, map[int]int64{0: 2, 1: 3, 2: 4}, keys)
		many := make([][]any, 31_000) // More than PostgreSQL takes at once.
		for i := range many {
			many[i] = []any{fmt.Sprint("many-", i), i}
		}
		keys, err = insert(many...)
		require.NoError(t, err)
		require.Len(t, keys, len(many))
		for i := range many {
			require.EqualValues(t, 5+i, keys[i])
		}
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM numbered WHERE n > 4")
			return err
		}))
		_, err = insert([]any{"e", 5}, []any{"a", 6})
		require.ErrorIs(t, err, failed)
		var values []string
		require.NoError(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			values = nil
			return tx.Ask(ctx, func(scan func(...any) error) error {
				var n int64
				var v string
				err := scan(&n, &v)
				values = append(values, fmt.Sprint(n, v))
				return err
			}, "SELECT n, v FROM numbered ORDER BY n")
		}))
		require.Equal(t, []string{"1a", "2b", "3c", "4d"}, values)
	})
}

// TestAskChangedTellsHowManyRows: before the transaction goes on.
func TestAskChangedTellsHowManyRows(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		insert(t, db, "a", "1")
		for _, want := range []int64{1, 0} {
			changed := int64(-1)
			require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				return tx.AskChanged(ctx, func(n int64) { changed = n }, "INSERT INTO pairs (k, v) VALUES ('b', '2') ON CONFLICT (k) DO NOTHING")
			}))
			require.Equal(t, want, changed)
		}
	})
}

// TestACommandAloneIsATransaction: what one command changed is known after the commit, and what it fails with too.
func TestACommandAloneIsATransaction(t *testing.T) {
	t.Parallel()
	told := errors.New("told")
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		insert(t, db, "a", "1")
		committed := 0
		alone := func(key string) (changed int64, err error) {
			err = db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				tx.OnCommit(func() { committed++ })
				return tx.AskChanged(ctx, func(n int64) { changed = n }, "UPDATE pairs SET v = v || '!' WHERE k = ?", key)
			})
			return changed, err
		}
		for key, wanted := range map[string]int64{"a": 1, "b": 0} {
			changed, err := alone(key)
			require.NoError(t, err)
			require.Equal(t, wanted, changed)
		}
		require.Equal(t, 2, committed)
		require.Equal(t, "1!", get(t, db, "a"))
		for range 2 { // The second time on a connection that failed.
			err := db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				tx.OnCommit(func() { t.Error("committed") })
				return tx.Queue(ctx, func(err error) error { return errors.Join(told, err) }, insertPair, "a", "2")
			})
			require.ErrorIs(t, err, told)
			require.True(t, db.Dialect().IsUniqueViolation(err))
		}
	})
}
