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

// feed reads the end of the log once for all that follow it: whoever comes
// first after a commit reads, and the others find the events here. Events are
// shared, so nobody changes them.
type feed struct {
	// turn holds a token while nobody reads.
	turn chan struct{}
	// reader stands behind the last of recent.
	reader *reader
	// recent are all events behind start that were read, in order.
	recent []*eventv1.Event
	start  int64
	// more and gap are what the last read said about what follows, and rung how
	// often the bell had rung before it.
	more, gap bool
	rung      uint64
	// While waiting, nobody looks whether a gap is gone: the longer it stands, the
	// longer is the pause.
	waiting atomic.Bool
	pause   time.Duration
}

// longestGapPoll is the longest pause between two looks at a gap.
const longestGapPoll = 32 * gapPoll

func (l *Log) newFeed() *feed {
	f := &feed{turn: make(chan struct{}, 1), reader: l.newReader(0)}
	f.turn <- struct{}{}
	return f
}

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
		f.reader.after, f.start, f.recent = after, after, nil
	}
	for again := true; again && f.start <= after && f.reader.after <= after && !f.waiting.Load(); again = f.more {
		if err := f.read(ctx); err != nil {
			return batch{}, false, err
		}
	}
	if after < f.start || after > f.reader.after {
		return batch{}, false, nil
	}
	return f.behind(after, limit), true, nil
}

// read reads what follows the events of the feed, which forgets the oldest.
func (f *feed) read(ctx context.Context) error {
	rung := f.reader.log.appended.count()
	b, err := f.reader.next(ctx, f.reader.log.cfg.BatchSize)
	if err != nil {
		return err
	}
	f.more, f.gap, f.rung = b.more, b.gap, rung
	f.rest(len(b.events) > 0)
	f.recent = append(f.recent, b.events...)
	if n := len(f.recent) - feedSize; n > 0 {
		f.start = f.recent[n-1].GetSequence()
		f.recent = slices.Delete(f.recent, 0, n)
	}
	return nil
}

// rest puts off the next look at a gap.
func (f *feed) rest(progress bool) {
	if !f.gap || progress {
		f.pause = gapPoll
	}
	if f.gap {
		f.waiting.Store(true)
		time.AfterFunc(f.pause, func() { f.waiting.Store(false) })
		f.pause = min(2*f.pause, longestGapPoll)
	}
}

// behind takes the events behind after. What was recorded since the last read,
// perhaps before the caller took the bell's channel, is more.
func (f *feed) behind(after int64, limit int) batch {
	at, found := slices.BinarySearchFunc(f.recent, after, func(e *eventv1.Event, seq int64) int {
		return int(e.GetSequence() - seq)
	})
	if found {
		at++
	}
	end := min(len(f.recent), at+limit)
	whole := end == len(f.recent)
	more := f.more || f.rung != f.reader.log.appended.count()
	return batch{events: slices.Clone(f.recent[at:end]), more: !whole || more && !f.gap, gap: whole && f.gap}
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
