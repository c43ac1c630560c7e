package telemetry

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// traceKey and spanKey are the attributes of a log's lines.
const (
	traceKey = "trace_id"
	spanKey  = "span_id"
)

// Logs wraps a handler so that every line which is logged with a context that belongs to a trace says so: trace_id and
// span_id. A line that has a trace_id of its own keeps it. It does so without traces too, with the ids that Begin made.
func (t *Telemetry) Logs(next slog.Handler) slog.Handler { return traced{next} }

// traced adds a trace's ids to lines.
type traced struct{ slog.Handler }

// Handle adds the ids.
func (h traced) Handle(ctx context.Context, line slog.Record) error {
	span := trace.SpanContextFromContext(ctx)
	if !span.HasTraceID() || has(line, traceKey) {
		return h.Handler.Handle(ctx, line)
	}
	// The caller may go on using the line's attributes.
	line = line.Clone()
	line.AddAttrs(slog.String(traceKey, span.TraceID().String()))
	if span.HasSpanID() {
		line.AddAttrs(slog.String(spanKey, span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, line)
}

// WithAttrs keeps the wrapping.
func (h traced) WithAttrs(attributes []slog.Attr) slog.Handler {
	return traced{h.Handler.WithAttrs(attributes)}
}

// WithGroup keeps the wrapping.
func (h traced) WithGroup(name string) slog.Handler { return traced{h.Handler.WithGroup(name)} }

// has tells whether the line has an attribute of its own.
func has(line slog.Record, key string) bool {
	found := false
	line.Attrs(func(a slog.Attr) bool {
		found = a.Key == key
		return !found
	})
	return found
}
