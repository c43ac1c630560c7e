package gateway_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
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

// requireSpans waits for spans, which end a moment after the answer.
func requireSpans(t *testing.T, spans *tracetest.SpanRecorder, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return len(spans.Ended()) == n }, 5*time.Second, time.Millisecond)
}
