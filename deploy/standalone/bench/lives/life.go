package lives

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/redress-dev/redress/workflows/complaint"
)

// Load is how much is asked for: a closed loop.
type Load struct {
	// Lives are counted, after Warm others.
	Lives, Warm int
	// Concurrency is how many go on at a time.
	Concurrency int
	// Pause is how long after the acknowledgement the customer is called back. With one, the rate is that of the middle of a longer
	// run, in which as many go on at the end as at the beginning; without, exactly Warm and Lives are lived.
	Pause time.Duration
}

// Result is what a load gave.
type Result struct {
	// Lives went from filing to resolution in Took.
	Lives int
	Took  time.Duration
	// Acknowledged and Whole are how long each life took from filing to the acknowledgement on record, and to its end.
	Acknowledged, Whole Times
	// Processor is the processor time of a life, in the process that makes the load and in the product's.
	Processor time.Duration
	// Work is what Temporal did for a life.
	Work Work
}

// Rate is lives a second.
func (r Result) Rate() float64 { return float64(r.Lives) / r.Took.Seconds() }

// Redress runs the load against a standalone.
func Redress(ctx context.Context, t Target, load Load) (result Result, err error) {
	f, err := newFront(t)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	h := newHub()
	ctx, err = f.listen(ctx, map[string][]string{
		"intake": {"complaint_resolved"}, "routing": {"complaint_assigned"}, "followup": {"message_sent"},
	}, h.hear)
	if err != nil {
		return Result{}, err
	}
	var lived sample
	result, err = load.run(ctx, t.Now, []int{os.Getpid(), t.PID}, func(ctx context.Context, number int64) (acknowledged time.Duration, err error) {
		name, acknowledged, err := f.live(ctx, h, number, load.Pause)
		lived.add(complaint.WorkflowID(name, 1))
		return acknowledged, err
	})
	if err != nil {
		return Result{}, err
	}
	c, err := dialTemporal(t.Temporal, t.Namespace)
	if err != nil {
		return Result{}, err
	}
	defer c.Close()
	result.Work, err = lived.work(ctx, c)
	return result, err
}

// live takes one complaint from filing to its resolution.
func (f *front) live(ctx context.Context, h *hub, number int64, pause time.Duration) (name string, acknowledged time.Duration, err error) {
	began := f.now()
	c, err := f.file(ctx, number, time.Time{})
	if err != nil {
		return "", 0, err
	}
	name = c.GetName()
	defer h.forget(name)
	told, err := h.await(ctx, name, "message_sent")
	if err != nil {
		return name, 0, err
	}
	if _, err := h.await(ctx, name, "complaint_assigned"); err != nil {
		return name, 0, err
	}
	if err := wait(ctx, pause); err != nil {
		return name, 0, err
	}
	if err := f.callBack(ctx, name); err != nil {
		return name, 0, err
	}
	if err := f.resolve(ctx, name); err != nil {
		return name, 0, err
	}
	_, err = h.await(ctx, name, "complaint_resolved")
	return name, told.Sub(began), err
}

// run runs lives until as many as wanted have ended. Customers' numbers differ between loads on one standalone.
func (l Load) run(ctx context.Context, now func() time.Time, processes []int, live func(ctx context.Context, number int64) (time.Duration, error)) (Result, error) {
	used := func() (sum time.Duration) {
		for _, pid := range processes {
			sum += processor(pid)
		}
		return sum
	}
	if l.Pause > 0 {
		return l.middle(ctx, now, used, live)
	}
	if _, err := l.lap(ctx, now, l.Warm, live); err != nil {
		return Result{}, err
	}
	before := used()
	result, err := l.lap(ctx, now, l.Lives, live)
	result.Processor = (used() - before) / time.Duration(max(1, l.Lives))
	return result, err
}

func (l Load) lap(ctx context.Context, now func() time.Time, lives int, live func(ctx context.Context, number int64) (time.Duration, error)) (Result, error) {
	base := now().UnixNano() / 1000
	var next atomic.Int64
	acknowledged, whole := make([]time.Duration, lives), make([]time.Duration, lives)
	group, ctx := errgroup.WithContext(ctx)
	began := now()
	for range l.Concurrency {
		group.Go(func() error {
			for i := next.Add(1) - 1; i < int64(lives) && ctx.Err() == nil; i = next.Add(1) - 1 {
				start := now()
				after, err := live(ctx, base+i)
				if err != nil {
					return err
				}
				acknowledged[i], whole[i] = after, now().Sub(start)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return Result{}, err
	}
	return Result{Lives: lives, Took: now().Sub(began), Acknowledged: timesOf(acknowledged), Whole: timesOf(whole)}, nil
}
