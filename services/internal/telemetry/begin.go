package telemetry

import (
	"context"
	"crypto/rand"

	"go.opentelemetry.io/otel/trace"
)

// Begin returns a context that belongs to a span, and that span, so that logs can
// name it and what it causes hangs together, where spans are not made too: that is
// then all there is of it. The span is in the trace that ctx belongs to, or begins
// one. That of the own process is kept, and so is a caller's that is recorded: one
// of which nobody tells the collector would have the caller's trace fall apart.
func Begin(ctx context.Context) (context.Context, trace.SpanContext) {
	span := trace.SpanContextFromContext(ctx)
	if span.IsValid() && (span.IsSampled() || !span.IsRemote()) {
		return ctx, span
	}
	var random [len(trace.TraceID{}) + len(trace.SpanID{})]byte
	_, _ = rand.Read(random[:]) // Never fails.
	if !span.HasTraceID() {
		span = span.WithTraceID(trace.TraceID(random[:len(trace.TraceID{})]))
	}
	span = span.WithSpanID(trace.SpanID(random[len(trace.TraceID{}):])).WithRemote(false)
	return trace.ContextWithSpanContext(ctx, span), span
}
