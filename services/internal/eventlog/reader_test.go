package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// postgres is for what only happens there.
func postgres(t *testing.T) *sqldb.DB {
	t.Helper()
	if os.Getenv("REDRESS_TEST_POSTGRES_URL") == "" {
		t.Skip("needs PostgreSQL; the tests that run on each engine say when it is missing")
	}
	db := sqltest.Postgres(t)
	require.NoError(t, eventlog.Migrate(t.Context(), db))
	return db
}

// held is a transaction that has appended and waits to be ended.
type held struct {
	event *eventv1.Event
	end   chan error
	done  chan error
}

func hold(t *testing.T, db *sqldb.DB, log *eventlog.Log, d eventlog.Draft) *held {
	t.Helper()
	h := &held{end: make(chan error), done: make(chan error, 1)}
	appended := make(chan struct{})
	go func() {
		h.done <- db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			var err error
			if h.event, err = log.Append(ctx, tx, d); err != nil {
				close(appended)
				return err
			}
			close(appended)
			select {
			case err := <-h.end:
				return err
			case <-ctx.Done(): // The test has failed before.
				return ctx.Err()
			}
		})
	}()
	<-appended
	require.NotNil(t, h.event)
	return h
}

// finish commits, or rolls back when err is not nil.
func (h *held) finish(t *testing.T, err error) {
	t.Helper()
	h.end <- err
	require.ErrorIs(t, <-h.done, err)
}

func TestAnUncommittedEventIsNotPassed(t *testing.T) {
	t.Parallel()
	db := postgres(t)
	cfg := quick()
	cfg.Workers = 1
	log := newLog(t, db, cfg)
	r := newReceiver("routing")
	run(t, log, r)
	add(t, db, log, messages("complaints/a", 1)...)
	r.await(t, 1)

	first := hold(t, db, log, messages("complaints/b", 1)[0])
	later := add(t, db, log, messages("complaints/c", 1)...)[0]
	require.Less(t, first.event.GetSequence(), later.GetSequence())
	time.Sleep(40 * time.Millisecond)
	require.Len(t, r.events(), 1, "the later one waits for the earlier one")
	first.finish(t, nil)
	taken := r.await(t, 3)
	require.Equal(t, first.event.GetSequence(), taken[1].GetSequence())
	require.Equal(t, later.GetSequence(), taken[2].GetSequence())
}

func TestAGapOfARolledBackTransactionIsPassed(t *testing.T) {
	t.Parallel()
	db := postgres(t)
	log := newLog(t, db, quick())
	reader := eventlog.NewReader(log)
	stop := errors.New("stop")
	lost := hold(t, db, log, messages("complaints/b", 1)[0])
	later := add(t, db, log, messages("complaints/c", 1)...)[0]
	events, gap, err := reader.Next(t.Context())
	require.NoError(t, err)
	require.Empty(t, events)
	require.True(t, gap, "the number before may still appear")
	// A transaction that began later and goes on does not hold up the log.
	open := hold(t, db, log, messages("complaints/d", 1)[0])
	lost.finish(t, stop)
	events, gap, err = reader.Next(t.Context())
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Equal(t, later.GetSequence(), events[0].GetSequence())
	require.False(t, gap)
	open.finish(t, nil)
	events, _, err = reader.Next(t.Context())
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Equal(t, open.event.GetSequence(), events[0].GetSequence())
}

// TestTheLogIsLockedBeforeANumberIsTaken: without that, a reader could give up a
// number that is still to come (see reader.go). It holds for the first run of a
// prepared statement and for the plan that PostgreSQL keeps after some.
func TestTheLogIsLockedBeforeANumberIsTaken(t *testing.T) {
	t.Parallel()
	db := postgres(t)
	log := newLog(t, db, quick())
	exec(t, db, "CREATE SEQUENCE taken")
	exec(t, db, "ALTER TABLE events ALTER COLUMN seq DROP IDENTITY")
	exec(t, db, `CREATE FUNCTION take() RETURNS BIGINT LANGUAGE plpgsql AS $$
		BEGIN
			IF NOT EXISTS (SELECT 1 FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'events'::regclass
				AND mode = 'RowExclusiveLock' AND granted) THEN RAISE 'not locked'; END IF;
			RETURN nextval('taken');
		END $$`)
	exec(t, db, "ALTER TABLE events ALTER COLUMN seq SET DEFAULT take()")
	add(t, db, log, messages("complaints/a", 20)...)
	err := db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "SELECT take()")
		return err
	})
	require.ErrorContains(t, err, "not locked", "the probe notices who takes a number without")
}

func TestManyWritersHideNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		const writers, events = 6, 30
		cfg := quick()
		cfg.BatchSize = 3
		log := newLog(t, db, cfg)
		r := newReceiver("routing")
		run(t, log, r)
		stop := errors.New("stop")
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for _, d := range messages(fmt.Sprintf("complaints/%d", w), events) {
					for {
						err := db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
							if _, err := log.Append(ctx, tx, d); err != nil {
								return err
							}
							if rand.IntN(3) == 0 {
								return stop
							}
							return nil
						})
						if err == nil {
							break
						}
						require.ErrorIs(t, err, stop)
					}
				}
			})
		}
		all.Wait()
		requireOrder(t, r.await(t, writers*events), writers, events)
		require.Len(t, r.events(), writers*events)
	})
}
