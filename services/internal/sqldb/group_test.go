package sqldb

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func openLite(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), Config{URL: "sqlite:" + t.TempDir() + "/x.db"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func change(t *testing.T, db *DB, text string, args ...any) {
	t.Helper()
	require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, text, args...)
		return err
	}))
}

func number(ctx context.Context, tx *Tx, query string) (n int, err error) {
	err = tx.QueryRow(ctx, query).Scan(&n)
	return n, err
}

func read(t *testing.T, db *DB, query string) (n int) {
	t.Helper()
	require.NoError(t, db.Read(t.Context(), func(ctx context.Context, tx *Tx) (err error) {
		n, err = number(ctx, tx, query)
		return err
	}))
	return n
}

// during has a writer hold the turn until so many others wait behind it, in the
// order given, so that they share its commit.
func during(t *testing.T, db *DB, first body, others ...func()) error {
	t.Helper()
	lite, ok := db.engine.(*liteEngine)
	require.True(t, ok)
	waiting := func() int {
		lite.writer.mu.Lock()
		defer lite.writer.mu.Unlock()
		return len(lite.writer.waiting)
	}
	var group sync.WaitGroup
	err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
		for i, other := range others {
			group.Go(other)
			require.Eventually(t, func() bool { return waiting() == i+1 }, time.Minute, time.Millisecond)
		}
		return first(ctx, tx)
	})
	group.Wait()
	return err
}

func add(ctx context.Context, tx *Tx) error {
	_, err := tx.Exec(ctx, "UPDATE counter SET n = n + 1")
	return err
}

// TestWritersAreAsIfAlone: whatever happens to the others, what a writer is told
// is what was written, as if all had run one after the other.
func TestWritersAreAsIfAlone(t *testing.T) {
	t.Parallel()
	db := openLite(t)
	change(t, db, "CREATE TABLE counter (n INTEGER NOT NULL)")
	change(t, db, "INSERT INTO counter (n) VALUES (0)")
	change(t, db, "CREATE TABLE seen (n INTEGER PRIMARY KEY)")
	const workers, each = 24, 40
	var told, hooks atomic.Int64
	refused := errors.New("refused")
	once := func(random *rand.Rand) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		end := random.IntN(8)
		err := db.Write(ctx, func(ctx context.Context, tx *Tx) error {
			tx.OnCommit(func() { hooks.Add(1) })
			n, err := number(ctx, tx, "SELECT n FROM counter")
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "INSERT INTO seen (n) VALUES (?)", n); err != nil {
				return err
			}
			if err := add(ctx, tx); err != nil {
				return err
			}
			switch end {
			case 0:
				return refused
			case 1:
				panic(refused)
			case 2:
				runtime.Goexit()
			case 3:
				cancel()
			case 4:
				_, err := tx.Exec(ctx, "INSERT INTO seen (n) VALUES (?)", n)
				return err
			case 5:
				rows, err := tx.Query(ctx, "SELECT n FROM seen") // Left open.
				if err == nil {
					rows.Next()
					err = refused
				}
				return err
			}
			return nil
		})
		if end >= 6 {
			told.Add(1)
			if err != nil {
				t.Error(err)
			}
		} else if err == nil {
			t.Errorf("case %d was told that it is written", end)
		}
	}
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 1))
			for range each {
				done := make(chan struct{})
				go func() { // A goroutine of its own, which may end as it likes.
					defer close(done)
					defer func() { _ = recover() }()
					once(random)
				}()
				<-done
			}
		})
	}
	group.Wait()
	require.EqualValues(t, told.Load(), read(t, db, "SELECT n FROM counter"))
	require.EqualValues(t, told.Load(), read(t, db, "SELECT COUNT(*) FROM seen"))
	require.Equal(t, told.Load(), hooks.Load())
	require.Positive(t, told.Load())
}

// TestAGroupIsCommittedTogether: nobody is answered before the commit, and if it
// fails, all are told, also the one that would have failed by itself.
func TestAGroupIsCommittedTogether(t *testing.T) {
	t.Parallel()
	db := openLite(t)
	change(t, db, "CREATE TABLE parents (id INTEGER PRIMARY KEY)")
	change(t, db, "CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)")
	orphan := func(ctx context.Context, tx *Tx) error {
		tx.OnCommit(func() { t.Error("committed") })
		_, err := tx.Exec(ctx, "INSERT INTO children (parent) VALUES (7)")
		return err
	}
	parent := func(ctx context.Context, tx *Tx) error {
		tx.OnCommit(func() { t.Error("committed") })
		_, err := tx.Exec(ctx, "INSERT INTO parents (id) VALUES (1)")
		return err
	}
	refused := errors.New("refused")
	var failures [3]error
	write := func(i int, fn body) func() {
		return func() { failures[i] = db.Write(t.Context(), fn) }
	}
	err := during(t, db, parent, write(0, orphan),
		write(1, func(ctx context.Context, tx *Tx) error {
			n, err := number(ctx, tx, "SELECT COUNT(*) FROM parents")
			return errors.Join(err, fmt.Errorf("%w: there are %d", refused, n))
		}),
		write(2, func(ctx context.Context, tx *Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO parents (id) VALUES (2)")
			return err
		}))
	for _, err := range append(failures[:], err) {
		require.ErrorContains(t, err, "commit: ")
		require.ErrorContains(t, err, "FOREIGN KEY")
		require.NotErrorIs(t, err, refused, "it saw what never was")
	}
	require.Zero(t, read(t, db, "SELECT COUNT(*) FROM parents")+read(t, db, "SELECT COUNT(*) FROM children"))
	change(t, db, "INSERT INTO parents (id) VALUES (1)")
}

// TestAMemberThatFailsLeavesNothing: not even the one that opened the group.
func TestAMemberThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	for fails := range 4 {
		t.Run(fmt.Sprint(fails), func(t *testing.T) {
			t.Parallel()
			db := openLite(t)
			change(t, db, "CREATE TABLE names (n INTEGER PRIMARY KEY)")
			var failures [4]error
			member := func(i int) body {
				return func(ctx context.Context, tx *Tx) error {
					_, err := tx.Exec(ctx, "INSERT INTO names (n) VALUES (?)", 10*i)
					if err == nil && i == fails {
						err = refused
					}
					return err
				}
			}
			var others []func()
			for i := 1; i < 4; i++ {
				others = append(others, func() { failures[i] = db.Write(t.Context(), member(i)) })
			}
			failures[0] = during(t, db, member(0), others...)
			for i, err := range failures {
				if i == fails {
					require.Equal(t, refused, err)
				} else {
					require.NoError(t, err)
				}
			}
			require.Equal(t, 60-10*fails, read(t, db, "SELECT SUM(n) FROM names"))
			require.Equal(t, 3, read(t, db, "SELECT COUNT(*) FROM names"))
		})
	}
}

// TestATransactionThatSQLiteEndedIsNotCommitted: some failures make SQLite roll
// back everything, whoever's statement it was.
func TestATransactionThatSQLiteEndedIsNotCommitted(t *testing.T) {
	t.Parallel()
	for at := range 3 {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			db := openLite(t)
			change(t, db, "CREATE TABLE counter (n INTEGER NOT NULL CHECK (n < 100))")
			change(t, db, "INSERT INTO counter (n) VALUES (0)")
			var failures [3]error
			member := func(i int) body {
				return func(ctx context.Context, tx *Tx) error {
					if i == at {
						_, err := tx.Exec(ctx, "UPDATE OR ROLLBACK counter SET n = 100")
						if err == nil {
							t.Error("the table should have refused this")
						}
						return nil // It takes no notice.
					}
					return add(ctx, tx)
				}
			}
			failures[0] = during(t, db, member(0),
				func() { failures[1] = db.Write(t.Context(), member(1)) },
				func() { failures[2] = db.Write(t.Context(), member(2)) })
			require.Error(t, failures[at])
			written := 0
			for _, err := range failures {
				if err == nil {
					written++
				}
			}
			require.Equal(t, written, read(t, db, "SELECT n FROM counter"), "%v", failures)
			change(t, db, "UPDATE counter SET n = 5")
		})
	}
}

func TestWhoWaitsMayGiveUp(t *testing.T) {
	t.Parallel()
	db := openLite(t)
	change(t, db, "CREATE TABLE counter (n INTEGER NOT NULL)")
	change(t, db, "INSERT INTO counter (n) VALUES (0)")
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	var last error
	require.NoError(t, during(t, db, func(inner context.Context, tx *Tx) error {
		cancel()
		require.ErrorIs(t, <-gone, context.Canceled, "while the turn is another one's")
		return add(inner, tx)
	}, func() {
		gone <- db.Write(ctx, func(context.Context, *Tx) error {
			t.Error("ran")
			return nil
		})
	}, func() { last = db.Write(t.Context(), add) }))
	require.NoError(t, last)
	require.Equal(t, 2, read(t, db, "SELECT n FROM counter"))
	require.ErrorIs(t, db.Write(ctx, add), context.Canceled)
	change(t, db, "UPDATE counter SET n = 5")
}

// TestGivingUpAtTheLastMoment: a turn that comes when nobody wants it any more
// is not lost.
func TestGivingUpAtTheLastMoment(t *testing.T) {
	t.Parallel()
	w := &writer{busy: true}
	ctx, cancel := context.WithCancel(t.Context())
	for range 200 {
		ended := make(chan error, 1)
		ctx, cancelThis := context.WithCancel(ctx)
		go func() {
			g, err := w.turn(ctx)
			if err == nil {
				w.pass(g)
			}
			ended <- err
		}()
		require.Eventually(t, func() bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return len(w.waiting) == 1
		}, time.Minute, 10*time.Microsecond)
		// Both happen before the one who waits can look.
		w.mu.Lock()
		place := w.waiting[0]
		w.waiting = nil
		cancelThis()
		place <- nil
		w.mu.Unlock()
		require.Subset(t, []error{nil, context.Canceled}, []error{<-ended})
		g, err := w.turn(t.Context()) // It would wait for ever.
		require.NoError(t, err)
		require.Nil(t, g)
	}
	cancel()
}

// TestCloseComesAfterTheWriters: what is told to be written is, and what comes
// later is refused.
func TestCloseComesAfterTheWriters(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/x.db"
	db, err := Open(t.Context(), Config{URL: "sqlite:" + path})
	require.NoError(t, err)
	change(t, db, "CREATE TABLE counter (n INTEGER NOT NULL)")
	change(t, db, "INSERT INTO counter (n) VALUES (0)")
	var before, closed, after error
	require.NoError(t, during(t, db, add,
		func() { before = db.Write(t.Context(), add) },
		func() { closed = db.Close() },
		func() { after = db.Write(t.Context(), add) }))
	require.NoError(t, before)
	require.NoError(t, closed)
	require.ErrorIs(t, after, errClosed)
	require.ErrorIs(t, db.Write(t.Context(), add), errClosed)
	again, err := Open(t.Context(), Config{URL: "sqlite:" + path})
	require.NoError(t, err)
	require.Equal(t, 2, read(t, again, "SELECT n FROM counter"))
	require.NoError(t, again.Close())
}
