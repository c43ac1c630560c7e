package rpc

import (
	"context"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"

	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

// seen makes a span of each call that a server answers, and measures it. Without
// telemetry there is nothing to pay for: the report reads the caller's trace.
// Only methods of the contract are seen: callers could make up others without
// end, and health is asked for all the time.
func seen(t *telemetry.Telemetry, access *auth.Access) stats.Handler {
	if !t.Traces() && !t.Metrics() {
		return nil
	}
	return otelgrpc.NewServerHandler(
		otelgrpc.WithTracerProvider(t.Tracer()), otelgrpc.WithMeterProvider(t.Meter()), otelgrpc.WithPropagators(t.Propagator()),
		otelgrpc.WithFilter(func(info *stats.RPCTagInfo) bool {
			_, declared := access.Of(info.FullMethodName)
			return declared
		}),
	)
}

// Traced is an option of Dial that makes a span of each try of a call. The
// server measures calls; clients do not measure them a second time.
func Traced(t *telemetry.Telemetry) grpc.DialOption {
	if !t.Traces() {
		return grpc.EmptyDialOption{}
	}
	return grpc.WithStatsHandler(otelgrpc.NewClientHandler(
		otelgrpc.WithTracerProvider(t.Tracer()), otelgrpc.WithMeterProvider(noopmetric.NewMeterProvider()),
		otelgrpc.WithPropagators(t.Propagator()),
	))
}

// received returns a context that belongs to the trace that the caller sent, if
// it sent one.
func received(ctx context.Context) context.Context {
	return propagation.TraceContext{}.Extract(ctx, incoming{ctx})
}

// carryUnary sends the context's trace along with a call. Where calls are
// traced, the span of the call takes its place.
func carryUnary(ctx context.Context, method string, request, response any, conn *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return invoker(carry(ctx), method, request, response, conn, opts...)
}

// carryStream does the same for streams.
func carryStream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return streamer(carry(ctx), desc, conn, method, opts...)
}

func carry(ctx context.Context) context.Context {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	var out outgoing
	propagation.TraceContext{}.Inject(ctx, &out)
	return metadata.AppendToOutgoingContext(ctx, out.pairs...)
}

// incoming reads the metadata of a call that came in.
type incoming struct{ context.Context } //nolint:containedctx // It lives no longer than the call of Extract.

// Get returns the first value, as TextMapCarrier wants.
func (c incoming) Get(key string) string {
	if values := metadata.ValueFromIncomingContext(c.Context, key); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Set is never called.
func (incoming) Set(string, string) {}

// Keys is never called.
func (incoming) Keys() []string { return nil }

// outgoing collects what is to be sent.
type outgoing struct{ pairs []string }

// Get is never called.
func (*outgoing) Get(string) string { return "" }

// Set notes a pair.
func (c *outgoing) Set(key, value string) { c.pairs = append(c.pairs, key, value) }

// Keys is never called.
func (*outgoing) Keys() []string { return nil }
