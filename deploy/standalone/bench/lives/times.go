package lives

import (
	"slices"
	"time"
)

// Times are durations at some ranks.
type Times struct {
	// Count is how many were measured; P50 to Max are the durations at those ranks.
	Count              int
	P50, P95, P99, Max time.Duration
}

// timesOf ranks durations, which it sorts.
func timesOf(list []time.Duration) Times {
	if len(list) == 0 {
		return Times{}
	}
	slices.Sort(list)
	at := func(percent int) time.Duration { return list[min(len(list)-1, len(list)*percent/100)] }
	return Times{Count: len(list), P50: at(50), P95: at(95), P99: at(99), Max: list[len(list)-1]}
}
