package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

// Config says what is made. The zero value makes nothing, as None does.
type Config struct {
	// Service is what traces and metrics call this process: "redress-intake".
	Service string
	// Version is the program's; left out when empty.
	Version string
	// OTLPEndpoint is a collector that takes OTLP over gRPC: "host:port" in plain text, or a URL with http:// or https://.
	// No traces when empty. What else a collector may ask for, such as headers or certificates, is read from OpenTelemetry's
	// own variables: OTEL_EXPORTER_OTLP_HEADERS, OTEL_EXPORTER_OTLP_CERTIFICATE …
	OTLPEndpoint string
	// TraceRatio is the share of traces that is recorded of those that begin here, from 0 to 1. A trace that began
	// elsewhere is recorded when it is there.
	TraceRatio float64
	// Prometheus makes metrics, for Handler to serve.
	Prometheus bool
	// Logger is told when traces cannot be delivered; nobody is when nil.
	Logger *slog.Logger
}

// Telemetry is what one process makes. It is safe for concurrent use. A nil one is as good as None.
type Telemetry struct {
	tracer  trace.TracerProvider
	meter   metric.MeterProvider
	handler http.Handler
	traces  bool
	metrics bool
	stop    []func(context.Context) error
}

// New makes what the configuration asks for. It does not wait for the collector, which may come and go: what cannot be
// delivered is dropped, and serving goes on. It fails when the endpoint cannot be one.
func New(ctx context.Context, cfg Config) (*Telemetry, error) {
	t := None()
	described, err := describe(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if cfg.OTLPEndpoint != "" {
		if err := t.trace(ctx, cfg, described); err != nil {
			return nil, err
		}
	}
	if cfg.Prometheus {
		if err := t.measure(described); err != nil {
			return nil, errors.Join(err, t.Shutdown(ctx))
		}
	}
	return t, nil
}

// None makes nothing: tracers and meters that do nothing.
func None() *Telemetry {
	return &Telemetry{tracer: nooptrace.NewTracerProvider(), meter: noopmetric.NewMeterProvider(), handler: http.NotFoundHandler()}
}

// Of is what others made, which they shut down themselves: for tests, and for programs with other means. Nil makes nothing.
func Of(tracer trace.TracerProvider, meter metric.MeterProvider) *Telemetry {
	t := None()
	if tracer != nil {
		t.tracer, t.traces = tracer, true
	}
	if meter != nil {
		t.meter, t.metrics = meter, true
	}
	return t
}

// describe is what all traces and metrics of the process say about it. OpenTelemetry's own variables add to it.
func describe(ctx context.Context, cfg Config) (*resource.Resource, error) {
	attributes := []attribute.KeyValue{attribute.String("service.name", cfg.Service)}
	if cfg.Version != "" {
		attributes = append(attributes, attribute.String("service.version", cfg.Version))
	}
	return resource.New(ctx, resource.WithAttributes(attributes...), resource.WithFromEnv())
}

// Tracer makes spans.
func (t *Telemetry) Tracer() trace.TracerProvider {
	if t == nil {
		return nooptrace.NewTracerProvider()
	}
	return t.tracer
}

// Meter makes metrics.
func (t *Telemetry) Meter() metric.MeterProvider {
	if t == nil {
		return noopmetric.NewMeterProvider()
	}
	return t.meter
}

// Propagator carries traces from process to process: W3C trace context. Baggage is not carried, since nobody here reads it
// and callers could make it large.
func (t *Telemetry) Propagator() propagation.TextMapPropagator { return propagation.TraceContext{} }

// Traces tells whether spans are made.
func (t *Telemetry) Traces() bool { return t != nil && t.traces }

// Metrics tells whether metrics are made.
func (t *Telemetry) Metrics() bool { return t != nil && t.metrics }

// Handler serves the metrics in Prometheus' format; without metrics it answers 404.
func (t *Telemetry) Handler() http.Handler {
	if t == nil {
		return http.NotFoundHandler()
	}
	return t.handler
}

// Shutdown delivers the spans that wait and ends everything, until ctx ends at the latest. Call it last: what is made
// afterwards is lost.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	if t == nil {
		return nil
	}
	var err error
	for _, stop := range t.stop {
		err = errors.Join(err, stop(ctx))
	}
	return err
}
