package rpc

import (
	"context"
	"crypto/rand"
	_ "embed" // For the service config.
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
)

const (
	// defaultDeadline ends calls whose caller set no deadline.
	defaultDeadline = 10 * time.Second
	// pingEvery is how often an idle connection is asked whether it lives.
	pingEvery = 30 * time.Second
	// A service that was away is found again soon after it is back: gRPC itself
	// would wait for up to two minutes.
	firstDial   = 100 * time.Millisecond
	longestDial = 2 * time.Second
	// A call that streams holds this much that its reader has not asked for yet.
	// gRPC's own measure grows to 16 MiB a call when the machine is busy, which is
	// when memory is short; a file is read in the order it is sent, so more than
	// this makes nothing faster in a data centre.
	streamWindow = 1 << 20
	// connectionWindow is that of all calls of a connection together.
	connectionWindow = 16 << 20
	// maxAnswer leaves room for a page of large events.
	maxAnswer = 64 << 20
)

// ServiceConfig is how clients call services of Redress, in gRPC's own form, which
// docs/transport.md publishes: calls take turns among a service's replicas, and
// one that finds a service UNAVAILABLE is repeated, for a moment. Nothing else is
// repeated anywhere below those who know what a repetition means.
//
//go:embed service_config.json
var ServiceConfig string

// Dial makes a connection to a server of Redress; nothing is sent before the
// first call. Calls that find the service UNAVAILABLE are tried up to four times
// within a second; a command without an idempotency key gets one of its own, so
// that it is carried out once even when an answer was lost on the way (API-1). A
// unary call without a deadline gets one of ten seconds. The connection is in
// plaintext, for loopback; with Secured it is TLS.
// An error is what the service answered, or says in our words which service did
// not. Calls go on with the trace of their context. Credentials may be nil for
// anonymous calls; opts, among them Traced, come last and win.
func Dial(target string, creds credentials.PerRPCCredentials, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	all := []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultServiceConfig(ServiceConfig),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
		grpc.WithStaticStreamWindowSize(streamWindow),
		grpc.WithStaticConnWindowSize(connectionWindow),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: firstDial, Multiplier: 1.6, Jitter: 0.2, MaxDelay: longestDial},
			MinConnectTimeout: longestDial,
		}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingEvery, Timeout: pingEvery / 3, PermitWithoutStream: true}),
		grpc.WithChainUnaryInterceptor(explainUnary, deadline, ensureKey, carryUnary),
		grpc.WithChainStreamInterceptor(explainStream, carryStream),
	}
	if creds != nil {
		all = append(all, grpc.WithPerRPCCredentials(creds))
	}
	return grpc.NewClient(target, append(all, opts...)...)
}

// deadline gives a call a deadline that has none.
func deadline(ctx context.Context, method string, request, response any, conn *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, defaultDeadline)
		defer cancel()
	}
	return invoker(ctx, method, request, response, conn, opts...)
}

// ensureKey gives a call an idempotency key that has none. All attempts of the
// call share it. Reading needs no key.
func ensureKey(ctx context.Context, method string, request, response any, conn *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	_, name, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	outgoing, _ := metadata.FromOutgoingContext(ctx)
	if len(outgoing.Get(keyHeader)) == 0 && !strings.HasPrefix(name, "Get") && !strings.HasPrefix(name, "List") {
		ctx = metadata.AppendToOutgoingContext(ctx, keyHeader, rand.Text())
	}
	return invoker(ctx, method, request, response, conn, opts...)
}
