package suite_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/logtest"
	"github.com/redress-dev/redress/services/suite"
)

// anywhere is a configuration on free ports. Nothing answers at its Temporal's address.
func anywhere(dir string) suite.Config {
	const free = "127.0.0.1:0"
	return suite.Config{DataDir: dir, GRPCAddress: free, HTTPAddress: free, AdminAddress: free, TemporalAddress: "127.0.0.1:1"}
}

// build opens a suite with the default policy.
func build(t *testing.T, cfg suite.Config, listeners *suite.Listeners) (*suite.Suite, error) {
	t.Helper()
	policy, err := suite.LoadPolicy("")
	require.NoError(t, err)
	return suite.New(t.Context(), cfg, deps(policy, listeners))
}

func deps(policy *suite.Policy, listeners *suite.Listeners) suite.Deps {
	return suite.Deps{Policy: policy, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Listeners: listeners}
}

// ready asks a suite's operators' address whether it serves.
func ready(t *testing.T, address string) (code int, says string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/readyz", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Status string `json:"status"`
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	return resp.StatusCode, answer.Status
}

// TestAProcessWaitsForItsInstallation proves that a process may be started before keys and tables are there, says what it waits
// for, and serves as soon as they are.
func TestAProcessWaitsForItsInstallation(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "OPS-1")
	cfg := anywhere(t.TempDir())
	listeners, err := suite.Listen(cfg)
	require.NoError(t, err)
	policy, err := suite.LoadPolicy("")
	require.NoError(t, err)
	built := make(chan *suite.Suite, 1)
	var log logtest.Buffer
	go func() {
		waits := deps(policy, listeners)
		waits.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		s, err := suite.New(t.Context(), cfg, waits)
		if err != nil {
			t.Error(err)
		}
		built <- s
	}()
	require.Eventually(t, func() bool { _, says := ready(t, listeners.Admin()); return says != "starting" }, time.Minute, 10*time.Millisecond)
	requireToldOnce(t, &log)
	code, says := ready(t, listeners.Admin())
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, says, "waiting for keys")
	require.Contains(t, says, "token.key")

	var done []string
	err = suite.Migrate(t.Context(), cfg, slog.New(slog.DiscardHandler), time.Now, func(step string) { done = append(done, step) })
	require.ErrorContains(t, err, cfg.TemporalAddress, "Temporal is away, and the operator is told")
	require.Len(t, done, 6, "what does not need Temporal was done: %v", done)

	s := <-built
	require.NotNil(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	require.Eventually(t, func() bool { code, _ := ready(t, s.AdminAddress()); return code == http.StatusOK }, time.Minute, 20*time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
	require.NoError(t, s.Close())
}

// requireToldOnce waits until what is waited for was looked for three times: people are told once, and each further look is for who looks for a fault.
func requireToldOnce(t *testing.T, log *logtest.Buffer) {
	t.Helper()
	levels := regexp.MustCompile(`level=(\w+) msg="waiting; [^"]*" for=keys`)
	var told [][]string
	require.Eventually(t, func() bool {
		told = levels.FindAllStringSubmatch(log.String(), -1)
		return len(told) > 2
	}, 3*time.Minute, 20*time.Millisecond)
	for n, line := range told {
		require.Equal(t, n == 0, line[1] == "INFO", "%s", log.String())
		require.Contains(t, []string{"INFO", "DEBUG"}, line[1])
	}
}

// TestWaitingCanBeEnded proves that a process that waits can be stopped.
func TestWaitingCanBeEnded(t *testing.T) {
	t.Parallel()
	cfg := anywhere(t.TempDir())
	listeners, err := suite.Listen(cfg)
	require.NoError(t, err)
	policy, err := suite.LoadPolicy("")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = suite.New(ctx, cfg, deps(policy, listeners))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, listeners.Close())
}

// TestMistakesAreNotWaitedFor proves that what no waiting can mend is told at once.
func TestMistakesAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*suite.Config)
		says   string
	}{
		"one role on SQLite": {func(c *suite.Config) { c.Roles = []suite.Role{suite.Intake} }, "--database"},
		"share of traces":    {func(c *suite.Config) { c.TraceRatio = 2 }, "--trace-ratio"},
		"no such database":   {func(c *suite.Config) { c.Database, c.Migrate = "mysql://x", true }, "postgres://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := anywhere(t.TempDir())
			test.change(&cfg)
			listeners, err := suite.Listen(cfg)
			require.NoError(t, err)
			_, err = build(t, cfg, listeners)
			require.ErrorContains(t, err, test.says)
			require.NoError(t, listeners.Close())
		})
	}
}

// TestRoles proves which names are roles, and where processes of each answer when they are told nothing.
func TestRoles(t *testing.T) {
	t.Parallel()
	roles, err := suite.ParseRoles([]string{"all"})
	require.NoError(t, err)
	require.Equal(t, suite.Roles(), roles)
	for _, names := range [][]string{nil, {"intakes"}, {"intake", "intake"}, {"all", "intake"}} {
		_, err := suite.ParseRoles(names)
		require.Error(t, err, "%v", names)
	}
	require.Equal(t, "127.0.0.1:9090", suite.Config{}.WithDefaults().GRPCAddress)
	taken := map[string]suite.Role{}
	for _, role := range suite.Roles() {
		cfg := suite.Config{Roles: []suite.Role{role}}.WithDefaults()
		for _, address := range []string{cfg.GRPCAddress, cfg.AdminAddress} {
			require.Empty(t, taken[address], "%s of %s", address, role)
			taken[address] = role
		}
	}
	cfg := suite.Config{}.WithDefaults()
	for address, role := range map[string]suite.Role{
		cfg.IntakeAddress: suite.Intake, cfg.RoutingAddress: suite.Routing, cfg.RemedyAddress: suite.Remedy, cfg.FollowupAddress: suite.Followup,
	} {
		require.Equal(t, role, taken[address], "by default each role is looked for where it answers by default")
	}
}
