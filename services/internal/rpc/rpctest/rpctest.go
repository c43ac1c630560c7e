// Package rpctest serves a service to a test through a real connection in
// memory, with all interceptors, keys and tokens of production.
package rpctest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/rpc"
)

// Harness is a running server.
type Harness struct {
	// Minter makes tokens that the server accepts.
	Minter *auth.Minter

	t        testing.TB
	listener *bufconn.Listener
}

// Serve runs a server with what register registers, and with health and
// reflection, until the test ends.
func Serve(tb testing.TB, register func(grpc.ServiceRegistrar)) *Harness {
	tb.Helper()
	return ServeWith(tb, rpc.Deps{}, register)
}

// ServeWith is Serve with some dependencies of the test's own, such as a clock;
// those that are zero are filled in. With a verifier of its own the minter is of no
// use.
func ServeWith(tb testing.TB, deps rpc.Deps, register func(grpc.ServiceRegistrar)) *Harness {
	tb.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(tb, err)
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	if deps.Secret == nil {
		deps.Secret = make([]byte, 32)
	}
	if deps.Retention == 0 {
		deps.Retention = 24 * time.Hour
	}
	if deps.Verifier == nil {
		deps.Verifier = auth.NewVerifier(deps.Now, public)
	}
	server, err := rpc.NewServer(deps)
	require.NoError(tb, err)
	if register != nil {
		register(server)
	}
	rpc.RegisterStandard(server)
	h := &Harness{Minter: auth.NewMinter(private, deps.Now), t: tb, listener: bufconn.Listen(1 << 20)}
	done := make(chan error, 1)
	go func() { done <- server.Serve(h.listener) }()
	tb.Cleanup(func() {
		server.Stop()
		if err := <-done; !errors.Is(err, grpc.ErrServerStopped) { // So it is when a test ends before the server began.
			require.NoError(tb, err)
		}
	})
	return h
}

// Conn is a connection that speaks for the subject with the roles. Unlike those
// of production it does not repeat calls, so that tests see each answer.
func (h *Harness) Conn(subject string, roles ...authv1.Role) *grpc.ClientConn {
	h.t.Helper()
	return h.Dial(auth.Credentials(h.Minter, subject, roles...), grpc.WithDisableRetry())
}

// Anonymous is a connection without a token.
func (h *Harness) Anonymous() *grpc.ClientConn {
	h.t.Helper()
	return h.Dial(nil, grpc.WithDisableRetry())
}

// Dial is a connection as production makes it, with the given credentials and
// options.
func (h *Harness) Dial(creds credentials.PerRPCCredentials, opts ...grpc.DialOption) *grpc.ClientConn {
	h.t.Helper()
	dialer := grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return h.listener.DialContext(ctx)
	})
	conn, err := rpc.Dial("passthrough:///memory", creds, append(opts, dialer)...)
	require.NoError(h.t, err)
	h.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// WithKey adds an idempotency key to the calls made with the context.
func WithKey(ctx context.Context, key string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "idempotency-key", key)
}

// RequireReason fails the test unless the error came with the code and, in an
// ErrorInfo of Redress, the reason.
func RequireReason(t require.TestingT, err error, code codes.Code, reason string) {
	if helper, ok := t.(interface{ Helper() }); ok {
		helper.Helper()
	}
	require.Error(t, err)
	st := status.Convert(err)
	require.Equal(t, code.String(), st.Code().String(), st.Message())
	for _, detail := range st.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			require.Equal(t, errs.Domain, info.GetDomain())
			require.Equal(t, reason, info.GetReason(), st.Message())
			return
		}
	}
	require.Fail(t, "the error has no ErrorInfo", st.Message())
}

// RequireField fails the test unless the error says that this field is not valid.
func RequireField(t require.TestingT, err error, field string) {
	if helper, ok := t.(interface{ Helper() }); ok {
		helper.Helper()
	}
	require.Error(t, err)
	st := status.Convert(err)
	require.Equal(t, codes.InvalidArgument.String(), st.Code().String(), st.Message())
	var fields []string
	for _, detail := range st.Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, violation := range bad.GetFieldViolations() {
				fields = append(fields, violation.GetField())
			}
		}
	}
	require.Equal(t, []string{field}, fields, st.Message())
}

// RequireMetadata fails the test unless the error's ErrorInfo says this.
func RequireMetadata(t require.TestingT, err error, key, value string) {
	if helper, ok := t.(interface{ Helper() }); ok {
		helper.Helper()
	}
	require.Error(t, err)
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			require.Equal(t, value, info.GetMetadata()[key])
			return
		}
	}
	require.Fail(t, "the error has no ErrorInfo", err.Error())
}
