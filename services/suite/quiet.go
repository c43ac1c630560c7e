package suite

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// sameLine is how often a line with the same message is written at most.
const sameLine = 10 * time.Second

// quiet passes a line on unless one with the same message was passed on a moment ago. Temporal's library says the same thing for
// each of thousands of workflows when a service is away; that it happens is news, the rest are counted.
type quiet struct {
	slog.Handler

	now  func() time.Time
	last *lines
}

// lines remembers when each message was written. There are as many as the library has texts.
type lines struct {
	mu      sync.Mutex
	written map[string]time.Time
	omitted map[string]int
}

func newQuiet(handler slog.Handler, now func() time.Time) slog.Handler {
	return quiet{handler, now, &lines{written: map[string]time.Time{}, omitted: map[string]int{}}}
}

// Handle implements slog.Handler.
func (q quiet) Handle(ctx context.Context, record slog.Record) error {
	now := q.now()
	q.last.mu.Lock()
	omitted := q.last.omitted[record.Message]
	if at, ok := q.last.written[record.Message]; ok && now.Sub(at) < sameLine {
		q.last.omitted[record.Message]++
		q.last.mu.Unlock()
		return nil
	}
	q.last.written[record.Message], q.last.omitted[record.Message] = now, 0
	q.last.mu.Unlock()
	if omitted > 0 {
		record.AddAttrs(slog.Int("same_lines_omitted", omitted))
	}
	return q.Handler.Handle(ctx, record)
}

// WithAttrs implements slog.Handler.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quiet{q.Handler.WithAttrs(attrs), q.now, q.last}
}

// WithGroup implements slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler {
	return quiet{q.Handler.WithGroup(name), q.now, q.last}
}
