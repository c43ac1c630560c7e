package suite_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/suite"
)

// TestTooMuchOverREST proves what front ends see of the policy's limits: 429 for a caller who calls too often, and 503 for what is too
// much at a time, each with the time to wait.
func TestTooMuchOverREST(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, []byte("traffic: {per_identity: {times: 3, within: 1h}, streams: 1, retry_after: 7s}\n"), 0o600))
	policy, err := suite.LoadPolicy(path)
	require.NoError(t, err)
	cfg := anywhere(t.TempDir())
	cfg.Migrate = true
	listeners, err := suite.Listen(cfg)
	require.NoError(t, err)
	s, err := suite.New(t.Context(), cfg, deps(policy, listeners))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, s.Close())
	})
	require.Eventually(t, func() bool { code, _ := ready(t, s.AdminAddress()); return code == http.StatusOK }, time.Minute, 20*time.Millisecond)
	as := func(subject string, role authv1.Role) *house {
		token, err := suite.DevelopmentToken(cfg.DataDir, subject, []authv1.Role{role}, time.Hour, time.Now)
		require.NoError(t, err)
		return &house{t: t, cfg: cfg, url: "http://" + s.HTTPAddress(), token: token}
	}
	file := func(h *house) reply {
		return h.call(http.MethodPost, "/v1/complaints", strings.NewReader(`{"statement":"It never came.","complainant":{"customerId":"1"}}`))
	}
	lin := as("agents/lin", authv1.Role_AGENT)
	for range 3 {
		require.Equal(t, http.StatusOK, file(lin).status)
	}
	refused := file(lin)
	refused.refuses(t, http.StatusTooManyRequests, "TOO_MANY_REQUESTS")
	require.Equal(t, map[string]any{"limit": "identity"}, refused.body["metadata"])
	seconds, err := strconv.Atoi(refused.header.Get("Retry-After"))
	require.NoError(t, err)
	require.InDelta(t, 20*60, seconds, 5*60)
	require.Equal(t, http.StatusOK, file(as("agents/ma", authv1.Role_AGENT)).status)

	zhao := as("agents/zhao", authv1.Role_SUPERVISOR)
	rows, send := io.Pipe()
	answered := make(chan *http.Response, 1)
	go func() {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, zhao.url+"/v1/complaints:import?source=crm", rows)
		if err == nil {
			req.Header.Set("Authorization", "Bearer "+zhao.token)
			var resp *http.Response
			if resp, err = http.DefaultClient.Do(req); err == nil { //nolint:bodyclose // Closed by the test.
				answered <- resp
			}
		}
		if err != nil {
			t.Error(err)
			close(answered)
		}
	}()
	_, err = io.WriteString(send, "{\"externalId\":\"T-1\"}\n")
	require.NoError(t, err)
	open := <-answered
	require.NotNil(t, open)
	_, err = bufio.NewReader(open.Body).ReadString('\n') // It is under way.
	require.NoError(t, err)
	refused = zhao.call(http.MethodPost, "/v1/complaints:import?source=crm", strings.NewReader("{}\n"))
	refused.refuses(t, http.StatusServiceUnavailable, "OVERLOADED")
	require.Equal(t, map[string]any{"calls": "streams"}, refused.body["metadata"])
	require.Equal(t, "7", refused.header.Get("Retry-After"))
	require.NoError(t, send.Close())
	require.NoError(t, open.Body.Close())
}

// TestLeaving proves that a process which is stopped says so while it still serves, and that whoever follows events does not keep it.
func TestLeaving(t *testing.T) {
	t.Parallel()
	cfg := anywhere(t.TempDir())
	cfg.Migrate, cfg.StopDelay, cfg.DrainTime = true, 10*time.Second, time.Second
	listeners, err := suite.Listen(cfg)
	require.NoError(t, err)
	s, err := build(t, cfg, listeners)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	conn, err := grpc.NewClient(s.GRPCAddress(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	says := func(status healthv1.HealthCheckResponse_ServingStatus) func() bool {
		return func() bool {
			resp, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
			return err == nil && resp.GetStatus() == status
		}
	}
	require.Eventually(t, says(healthv1.HealthCheckResponse_SERVING), time.Minute, 10*time.Millisecond)
	token, err := suite.DevelopmentToken(cfg.DataDir, "agents/audit", []authv1.Role{authv1.Role_AUDITOR}, time.Hour, time.Now)
	require.NoError(t, err)
	watch, err := intakev1.NewEventLogServiceClient(conn).WatchEvents(
		metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token), &eventv1.WatchEventsRequest{})
	require.NoError(t, err)
	_, err = watch.Header()
	require.NoError(t, err)

	cancel()
	require.Eventually(t, says(healthv1.HealthCheckResponse_NOT_SERVING), time.Minute, 10*time.Millisecond)
	code, reason := ready(t, s.AdminAddress())
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, "stopping", reason)
	token, err = suite.DevelopmentToken(cfg.DataDir, "agents/lin", []authv1.Role{authv1.Role_AGENT}, time.Hour, time.Now)
	require.NoError(t, err)
	h := &house{t: t, cfg: cfg, url: "http://" + s.HTTPAddress(), token: token}
	filed := h.call(http.MethodPost, "/v1/complaints", strings.NewReader(`{"statement":"It never came.","complainant":{"customerId":"1"}}`))
	require.Equal(t, http.StatusOK, filed.status, filed.text)
	require.NoError(t, <-ended)
	for err = nil; err == nil; _, err = watch.Recv() { // What it read before, and then the end.
	}
	require.NotErrorIs(t, err, io.EOF)
	require.NoError(t, s.Close())
}
