package gateway

import (
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/redress-dev/redress/services/internal/telemetry"
)

// scope names the spans of REST calls.
const scope = "redress/gateway"

// traced continues the trace that the front end began, or begins one, with a span of the call. It is named by method and
// route, and holds neither the path, nor the query, nor who asks from where: otelhttp, which would do the same, puts the
// client's address and what its browser says of itself on each span, which is personal data.
func traced(t *telemetry.Telemetry, next http.Handler) http.Handler {
	propagator, tracer := t.Propagator(), t.Tracer().Tracer(scope)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		if !t.Traces() {
			next.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		ctx, span := tracer.Start(ctx, verb(r.Method), trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("http.request.method", verb(r.Method))))
		defer span.End()
		answer := &watched{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r.WithContext(ctx))
		span.SetAttributes(attribute.Int("http.response.status_code", answer.status))
		if answer.status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
	})
}

// name gives the span of a call its name, when the route is known: "GET /v1/{name=complaints/*}".
func name(r *http.Request, route string) {
	span := trace.SpanFromContext(r.Context())
	if span.IsRecording() {
		span.SetName(verb(r.Method) + " " + route)
		span.SetAttributes(attribute.String("http.route", route))
	}
}

// verb is the method, of those there are: callers may make up others.
func verb(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "_OTHER"
	}
}

// watched remembers how a call was answered.
type watched struct {
	http.ResponseWriter

	status int
}

// WriteHeader notes the status.
func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }
