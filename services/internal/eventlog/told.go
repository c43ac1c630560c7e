package eventlog

import (
	"sync"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// told are events that this process has committed, by their sequences, which
// come in any order. Its zero value is empty and ready.
type told struct {
	mu     sync.Mutex
	events map[int64]*eventv1.Event
}

// add takes the events of a transaction. It is false when there are too many that
// nobody took, as where nobody follows the log: then all are forgotten, and have
// to be read.
func (t *told) add(events []*eventv1.Event) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.events == nil {
		t.events = map[int64]*eventv1.Event{}
	}
	for _, e := range events {
		t.events[e.GetSequence()] = e
	}
	if len(t.events) > feedSize {
		t.events = nil
		return false
	}
	return true
}

// following removes the events whose sequences follow after one by one, and
// returns them. Nothing can come between those: each number is an event's, or
// was given up. It forgets what is not behind after. Hole is true when others
// are left.
func (t *told) following(after int64) (events []*eventv1.Event, hole bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for e := t.events[after+1]; e != nil; e = t.events[after+1] {
		events = append(events, e)
		after++
		delete(t.events, after)
	}
	for seq := range t.events {
		if seq <= after {
			delete(t.events, seq)
		}
	}
	return events, len(t.events) > 0
}
