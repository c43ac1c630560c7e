package load

import (
	"context"
	"sync"
	"time"
)

// Closed is a closed loop: so many callers, each with one call under way at any moment.
type Closed struct {
	// Callers is how many there are.
	Callers int
	// WarmUp is for how long calls are made first that are not counted.
	WarmUp time.Duration
	// Duration is for how long calls are counted.
	Duration time.Duration
	// Least is how many calls each caller makes at least that count; where they take longer than Duration, so does the measurement.
	Least int
	// Now is the clock.
	Now func() time.Time
}

// Run makes calls and returns what those that ended within the measured time came to. It ends early with ctx; calls that the end
// of ctx cut off are not counted as errors.
func (c Closed) Run(ctx context.Context, call Call) Result {
	began := c.Now().Add(c.WarmUp)
	end := began.Add(c.Duration)
	seen := make([]*samples, c.Callers)
	var callers sync.WaitGroup
	for i := range c.Callers {
		seen[i] = &samples{}
		callers.Go(func() {
			counted := 0
			for sent := c.Now(); (sent.Before(end) || counted < c.Least) && ctx.Err() == nil; {
				err := call(ctx, i)
				done := c.Now()
				if !done.Before(began) && (done.Before(end) || counted < c.Least) && ctx.Err() == nil {
					seen[i].note(done.Sub(sent), err)
					counted++
				}
				sent = done
			}
		})
	}
	callers.Wait()
	elapsed := c.Duration
	if c.Least > 0 {
		elapsed = max(elapsed, c.Now().Sub(began))
	}
	return gather(elapsed, seen...)
}
