package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// claim writes a key that nobody has; taken says that somebody has it.
func claim(ctx context.Context, db *sqldb.DB, key, value string, hook func()) (taken bool, err error) {
	err = db.Together(ctx, sqldb.Part{
		Ask: func(ctx context.Context, tx *sqldb.Tx) error {
			return tx.Ask(ctx, func(scan func(...any) error) error {
				var v string
				taken = true
				return scan(&v)
			}, "SELECT v FROM pairs WHERE k = ?", key)
		},
		Act: func(ctx context.Context, tx *sqldb.Tx) error {
			if taken {
				return nil
			}
			tx.OnCommit(hook)
			return tx.Queue(ctx, nil, insertPair, key, value)
		},
	})
	if !errors.Is(err, sqldb.ErrAlone) {
		return taken, err
	}
	err = db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		n, err := tx.Exec(ctx, insertPair+" ON CONFLICT (k) DO NOTHING", key, value)
		if taken = n == 0; !taken {
			tx.OnCommit(hook)
		}
		return err
	})
	return taken, err
}

// TestEachKeyHasOneWinner: whoever is told to have a key has it, however many
// shared a transaction, and whatever made it fail.
func TestEachKeyHasOneWinner(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		insert(t, db, "first", "x")
		const workers, each, keys = 24, 30, 200
		var hooks atomic.Int64
		var mu sync.Mutex
		winners := map[string]string{}
		var group sync.WaitGroup
		for w := range workers {
			group.Go(func() {
				for i := range each {
					key, value := fmt.Sprint((w*7+i*13)%keys), fmt.Sprintf("%d-%d", w, i)
					taken, err := claim(t.Context(), db, key, value, func() { hooks.Add(1) })
					if err != nil {
						t.Error(err)
					}
					if !taken {
						mu.Lock()
						if winners[key] != "" {
							t.Errorf("%s has two winners", key)
						}
						winners[key] = value
						mu.Unlock()
					}
				}
			})
		}
		group.Wait()
		require.NotEmpty(t, winners)
		require.EqualValues(t, len(winners), hooks.Load())
		for key, value := range winners {
			require.Equal(t, value, get(t, db, key))
		}
	})
}

// TestPartsWithACommonKeyNeverCollide: nobody has to do again what was right.
func TestPartsWithACommonKeyNeverCollide(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		insert(t, db, "first", "x")
		const workers, each, keys = 24, 20, 10
		var made atomic.Int64
		var group sync.WaitGroup
		for w := range workers {
			group.Go(func() {
				for i := range each {
					key, known := fmt.Sprint((w+i)%keys), false
					err := db.Together(t.Context(), sqldb.Part{
						Keys: []string{key, fmt.Sprint("of ", w)},
						Ask: func(ctx context.Context, tx *sqldb.Tx) error {
							return tx.Ask(ctx, func(scan func(...any) error) error {
								var v string
								known = true
								return scan(&v)
							}, "SELECT v FROM pairs WHERE k = ?", key)
						},
						Act: func(ctx context.Context, tx *sqldb.Tx) error {
							if known {
								return nil
							}
							made.Add(1)
							return tx.Queue(ctx, nil, insertPair, key, "x")
						},
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		require.EqualValues(t, keys, made.Load())
	})
}

// TestOnePartDoesNotSpoilTheOthers: what one says concerns nobody else.
func TestOnePartDoesNotSpoilTheOthers(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		insert(t, db, "first", "x")
		nothing := func(context.Context, *sqldb.Tx) error { return nil }
		refused := errors.New("refused")
		queued := func(end func() error) func(ctx context.Context, tx *sqldb.Tx) error {
			return func(ctx context.Context, tx *sqldb.Tx) error {
				tx.OnCommit(func() { t.Error("committed") })
				return errors.Join(tx.Queue(ctx, nil, insertPair, "never", "x"), end())
			}
		}
		exec := func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, insertPair, "never", "x")
			return err
		}
		query := func(ctx context.Context, tx *sqldb.Tx) error {
			var v string
			return tx.QueryRow(ctx, "SELECT v FROM pairs").Scan(&v)
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		failures := map[string]struct {
			ctx  context.Context //nolint:containedctx // It belongs to the case.
			part sqldb.Part
			want string
		}{
			"refuses":          {t.Context(), sqldb.Part{Ask: nothing, Act: queued(func() error { return refused })}, "refused"},
			"refuses at first": {t.Context(), sqldb.Part{Ask: queued(func() error { return refused }), Act: nothing}, "refused"},
			"panics":           {t.Context(), sqldb.Part{Ask: nothing, Act: queued(func() error { panic("boom") })}, sqldb.ErrAlone.Error()},
			"wants a result":   {t.Context(), sqldb.Part{Ask: nothing, Act: exec}, "acts with Queue"},
			"wants an answer":  {t.Context(), sqldb.Part{Ask: query, Act: nothing}, "asks with Ask"},
			"has gone":         {cancelled, sqldb.Part{Ask: nothing, Act: queued(func() error { return nil })}, "canceled"},
		}
		var group sync.WaitGroup
		for i := range 20 {
			for name, tc := range failures {
				group.Go(func() {
					if err := db.Together(tc.ctx, tc.part); err == nil || !strings.Contains(err.Error(), tc.want) {
						t.Errorf("%s: %v", name, err)
					}
				})
			}
			group.Go(func() {
				if taken, err := claim(t.Context(), db, fmt.Sprint(i), "x", func() {}); taken || err != nil {
					t.Errorf("%d: %t %v", i, taken, err)
				}
			})
		}
		group.Wait()
		require.Empty(t, get(t, db, "never"))
		for i := range 20 {
			require.Equal(t, "x", get(t, db, fmt.Sprint(i)))
		}
	})
}

// TestAFailingStatementUndoesThemAll: then each is told to do it alone.
func TestAFailingStatementUndoesThemAll(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		insert(t, db, "a", "1")
		for range 3 {
			err := db.Together(t.Context(), sqldb.Part{
				Ask: func(context.Context, *sqldb.Tx) error { return nil },
				Act: func(ctx context.Context, tx *sqldb.Tx) error {
					tx.OnCommit(func() { t.Error("committed") })
					return errors.Join(tx.Queue(ctx, nil, insertPair, "b", "1"), tx.Queue(ctx, nil, insertPair, "a", "2"))
				},
			})
			require.Equal(t, sqldb.ErrAlone, err)
			require.Empty(t, get(t, db, "b"))
		}
		insert(t, db, "b", "1")
	})
}

// TestTogetherAfterALoss: a connection that is gone before anything was done is
// no reason to fail, and one that is lost with the commit is.
func TestTogetherAfterALoss(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, other := open(t), open(t)
		if db.Dialect() == sqldb.SQLite {
			return // There is no server to lose.
		}
		insert(t, db, "a", "1")
		var pid int
		require.NoError(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			return tx.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pid)
		}))
		require.NoError(t, other.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, "SELECT pg_terminate_backend(?, 5000)", pid)
			return err
		}))
		taken, err := claim(t.Context(), db, "b", "1", func() {})
		require.NoError(t, err)
		require.False(t, taken)

		err = db.Together(t.Context(), sqldb.Part{
			Ask: func(ctx context.Context, tx *sqldb.Tx) error {
				return tx.Ask(ctx, func(scan func(...any) error) error { return nil }, "SELECT 1 WHERE 1 = 0")
			},
			Act: func(ctx context.Context, tx *sqldb.Tx) error {
				tx.OnCommit(func() { t.Error("committed") })
				return errors.Join(tx.Queue(ctx, nil, insertPair, "c", "1"), tx.Queue(ctx, nil, "SELECT pg_terminate_backend(pg_backend_pid())"))
			},
		})
		require.True(t, db.Dialect().IsUnavailable(err), "it is not known whether it was committed: %v", err)
		require.Empty(t, get(t, db, "c"))
	})
}

// TestOneStatementThatFailsIsDoneAlone: also when nothing was asked and nobody shares the transaction.
func TestOneStatementThatFailsIsDoneAlone(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		insert(t, db, "a", "1")
		part := func(key string) error {
			return db.Together(t.Context(), sqldb.Part{
				Ask: func(context.Context, *sqldb.Tx) error { return nil },
				Act: func(ctx context.Context, tx *sqldb.Tx) error { return tx.Queue(ctx, nil, insertPair, key, "2") },
			})
		}
		require.ErrorIs(t, part("a"), sqldb.ErrAlone)
		require.NoError(t, part("b"))
		require.Equal(t, "2", get(t, db, "b"))
	})
}
