// Package load makes calls at a rate that the callers or the clock decide, and keeps every latency: percentiles are those of the
// sorted samples, exact, without buckets.
//
// Closed asks how much can be done: a fixed number of callers, each calling again when it was answered. Open asks how long one
// waits: calls are sent when a schedule says so, whether or not earlier ones were answered, and a latency counts from the moment
// when the call should have been sent. A closed loop cannot tell that, because it stops asking while it waits.
package load

import (
	"context"
	"slices"
	"time"
)

// Call makes one call. The caller's number is below that of the callers of a closed loop, and 0 in an open one.
type Call func(ctx context.Context, caller int) error

// Result is what calls came to within the measured time.
type Result struct {
	// Calls were answered well.
	Calls int
	// Errors were not, or could not even be sent. Their latencies are not among the samples.
	Errors int
	// Elapsed is the measured time.
	Elapsed time.Duration
	// Problem is the first error; nil when there was none.
	Problem error

	// latencies are of the calls that were answered well; sorted.
	latencies []time.Duration
	// late is how late calls of an open loop left; sorted.
	late []time.Duration
}

// Rate is calls answered well per second.
func (r *Result) Rate() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Calls) / r.Elapsed.Seconds()
}

// Latency is the duration that the share q of all calls did not exceed: 0.5 for the median, 1 for the slowest. It is 0 without
// samples.
func (r *Result) Latency(q float64) time.Duration { return quantile(r.latencies, q) }

// Late is the same of how long after their intended time calls were sent, which is the load generator's own share of a latency.
func (r *Result) Late(q float64) time.Duration { return quantile(r.late, q) }

// quantile is the smallest sample that at least the share q of the samples does not exceed.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(q * float64(len(sorted)))
	if float64(rank) < q*float64(len(sorted)) {
		rank++
	}
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// samples is what one caller saw.
type samples struct {
	latencies, late []time.Duration
	errors          int
	problem         error
}

func (s *samples) note(latency time.Duration, err error) {
	if err == nil {
		s.latencies = append(s.latencies, latency)
		return
	}
	s.errors++
	if s.problem == nil {
		s.problem = err
	}
}

// gather makes one result of what many saw.
func gather(elapsed time.Duration, seen ...*samples) Result {
	r := Result{Elapsed: elapsed}
	for _, s := range seen {
		r.latencies, r.late = append(r.latencies, s.latencies...), append(r.late, s.late...)
		r.Errors += s.errors
		if r.Problem == nil {
			r.Problem = s.problem
		}
	}
	r.Calls = len(r.latencies)
	slices.Sort(r.latencies)
	slices.Sort(r.late)
	return r
}
