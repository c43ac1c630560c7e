package intake

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// turnstilePause is how long it is waited before it is asked again whether there is
// room.
const turnstilePause = 100 * time.Millisecond

// turnstile lets imports file open complaints only while few wait to be taken up.
// Complaints are taken up in the order in which they were filed, so whoever complains
// now would wait for all that were imported before. What waits is counted on record:
// whoever filed it, through whichever process, before and after a restart.
type turnstile struct {
	count    func(ctx context.Context) (int, error)
	most     int
	patience time.Duration
	now      func() time.Time

	// turn is held by the one row that asks for room.
	turn chan struct{}
	// filing counts the rows that were let in and may not be on record yet.
	filing atomic.Int64

	mu sync.Mutex
	// queued counts the rows that wait for room, fewest is what they waited behind at
	// the best, and since is when that was; zero before they were refused room.
	queued, fewest int
	since          time.Time
}

// crowdedError is returned when nothing was taken up while the patience lasted.
type crowdedError struct{ waiting int }

// Error says how many wait.
func (e *crowdedError) Error() string {
	return fmt.Sprintf("intake: %d complaints wait to be taken up, and none is", e.waiting)
}

func newTurnstile(most int32, patience time.Duration, now func() time.Time, count func(ctx context.Context) (int, error)) *turnstile {
	return &turnstile{count: count, most: int(most), patience: patience, now: now, turn: make(chan struct{}, 1)}
}

// enter waits until there is room for one more complaint; left is to be called once it
// is on record, or will not be. The error is a crowdedError when nothing moves.
func (t *turnstile) enter(ctx context.Context) (left func(), err error) {
	t.queue(1)
	defer t.queue(-1)
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		ahead := int(t.filing.Load()) // Before the count: what gets on record meanwhile is counted twice, and not never.
		waiting, err := t.count(ctx)
		if err != nil {
			return nil, err
		}
		ahead += waiting
		if ahead < t.most {
			t.filing.Add(1)
			t.moved()
			return func() { t.filing.Add(-1) }, nil
		}
		if t.stuck(ahead) {
			return nil, &crowdedError{waiting: ahead}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(turnstilePause):
		}
	}
}

// queue counts the rows that wait. When none does, the next one begins with all the
// patience.
func (t *turnstile) queue(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.queued += n; t.queued == 0 {
		t.since = time.Time{}
	}
}

// moved notes that a row was let in.
func (t *turnstile) moved() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since = time.Time{}
}

// stuck tells whether those who wait have waited behind so many for too long.
func (t *turnstile) stuck(ahead int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.now(); t.since.IsZero() || ahead < t.fewest {
		t.fewest, t.since = ahead, now
	}
	return t.now().Sub(t.since) >= t.patience
}
