package suite_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"log/slog"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/suite"
)

// problem asks for something over REST and reads the refusal.
func problem(t *testing.T, method, url string) (status int, header http.Header, reason string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("{}"))
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var answer struct {
		Reason string `json:"reason"`
	}
	require.NoError(t, json.Unmarshal(text, &answer), string(text))
	return resp.StatusCode, resp.Header, answer.Reason
}

// TestWhoCallsAProcessThatWaitsIsRefused proves that nobody is kept waiting by a process that waits itself, over REST or gRPC, and that the
// same callers are served once it serves.
func TestWhoCallsAProcessThatWaitsIsRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "OPS-1")
	cfg := anywhere(t.TempDir())
	listeners, err := suite.Listen(cfg)
	require.NoError(t, err)
	policy, err := suite.LoadPolicy("")
	require.NoError(t, err)
	built := make(chan *suite.Suite, 1)
	go func() {
		s, err := suite.New(t.Context(), cfg, deps(policy, listeners))
		if err != nil {
			t.Error(err)
		}
		built <- s
	}()
	require.Eventually(t, func() bool { _, says := ready(t, listeners.Admin()); return says != "starting" }, time.Minute, 10*time.Millisecond)

	rest, services := listeners.Addresses()
	code, says := ready(t, rest)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, says, "waiting for keys")
	code, header, reason := problem(t, http.MethodPost, "http://"+rest+"/v1/complaints")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, "UNAVAILABLE", reason)
	require.Equal(t, "1", header.Get("Retry-After"))
	require.NotEmpty(t, header.Get("Trace-Id"))

	conn, err := grpc.NewClient(services, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	check := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := healthv1.NewHealthClient(conn).Check(ctx, &healthv1.HealthCheckRequest{})
		return err
	}
	require.Equal(t, codes.Unavailable, status.Code(check()), "not DEADLINE_EXCEEDED")

	err = suite.Migrate(t.Context(), cfg, slog.New(slog.DiscardHandler), time.Now, func(string) {})
	require.ErrorContains(t, err, cfg.TemporalAddress, "Temporal is away, and the operator is told")
	s := <-built
	require.NotNil(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	require.Eventually(t, func() bool { return check() == nil }, time.Minute, 20*time.Millisecond)
	require.Eventually(t, func() bool { code, _ := ready(t, rest); return code == http.StatusOK }, time.Minute, 20*time.Millisecond)
	code, _, reason = problem(t, http.MethodPost, "http://"+rest+"/v1/complaints")
	require.Equal(t, http.StatusUnauthorized, code, reason)
	cancel()
	require.NoError(t, <-ended)
	require.NoError(t, s.Close())
}
