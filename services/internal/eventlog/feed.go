package eventlog

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// feedSize is how many of the last events a feed holds, and so how far a
// follower may stand behind the others and still share what they read.
const feedSize = 1024

// longestGapPoll is the longest pause between two looks at a gap.
const longestGapPoll = 32 * gapPoll

// feed knows the end of the log for all that follow it. What this process
// commits it is told and need not read; what others commit is read once, by
// whoever comes first, and found here by the rest. Events are shared, so nobody
// changes them.
type feed struct {
	// told are events that were committed here and do not follow recent yet.
	told told
	// doubtful says that the log may hold what nobody told.
	doubtful atomic.Bool

	// turn holds a token while nobody uses what follows.
	turn chan struct{}
	// reader stands behind the last of recent.
	reader *reader
	// recent are all events behind start, in order.
	recent []*eventv1.Event
	start  int64
	// more and gap are what the last read said about what follows, and rung how
	// often the bell had rung before the last look.
	more, gap bool
	rung      uint64
	// hole says that an event was told and the one before it was not; holeAt is
	// where the feed stood when that was first seen.
	hole   bool
	holeAt int64
	// While waiting is not 0, nobody looks whether a gap is gone: the longer it
	// stands, the longer is the pause. It is the number of the wait, of which waits
	// counts all.
	waiting atomic.Uint64
	waits   uint64
	pause   time.Duration
}

func (l *Log) newFeed() *feed {
	f := &feed{turn: make(chan struct{}, 1), reader: l.newReader(0), holeAt: -1}
	f.doubtful.Store(true)
	f.turn <- struct{}{}
	return f
}

// tell takes the events of a transaction that was committed in this process.
func (f *feed) tell(events []*eventv1.Event) {
	if !f.told.add(events) {
		f.doubt()
	}
}

// doubt has the next follower look into the database.
func (f *feed) doubt() { f.doubtful.Store(true) }

// next gives up to limit events behind after. It is not ok when the feed does
// not hold them, or may not pass a number that the caller knows to be settled:
// then the caller reads by itself.
func (f *feed) next(ctx context.Context, after int64, limit int) (b batch, ok bool, err error) {
	select {
	case <-ctx.Done():
		return batch{}, false, ctx.Err()
	case <-f.turn:
	}
	defer func() { f.turn <- struct{}{} }()
	if after-f.reader.after > feedSize {
		// All others are far behind, or there are none.
		f.reader.pass(after)
		f.start, f.recent = after, nil
	}
	f.rung = f.reader.log.appended.count()
	f.take()
	for again := f.mustRead(after); again; again = f.more && f.mayRead(after) {
		if err := f.read(ctx); err != nil {
			f.doubt()
			return batch{}, false, err
		}
	}
	if after < f.start || after > f.reader.after {
		return batch{}, false, nil
	}
	return f.behind(after, limit), true, nil
}

// take moves what was told and follows to recent. A number that nobody told is a
// hole: its transaction may have been committed and be about to tell, or be
// another process's, or have given it up.
func (f *feed) take() {
	var events []*eventv1.Event
	events, f.hole = f.told.following(f.reader.after)
	n := len(events)
	if n == 0 {
		return
	}
	f.reader.pass(events[n-1].GetSequence())
	f.keep(events)
	// What was waited for has come. Behind a gap that was read, there may be others' events.
	f.waiting.Store(0)
	f.pause = gapPoll
	if f.gap {
		f.gap = false
		f.doubt()
	}
}

// mayRead holds when the caller wants what follows, and no gap is waited for.
func (f *feed) mayRead(after int64) bool {
	return f.start <= after && f.reader.after <= after && f.waiting.Load() == 0
}

// mustRead holds when there may be events that nobody told. Holes close by
// themselves as a rule, and so are given a moment first.
func (f *feed) mustRead(after int64) bool {
	switch {
	case !f.mayRead(after):
		return false
	case f.doubtful.Swap(false), f.more, f.gap, f.reader.after < after:
		return true
	case f.hole && f.holeAt != f.reader.after:
		f.holeAt = f.reader.after
		f.pause = gapPoll
		f.wait()
		return false
	}
	return f.hole
}

// read reads what follows the events of the feed.
func (f *feed) read(ctx context.Context) error {
	b, err := f.reader.next(ctx, f.reader.log.cfg.BatchSize)
	if err != nil {
		return err
	}
	f.more, f.gap = b.more, b.gap
	if !f.gap || len(b.events) > 0 {
		f.pause = gapPoll
	}
	if f.gap {
		f.wait()
	}
	f.keep(b.events)
	f.take()
	return nil
}

// keep adds the events that follow, and forgets the oldest.
func (f *feed) keep(events []*eventv1.Event) {
	f.recent = append(f.recent, events...)
	if n := len(f.recent) - feedSize; n > 0 {
		f.start = f.recent[n-1].GetSequence()
		f.recent = slices.Delete(f.recent, 0, n)
	}
}

// wait puts off the next look at a gap.
func (f *feed) wait() {
	f.waits++
	wait := f.waits
	f.waiting.Store(wait)
	time.AfterFunc(f.pause, func() { f.waiting.CompareAndSwap(wait, 0) })
	f.pause = min(2*f.pause, longestGapPoll)
}

// behind takes the events behind after. What was recorded since the last look,
// perhaps before the caller took the bell's channel, is more.
func (f *feed) behind(after int64, limit int) batch {
	at, found := slices.BinarySearchFunc(f.recent, after, func(e *eventv1.Event, seq int64) int {
		return int(e.GetSequence() - seq)
	})
	if found {
		at++
	}
	end := min(len(f.recent), at+limit)
	whole, gap := end == len(f.recent), f.gap || f.hole || f.waiting.Load() != 0
	more := f.more || f.doubtful.Load() || f.rung != f.reader.log.appended.count()
	return batch{events: slices.Clone(f.recent[at:end]), more: !whole || more && !gap, gap: whole && gap}
}

// follower reads the log for one subscriber or one watcher: its end with the
// others, what is older by itself.
type follower struct {
	feed   *feed
	reader *reader
}

func (l *Log) newFollower(after int64) *follower {
	return &follower{feed: l.feed, reader: l.newReader(after)}
}

// doubt has the log itself looked at: for what other processes recorded without
// being heard.
func (f *follower) doubt() { f.feed.doubt() }

// next reads up to limit events that follow.
func (f *follower) next(ctx context.Context, limit int) (batch, error) {
	b, ok, err := f.feed.next(ctx, f.reader.after, limit)
	if err != nil || !ok {
		if err == nil {
			b, err = f.reader.next(ctx, limit)
		}
		return b, err
	}
	if n := len(b.events); n > 0 {
		f.reader.after = b.events[n-1].GetSequence()
	}
	return b, nil
}
