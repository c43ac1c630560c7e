package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// complainEvery is how often a collector that does not answer is told of.
const complainEvery = time.Minute

// trace makes the provider of spans that go to the collector.
func (t *Telemetry) trace(ctx context.Context, cfg Config, described *resource.Resource) error {
	options, err := endpoint(cfg.OTLPEndpoint)
	if err != nil {
		return err
	}
	exporter, err := otlptracegrpc.New(ctx, options...)
	if err != nil {
		return fmt.Errorf("telemetry: OTLP: %w", err)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithResource(described),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(cfg.TraceRatio))),
		// A full queue drops spans and holds up nobody.
		sdktrace.WithBatcher(&discreet{SpanExporter: exporter, logger: cfg.Logger}),
	)
	t.tracer, t.traces = provider, true
	t.stop = append(t.stop, func(ctx context.Context) error {
		err := provider.Shutdown(ctx)
		if err != nil {
			// The time is up: what is being delivered is given up too.
			_ = exporter.Shutdown(ctx)
		}
		return err
	})
	return nil
}

// endpoint reads Config.OTLPEndpoint. A password in it would be used by nobody, and is not told to the log.
func endpoint(text string) ([]otlptracegrpc.Option, error) {
	if strings.Contains(text, "@") {
		return nil, errors.New("telemetry: the OTLP endpoint says who calls (user:password@); " +
			"that is not sent: write it without, and what the collector asks for into OTEL_EXPORTER_OTLP_HEADERS")
	}
	if !strings.Contains(text, "://") {
		if _, _, err := net.SplitHostPort(text); err != nil {
			return nil, fmt.Errorf("telemetry: the OTLP endpoint %q is neither host:port nor a URL: %w", text, err)
		}
		return []otlptracegrpc.Option{otlptracegrpc.WithEndpoint(text), otlptracegrpc.WithInsecure()}, nil
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return nil, fmt.Errorf("telemetry: the OTLP endpoint %q is no URL of a collector: write host:port, http://host:port or https://host:port", text)
	}
	return []otlptracegrpc.Option{otlptracegrpc.WithEndpointURL(text)}, nil
}

// discreet hands spans to the collector, without what a service answered in words and from where it was called. Failures are logged, and rarely: the SDK
// would tell them to a handler that is global.
type discreet struct {
	sdktrace.SpanExporter

	logger *slog.Logger
	muted  atomic.Bool
}

// ExportSpans never fails: there is nobody who could do anything about it but the operator, who reads the log.
func (d *discreet) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	spans = slices.Clone(spans)
	for i, span := range spans {
		if span.InstrumentationScope().Name == otelgrpc.ScopeName {
			spans[i] = wordless{span}
		}
	}
	err := d.SpanExporter.ExportSpans(ctx, spans)
	if err != nil && d.muted.CompareAndSwap(false, true) {
		d.logger.WarnContext(ctx, "traces cannot be delivered; spans are lost, serving goes on", "error", err)
		time.AfterFunc(complainEvery, func() { d.muted.Store(false) })
	}
	return nil
}

// wordless is a span of a call. The message of a service's error may quote the request; its code says enough here. Where a
// caller sits is about a person as soon as the caller is one.
type wordless struct{ sdktrace.ReadOnlySpan }

// Attributes are without the caller's address. That of a service which we called stays: it tells replicas apart.
func (w wordless) Attributes() []attribute.KeyValue {
	all := w.ReadOnlySpan.Attributes()
	if w.SpanKind() != trace.SpanKindServer {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(a attribute.KeyValue) bool {
		return strings.HasPrefix(string(a.Key), "network.peer.")
	})
}

// Status is the code alone.
func (w wordless) Status() sdktrace.Status {
	return sdktrace.Status{Code: w.ReadOnlySpan.Status().Code}
}
