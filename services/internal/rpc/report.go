package rpc

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

// traceTrailer tells the caller the trace id, by which operators find the call
// in the log. A trailer, because clients do not repeat calls that were answered
// with a header.
const traceTrailer = "trace-id"

// reporter gives each call a trace id, turns its error into a status, and writes
// its line in the log. It logs nothing of what a request says.
type reporter struct {
	logger *slog.Logger
	now    func() time.Time
}

// call is what the report learns while the call goes on.
type call struct {
	method  string
	begin   time.Time
	traceID string
	span    trace.SpanID
	// subject is who calls; the gate fills it in.
	subject string
}

type callKey struct{}

func (r reporter) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	ctx, c := r.begin(ctx, info.FullMethod)
	if grpc.ServerTransportStreamFromContext(ctx) != nil { // Within the process there is none, and SetTrailer would write a long error.
		_ = grpc.SetTrailer(ctx, metadata.Pairs(traceTrailer, c.traceID))
	}
	response, err := handler(ctx, request)
	if err := r.end(ctx, c, err); err != nil {
		return nil, err
	}
	return response, nil
}

func (r reporter) stream(server any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx, c := r.begin(ss.Context(), info.FullMethod)
	ss.SetTrailer(metadata.Pairs(traceTrailer, c.traceID))
	return r.end(ctx, c, handler(server, &stream{ServerStream: ss, ctx: ctx}))
}

// begin notes the call. A caller that sent no trace context gets a new one, so
// that every call can be found and what it causes hangs together.
func (r reporter) begin(ctx context.Context, method string) (context.Context, *call) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = received(ctx)
	}
	ctx, span := telemetry.Begin(ctx)
	c := &call{method: method, begin: r.now(), traceID: span.TraceID().String(), span: span.SpanID()}
	return context.WithValue(ctx, callKey{}, c), c
}

// end makes the status that the caller sees, and logs the call.
func (r reporter) end(ctx context.Context, c *call, err error) error {
	if err == nil && !r.logger.Enabled(ctx, slog.LevelDebug) {
		return nil
	}
	st := conclude(c, err)
	attributes := []slog.Attr{
		slog.String("method", c.method),
		slog.String("code", st.Code().String()),
		slog.Duration("duration", r.now().Sub(c.begin)),
		slog.String("trace_id", c.traceID),
		slog.String("span_id", c.span.String()),
	}
	if c.subject != "" {
		attributes = append(attributes, slog.String("subject", c.subject))
	}
	level := slog.LevelDebug
	if err != nil {
		level = slog.LevelInfo
		reason := errs.Reason(st.Err())
		attributes = append(attributes, slog.String("reason", reason))
		trace.SpanFromContext(ctx).SetAttributes(attribute.String("redress.reason", reason))
	}
	if code := st.Code(); code == codes.Internal || code == codes.Unavailable || code == codes.DeadlineExceeded {
		// These are about us, not about the request: operators need the cause.
		attributes = append(attributes, slog.String("cause", err.Error()))
	}
	if st.Code() == codes.Internal {
		level = slog.LevelError
	}
	r.logger.LogAttrs(ctx, level, "call", attributes...)
	return st.Err()
}

// conclude finds the status of a call. An internal error is told its trace id.
func conclude(c *call, err error) *status.Status {
	st := errs.Status(err)
	if st.Code() != codes.Internal || errs.Reason(st.Err()) != errorv1.Reason_INTERNAL.String() {
		return st
	}
	if status.Code(err) == codes.Unimplemented {
		return methodNotFound(c.method).GRPCStatus()
	}
	told := &errs.Error{Code: st.Code(), Reason: errorv1.Reason_INTERNAL.String(), Message: st.Message()}
	return told.With("trace_id", c.traceID).GRPCStatus()
}
