package eventlog

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// eachFeed runs a test with a log on each engine.
func eachFeed(t *testing.T, run func(t *testing.T, log *Log)) {
	t.Helper()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		db := open(t)
		require.NoError(t, Migrate(t.Context(), db))
		run(t, over(t, db))
	})
}

// over makes a log over the tables of a database, as one more replica has it.
func over(t *testing.T, db *sqldb.DB) *Log {
	t.Helper()
	log, err := New(Config{Source: "intake", BatchSize: 32}, Deps{
		DB: db, Now: time.Now, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), PageKey: make([]byte, 32), Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	return log
}

// empty removes all rows of the log, so that nothing more can be read.
func empty(t *testing.T, log *Log) {
	t.Helper()
	require.NoError(t, log.db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM events")
		return err
	}))
}

// record records so many events of a subject in one transaction; an error rolls it back.
func record(ctx context.Context, log *Log, subject string, count int, fault error) error {
	drafts := make([]Draft, count)
	for i := range drafts {
		drafts[i] = Draft{Subject: subject, Cycle: 1, Actor: "agents/lin", Payload: &eventv1.Payload{
			Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{Message: fmt.Sprint(i)}},
		}}
	}
	return log.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		if err := log.Record(ctx, tx, drafts...); err != nil {
			return err
		}
		if err := tx.Flush(ctx); err != nil {
			return err
		}
		return fault
	})
}

// follow reads until it has so many events, woken by nothing but the bell, and
// returns their sequences.
func follow(ctx context.Context, t *testing.T, log *Log, want int) []int64 {
	t.Helper()
	f, seen := log.newFollower(0), []int64{}
	for len(seen) < want {
		rings := log.appended.rings()
		b, err := f.next(ctx, 1+rand.IntN(40))
		if err != nil {
			t.Errorf("after %d events: %v", len(seen), err)
			return seen
		}
		for _, e := range b.events {
			seen = append(seen, e.GetSequence())
		}
		switch {
		case b.gap:
			time.Sleep(time.Millisecond)
		case !b.more && len(seen) < want:
			select {
			case <-rings:
			case <-ctx.Done():
				t.Errorf("nothing rang after %d of %d events", len(seen), want)
				return seen
			}
		}
	}
	return seen
}

// TestFollowersMissNothing: many followers at different speeds, woken by the
// bell alone, while many write and some roll back, all get every event in order.
func TestFollowersMissNothing(t *testing.T) {
	t.Parallel()
	eachFeed(t, func(t *testing.T, log *Log) {
		const writers, transactions, size, followers = 4, 40, 3, 6
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var all sync.WaitGroup
		seen := make([][]int64, followers)
		for i := range followers {
			all.Go(func() { seen[i] = follow(ctx, t, log, writers*transactions*size) })
		}
		for w := range writers {
			all.Go(func() {
				for i := range transactions {
					if i%5 == 0 {
						_ = record(ctx, log, fmt.Sprintf("complaints/%d-%d", w, i), 1, context.Canceled)
					}
					if err := record(ctx, log, fmt.Sprintf("complaints/%d-%d", w, i), size, nil); err != nil {
						t.Errorf("record: %v", err)
					}
				}
			})
		}
		all.Wait()
		require.Len(t, seen[0], writers*transactions*size)
		for i := range seen {
			require.IsIncreasing(t, seen[i])
			require.Equal(t, seen[0], seen[i])
		}
	})
}

// TestFollowersShareWhatWasRead: the second one finds it in memory, where it is
// even if the row is gone.
func TestFollowersShareWhatWasRead(t *testing.T) {
	t.Parallel()
	eachFeed(t, func(t *testing.T, log *Log) {
		require.NoError(t, record(t.Context(), over(t, log.db), "complaints/a", 5, nil))
		first, second := log.newFollower(0), log.newFollower(0)
		read, err := first.next(t.Context(), 100)
		require.NoError(t, err)
		require.Len(t, read.events, 5)
		empty(t, log)
		for _, want := range [][]*eventv1.Event{read.events[:2], read.events[2:4], read.events[4:]} {
			b, err := second.next(t.Context(), 2)
			require.NoError(t, err)
			require.Equal(t, want, b.events)
			require.Equal(t, len(want) == 2, b.more)
		}
	})
}

// TestWhatIsCommittedHereIsNotRead: followers get it though the rows are gone,
// and it is what the rows said.
func TestWhatIsCommittedHereIsNotRead(t *testing.T) {
	t.Parallel()
	eachFeed(t, func(t *testing.T, log *Log) {
		first, second := log.newFollower(0), log.newFollower(0)
		b, err := first.next(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, b.events)
		require.NoError(t, record(t.Context(), log, "complaints/a", 2, nil))
		require.NoError(t, record(t.Context(), log, "complaints/b", 1, nil))
		written, err := log.newReader(0).next(t.Context(), 10)
		require.NoError(t, err)
		require.Len(t, written.events, 3)
		empty(t, log)
		for _, f := range []*follower{first, second} {
			b, err := f.next(t.Context(), 10)
			require.NoError(t, err)
			require.False(t, b.more || b.gap)
			require.Len(t, b.events, 3)
			for i, e := range b.events {
				require.True(t, proto.Equal(written.events[i], e), "written %v, told %v", written.events[i], e)
			}
		}
	})
}

// TestWhatNobodyToldIsRead: an event of another replica that was not heard of is
// found as soon as one of this replica follows it, and in its place.
func TestWhatNobodyToldIsRead(t *testing.T) {
	t.Parallel()
	eachFeed(t, func(t *testing.T, log *Log) {
		f := log.newFollower(0)
		b, err := f.next(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, b.events)
		require.NoError(t, record(t.Context(), over(t, log.db), "complaints/theirs", 1, nil))
		b, err = f.next(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, b.events, "nobody said that there is anything")
		require.NoError(t, record(t.Context(), log, "complaints/ours", 1, nil))
		b, err = f.next(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, b.events)
		require.True(t, b.gap, "theirs may be about to tell")
		require.Eventually(t, func() bool {
			b, err = f.next(t.Context(), 10)
			return err != nil || len(b.events) > 0
		}, 5*time.Second, time.Millisecond)
		require.NoError(t, err)
		require.Len(t, b.events, 2)
		require.Equal(t, []string{"complaints/theirs", "complaints/ours"}, []string{b.events[0].GetSubject(), b.events[1].GetSubject()})

		// And what nothing follows, when the follower doubts.
		require.NoError(t, record(t.Context(), over(t, log.db), "complaints/theirs", 1, nil))
		f.doubt()
		b, err = f.next(t.Context(), 10)
		require.NoError(t, err)
		require.Len(t, b.events, 1)
	})
}

// TestWhatNobodyTakesIsForgotten: a log that nobody follows holds no more than
// others do, and who comes at last reads.
func TestWhatNobodyTakesIsForgotten(t *testing.T) {
	t.Parallel()
	eachFeed(t, func(t *testing.T, log *Log) {
		f := log.newFollower(0)
		_, err := f.next(t.Context(), 10)
		require.NoError(t, err)
		const total = feedSize + 128
		for i := range total / 128 {
			require.NoError(t, record(t.Context(), log, fmt.Sprintf("complaints/%d", i), 128, nil))
			require.LessOrEqual(t, len(log.feed.told.events), feedSize)
		}
		require.Len(t, follow(t.Context(), t, log, total), total)
	})
}

// TestALateFollowerReadsByItself: the feed forgets, so that its memory is
// bounded, and whoever comes later gets everything all the same.
func TestALateFollowerReadsByItself(t *testing.T) {
	t.Parallel()
	eachFeed(t, func(t *testing.T, log *Log) {
		const total = 2 * feedSize
		for i := range total / 256 {
			require.NoError(t, record(t.Context(), log, fmt.Sprintf("complaints/%d", i), 256, nil))
		}
		for range 2 {
			require.Len(t, follow(t.Context(), t, log, total), total)
			require.LessOrEqual(t, len(log.feed.recent), feedSize)
		}
		// One far ahead of all takes the feed along.
		log.feed = log.newFeed()
		ahead := log.newFollower(total - 1)
		b, err := ahead.next(t.Context(), 10)
		require.NoError(t, err)
		require.Len(t, b.events, 1)
		require.Len(t, follow(t.Context(), t, log, total), total)
	})
}

// TestWhatRangBeforeIsNotMissed: what was recorded between another's look and
// the moment at which this follower took the bell's channel would not wake it.
func TestWhatRangBeforeIsNotMissed(t *testing.T) {
	t.Parallel()
	eachFeed(t, func(t *testing.T, log *Log) {
		first, second, theirs := log.newFollower(0), log.newFollower(0), over(t, log.db)
		require.NoError(t, record(t.Context(), theirs, "complaints/a", 1, nil))
		_, err := first.next(t.Context(), 10)
		require.NoError(t, err)
		require.NoError(t, record(t.Context(), theirs, "complaints/b", 1, nil))
		log.heard()
		for _, more := range []bool{true, false} {
			b, err := second.next(t.Context(), 10)
			require.NoError(t, err)
			require.Len(t, b.events, 1)
			require.Equal(t, more, b.more)
		}
	})
}

// TestAClosedHoleLeavesNothingWaiting: neither do followers spin for the rest of the wait, nor does an event wait that is heard of.
func TestAClosedHoleLeavesNothingWaiting(t *testing.T) {
	t.Parallel()
	eachFeed(t, func(t *testing.T, log *Log) {
		f, theirs := log.newFollower(0), over(t, log.db)
		_, err := f.next(t.Context(), 10)
		require.NoError(t, err)
		require.NoError(t, record(t.Context(), log, "complaints/a", 2, nil))
		told := log.feed.told.events
		log.feed.told.events = map[int64]*eventv1.Event{2: told[2]} // As if the second had been told first.
		b, err := f.next(t.Context(), 10)
		require.NoError(t, err)
		require.True(t, b.gap)
		log.feed.tell([]*eventv1.Event{told[1]})
		require.NoError(t, record(t.Context(), theirs, "complaints/theirs", 1, nil))
		log.heard()
		var seen int
		for looks := 1; seen < 3; looks++ {
			require.LessOrEqual(t, looks, 3, "it spins or waits")
			b, err = f.next(t.Context(), 10)
			require.NoError(t, err)
			seen += len(b.events)
		}
	})
}
