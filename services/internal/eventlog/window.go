package eventlog

import (
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// backlog bounds how many events may be done out of order behind one that is
// not, as a multiple of the window: they cost a few bytes each, and the bound
// decides how many are delivered twice after a crash.
const backlog = 32

// item is one event on its way to the subscriber.
type item struct {
	event *eventv1.Event
	// attempts counts the failed ones.
	attempts int
	// waited is how long it was waited in all between attempts.
	waited time.Duration
	// failing is when the first attempt failed.
	failing time.Time
	// stored says that the item has a row in deliveries, and that the
	// subscriber's position has passed it.
	stored bool
}

// lane holds the items of one subject. Only the first is ever delivered, so
// that the others stay behind it.
type lane struct {
	subject string
	items   []*item
	state   laneState
	// retry ends the waiting.
	retry *time.Timer
}

type laneState int

const (
	laneReady laneState = iota
	laneBusy
	laneWaiting
)

// window is what a relay holds in memory: the events between the subscriber's
// position and the last one read. It is used by one goroutine.
type window struct {
	size     int
	position int64
	read     int64
	// open are the sequences read and not yet passed by the position, in order.
	open  []int64
	done  map[int64]struct{}
	held  int
	lanes map[string]*lane
	ready []*lane
}

func newWindow(size int, position int64) *window {
	return &window{size: size, position: position, read: position, done: map[int64]struct{}{}, lanes: map[string]*lane{}}
}

// room is how many more events may be read now.
func (w *window) room() int {
	return max(0, min(w.size-w.held, backlog*w.size-len(w.open)))
}

// hasRoom holds when a read is worth its while.
func (w *window) hasRoom() bool { return w.room() >= max(1, w.size/4) }

// add takes an event that is to be delivered.
func (w *window) add(e *eventv1.Event) {
	w.see(e.GetSequence())
	w.push(&item{event: e})
}

// skip takes an event that needs no delivery, or whose delivery is recorded in
// deliveries.
func (w *window) skip(seq int64) {
	w.see(seq)
	w.finish(seq)
}

func (w *window) see(seq int64) {
	w.read = seq
	w.open = append(w.open, seq)
}

// push puts an item at the end of its subject's lane.
func (w *window) push(it *item) {
	w.held++
	subject := it.event.GetSubject()
	l, ok := w.lanes[subject]
	if !ok {
		l = &lane{subject: subject}
		w.lanes[subject] = l
		w.ready = append(w.ready, l)
	}
	l.items = append(l.items, it)
}

// next gives the lane whose first item is to be delivered now, and nil when
// there is none. The lane is busy until it is advanced, dropped or readied.
func (w *window) next() *lane {
	for len(w.ready) > 0 {
		l := w.ready[0]
		w.ready[0] = nil
		w.ready = w.ready[1:]
		if l.state == laneReady && w.lanes[l.subject] == l {
			l.state = laneBusy
			return l
		}
	}
	return nil
}

// head gives the events that may be delivered at once, at most so many. What
// failed before, or stands in deliveries, goes alone: so one event that cannot
// be delivered is told from those behind it.
func (l *lane) head(most int) []*eventv1.Event {
	events := []*eventv1.Event{l.items[0].event}
	if l.items[0].attempts > 0 || l.items[0].stored {
		return events
	}
	for _, it := range l.items[1:min(most, len(l.items))] {
		events = append(events, it.event)
	}
	return events
}

// advance removes the lane's first items, which are delivered.
func (w *window) advance(l *lane, count int) {
	for i, it := range l.items[:count] {
		l.items[i] = nil
		w.release(it)
	}
	l.items = l.items[count:]
	if len(l.items) == 0 {
		delete(w.lanes, l.subject)
		return
	}
	w.makeReady(l)
}

// drop removes the lane with all its items, which are accounted for elsewhere.
func (w *window) drop(l *lane) {
	for _, it := range l.items {
		w.release(it)
	}
	delete(w.lanes, l.subject)
}

func (w *window) makeReady(l *lane) {
	l.state = laneReady
	w.ready = append(w.ready, l)
}

func (w *window) release(it *item) {
	w.held--
	if !it.stored {
		w.finish(it.event.GetSequence())
	}
}

// finish moves the position to the last sequence before which nothing is open.
func (w *window) finish(seq int64) {
	w.done[seq] = struct{}{}
	n := 0
	for _, s := range w.open {
		if _, ok := w.done[s]; !ok {
			break
		}
		delete(w.done, s)
		w.position = s
		n++
	}
	w.open = w.open[n:]
}

// wait keeps the lane's first item back for d; then the lane is put into due.
func (w *window) wait(l *lane, d time.Duration, due chan<- *lane, end <-chan struct{}) {
	l.state = laneWaiting
	l.retry = time.AfterFunc(d, func() {
		select {
		case due <- l:
		case <-end:
		}
	})
}

// wake ends the waiting of a lane, if it waits.
func (w *window) wake(l *lane) {
	if l.state == laneWaiting && w.lanes[l.subject] == l {
		l.retry.Stop()
		w.makeReady(l)
	}
}

// wakeAll ends all waiting.
func (w *window) wakeAll() {
	for _, l := range w.lanes {
		w.wake(l)
	}
}
