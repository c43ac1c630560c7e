// Package limit bounds how often something may be asked for by whoever needs no token: so many times in so long for each key,
// such as a network address. It is a token bucket a key (golang.org/x/time/rate), in memory: each process counts for itself.
package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter holds keys against a limit. It is safe for concurrent use.
type Limiter struct {
	now   func() time.Time
	every rate.Limit
	burst int
	keys  int

	mu sync.Mutex
	// When the young generation is full it becomes the old one, and the old one is forgotten: so the memory is bounded, and keys
	// in use stay.
	young, old map[string]*rate.Limiter
}

// New makes a limiter that allows each key so many times within a span of time, at once or spread over it. It remembers that many
// keys at least, and twice as many at most.
func New(now func() time.Time, times int, within time.Duration, keys int) *Limiter {
	return &Limiter{
		now: now, every: rate.Every(within / time.Duration(times)), burst: times, keys: keys,
		young: make(map[string]*rate.Limiter),
	}
}

// Allow counts the key once. It returns 0 when that is within the limit, else how long to wait; what was refused is not counted.
func (l *Limiter) Allow(key string) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.bucket(key)
	now := l.now()
	reservation := bucket.ReserveN(now, 1)
	if wait = reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

// bucket finds or makes the key's. The caller holds the lock.
func (l *Limiter) bucket(key string) *rate.Limiter {
	if bucket, ok := l.young[key]; ok {
		return bucket
	}
	if len(l.young) >= l.keys {
		l.old, l.young = l.young, make(map[string]*rate.Limiter)
	}
	bucket, ok := l.old[key]
	if !ok {
		bucket = rate.NewLimiter(l.every, l.burst)
	}
	l.young[key] = bucket
	return bucket
}
