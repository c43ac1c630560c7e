package telemetry

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/client"
	temporalotel "go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
)

// temporalScope names the spans and metrics of Temporal's SDK.
const temporalScope = "temporal-sdk-go"

// Temporal returns what carries traces through Temporal, for client.Options.Interceptors: a start or signal, the workflow's
// run, its activities and what they call hang together. Without traces it does nothing, and histories stay as small as they
// were.
func Temporal(t *Telemetry) (interceptor.Interceptor, error) {
	if !t.Traces() {
		return &interceptor.InterceptorBase{}, nil
	}
	tracing, err := temporalotel.NewTracingInterceptor(temporalotel.TracerOptions{
		Tracer:            t.Tracer().Tracer(temporalScope),
		TextMapPropagator: t.Propagator(),
		DisableBaggage:    true,
		// A header that cannot be read, from whatever made it, must not keep a workflow from running.
		AllowInvalidParentSpans: true,
		SpanStarter:             startSpan,
	})
	if err != nil {
		return nil, fmt.Errorf("telemetry: Temporal: %w", err)
	}
	return tracing, nil
}

// startSpan starts a span of Temporal's SDK. That of a workflow's run would be open for as long as the complaint is, for
// days, and only then be delivered, so that until then its children would hang in the air. So it ends as soon as the run
// has begun; how long a workflow ran, and how it ended, is what Temporal itself tells.
func startSpan(ctx context.Context, tracer trace.Tracer, name string, options ...trace.SpanStartOption) trace.Span {
	_, span := tracer.Start(ctx, name, options...)
	if strings.HasPrefix(name, "RunWorkflow:") {
		return begun{span}
	}
	return span
}

// begun is a span that ends when it has got its attributes, which the SDK sets once, right after the start.
type begun struct{ trace.Span }

// SetAttributes ends the span.
func (b begun) SetAttributes(attributes ...attribute.KeyValue) {
	b.Span.SetAttributes(attributes...)
	b.Span.End()
}

// TemporalMetrics returns what counts and measures Temporal's client and worker, for client.Options.MetricsHandler.
func TemporalMetrics(t *Telemetry) client.MetricsHandler {
	if !t.Metrics() {
		return client.MetricsNopHandler
	}
	return &kept{MetricsHandler: temporalotel.NewMetricsHandler(temporalotel.MetricsHandlerOptions{
		Meter: t.Meter().Meter(temporalScope), UseMonotonicCounters: true,
		// A metric that cannot be made is missing, and nothing else.
		OnError: func(error) {},
	})}
}
