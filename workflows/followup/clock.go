package followup

import (
	"time"

	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	// leastPause is how long it waits at least that failed, or was asked for too early; it doubles, up to some minutes.
	leastPause = 250 * time.Millisecond
	// mostDoublings bounds it.
	mostDoublings = 11
)

// pause is how long to wait after so many failures in a row.
func pause(failures int) time.Duration { return leastPause << min(max(failures-1, 0), mostDoublings) }

// wait waits until followup is to be asked again, or the ladder to be told: at the time that followup or routing has said, or when followup has told
// of something. The times are absolute, so time that passes while no worker runs counts (CLK-1).
func (s *series) wait(ctx workflow.Context, t *touch) {
	if t.GetEnded() {
		return
	}
	now := workflow.Now(ctx)
	at, summary := t.next(now)
	news := func() bool { return t.told || s.renewable(ctx) }
	if at.IsZero() {
		_ = workflow.Await(ctx, news) // The run ends, if not.
		return
	}
	if left := at.Sub(now); left > 0 && !news() {
		timing, cancel := workflow.WithCancel(ctx)
		defer cancel() // An operator sees no timer that nobody waits for.
		options := workflow.AwaitOptions{Timeout: left, TimerOptions: workflow.TimerOptions{Summary: summary}}
		_, _ = workflow.AwaitWithOptions(timing, options, news)
	}
	if s.renewable(ctx) { // The next run goes on.
		_ = workflow.Await(ctx, func() bool { return false })
	}
}

// next is when to look again; zero for when something is told. A time that followup has named and that is not to come means that followup's clock
// is behind.
func (t *touch) next(now time.Time) (at time.Time, summary string) {
	if t.GetNextTime() != nil {
		at, summary = t.GetNextTime().AsTime(), "Next: "+t.what()
		if at.After(now) {
			if t.failures > 0 && at.Sub(now) > pause(t.failures) {
				t.failures = 0
			}
		} else {
			t.failures++
			at = now.Add(pause(t.failures))
			t.NextTime = timestamppb.New(at)
		}
	}
	if climbs := t.GetClimbTime(); t.GetBroken() && climbs != nil && (at.IsZero() || climbs.AsTime().Before(at)) {
		at, summary = climbs.AsTime(), "Climbs: "+t.what()
	}
	return at, summary
}

// stamp writes a time for operators, to the minute where that is exact.
func stamp(t time.Time) string {
	layout := "2006-01-02 15:04 UTC"
	if t.Second() != 0 || t.Nanosecond() != 0 {
		layout = "2006-01-02 15:04:05 UTC"
	}
	return t.UTC().Format(layout)
}
