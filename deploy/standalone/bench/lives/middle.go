package lives

import (
	"context"
	"sync"
	"time"
)

// wait returns when the time is over.
func wait(ctx context.Context, pause time.Duration) error {
	if pause <= 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(pause):
		return nil
	}
}

// middle runs lives and measures those that end after the first Warm ones, while as many go on to the end. When lives contain pauses,
// the beginning and the end of a run, when few go on, would count for both sides of a comparison alike, and flatter the slower one.
func (l Load) middle(
	ctx context.Context, now func() time.Time, used func() time.Duration, live func(ctx context.Context, number int64) (time.Duration, error),
) (Result, error) {
	var mu sync.Mutex
	var began time.Time
	var before time.Duration
	var acknowledged, whole []time.Duration
	result, ended := Result{Lives: l.Lives}, 0
	_, err := l.lap(ctx, now, l.Warm+l.Lives+l.Concurrency, func(ctx context.Context, number int64) (time.Duration, error) {
		start := now()
		after, err := live(ctx, number)
		if err != nil {
			return 0, err
		}
		mu.Lock()
		defer mu.Unlock()
		ended++
		switch {
		case ended == l.Warm:
			began, before = now(), used()
		case ended > l.Warm && ended <= l.Warm+l.Lives:
			acknowledged, whole = append(acknowledged, after), append(whole, now().Sub(start))
		}
		if ended == l.Warm+l.Lives {
			result.Took, result.Processor = now().Sub(began), (used()-before)/time.Duration(max(1, l.Lives))
		}
		return after, nil
	})
	result.Acknowledged, result.Whole = timesOf(acknowledged), timesOf(whole)
	return result, err
}
