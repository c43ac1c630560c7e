package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

const (
	// scope names the spans and metrics of REST calls.
	scope = "redress/gateway"
	// traceHeader tells the caller the trace id, as gRPC's trailer of that name does.
	traceHeader = "Trace-Id"
)

// watch makes a span of each REST call, measures it, and notes in the log what no service answered.
type watch struct {
	telemetry *telemetry.Telemetry
	tracer    trace.Tracer
	duration  metric.Float64Histogram
	logger    *slog.Logger
	now       func() time.Time
}

func newWatch(deps EdgeDeps) (*watch, error) {
	t := deps.Telemetry
	duration, err := t.Meter().Meter(scope).Float64Histogram("http.server.request.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of HTTP server requests."),
		metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10))
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	logger := deps.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &watch{telemetry: t, tracer: t.Tracer().Tracer(scope), duration: duration, logger: logger, now: deps.Now}, nil
}

// over continues the trace that the front end began, or begins one, with a span of the call, and tells its id. The span is named
// by method and route, and holds neither the path, nor the query, nor who asks from where: otelhttp, which would do the same, puts
// the client's address and what its browser says of itself on each span, which is personal data.
func (o *watch) over(next http.Handler) http.Handler {
	propagator := o.telemetry.Propagator()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{ResponseWriter: w, method: verb(r.Method), scheme: "http", status: http.StatusOK, begin: o.now()}
		if r.TLS != nil {
			c.scheme = "https"
		}
		ctx := propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		if o.telemetry.Traces() {
			ctx, c.span = o.tracer.Start(ctx, c.method, trace.WithSpanKind(trace.SpanKindServer),
				trace.WithAttributes(attribute.String("http.request.method", c.method)))
		} else {
			ctx, _ = telemetry.Begin(ctx)
		}
		w.Header().Set(traceHeader, trace.SpanContextFromContext(ctx).TraceID().String())
		ctx = context.WithValue(ctx, callKey{}, c)
		defer o.end(ctx, c)
		next.ServeHTTP(c, r.WithContext(ctx))
	})
}

// end ends what over began.
func (o *watch) end(ctx context.Context, c *call) {
	took := o.now().Sub(c.begin)
	if o.telemetry.Metrics() {
		o.duration.Record(ctx, took.Seconds(), metric.WithAttributeSet(c.attributes()))
	}
	if c.unanswered != nil {
		o.logger.LogAttrs(ctx, slog.LevelInfo, "call", slog.String("http_method", c.method), slog.String("route", c.route),
			slog.Int("status", c.status), slog.Duration("duration", took), slog.String("cause", c.unanswered.Error()))
	}
	if c.span == nil {
		return
	}
	c.span.SetAttributes(attribute.Int("http.response.status_code", c.status))
	if c.status >= http.StatusInternalServerError {
		c.span.SetStatus(codes.Error, "")
	}
	c.span.End()
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

type callKey struct{}

// call is a REST call on its way, and its answer.
type call struct {
	http.ResponseWriter

	begin          time.Time
	method, scheme string
	// route is the pattern of the path: "/v1/{name=complaints/*}". Empty for paths that nothing has.
	route  string
	status int
	// span is nil where no traces are made.
	span trace.Span
	// unanswered is why no service answered; nil where one did, or none was asked.
	unanswered error
}

// name gives a call its route, when that is known.
func name(ctx context.Context, route string) {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return
	}
	c.route = route
	if c.span != nil && c.span.IsRecording() {
		c.span.SetName(c.method + " " + route)
		c.span.SetAttributes(attribute.String("http.route", route))
	}
}

// blame notes why a call failed, if no service has noted it in its own log.
func blame(ctx context.Context, err error) {
	c, ok := ctx.Value(callKey{}).(*call)
	if failed, ours := errors.AsType[*errs.Error](err); ok && ours && failed.Unwrap() != nil {
		c.unanswered = err
	}
}

// attributes are what a call is measured by: of each few values, whatever callers send.
func (c *call) attributes() attribute.Set {
	all := []attribute.KeyValue{
		attribute.String("http.request.method", c.method), attribute.Int("http.response.status_code", c.status),
		attribute.String("url.scheme", c.scheme),
	}
	if c.route != "" {
		all = append(all, attribute.String("http.route", c.route))
	}
	return attribute.NewSet(all...)
}

// WriteHeader notes the status.
func (c *call) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (c *call) Unwrap() http.ResponseWriter { return c.ResponseWriter }
