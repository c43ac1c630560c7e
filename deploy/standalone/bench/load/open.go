package load

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// ErrOverrun is the error of a call that was not sent because so many were waiting for their answers that more of them would
// measure the load generator.
var ErrOverrun = errors.New("load: too many calls wait for their answers")

// Open is an open loop: calls leave at random moments, at a given rate in the long run, as they do when many people act without
// knowing of each other (a Poisson process).
type Open struct {
	// Rate is calls per second in the long run.
	Rate float64
	// WarmUp is for how long calls are made first that are not counted.
	WarmUp time.Duration
	// Duration is for how long calls are sent that count. All of them are waited for.
	Duration time.Duration
	// Waiting is how many calls may be under way at most; a call beyond that counts as an error.
	Waiting int
	// Seed makes the moments the same in each run.
	Seed uint64
	// Now is the clock.
	Now func() time.Time
}

// Run makes calls and returns what became of those that were to be sent within the measured time, with their latencies from the
// moment when they were to be sent. It ends early with ctx.
func (o Open) Run(ctx context.Context, call Call) Result {
	random := rand.New(rand.NewPCG(o.Seed, 1)) //nolint:gosec // Moments that can be repeated, not secrets.
	began := o.Now()
	places := make(chan struct{}, max(1, o.Waiting))
	var mu sync.Mutex
	var calls sync.WaitGroup
	seen := &samples{}
	for due := o.gap(random); due < o.WarmUp+o.Duration && wait(ctx, due-o.Now().Sub(began)); due += o.gap(random) {
		counts := due >= o.WarmUp
		note := func(err error) {
			if latency := o.Now().Sub(began) - due; counts && ctx.Err() == nil {
				mu.Lock()
				defer mu.Unlock()
				seen.note(latency, err)
			}
		}
		if counts {
			seen.late = append(seen.late, o.Now().Sub(began)-due)
		}
		select {
		case places <- struct{}{}:
			calls.Go(func() {
				note(call(ctx, 0))
				<-places
			})
		default:
			note(ErrOverrun)
		}
	}
	calls.Wait()
	return gather(o.Duration, seen)
}

// gap is the time to the next call.
func (o Open) gap(random *rand.Rand) time.Duration {
	return time.Duration(random.ExpFloat64() / o.Rate * float64(time.Second))
}

// wait sleeps; false when ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
