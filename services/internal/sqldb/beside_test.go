package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// neighbours are changes that come while another one is under way.
type neighbours struct {
	*sqldb.DB

	t       *testing.T
	mu      sync.Mutex
	hooks   []string
	running sync.WaitGroup
}

// extend adds to what it reads under a key, fails with end, and tells the transaction that it was made in.
func (n *neighbours) extend(ctx context.Context, key, by string, end func() error) (transaction string, err error) {
	err = n.Beside(ctx, key, func(ctx context.Context, tx *sqldb.Tx) error {
		before, own := "", "own"
		err := tx.Ask(ctx, func(scan func(...any) error) error { return scan(&before) },
			"SELECT v FROM pairs WHERE k = ?"+tx.Dialect().ForUpdate(), key)
		if tx.Dialect() == sqldb.Postgres {
			err = errors.Join(err, tx.Ask(ctx, func(scan func(...any) error) error { return scan(&own) }, "SELECT CAST(txid_current() AS TEXT)"))
		}
		if err := errors.Join(err, tx.Flush(ctx)); err != nil {
			return err
		}
		transaction = own
		tx.OnCommit(func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.hooks = append(n.hooks, key+by)
		})
		return errors.Join(tx.Queue(ctx, nil, "UPDATE pairs SET v = ? WHERE k = ?", before+by, key), end())
	})
	return transaction, err
}

func fine() error { return nil }

// meanwhile has all of these wait for the end of a change under way; where writers have no lanes to wait in, they just begin.
func (n *neighbours) meanwhile(begin ...func()) {
	n.t.Helper()
	entered, leave := make(chan struct{}), make(chan struct{})
	n.running.Go(func() {
		_, err := n.extend(n.t.Context(), "under way", "!", sync.OnceValue(func() error {
			close(entered)
			<-leave
			return nil
		}))
		if err != nil {
			n.t.Error(err)
		}
	})
	<-entered
	for _, each := range begin {
		n.running.Go(each)
	}
	if n.Dialect() == sqldb.Postgres {
		require.Eventually(n.t, func() bool { return n.Waiting() == len(begin) }, time.Minute, time.Millisecond)
	}
	close(leave)
	n.running.Wait()
}

func each(t *testing.T, run func(t *testing.T, n *neighbours)) {
	t.Helper()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Helper()
		n := &neighbours{DB: open(t), t: t}
		for _, key := range []string{"a", "b", "c", "under way"} {
			insert(t, n.DB, key, key)
		}
		run(t, n)
	})
}

// TestChangesThatWaitShareATransaction: those of different subjects do, and each of one subject sees what was before it.
func TestChangesThatWaitShareATransaction(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *neighbours) {
		var made [4]string
		var begin []func()
		for i, key := range []string{"a", "b", "c", "a"} {
			begin = append(begin, func() {
				var err error
				if made[i], err = n.extend(t.Context(), key, "1", fine); err != nil {
					t.Error(err)
				}
			})
		}
		n.meanwhile(begin...)
		require.Equal(t, "a11", get(t, n.DB, "a"))
		require.Equal(t, "b1", get(t, n.DB, "b"))
		require.Equal(t, "c1", get(t, n.DB, "c"))
		require.ElementsMatch(t, []string{"under way!", "a1", "b1", "c1", "a1"}, n.hooks)
		if n.Dialect() == sqldb.Postgres {
			require.Equal(t, made[1], made[2])
			require.Contains(t, []string{made[0], made[3]}, made[1])
			require.NotEqual(t, made[0], made[3])
		}
	})
}

// TestAChangeThatFailsConcernsItsCallerOnly: by itself, by a statement, by a panic, or since nobody waits for it any more.
func TestAChangeThatFailsConcernsItsCallerOnly(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, bad := range map[string]func(n *neighbours) error{
		"refused": func(n *neighbours) error {
			_, err := n.extend(t.Context(), "c", "1", func() error { return refused })
			return err
		},
		"statement": func(n *neighbours) error {
			return n.Beside(t.Context(), "c", func(ctx context.Context, tx *sqldb.Tx) error {
				return tx.Queue(ctx, func(error) error { return refused }, insertPair, "c", "again")
			})
		},
		"panic": func(n *neighbours) (err error) {
			defer func() { err, _ = recover().(error) }()
			_, err = n.extend(t.Context(), "c", "1", func() error { panic(refused) })
			return err
		},
		"gone": func(n *neighbours) error {
			_, err := n.extend(gone, "c", "1", fine)
			if !errors.Is(err, context.Canceled) {
				return fmt.Errorf("not cancelled: %w", err)
			}
			return refused
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, n *neighbours) {
				good := func(key string) func() {
					return func() {
						if _, err := n.extend(t.Context(), key, "1", fine); err != nil {
							t.Error(err)
						}
					}
				}
				failing := func() {
					if err := bad(n); !errors.Is(err, refused) {
						t.Error(err)
					}
				}
				if name == "gone" { // It does not even begin to wait.
					failing()
					n.meanwhile(good("a"), good("b"))
				} else {
					n.meanwhile(good("a"), failing, good("b"))
				}
				require.Equal(t, "a1", get(t, n.DB, "a"))
				require.Equal(t, "b1", get(t, n.DB, "b"))
				require.Equal(t, "c", get(t, n.DB, "c"))
				require.ElementsMatch(t, []string{"under way!", "a1", "b1"}, n.hooks)
			})
		})
	}
}
