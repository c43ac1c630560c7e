package suite_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/internal/logtest"
	"github.com/redress-dev/redress/services/internal/tlsfile/tlstest"
	"github.com/redress-dev/redress/services/suite"
)

// run serves a configuration until the test ends.
func run(t *testing.T, cfg suite.Config) *suite.Suite {
	t.Helper()
	listeners, err := suite.Listen(cfg)
	require.NoError(t, err)
	s, err := build(t, cfg, listeners)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, s.Close())
	})
	return s
}

// healthy asks a gRPC server for its health.
func healthy(t *testing.T, address string, creds credentials.TransportCredentials) error {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(creds))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = healthv1.NewHealthClient(conn).Check(ctx, &healthv1.HealthCheckRequest{})
	return err
}

// TestTLSBetweenProcesses proves the whole way: a caller speaks HTTPS with a gateway, which calls services in another process over
// mutual TLS. Nobody else gets in, and a certificate that is rotated is shown without a restart.
func TestTLSBetweenProcesses(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "OPS-1")
	dir, ours, theirs := t.TempDir(), tlstest.New(t, "ours"), tlstest.New(t, "theirs")
	const name = "services.example"
	ca := ours.CA(filepath.Join(dir, "ca.pem"))
	serverCert, serverKey := ours.Pair(dir, "server", time.Hour, name)
	gatewayCert, gatewayKey := ours.Pair(dir, "gateway", time.Hour, "gateway.example")
	edgeCert, edgeKey := ours.Pair(dir, "edge", time.Hour, "127.0.0.1")

	services := anywhere(t.TempDir())
	services.Migrate = true
	services.TLS = suite.TLSConfig{Cert: serverCert, Key: serverKey, ClientCA: ca}
	there := run(t, services)
	front := anywhere(services.DataDir)
	front.Roles = []suite.Role{suite.Gateway}
	front.IntakeAddress, front.RoutingAddress, front.RemedyAddress = there.GRPCAddress(), there.GRPCAddress(), there.GRPCAddress()
	front.FollowupAddress, front.ReviewAddress = there.GRPCAddress()+","+there.GRPCAddress(), there.GRPCAddress()
	front.TLS = suite.TLSConfig{Cert: gatewayCert, Key: gatewayKey, CA: ca, ServerName: name, ClientCA: ca, HTTPCert: edgeCert, HTTPKey: edgeKey, AdminClientCA: ca}
	here := run(t, front)

	browser := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: ours.Pool(), MinVersion: tls.VersionTLS12}}}
	defer browser.CloseIdleConnections()
	token, err := suite.DevelopmentToken(services.DataDir, "agents/lin", []authv1.Role{authv1.Role_AGENT}, time.Hour, time.Now)
	require.NoError(t, err)
	file := func() int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+here.HTTPAddress()+"/v1/complaints",
			strings.NewReader(`{"statement": "It never came.", "complainant": {"customerId": "1"}}`))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := browser.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 2, resp.ProtoMajor)
		return resp.StatusCode
	}
	require.Eventually(t, func() bool { return file() == http.StatusOK }, time.Minute, 20*time.Millisecond)

	resp, err := browser.Get("https://" + here.AdminAddress() + "/readyz")
	if err == nil {
		_ = resp.Body.Close()
	}
	require.ErrorContains(t, err, "certificate required", "operators have to show one")
	resp, err = http.Get("http://" + here.HTTPAddress() + "/healthz")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusBadRequest, resp.StatusCode, "plaintext is refused")

	mine, err := tls.LoadX509KeyPair(gatewayCert, gatewayKey)
	require.NoError(t, err)
	othersCert, othersKey := theirs.Pair(dir, "others", time.Hour, "others.example")
	others, err := tls.LoadX509KeyPair(othersCert, othersKey)
	require.NoError(t, err)
	with := func(certs ...tls.Certificate) credentials.TransportCredentials {
		return credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS13, RootCAs: ours.Pool(), ServerName: name, Certificates: certs})
	}
	require.NoError(t, healthy(t, there.GRPCAddress(), with(mine)))
	require.Error(t, healthy(t, there.GRPCAddress(), with()), "no certificate")
	require.Error(t, healthy(t, there.GRPCAddress(), with(others)), "one of another authority")
	require.Error(t, healthy(t, there.GRPCAddress(), insecure.NewCredentials()))

	shown := func() string {
		config := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: ours.Pool(), ServerName: name, Certificates: []tls.Certificate{mine}}
		conn, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", there.GRPCAddress())
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	before := shown()
	ours.Pair(dir, "server", time.Hour, name)
	require.Eventually(t, func() bool { return shown() != before }, time.Minute, 50*time.Millisecond)
	require.Equal(t, http.StatusOK, file())
}

// TestPlaintextStaysAtHome proves that nothing leaves this host in plaintext unless that is allowed, which the log warns of.
func TestPlaintextStaysAtHome(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "OPS-1")
	away, dir := "10.1.2.3:9091", t.TempDir()
	cert, key := tlstest.New(t, "ours").Pair(dir, "own", time.Hour, "x.example")
	for option, change := range map[string]func(*suite.Config){
		"--grpc-addr 0.0.0.0:0":           func(c *suite.Config) { c.GRPCAddress = "0.0.0.0:0" },
		"--http-addr 0.0.0.0:0":           func(c *suite.Config) { c.HTTPAddress = "0.0.0.0:0" },
		"--admin-addr [::]:0":             func(c *suite.Config) { c.AdminAddress = "[::]:0" },
		"--temporal-addr temporal:7233":   func(c *suite.Config) { c.TemporalAddress = "temporal:7233" },
		"--intake-addr 10.1.2.3:9091":     func(c *suite.Config) { c.Roles, c.IntakeAddress = []suite.Role{suite.Gateway}, away },
		"--review-addr [::1]:1,[fe80::1]": func(c *suite.Config) { c.Roles, c.ReviewAddress = []suite.Role{suite.Gateway}, "[::1]:1,[fe80::1]:1" },
	} {
		cfg := anywhere(dir)
		change(&cfg)
		_, err := suite.Listen(cfg)
		require.ErrorContains(t, err, option)
		require.ErrorContains(t, err, "in plaintext beyond this host")
		require.NotContains(t, err.Error(), "\n")
		cfg.TLS = suite.TLSConfig{Cert: cert, Key: key, HTTPCert: cert, HTTPKey: key, Temporal: true}
		require.NoError(t, cfg.CheckPlaintext(), "TLS protects it")
	}

	cfg := anywhere(dir)
	cfg.Migrate, cfg.GRPCAddress, cfg.TLS.Plaintext = true, "0.0.0.0:0", true
	listeners, err := suite.Listen(cfg)
	require.NoError(t, err)
	policy, err := suite.LoadPolicy("")
	require.NoError(t, err)
	log := &logtest.Buffer{}
	with := deps(policy, listeners)
	with.Logger = slog.New(slog.NewTextHandler(log, nil))
	s, err := suite.New(t.Context(), cfg, with)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.Equal(t, 1, strings.Count(log.String(), "plaintext beyond this host"))
	require.Regexp(t, `level=WARN msg="plaintext beyond.* setting=--grpc-addr address=0\.0\.0\.0:0`, log.String())
	require.True(t, suite.IsLoopback("localhost:1, 127.9.9.9:2,[::1]:3"))
	require.False(t, suite.IsLoopback(net.JoinHostPort("localhost.example", "1")))
}
