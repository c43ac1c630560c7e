package approval

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

const (
	// leastPause is how long it waits at least that was asked for too early; it doubles, up to some minutes, so that two clocks that differ
	// do not talk all the time.
	leastPause = 250 * time.Millisecond
	// mostDoublings bounds it.
	mostDoublings = 10
)

// wait waits until remedy is to be asked how the approval stands: at the due time, or when it has told of something. The time is absolute,
// so time that passes while no worker runs counts (CLK-1). False: it was decided, or the run ends.
func (a *approval) wait(ctx workflow.Context) bool {
	at := a.state.GetDueTime().AsTime()
	if a.early > 0 {
		at = workflow.Now(ctx).Add(leastPause << min(a.early-1, mostDoublings))
	}
	news := func() bool { return a.told || !a.pending() || a.renewable(ctx) }
	if left := at.Sub(workflow.Now(ctx)); left > 0 && !news() {
		timing, cancel := workflow.WithCancel(ctx)
		defer cancel() // An operator sees no timer that nobody waits for.
		options := workflow.AwaitOptions{Timeout: left, TimerOptions: workflow.TimerOptions{Summary: "Due " + stamp(a.state.GetDueTime().AsTime())}}
		if _, err := workflow.AwaitWithOptions(timing, options, news); err != nil {
			return false
		}
	}
	return ctx.Err() == nil && a.pending() && !a.renewable(ctx)
}

// sleepUntil waits for an absolute time. False: the step or the run ends before.
func sleepUntil(ctx workflow.Context, at time.Time, summary string) bool {
	wait := at.Sub(workflow.Now(ctx))
	if wait <= 0 {
		return ctx.Err() == nil
	}
	return workflow.NewTimerWithOptions(ctx, wait, workflow.TimerOptions{Summary: summary}).Get(ctx, nil) == nil
}

// stamp writes a time for operators, to the minute where that is exact.
func stamp(t time.Time) string {
	layout := "2006-01-02 15:04 UTC"
	if t.Second() != 0 || t.Nanosecond() != 0 {
		layout = "2006-01-02 15:04:05 UTC"
	}
	return t.UTC().Format(layout)
}
