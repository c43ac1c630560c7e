package eventlog

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/redress-dev/redress/services/internal/sqldb"
)

const (
	// cryEvery bounds how often a replica wakes the others.
	cryEvery = 15 * time.Millisecond
	// hearAgain is the longest wait before the connection is tried again that
	// others' cries come over.
	hearAgain = 5 * time.Second
)

// herald knows whether this replica serves its subscribers itself, and so
// whether others have to be woken by what is recorded here. A commit that woke
// them in its own transaction would take PostgreSQL's one lock for
// notifications, and commits would queue for it; so they are woken afterwards,
// once for all that was committed within cryEvery.
type herald struct {
	// cries holds a token when something was committed.
	cries chan struct{}

	mu sync.Mutex
	// names counts the runs that have the subscriber.
	names map[string]int
	// held counts the leases that this replica has.
	held int
}

func newHerald() *herald { return &herald{cries: make(chan struct{}, 1), names: map[string]int{}} }

// cry notes that something was committed. It never waits.
func (h *herald) cry() {
	select {
	case h.cries <- struct{}{}:
	default:
	}
}

// begin notes who is served until end is called.
func (h *herald) begin(name string) (end func()) {
	change := func(by int) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.names[name] += by
		if h.names[name] == 0 {
			delete(h.names, name)
		}
	}
	change(1)
	return func() { change(-1) }
}

// holds notes that this replica has one more lease, until end is called.
func (h *herald) holds() (end func()) {
	change := func(by int) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.held += by
	}
	change(1)
	return func() { change(-1) }
}

// serves tells whether a run has the subscriber.
func (h *herald) serves(subscriber string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.names[subscriber] > 0
}

// alone holds when nobody else delivers what is recorded here.
func (h *herald) alone() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	total := 0
	for n := range maps.Values(h.names) {
		total += n
	}
	return h.held >= total
}

// tell wakes the other replicas after commits, until ctx ends. What fails is
// left to the sweep.
func (l *Log) tell(ctx context.Context) {
	if l.db.Dialect() != sqldb.Postgres {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.herald.cries:
		}
		if l.herald.alone() {
			continue
		}
		if err := l.db.Notify(ctx, l.cfg.Source); err != nil && ctx.Err() == nil {
			l.logger.Debug("other replicas were not woken", "error", err)
		}
		if sleep(ctx, cryEvery) != nil {
			return
		}
	}
}

// heard wakes whoever waits for events, of which others recorded some.
func (l *Log) heard() {
	l.feed.doubt()
	l.appended.ring()
}

// hear is woken by other replicas until ctx ends.
func (l *Log) hear(ctx context.Context) {
	if l.db.Dialect() != sqldb.Postgres {
		return
	}
	for failures := 0; ctx.Err() == nil; {
		err := l.db.Listen(ctx, l.cfg.Source, func() {
			failures = 0
			l.heard()
		})
		if ctx.Err() != nil {
			return
		}
		failures++
		// Nothing is lost: the sweep goes on.
		l.logger.Warn("other replicas cannot wake this one", "error", err)
		if sleep(ctx, backoff(failures, hearAgain)) != nil {
			return
		}
	}
}
