package suite_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/suite"
)

// TestAGatewayIsReadyWhileAnyServiceAnswers: with one service away a gateway serves the calls of the others, and with none it says so.
func TestAGatewayIsReadyWhileAnyServiceAnswers(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "OPS-1")
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	followup := grpc.NewServer()
	healthv1.RegisterHealthServer(followup, health.NewServer())
	served := make(chan error, 1)
	go func() { served <- followup.Serve(listener) }()

	const nobody = "127.0.0.1:1"
	cfg := anywhere(t.TempDir())
	cfg.Roles, cfg.Migrate, cfg.FollowupAddress = []suite.Role{suite.Gateway}, true, listener.Addr().String()
	cfg.IntakeAddress, cfg.RoutingAddress, cfg.RemedyAddress = nobody, nobody, nobody
	listeners, err := suite.Listen(cfg)
	require.NoError(t, err)
	s, err := build(t, cfg, listeners)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	isReady := func() bool { code, _ := ready(t, s.AdminAddress()); return code == http.StatusOK }
	require.Eventually(t, isReady, time.Minute, 20*time.Millisecond)
	followup.Stop()
	require.NoError(t, <-served)
	require.Eventually(t, func() bool { return !isReady() }, time.Minute, 20*time.Millisecond)
	_, says := ready(t, s.AdminAddress())
	require.Contains(t, says, "no service answers")
	for _, role := range []string{"intake", "routing", "remedy", "followup", "review"} {
		require.Contains(t, says, role+" does not answer")
	}
	cancel()
	require.NoError(t, <-ended)
	require.NoError(t, s.Close())
}
