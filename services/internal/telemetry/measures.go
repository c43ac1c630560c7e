package telemetry

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"go.temporal.io/sdk/client"
)

// mostKept bounds how many sets of tags, and of instruments, one handler keeps;
// beyond that each is made anew, as all would be without keeping any.
const mostKept = 1000

// kept is a handler of metrics that keeps what it has made. Temporal's SDK asks
// for the same tags and instruments with each call and task, and to make them
// costs more than to count.
type kept struct {
	client.MetricsHandler

	tagged   shelf[client.MetricsHandler]
	counters shelf[client.MetricsCounter]
	gauges   shelf[client.MetricsGauge]
	timers   shelf[client.MetricsTimer]
}

// WithTags returns the handler that was made for these tags first.
func (k *kept) WithTags(tags map[string]string) client.MetricsHandler {
	return k.tagged.get(tagKey(tags), func() client.MetricsHandler { return &kept{MetricsHandler: k.MetricsHandler.WithTags(tags)} })
}

// Counter returns the counter of the name.
func (k *kept) Counter(name string) client.MetricsCounter {
	return k.counters.get(name, func() client.MetricsCounter { return k.MetricsHandler.Counter(name) })
}

// Gauge returns the gauge of the name.
func (k *kept) Gauge(name string) client.MetricsGauge {
	return k.gauges.get(name, func() client.MetricsGauge { return k.MetricsHandler.Gauge(name) })
}

// Timer returns the timer of the name.
func (k *kept) Timer(name string) client.MetricsTimer {
	return k.timers.get(name, func() client.MetricsTimer { return k.MetricsHandler.Timer(name) })
}

// Unwrap is how the SDK's contributions find the handler that measures.
func (k *kept) Unwrap() client.MetricsHandler { return k.MetricsHandler }

// shelf keeps values by key.
type shelf[T any] struct {
	values sync.Map
	count  atomic.Int64
}

func (s *shelf[T]) get(key string, build func() T) T {
	if value, ok := s.values.Load(key); ok {
		return value.(T)
	}
	value := build()
	if s.count.Load() >= mostKept {
		return value
	}
	first, known := s.values.LoadOrStore(key, value)
	if !known {
		s.count.Add(1)
	}
	return first.(T)
}

// tagKey is the same for the same tags, and for others only if they have zero bytes in them.
func tagKey(tags map[string]string) string {
	if len(tags) == 1 {
		for name, value := range tags {
			return name + "\x00" + value
		}
	}
	names := make([]string, 0, len(tags))
	for name := range tags {
		names = append(names, name)
	}
	slices.Sort(names)
	var key strings.Builder
	for _, name := range names {
		key.WriteString(name)
		key.WriteByte(0)
		key.WriteString(tags[name])
		key.WriteByte(0)
	}
	return key.String()
}
