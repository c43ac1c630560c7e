package intake

import (
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redress-dev/redress/services/intake/sketch"
)

// loaded is how many sketches are read at a time.
const loaded = 20_000

// window has the sketches of what complaints within the policy's window were filed
// with in memory: 80 bytes each. To compare one with a million others takes some
// milliseconds, and none that is similar is overlooked. It is read when it is
// needed, from where it was read to before.
type window struct {
	index SketchIndex
	// length is the policy's.
	length time.Duration

	mu sync.Mutex
	// since is from when on complaints were read, last the number of the last one,
	// and deletions how often sketches had been deleted.
	since     time.Time
	last      int64
	deletions int64
	drawn     []drawn
}

// drawn is one sketch.
type drawn struct {
	number, received int64
	sketch           sketch.Sketch
}

// near is a sketch that is similar to another one.
type near struct {
	number   int64
	distance int
}

// refresh reads what came since, and forgets what is too old or was deleted. What
// it returns does not change any more.
func (w *window) refresh(ctx context.Context, now time.Time) ([]drawn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	since := now.Add(-w.length)
	if since.Sub(w.since) > w.length/64 {
		fresh := slices.DeleteFunc(slices.Clone(w.drawn), func(d drawn) bool { return d.received <= since.UnixMicro() })
		w.since, w.drawn = since, slices.Clip(fresh)
	}
	for {
		rows, deletions, err := w.index.Sketches(ctx, w.last, w.since, loaded)
		if err != nil {
			return nil, err
		}
		if deletions != w.deletions {
			w.deletions, w.last, w.drawn = deletions, 0, nil
			continue
		}
		for _, row := range rows {
			w.last = row.Number
			if s, ok := sketch.Parse(row.Sketch); ok {
				w.drawn = append(w.drawn, drawn{number: row.Number, received: row.ReceiveTime.UnixMicro(), sketch: s})
			}
		}
		if len(rows) < loaded {
			return w.drawn, nil
		}
	}
}

// nearest are the sketches that are at most so far away, of complaints received at
// most the window's length before or after, the nearest first.
func (w *window) nearest(ctx context.Context, of *sketch.Sketch, received, now time.Time, farthest, most int) ([]near, error) {
	all, err := w.refresh(ctx, now)
	if err != nil {
		return nil, err
	}
	from, to := received.Add(-w.length).UnixMicro(), received.Add(w.length).UnixMicro()
	var found farthestFirst
	for i := range all {
		d := &all[i]
		distance := of.Distance(&d.sketch)
		if distance > farthest || d.received < from || d.received > to {
			continue
		}
		heap.Push(&found, near{number: d.number, distance: distance})
		if len(found) > most {
			heap.Pop(&found)
			farthest = found[0].distance
		}
	}
	slices.SortFunc(found, func(a, b near) int { return a.distance - b.distance })
	return found, nil
}

// farthestFirst is a heap.
type farthestFirst []near

func (f farthestFirst) Len() int           { return len(f) }
func (f farthestFirst) Less(i, j int) bool { return f[i].distance > f[j].distance }
func (f farthestFirst) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }

// Push implements heap.Interface.
func (f *farthestFirst) Push(x any) {
	if n, ok := x.(near); ok {
		*f = append(*f, n)
	}
}

// Pop implements heap.Interface.
func (f *farthestFirst) Pop() any {
	last := len(*f) - 1
	x := (*f)[last]
	*f = (*f)[:last]
	return x
}
