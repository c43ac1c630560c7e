package lives

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/redress-dev/redress/deploy/standalone/bench/report"
)

// Burst files many complaints as fast as they are taken and measures when all are acknowledged.
func Burst(ctx context.Context, cfg Config) ([]report.Table, error) {
	lead := fmt.Sprintf("%d complaints filed as fast as they are taken, %d at a time, everything on the same cores. From the answer to the filing until "+
		"the acknowledgement's proof of sending is on record (the development channel takes no time), and until the last.", cfg.Filed, concurrency)
	columns := []string{"filed in, s", "p50 until acknowledged, s", "p95, s", "max, s", "all acknowledged after, s", "acknowledged/s", "peak memory"}
	var tables []report.Table
	for _, engine := range cfg.Engines {
		err := cfg.with(ctx, "burst", engine, "", func(target Target) error {
			b, err := burst(ctx, target, cfg.Filed, func(i int) (time.Time, int64) { return time.Time{}, int64(i) })
			if err != nil {
				return err
			}
			memory := peak(target.PID)
			cfg.Tell("burst on %s: filed in %s, all acknowledged after %s, peak %s", engine.Title(), b.filing, b.all, report.Bytes(memory))
			t := report.Table{Title: "A burst on " + engine.Title(), Lead: lead, Columns: columns}
			t.Add(report.Seconds(b.filing), report.Seconds(b.until.P50), report.Seconds(b.until.P95), report.Seconds(b.until.Max),
				report.Seconds(b.all), one(float64(cfg.Filed)/b.all.Seconds()), report.Bytes(memory))
			tables = append(tables, t)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("burst on %s: %w", engine.Title(), err)
		}
	}
	return tables, nil
}

// burstTimes are what a burst took.
type burstTimes struct {
	filing, all time.Duration
	// until is from the answer to a filing until its acknowledgement was heard of.
	until Times
}

// burst files n complaints and returns when all are acknowledged. The plan gives each its receive time, if it is not now, and its
// customer.
func burst(ctx context.Context, t Target, n int, plan func(i int) (time.Time, int64)) (told burstTimes, err error) {
	f, err := newFront(t)
	if err != nil {
		return told, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex
	acknowledged, all := map[string]time.Time{}, make(chan struct{})
	ctx, err = f.listen(ctx, map[string][]string{"followup": {"message_sent"}}, func(e heard) {
		mu.Lock()
		defer mu.Unlock()
		if acknowledged[e.complaint] = e.arrived; len(acknowledged) == n {
			close(all)
		}
	})
	if err != nil {
		return told, err
	}
	began, next, filed := t.Now(), make(chan int), map[string]time.Time{}
	group, filing := errgroup.WithContext(ctx)
	for range min(concurrency, n) {
		group.Go(func() error {
			for i := range next {
				received, customer := plan(i)
				c, err := f.file(filing, customer, received)
				if err != nil {
					return err
				}
				mu.Lock()
				filed[c.GetName()] = t.Now()
				mu.Unlock()
			}
			return nil
		})
	}
	group.Go(func() error {
		defer close(next)
		for i := range n {
			select {
			case next <- i:
			case <-filing.Done():
				return context.Cause(filing)
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return told, err
	}
	told.filing = t.Now().Sub(began)
	select {
	case <-all:
	case <-ctx.Done():
		return told, context.Cause(ctx)
	}
	told.all = t.Now().Sub(began)
	mu.Lock()
	defer mu.Unlock()
	var until []time.Duration
	for name, at := range filed {
		until = append(until, max(0, acknowledged[name].Sub(at)))
	}
	told.until = timesOf(until)
	return told, nil
}
