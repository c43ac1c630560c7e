package rpc_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

// watched serves the desk with telemetry and returns an agent's connection that is traced too.
func watched(tb testing.TB, seen *telemetry.Telemetry, d *desk) (*rpctest.Harness, *grpc.ClientConn) {
	tb.Helper()
	h := rpctest.ServeWith(tb, rpc.Deps{Telemetry: seen, Logger: slog.New(slog.DiscardHandler)}, func(server grpc.ServiceRegistrar) {
		intakev1.RegisterIntakeServiceServer(server, d)
		intakev1.RegisterEventLogServiceServer(server, d)
	})
	return h, h.Dial(auth.Credentials(h.Minter, "agents/lin", authv1.Role_AGENT), rpc.Traced(seen), grpc.WithDisableRetry())
}

// record makes telemetry that remembers its spans.
func record() (*telemetry.Telemetry, *tracetest.SpanRecorder, trace.Tracer) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	return telemetry.Of(provider, nil), spans, provider.Tracer("test")
}

func TestACallIsTwoSpansOfItsTrace(t *testing.T) {
	t.Parallel()
	seen, spans, tracer := record()
	within := make(chan trace.SpanContext, 1)
	_, conn := watched(t, seen, &desk{read: func(ctx context.Context) error {
		within <- trace.SpanContextFromContext(ctx)
		return errs.NotFound("COMPLAINT_NOT_FOUND", "There is no complaint by Mr Wang.")
	}})
	ctx, root := tracer.Start(t.Context(), "root")
	var trailer metadata.MD
	_, err := intakev1.NewIntakeServiceClient(conn).GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: name}, grpc.Trailer(&trailer))
	require.Error(t, err)
	require.Eventually(t, func() bool { return len(spans.Ended()) == 2 }, timeLimit, tick)
	byKind := map[trace.SpanKind]sdktrace.ReadOnlySpan{}
	for _, span := range spans.Ended() {
		byKind[span.SpanKind()] = span
		require.Equal(t, "redress.intake.v1.IntakeService/GetComplaint", span.Name())
		require.Equal(t, root.SpanContext().TraceID(), span.SpanContext().TraceID())
	}
	client, server := byKind[trace.SpanKindClient], byKind[trace.SpanKindServer]
	require.Equal(t, root.SpanContext().SpanID(), client.Parent().SpanID())
	require.Equal(t, client.SpanContext().SpanID(), server.Parent().SpanID())
	require.Equal(t, server.SpanContext().SpanID(), (<-within).SpanID())
	require.Contains(t, server.Attributes(), attribute.String("redress.reason", "COMPLAINT_NOT_FOUND"))
	require.Equal(t, codes.Error, client.Status().Code)
	require.Equal(t, []string{root.SpanContext().TraceID().String()}, trailer.Get("trace-id"))
}

// TestNobodyMakesUpSpans: health is asked for all the time, and methods that do not exist have names without end.
func TestNobodyMakesUpSpans(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	spans := tracetest.NewSpanRecorder()
	h, conn := watched(t, telemetry.Of(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
		sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))), &desk{})
	anonymous := h.Anonymous()
	_, err := healthv1.NewHealthClient(anonymous).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	require.Error(t, anonymous.Invoke(t.Context(), "/redress.intake.v1.IntakeService/Nonsense", &healthv1.HealthCheckRequest{}, &healthv1.HealthCheckResponse{}))
	_, err = intakev1.NewIntakeServiceClient(conn).GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: name})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(spans.Ended()) == 2 }, timeLimit, tick, "that of the client and that of the server")
	var measured metricdata.ResourceMetrics
	require.Eventually(t, func() bool {
		require.NoError(t, reader.Collect(t.Context(), &measured))
		return len(measured.ScopeMetrics) == 1
	}, timeLimit, tick, "a call is measured after its span has ended")
	require.Len(t, measured.ScopeMetrics[0].Metrics, 1)
	duration := measured.ScopeMetrics[0].Metrics[0]
	require.Equal(t, "rpc.server.call.duration", duration.Name)
	points := duration.Data.(metricdata.Histogram[float64]).DataPoints
	require.Len(t, points, 1)
	method, _ := points[0].Attributes.Value("rpc.method")
	require.Equal(t, "redress.intake.v1.IntakeService/GetComplaint", method.AsString())
	require.EqualValues(t, 1, points[0].Count)
}

// TestTraceGoesOnInStreams: without telemetry too.
func TestTraceGoesOnInStreams(t *testing.T) {
	t.Parallel()
	h, _ := serve(t, &desk{})
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{7}, SpanID: trace.SpanID{8}})
	ctx := trace.ContextWithSpanContext(t.Context(), span)
	stream, err := intakev1.NewEventLogServiceClient(h.Conn("services/routing", authv1.Role_SERVICE)).WatchEvents(ctx, nil)
	require.NoError(t, err)
	_, err = stream.Recv()
	require.Error(t, err)
	require.Equal(t, []string{span.TraceID().String()}, stream.Trailer().Get("trace-id"))
}
