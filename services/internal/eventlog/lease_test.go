package eventlog_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// sweeping is a configuration of replicas, which only the clock can wake.
func sweeping() eventlog.Config {
	cfg := quick()
	cfg.Sweep = 5 * time.Millisecond
	return cfg
}

func TestOneReplicaDeliversAtATime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		first, second := newLog(t, db, sweeping()), newLog(t, db, sweeping())
		a, b := newReceiver("routing"), newReceiver("routing")
		stop := run(t, first, a)
		add(t, db, first, messages("complaints/a", 1)...)
		a.await(t, 1)
		run(t, second, b)
		// Recorded by the replica that does not deliver: the sweep finds it.
		add(t, db, second, draft("complaints/a", "2"))
		a.await(t, 2)
		require.Empty(t, b.events())

		stop()
		add(t, db, first, draft("complaints/a", "3"))
		taken := b.await(t, 1)
		require.EqualValues(t, 3, taken[0].GetPosition(), "the position was handed over with the lease")
		require.Len(t, a.events(), 2)
	})
}

func TestALeaseOfADeadReplicaRunsOut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, sweeping())
		until := time.Now().Add(300 * time.Millisecond)
		exec(t, db, "INSERT INTO subscriptions (subscriber, position, lease_owner, lease_until) VALUES ('routing', 0, 'dead', ?)", sqldb.Micros(until))
		r := newReceiver("routing")
		run(t, log, r)
		add(t, db, log, messages("complaints/a", 1)...)
		r.await(t, 1)
		require.True(t, time.Now().After(until), "not before the lease has run out")
	})
}

func TestAReplicaThatLostItsLeaseStops(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		cfg := sweeping()
		cfg.LeaseTTL = 150 * time.Millisecond
		log := newLog(t, db, cfg)
		r := newReceiver("routing")
		stuck, given := make(chan struct{}), make(chan struct{})
		r.fail = func(ctx context.Context, e *eventv1.Event) error {
			if e.GetPosition() == 2 {
				close(stuck)
				<-ctx.Done()
				close(given)
				return ctx.Err()
			}
			return nil
		}
		run(t, log, r)
		add(t, db, log, messages("complaints/a", 1)...)
		r.await(t, 1)
		awaitLag(t, log, "routing", 0, 0)
		add(t, db, log, draft("complaints/a", "2"))
		<-stuck
		r.failing(nil)
		// Taken over by another replica, which delivers the second event and dies.
		until := time.Now().Add(500 * time.Millisecond)
		exec(t, db, "UPDATE subscriptions SET lease_owner = 'other', lease_until = ?, position = position + 1", sqldb.Micros(until))
		<-given
		add(t, db, log, messages("complaints/b", 1)...)
		require.Equal(t, "complaints/b", r.await(t, 2)[1].GetSubject(), "the other replica's position counts")
		require.True(t, time.Now().After(until))
		require.Len(t, r.events(), 2)
	})
}

func TestAStaleReplicaSetsNothingAside(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, sweeping())
		r := newReceiver("routing")
		taken := make(chan struct{})
		var once sync.Once
		r.fail = func(context.Context, *eventv1.Event) error {
			once.Do(func() {
				exec(t, db, "UPDATE subscriptions SET lease_owner = 'other', lease_until = ?", sqldb.Micros(time.Now().Add(time.Hour)))
				close(taken)
			})
			return eventlog.Permanent(errors.New("no"))
		}
		run(t, log, r)
		add(t, db, log, messages("complaints/a", 1)...)
		<-taken
		// Long enough to try five times and to park.
		time.Sleep(50 * time.Millisecond)
		require.Zero(t, count(t, db, "deliveries"))
	})
}
