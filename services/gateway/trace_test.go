package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/proto"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

const (
	theirTrace  = "0af7651916cd43dd8448eb211c80319c"
	theirHeader = "Traceparent: 00-" + theirTrace + "-b7ad6b7169203331-01"
)

// TestACallIsASpan: it is named by its route, is in the front end's trace, and says nothing of who asked for what.
func TestACallIsASpan(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	w := startSeen(t, telemetry.Of(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), nil))
	within := make(chan trace.SpanContext, 1)
	w.desk.answers(func(ctx context.Context, _ proto.Message) (*intakev1.Complaint, error) {
		within <- trace.SpanContextFromContext(ctx)
		return nil, errs.Unavailable("UNAVAILABLE", "Not now.")
	})
	a := w.call(t, http.MethodGet, "/v1/"+name+"?", "", theirHeader)
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.Equal(t, theirTrace, a.body["traceId"])
	requireSpans(t, spans, 1)
	span := spans.Ended()[0]
	require.Equal(t, "GET /v1/{name=complaints/*}", span.Name())
	require.Equal(t, trace.SpanKindServer, span.SpanKind())
	require.Equal(t, theirTrace, span.SpanContext().TraceID().String())
	require.Equal(t, "b7ad6b7169203331", span.Parent().SpanID().String())
	require.Equal(t, span.SpanContext().SpanID(), (<-within).SpanID(), "what the service does belongs to it")
	require.ElementsMatch(t, []attribute.KeyValue{
		attribute.String("http.request.method", "GET"), attribute.String("http.route", "/v1/{name=complaints/*}"),
		attribute.Int("http.response.status_code", 503),
	}, span.Attributes())
	require.Equal(t, codes.Error, span.Status().Code)
}

// TestSpansHaveFewNames: callers cannot make names up.
func TestSpansHaveFewNames(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	w := startSeen(t, telemetry.Of(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), nil))
	w.call(t, http.MethodPost, "/v1/complaints", `{"statement": "x"}`)
	w.call(t, http.MethodGet, "/v1/nonsense", "")
	w.call(t, "INVENTED", "/v1/complaints", "")
	w.call(t, http.MethodGet, "/healthz", "")
	requireSpans(t, spans, 3)
	var names []string
	for _, span := range spans.Ended() {
		names = append(names, span.Name())
		require.False(t, span.Parent().IsValid())
		require.Equal(t, codes.Unset, span.Status().Code, "a caller's mistake is no error of ours")
	}
	require.Equal(t, []string{"POST /v1/complaints", "GET", "_OTHER"}, names)
}

// TestEveryAnswerTellsItsTrace: so that callers can quote it, also of what succeeded, and where no traces are made.
func TestEveryAnswerTellsItsTrace(t *testing.T) {
	t.Parallel()
	w := start(t)
	within := make(chan trace.SpanContext, 1)
	w.desk.answers(func(ctx context.Context, _ proto.Message) (*intakev1.Complaint, error) {
		within <- trace.SpanContextFromContext(ctx)
		return &intakev1.Complaint{Name: name}, nil
	})
	a := w.call(t, http.MethodGet, "/v1/"+name, "")
	require.Equal(t, http.StatusOK, a.status)
	there := <-within
	require.Equal(t, there.TraceID().String(), a.header.Get("Trace-Id"), "the service logs under it")
	again := w.call(t, http.MethodGet, "/v1/"+name, "")
	require.NotEqual(t, there.SpanID(), (<-within).SpanID())
	require.NotEqual(t, a.header.Get("Trace-Id"), again.header.Get("Trace-Id"))
	a = w.call(t, http.MethodGet, "/v1/"+name, "", theirHeader)
	require.Equal(t, theirTrace, a.header.Get("Trace-Id"), "the one that the front end began goes on")
	require.Equal(t, "b7ad6b7169203331", (<-within).SpanID().String(), "the front end records its spans, and nobody those in between")
	require.Regexp(t, "^[0-9a-f]{32}$", w.call(t, http.MethodGet, "/v1/nonsense", "").header.Get("Trace-Id"))
}

// TestCallsAreMeasured by method, route and status, of which callers can make up no more than there are.
func TestCallsAreMeasured(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	w := startSeen(t, telemetry.Of(nil, sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
	for _, path := range []string{"/v1/" + name, "/v1/" + name + "x", "/v1/nonsense", "/v1/other-nonsense", "/status", "/healthz", "/docs/"} {
		w.call(t, http.MethodGet, path, "")
	}
	w.call(t, "INVENTED", "/v1/complaints", "")
	w.call(t, http.MethodPost, "/v1/complaints", filing())
	w.call(t, http.MethodPost, "/v1/complaints:import?source=crm", "")
	want := []string{
		"GET /status 200: 1", "GET /v1/{name=complaints/*} 200: 1", "GET /v1/{name=complaints/*} 400: 1", "GET <nil> 404: 2",
		"POST /v1/complaints 200: 1", "POST /v1/complaints:import 403: 1", "_OTHER <nil> 405: 1",
	}
	require.Eventually(t, func() bool { return slices.Equal(want, measured(t, reader)) }, time.Minute, time.Millisecond,
		"a call is measured a moment after its answer; it should be %q", want)
}

// measured lists what was counted of calls, sorted.
func measured(t *testing.T, reader sdkmetric.Reader) (lines []string) {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &all))
	if len(all.ScopeMetrics) == 0 {
		return nil
	}
	duration := all.ScopeMetrics[0].Metrics[0]
	require.Equal(t, []string{"http.server.request.duration", "s"}, []string{duration.Name, duration.Unit})
	for _, point := range duration.Data.(metricdata.Histogram[float64]).DataPoints {
		value := func(key attribute.Key) any { v, _ := point.Attributes.Value(key); return v.AsInterface() }
		require.Equal(t, "http", value("url.scheme"))
		lines = append(lines, fmt.Sprintf("%v %v %v: %d", value("http.request.method"), value("http.route"), value("http.response.status_code"), point.Count))
	}
	slices.Sort(lines)
	return lines
}

// requireSpans waits for spans, which end a moment after the answer.
func requireSpans(t *testing.T, spans *tracetest.SpanRecorder, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return len(spans.Ended()) == n }, time.Minute, time.Millisecond)
}
