package rpc

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// places are how many calls of a kind are carried out at a time. As many may wait
// for one, for a short time and in order.
type places struct {
	name    string
	free    *semaphore.Weighted
	most    int64
	waiting atomic.Int64
	wait    time.Duration
}

func newPlaces(name string, most int32, wait time.Duration) *places {
	return &places{name: name, free: semaphore.NewWeighted(int64(most)), most: int64(most), wait: wait}
}

// take waits for a place. It is false when there is none in time, or when too
// many wait already, or when the call has ended.
func (p *places) take(ctx context.Context) bool {
	if p.free.TryAcquire(1) {
		return true
	}
	if p.wait <= 0 {
		return false
	}
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > p.most {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, p.wait)
	defer cancel()
	return p.free.Acquire(ctx, 1) == nil
}

// leave gives a place back.
func (p *places) leave() { p.free.Release(1) }
