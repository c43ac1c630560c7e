package complaint

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"
)

// await waits for one moment of a duty's life: it returns true at the given time, and false when the duty changed before
// or the run ends. The time is absolute, so time that passes while no worker runs counts (CLK-1). The timer is gone when
// await returns; an operator sees it by its summary.
func await(ctx workflow.Context, d *duty, at time.Time, summary string) bool {
	wait := at.Sub(workflow.Now(ctx))
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timing, cancel := workflow.WithCancel(ctx)
	defer cancel()
	rang := false
	timer := workflow.NewTimerWithOptions(timing, wait, workflow.TimerOptions{Summary: summary})
	workflow.NewSelector(ctx).
		AddFuture(timer, func(f workflow.Future) { rang = f.Get(ctx, nil) == nil }).
		AddReceive(d.changed, func(changed workflow.ReceiveChannel, _ bool) { changed.Receive(ctx, nil) }).
		Select(ctx)
	return rang && ctx.Err() == nil
}

// stamp writes a time for operators, to the minute where that is exact.
func stamp(t time.Time) string {
	layout := "2006-01-02 15:04 UTC"
	if t.Second() != 0 || t.Nanosecond() != 0 {
		layout = "2006-01-02 15:04:05 UTC"
	}
	return t.UTC().Format(layout)
}

// title begins a summary with a kind of duty: "first-response" becomes "First-response".
func title(kind string) string { return strings.ToUpper(kind[:1]) + kind[1:] }
