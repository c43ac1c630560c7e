package rpc

import (
	"errors"
	"log/slog"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/reflect/protoregistry"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

const (
	// maxRequest is the largest request that is looked at: an event with the
	// largest payload, and room for what surrounds it.
	maxRequest = 2 << 20
	// maxReceive is where gRPC itself hangs up, in its own words. Between the two
	// a caller is told the limit.
	maxReceive = 4 * maxRequest
	// minPing is how often clients may ask whether the connection lives. It is
	// less than pingEvery, or well-behaved clients would be thrown out.
	minPing = pingEvery / 2
	// longestConnection is after how long clients are asked to connect anew. Names
	// are looked up only then, so that replicas that were added get their share.
	// Calls in progress end where they are.
	longestConnection = 10 * time.Minute
	// keptWorkers are goroutines that answer one call after the other; calls beyond
	// them get one of their own. A new one grows its stack several times on its way
	// through the interceptors to the database, which costs more than the way.
	keptWorkers = 32
	// minSecret is the least length of a secret that digests are keyed with.
	minSecret = 32
)

// Deps is what a server needs. All of it is required but Rows, Telemetry,
// Credentials and Traffic.
type Deps struct {
	// Verifier checks the callers' tokens.
	Verifier auth.Verifier
	// Rows keeps callers to the complaints that they may see; nil where all see all.
	Rows Rows
	// Logger gets one line a call.
	Logger *slog.Logger
	// Secret keys the digests of requests, by which a reused idempotency key is
	// noticed; at least 32 bytes, the same in all replicas.
	Secret []byte
	// Retention is how long an idempotency key is remembered.
	Retention time.Duration
	// Now is the clock.
	Now func() time.Time
	// Telemetry makes spans and measures calls; nil is as good as telemetry.None.
	Telemetry *telemetry.Telemetry
	// Credentials is TLS for the calls that come over the network; nil for plaintext. Those from inside the process have no wire.
	Credentials credentials.TransportCredentials
	// Traffic is how much is taken at a time; nil for no limits.
	Traffic *policyv1.Traffic
}

func (d Deps) check() error {
	switch {
	case d.Verifier == nil:
		return errors.New("rpc: Deps.Verifier is missing")
	case d.Logger == nil:
		return errors.New("rpc: Deps.Logger is missing")
	case len(d.Secret) < minSecret:
		return errors.New("rpc: Deps.Secret is missing or shorter than 32 bytes")
	case d.Retention <= 0:
		return errors.New("rpc: Deps.Retention is missing")
	case d.Now == nil:
		return errors.New("rpc: Deps.Now is missing")
	}
	return nil
}

// Server is a gRPC server that the own process can call without a connection.
type Server struct {
	*grpc.Server

	inside *inside
}

// RegisterService registers a service, before Serve.
func (s *Server) RegisterService(desc *grpc.ServiceDesc, service any) {
	s.Server.RegisterService(desc, service)
	s.inside.add(desc, service)
}

// Serve answers the calls that come over a listener, and those from inside, until
// the server is stopped.
func (s *Server) Serve(listener net.Listener) error {
	s.inside.begin()
	return s.Server.Serve(listener)
}

// GracefulStop takes no more calls and returns when all are answered: first those
// that came over connections, which may make calls from inside, then these.
func (s *Server) GracefulStop() {
	s.Server.GracefulStop()
	s.inside.end()
}

// Stop ends all calls.
func (s *Server) Stop() {
	s.inside.abort()
	s.Server.Stop()
	s.inside.end()
}

// Shortcut is an option of Dial, for connections of this process to this server:
// unary calls are made without the connection. They get the credentials, which
// are those of the connection. One that finds its service UNAVAILABLE is made
// again over the connection, with as many tries as any. Metrics measure them as
// any call; clients' spans are not made, so whoever traces does without.
func (s *Server) Shortcut(creds credentials.PerRPCCredentials) grpc.DialOption {
	return grpc.WithChainUnaryInterceptor(s.inside.shortcut(creds))
}

// NewServer makes a gRPC server with all interceptors in place. Services
// register themselves with it; RegisterStandard adds health and reflection.
func NewServer(deps Deps) (*Server, error) {
	if err := deps.check(); err != nil {
		return nil, err
	}
	decoder, err := newDecoder()
	if err != nil {
		return nil, err
	}
	access := auth.NewAccess(protoregistry.GlobalFiles)
	report := reporter{logger: deps.Logger, now: deps.Now}
	gate := gate{verifier: deps.Verifier, access: access}
	checks := checker{decoder: decoder, validator: NewValidator()}
	rows := rower{rows: deps.Rows, access: access}
	keys := keyReader{secret: deps.Secret, retention: deps.Retention, now: deps.Now}
	traffic, err := newTraffic(deps)
	if err != nil {
		return nil, err
	}
	unary, streams := interceptors(report, gate, traffic, rows, checks, keys)
	in := newInside(decoder, deps.Now, seen(deps.Telemetry, access), chain(unary...))
	options := []grpc.ServerOption{
		grpc.UnaryInterceptor(in.intercept),
		grpc.ChainStreamInterceptor(streams...),
		grpc.UnknownServiceHandler(unknownMethod),
		grpc.ForceServerCodecV2(decoder),
		grpc.MaxRecvMsgSize(maxReceive),
		grpc.StaticStreamWindowSize(streamWindow),
		grpc.StaticConnWindowSize(connectionWindow),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: longestConnection, Time: pingEvery, Timeout: pingEvery / 3}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPing, PermitWithoutStream: true}),
		grpc.WaitForHandlers(true),
		grpc.NumStreamWorkers(keptWorkers),
	}
	if in.seen != nil {
		options = append(options, grpc.StatsHandler(in.seen))
	}
	if deps.Credentials != nil {
		options = append(options, grpc.Creds(exceptInside{deps.Credentials}))
	}
	return &Server{Server: grpc.NewServer(options...), inside: in}, nil
}

// RegisterStandard adds the health service, which says SERVING, and reflection.
// The returned health server can be told to say something else.
func RegisterStandard(server reflection.GRPCServer) *health.Server {
	status := health.NewServer()
	healthv1.RegisterHealthServer(server, status)
	reflection.Register(server)
	return status
}

// unknownMethod answers the calls of methods that the server does not have.
func unknownMethod(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	return methodNotFound(method)
}

func methodNotFound(method string) *errs.Error {
	return (&errs.Error{
		Code:    codes.Unimplemented,
		Reason:  errorv1.Reason_METHOD_NOT_FOUND.String(),
		Message: "This server has no such method.",
	}).With("method", method)
}
