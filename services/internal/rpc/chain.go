package rpc

import (
	"context"
	"slices"

	"google.golang.org/grpc"
)

// interceptors are what every call passes, the outermost first; doc.go says why
// in this order. Whatever is asked of all calls stands here and nowhere else.
func interceptors(report reporter, gate gate, traffic *traffic, rows rower, checks checker, keys keyReader) (
	unary []grpc.UnaryServerInterceptor, streams []grpc.StreamServerInterceptor,
) {
	for _, link := range []struct {
		unary  grpc.UnaryServerInterceptor
		stream grpc.StreamServerInterceptor
	}{
		{report.unary, report.stream},   // Trace id, log line, errors as statuses.
		{guardUnary, guardStream},       // Panics.
		{gate.unary, gate.stream},       // Token, and access declared on the method.
		{traffic.unary, traffic.stream}, // How often, and how many at a time.
		{rows.unary, rows.stream},       // Whether the caller sees the complaint.
		{checks.unary, checks.stream},   // The contract.
		{keys.unary, keys.stream},       // The idempotency key.
	} {
		unary, streams = append(unary, link.unary), append(streams, link.stream)
	}
	return unary, streams
}

// chain makes one interceptor of several, the first of which is the outermost.
func chain(all ...grpc.UnaryServerInterceptor) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		for _, each := range slices.Backward(all) {
			next := handler
			handler = func(ctx context.Context, request any) (any, error) { return each(ctx, request, info, next) }
		}
		return handler(ctx, request)
	}
}
