package rpc_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

const (
	timeLimit = time.Minute
	tick      = time.Millisecond
)

// nowhere takes spans and forgets them.
type nowhere struct{}

func (nowhere) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (nowhere) Shutdown(context.Context) error                             { return nil }

// BenchmarkCall is what a call costs, client and server together, with all interceptors and a connection in memory; the
// difference between its cases is what telemetry costs.
func BenchmarkCall(b *testing.B) {
	traces := func(ratio float64) *sdktrace.TracerProvider {
		return sdktrace.NewTracerProvider(sdktrace.WithBatcher(nowhere{}),
			sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(ratio))))
	}
	metrics := func() *sdkmetric.MeterProvider {
		return sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
	}
	for _, tc := range []struct {
		name  string
		seen  *telemetry.Telemetry
		trace bool
	}{
		{"off", telemetry.None(), false},
		{"off, trace goes on", telemetry.None(), true},
		{"metrics", telemetry.Of(nil, metrics()), false},
		{"traces, not sampled", telemetry.Of(traces(0), nil), false},
		{"traces", telemetry.Of(traces(1), nil), false},
		{"traces and metrics", telemetry.Of(traces(1), metrics()), false},
	} {
		b.Run(tc.name, func(b *testing.B) {
			_, conn := watched(b, tc.seen, &desk{})
			client := intakev1.NewIntakeServiceClient(conn)
			ctx := b.Context()
			if tc.trace {
				ctx = trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}}))
			}
			b.ReportAllocs()
			for b.Loop() {
				_, err := client.GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: name})
				require.NoError(b, err)
			}
		})
	}
}
