package eventlog

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// scope names the spans of deliveries.
const scope = "redress/eventlog"

// Recorded hears of an event that is committed, with what it tells. The context
// is that of the call which recorded it, and may have ended.
type Recorded func(ctx context.Context, e *eventv1.Event, p *eventv1.Payload)

// committed hands the events of a transaction to the feed, wakes whoever waits
// for them and tells the hook.
func (l *Log) committed(ctx context.Context, events []*eventv1.Event, drafts []Draft) {
	l.feed.tell(events)
	l.appended.ring()
	l.herald.cry()
	if l.recorded == nil {
		return
	}
	for i, e := range events {
		l.recorded(ctx, e, drafts[i].Payload)
	}
}

func tracerOf(provider trace.TracerProvider) trace.Tracer {
	if provider == nil {
		return nil
	}
	return provider.Tracer(scope)
}

// span begins the span of a delivery, in the trace of ctx, which is that of the
// first event; it is linked to those of the others. End takes the delivery's
// error.
func (s *session) span(ctx context.Context, events []*eventv1.Event) (_ context.Context, end func(error)) {
	if s.log.tracer == nil {
		return ctx, func(error) {}
	}
	first := events[0]
	var causes []trace.Link
	for _, e := range events[1:] {
		cause := trace.SpanContextFromContext(withTrace(context.Background(), e))
		if cause.IsValid() && e.GetTraceParent() != first.GetTraceParent() {
			causes = append(causes, trace.Link{SpanContext: cause})
		}
	}
	ctx, span := s.log.tracer.Start(ctx, "deliver "+first.GetType(), trace.WithSpanKind(trace.SpanKindConsumer), trace.WithLinks(causes...),
		trace.WithAttributes(
			attribute.String("redress.log", s.log.cfg.Source),
			attribute.String("redress.subscriber", s.lease.subscriber),
			attribute.String("redress.event_type", first.GetType()),
			attribute.Int("redress.event_count", len(events)),
			attribute.String("redress.subject", first.GetSubject()),
		))
	return ctx, func(err error) {
		if err != nil {
			// What the receiver says stays between it and the table of deliveries.
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}
