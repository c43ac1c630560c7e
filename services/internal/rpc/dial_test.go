package rpc_test

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/rpc"
)

const (
	// away is how long the service is gone at least. With gRPC's own pauses the dial that follows is the fourth, and the
	// fifth comes more than three seconds after it.
	away = 4 * time.Second
	// foundWithin is more than the longest pause that we want between two dials, and less than gRPC's own by then.
	foundWithin = 3 * time.Second
)

// listen serves health at the address until the returned function is called, which closes the listener and ends connections.
func listen(t *testing.T, address string) (at string, stop func()) {
	t.Helper()
	server, err := rpc.NewServer(rpc.Deps{
		Verifier: auth.NewVerifier(time.Now, make(ed25519.PublicKey, ed25519.PublicKeySize)), Logger: slog.New(slog.DiscardHandler),
		Secret: make([]byte, 32), Retention: time.Hour, Now: time.Now,
	})
	require.NoError(t, err)
	rpc.RegisterStandard(server)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return listener.Addr().String(), func() {
		server.Stop()
		require.NoError(t, <-served)
	}
}

// TestAServiceThatWasAwayIsFoundSoon proves that a connection whose service was gone for so long that gRPC by itself would look
// for it rarely finds it soon after it is back.
func TestAServiceThatWasAwayIsFoundSoon(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for seconds until a service is looked for rarely")
	}
	address, stop := listen(t, "127.0.0.1:0")
	dialed := make(chan bool, 100)
	// Calls are made once, so that they take none of the time themselves.
	conn, err := rpc.Dial(address, nil, grpc.WithDisableRetry(), grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		dialed <- true
		return conn, err
	}))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	call := func() error {
		_, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
		return err
	}
	require.NoError(t, call())

	stop()
	gone := time.Now()
	for ; time.Since(gone) < away; time.Sleep(10 * tick) {
		require.Equal(t, codes.Unavailable.String(), status.Code(call()).String())
	}
	// The service comes back when it has just been looked for, so that the whole pause is still ahead.
	for len(dialed) > 0 {
		<-dialed
	}
	<-dialed
	_, stop = listen(t, address)
	t.Cleanup(stop)
	back := time.Now()
	require.Eventually(t, func() bool { return call() == nil }, foundWithin, 10*tick)
	t.Logf("found %s after it came back", time.Since(back))
}
