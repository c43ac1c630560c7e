package eventlog_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// replicas are two logs of one database. The first delivers to the receiver, which has one event already; the other does not run.
func replicas(t *testing.T, db *sqldb.DB) (holder, other *eventlog.Log, r *receiver) {
	t.Helper()
	holder, other, r = newLog(t, db, quick()), newLog(t, db, quick()), newReceiver("routing")
	run(t, holder, r)
	add(t, db, holder, messages("complaints/a", 1)...)
	r.await(t, 1)
	return holder, other, r
}

// TestACommitWakesTheReplicaThatDelivers: with nothing but commits to wake it, the replica with the lease delivers at once
// what another one records. On SQLite there is one process, which wakes itself.
func TestACommitWakesTheReplicaThatDelivers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		holder, other, r := replicas(t, db)
		if db.Dialect() == sqldb.SQLite {
			other = holder
		} else {
			run(t, other, newReceiver("routing"))
		}
		var took []time.Duration
		for n := 2; n <= 21; n++ {
			add(t, db, other, draft("complaints/a", "later"))
			begin := time.Now()
			r.await(t, n)
			took = append(took, time.Since(begin))
		}
		slices.Sort(took)
		t.Logf("from commit to delivery: median %v, longest %v", took[len(took)/2], took[len(took)-1])
		require.Less(t, took[len(took)/2], 200*time.Millisecond)
	})
}

// amongReplicas runs the test where there can be several replicas. SQLite has one process, and refuses to wake others.
func amongReplicas(t *testing.T, run func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	each(t, func(t *testing.T, db *sqldb.DB) {
		if db.Dialect() == sqldb.Postgres {
			run(t, db)
			return
		}
		require.Error(t, db.Notify(t.Context(), "intake"))
		require.Error(t, db.Listen(t.Context(), "intake", func() {}))
	})
}

// listen counts the times that replicas of intake were woken, from now on, until the test ends.
func listen(t *testing.T, db *sqldb.DB) *atomic.Int64 {
	t.Helper()
	var woken atomic.Int64
	begun := make(chan struct{})
	var once sync.Once
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- db.Listen(ctx, "intake", func() {
			woken.Add(1)
			once.Do(func() { close(begun) })
		})
	}()
	<-begun
	woken.Store(0)
	t.Cleanup(func() {
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	})
	return &woken
}

func TestManyCommitsWakeOnce(t *testing.T) {
	t.Parallel()
	amongReplicas(t, func(t *testing.T, db *sqldb.DB) {
		woken := listen(t, db)
		_, other, r := replicas(t, db)
		run(t, other, newReceiver("routing"))
		require.Eventually(t, func() bool { return served(t, other, "routing") }, time.Minute, time.Millisecond)
		begin := time.Now()
		add(t, db, other, messages("complaints/b", 300)...)
		most := int64(time.Since(begin)/(15*time.Millisecond)) + 3
		r.await(t, 301)
		require.Positive(t, woken.Load())
		require.LessOrEqual(t, woken.Load(), min(most, 290), "one for all that was committed in 15 ms")
	})
}

func TestAReplicaThatDeliversAllWakesNobody(t *testing.T) {
	t.Parallel()
	amongReplicas(t, func(t *testing.T, db *sqldb.DB) {
		woken := listen(t, db)
		log := newLog(t, db, quick())
		first, second := newReceiver("routing"), newReceiver("remedy")
		run(t, log, first, second)
		add(t, db, log, messages("complaints/a", 1)...)
		first.await(t, 1)
		second.await(t, 1)
		time.Sleep(50 * time.Millisecond)
		woken.Store(0)
		add(t, db, log, messages("complaints/b", 50)...)
		first.await(t, 51)
		time.Sleep(50 * time.Millisecond)
		require.Zero(t, woken.Load())
	})
}

// TestAReplicaHearsAgain: a connection that is lost comes back, and what was committed meanwhile is found then.
func TestAReplicaHearsAgain(t *testing.T) {
	t.Parallel()
	amongReplicas(t, func(t *testing.T, db *sqldb.DB) {
		_, other, r := replicas(t, db)
		run(t, other, newReceiver("routing"))
		for n := 2; n < 6; n++ {
			exec(t, db, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE query = 'LISTEN "' || LEFT('redress_intake_' || current_schema(), 63) || '"'`)
			add(t, db, other, draft("complaints/a", "later"))
			r.await(t, n)
		}
	})
}

// served tells whether the log serves the subscriber.
func served(t *testing.T, log *eventlog.Log, subscriber string) bool {
	t.Helper()
	lags, err := log.Lag(t.Context())
	require.NoError(t, err)
	return slices.ContainsFunc(lags, func(l eventlog.SubscriberLag) bool { return l.Subscriber == subscriber && l.Served })
}

func TestLagTellsWhoIsServedHere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		exec(t, db, "INSERT INTO subscriptions (subscriber, position, lease_owner, lease_until) VALUES ('gone', 0, '', 0)")
		r := newReceiver("routing")
		stop := run(t, log, r)
		add(t, db, log, messages("complaints/a", 1)...)
		r.await(t, 1)
		require.True(t, served(t, log, "routing"))
		require.False(t, served(t, log, "gone"))
		stop()
		require.False(t, served(t, log, "routing"))
	})
}
