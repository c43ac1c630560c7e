package telemetry_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"github.com/redress-dev/redress/services/internal/logtest"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// made makes telemetry that is shut down when the test ends.
func made(t *testing.T, cfg telemetry.Config) *telemetry.Telemetry {
	t.Helper()
	before := otel.GetTracerProvider()
	seen, err := telemetry.New(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, before, otel.GetTracerProvider(), "nothing global is changed")
	t.Cleanup(func() { require.NoError(t, seen.Shutdown(context.WithoutCancel(t.Context()))) })
	return seen
}

func TestSpansReachTheCollector(t *testing.T) {
	t.Parallel()
	for what, prefix := range map[string]string{"address": "", "URL": "http://"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			c := collect(t)
			seen := made(t, telemetry.Config{Service: "redress-intake", Version: "v1.2.3", OTLPEndpoint: prefix + c.address, TraceRatio: 1})
			require.True(t, seen.Traces())
			require.False(t, seen.Metrics())
			ctx, root := seen.Tracer().Tracer("test").Start(t.Context(), "root")
			_, child := seen.Tracer().Tracer("test").Start(ctx, "child")
			child.End()
			root.End()
			require.NoError(t, seen.Shutdown(t.Context()), "what waits is delivered")
			spans := c.await(t, 2)
			require.Equal(t, "child", spans[0].GetName())
			require.Equal(t, spans[1].GetSpanId(), spans[0].GetParentSpanId())
			require.Equal(t, spans[1].GetTraceId(), spans[0].GetTraceId())
			require.Equal(t, "redress-intake", text(c.resource, "service.name"))
			require.Equal(t, "v1.2.3", text(c.resource, "service.version"))
		})
	}
}

// TestNothingAboutCallers: what a service answered in words may quote the request, and where a caller sits is about a person.
// Both stay here.
func TestNothingAboutCallers(t *testing.T) {
	t.Parallel()
	c := collect(t)
	seen := made(t, telemetry.Config{OTLPEndpoint: c.address, TraceRatio: 1})
	for _, kind := range []trace.SpanKind{trace.SpanKindServer, trace.SpanKindClient} {
		_, span := seen.Tracer().Tracer(otelgrpc.ScopeName).Start(t.Context(), "call", trace.WithSpanKind(kind), trace.WithAttributes(
			attribute.String("network.peer.address", "192.0.2.7"), attribute.String("rpc.method", "Get")))
		span.SetStatus(codes.Error, "There is no complaint by Mr Wang.")
		span.End()
	}
	require.NoError(t, seen.Shutdown(t.Context()))
	for _, sent := range c.await(t, 2) {
		require.Equal(t, tracev1.Status_STATUS_CODE_ERROR, sent.GetStatus().GetCode())
		require.NotContains(t, sent.String(), "Wang")
		require.Equal(t, "Get", text(sent.GetAttributes(), "rpc.method"))
		ours := sent.GetKind() == tracev1.Span_SPAN_KIND_CLIENT
		require.Equal(t, ours, text(sent.GetAttributes(), "network.peer.address") != "", "a service that we call is no person")
	}
}

func TestTheRatioIsForTracesThatBeginHere(t *testing.T) {
	t.Parallel()
	seen := made(t, telemetry.Config{OTLPEndpoint: collect(t).address, TraceRatio: 0})
	tracer := seen.Tracer().Tracer("test")
	_, own := tracer.Start(t.Context(), "own")
	require.False(t, own.SpanContext().IsSampled())
	require.True(t, own.SpanContext().IsValid(), "its id travels all the same")
	header := propagation.MapCarrier{"traceparent": "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"}
	_, theirs := tracer.Start(seen.Propagator().Extract(t.Context(), header), "theirs")
	require.True(t, theirs.SpanContext().IsSampled())
	require.Equal(t, "0123456789abcdef0123456789abcdef", theirs.SpanContext().TraceID().String())
}

func TestEndpointsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"collector", "ftp://collector:4317", "http://", "://x", "https://"} {
		_, err := telemetry.New(t.Context(), telemetry.Config{OTLPEndpoint: endpoint})
		require.ErrorContains(t, err, "host:port", endpoint)
	}
	for _, endpoint := range []string{"http://user:s3cret@collector:4317", "user:s3cret@collector:4317", "ftp://user:s3cret@collector"} {
		_, err := telemetry.New(t.Context(), telemetry.Config{OTLPEndpoint: endpoint})
		require.ErrorContains(t, err, "OTEL_EXPORTER_OTLP_HEADERS", endpoint)
		require.NotContains(t, err.Error(), "s3cret")
	}
}

// TestADeadCollectorHurtsNobody: making spans costs no time while nobody takes them, and the end does not wait for ever.
func TestADeadCollectorHurtsNobody(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // It takes connections and never answers.
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	seen, err := telemetry.New(t.Context(), telemetry.Config{OTLPEndpoint: listener.Addr().String(), TraceRatio: 1})
	require.NoError(t, err)
	begin := time.Now()
	for range 10_000 { // Nearly five times what may wait.
		_, span := seen.Tracer().Tracer("test").Start(t.Context(), "span")
		span.End()
	}
	require.Less(t, time.Since(begin), 5*time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begin = time.Now()
	require.ErrorIs(t, seen.Shutdown(ctx), context.DeadlineExceeded)
	require.Less(t, time.Since(begin), 3*time.Second)
}

// TestLostTracesAreToldOnce: of thousands of spans that nobody takes, the log has one line.
func TestLostTracesAreToldOnce(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer() // It knows nothing of traces.
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	defer func() {
		server.Stop()
		require.NoError(t, <-done)
	}()
	var log logtest.Buffer
	seen, err := telemetry.New(t.Context(), telemetry.Config{
		OTLPEndpoint: listener.Addr().String(), TraceRatio: 1, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	require.NoError(t, err)
	for range 2000 { // Several batches.
		_, span := seen.Tracer().Tracer("test").Start(t.Context(), "span")
		span.End()
	}
	require.NoError(t, seen.Shutdown(t.Context()))
	require.Equal(t, 1, strings.Count(log.String(), "traces cannot be delivered"), log.String())
}

func TestPrometheus(t *testing.T) {
	t.Parallel()
	seen := made(t, telemetry.Config{Service: "redress-intake", Version: "v1.2.3", Prometheus: true})
	require.True(t, seen.Metrics())
	require.False(t, seen.Traces())
	counter, err := seen.Meter().Meter("test").Int64Counter("redress.things", metric.WithDescription("Things."))
	require.NoError(t, err)
	counter.Add(t.Context(), 3, metric.WithAttributes(attribute.String("some.kind", "callback")))
	seconds, err := seen.Meter().Meter("test").Float64Histogram("temporal_latency", metric.WithUnit("s"))
	require.NoError(t, err)
	seconds.Record(t.Context(), 0.02)
	// A new server of Prometheus asks for names with dots, and gets the same as everybody.
	page := scrape(t, seen, "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4")
	require.Equal(t, scrapeNames(page), scrapeNames(scrape(t, seen, "")))
	for _, line := range []string{
		"# HELP redress_things Things.", "# TYPE redress_things counter", `redress_things_total{some_kind="callback"} 3`,
		`temporal_latency_seconds_bucket{le="0.01"} 0`, `temporal_latency_seconds_bucket{le="0.025"} 1`,
		`target_info{service_name="redress-intake",service_version="v1.2.3"} 1`, "go_goroutines ", "process_cpu_seconds_total ",
	} {
		require.Contains(t, page, line)
	}
}

func scrape(t *testing.T, seen *telemetry.Telemetry, accept string) string {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	request.Header.Set("Accept", accept)
	answer := httptest.NewRecorder()
	seen.Handler().ServeHTTP(answer, request)
	require.Equal(t, http.StatusOK, answer.Code)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(text)
}

// TestExemplarsLeadToTraces: who asks for OpenMetrics is told the trace of what was measured, where one was recorded.
func TestExemplarsLeadToTraces(t *testing.T) {
	t.Parallel()
	seen := made(t, telemetry.Config{Service: "redress-intake", Prometheus: true})
	seconds, err := seen.Meter().Meter("test").Float64Histogram("redress.call", metric.WithUnit("s"))
	require.NoError(t, err)
	seconds.Record(trace.ContextWithSpanContext(t.Context(), some(trace.FlagsSampled)), 0.02)
	const exemplar = `trace_id="ab000000000000000000000000000000"`
	require.Contains(t, scrape(t, seen, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"), exemplar)
	require.NotContains(t, scrape(t, seen, "text/plain"), exemplar, "a reader who would not understand it")

	unseen := made(t, telemetry.Config{Service: "redress-intake", Prometheus: true})
	seconds, err = unseen.Meter().Meter("test").Float64Histogram("redress.call", metric.WithUnit("s"))
	require.NoError(t, err)
	seconds.Record(trace.ContextWithSpanContext(t.Context(), some(0)), 0.02)
	require.NotContains(t, scrape(t, unseen, "application/openmetrics-text;version=1.0.0"), "trace_id", "nobody recorded that one")
}

// scrapeNames lists the names of the samples of metrics, with their labels but for the bounds of buckets, which formats write differently.
func scrapeNames(page string) []string {
	var names []string
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "#") && !strings.Contains(line, "_bucket{") && !strings.Contains(line, "{quantile=") {
			names = append(names, strings.Fields(line)[0])
		}
	}
	return names
}

func TestNoneDoesNothing(t *testing.T) {
	t.Parallel()
	zero, err := telemetry.New(t.Context(), telemetry.Config{Service: "redress"})
	require.NoError(t, err)
	for what, seen := range map[string]*telemetry.Telemetry{"None": telemetry.None(), "nil": nil, "zero": zero} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			require.False(t, seen.Traces() || seen.Metrics())
			_, span := seen.Tracer().Tracer("test").Start(t.Context(), "span")
			require.False(t, span.IsRecording())
			_, err := seen.Meter().Meter("test").Int64Counter("things")
			require.NoError(t, err)
			answer := httptest.NewRecorder()
			seen.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
			require.Equal(t, http.StatusNotFound, answer.Code)
			require.NoError(t, seen.Shutdown(t.Context()))
			carrier := propagation.MapCarrier{}
			seen.Propagator().Inject(trace.ContextWithSpanContext(t.Context(), some(0)), carrier)
			require.NotEmpty(t, carrier["traceparent"], "trace ids travel")
		})
	}
}

// some is a span's context with these flags.
func some(flags trace.TraceFlags) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{0xab}, SpanID: trace.SpanID{0xcd}, TraceFlags: flags})
}

func TestLogsSayTheTrace(t *testing.T) {
	t.Parallel()
	const traceID, spanID = "trace_id=ab000000000000000000000000000000", "span_id=cd00000000000000"
	var text bytes.Buffer
	logger := slog.New(telemetry.None().Logs(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelInfo})))
	line := func(log func()) string {
		text.Reset()
		log()
		return text.String()
	}
	plain := trace.ContextWithSpanContext(t.Context(), some(0))
	sampled := trace.ContextWithSpanContext(t.Context(), some(trace.FlagsSampled))

	require.NotContains(t, line(func() { logger.InfoContext(t.Context(), "hello") }), "trace_id")
	require.Contains(t, line(func() { logger.InfoContext(plain, "hello", "a", 1) }), "a=1 "+traceID+" "+spanID, "recorded or not")
	require.Contains(t, line(func() { logger.With("log", "intake").WarnContext(sampled, "hello") }), "log=intake "+traceID+" "+spanID)
	require.Contains(t, line(func() { logger.WithGroup("g").InfoContext(sampled, "hello", "a", 1) }), "g.a=1 g."+traceID)
	require.Equal(t, 1, strings.Count(line(func() { logger.InfoContext(sampled, "call", "trace_id", "other") }), "trace_id"), "its own stays")
	require.Empty(t, line(func() { logger.DebugContext(sampled, "hello") }), "the level is the handler's")
}

// TestEveryCallHasASpanOfItsOwn: where nobody records any, too; one that the caller records is not taken from between its neighbours.
func TestEveryCallHasASpanOfItsOwn(t *testing.T) {
	t.Parallel()
	ctx, first := telemetry.Begin(t.Context())
	require.True(t, first.IsValid())
	require.False(t, first.IsSampled())
	require.Equal(t, first, trace.SpanContextFromContext(ctx))
	same, again := telemetry.Begin(ctx)
	require.Equal(t, []any{ctx, first}, []any{same, again}, "the process's own is kept")

	_, next := telemetry.Begin(trace.ContextWithRemoteSpanContext(t.Context(), some(0)))
	require.Equal(t, some(0).TraceID(), next.TraceID())
	require.NotEqual(t, some(0).SpanID(), next.SpanID())
	require.True(t, next.IsValid())
	require.False(t, next.IsRemote())

	_, recorded := telemetry.Begin(trace.ContextWithRemoteSpanContext(t.Context(), some(trace.FlagsSampled)))
	require.Equal(t, some(trace.FlagsSampled).SpanID(), recorded.SpanID())
}
