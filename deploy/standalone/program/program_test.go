package program_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/program"
	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// config is a program on free ports.
func config(t *testing.T) program.Config {
	t.Helper()
	return program.Config{
		Suite: suite.Config{
			DataDir: t.TempDir(), HTTPAddress: "127.0.0.1:0", GRPCAddress: "127.0.0.1:0", AdminAddress: "127.0.0.1:0", TemporalAddress: "127.0.0.1:0",
		},
		UIAddress: "127.0.0.1:0",
	}
}

func deps() program.Deps { return program.Deps{Now: time.Now, Stderr: io.Discard} }

// TestMistakesAreExplained proves that a newcomer's mistakes give one clear line, and leave nothing running.
func TestMistakesAreExplained(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("version: \"\"\nlimits: {max_page_size: 0}\n"), 0o600))

	for name, test := range map[string]struct {
		change func(*program.Config)
		says   []string
	}{
		"REST port taken":     {func(c *program.Config) { c.Suite.HTTPAddress = taken.Addr().String() }, []string{"in use", "--http-addr"}},
		"gRPC port taken":     {func(c *program.Config) { c.Suite.GRPCAddress = taken.Addr().String() }, []string{"in use", "--grpc-addr"}},
		"Temporal port taken": {func(c *program.Config) { c.Suite.TemporalAddress = taken.Addr().String() }, []string{"in use", "--temporal-addr"}},
		"UI port taken":       {func(c *program.Config) { c.UIAddress = taken.Addr().String() }, []string{"in use", "--temporal-ui-addr"}},
		"directory is a file": {func(c *program.Config) { c.Suite.DataDir = file }, []string{"not a directory"}},
		"policy is missing":   {func(c *program.Config) { c.Policy = "nowhere.yaml" }, []string{"nowhere.yaml"}},
		"policy is bad":       {func(c *program.Config) { c.Policy = file }, []string{file + ":", "limits.max_page_size"}},
		"no host":             {func(c *program.Config) { c.Suite.HTTPAddress = ":0" }, []string{"names no host"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t)
			test.change(&cfg)
			_, err := program.New(t.Context(), cfg, deps())
			require.Error(t, err)
			for _, text := range test.says {
				require.ErrorContains(t, err, text)
			}
		})
	}
}

// TestStopAndStart proves that the program drains quickly and carries on with the same keys.
func TestStopAndStart(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "OPS-1")
	cfg := config(t)
	var tokens []string
	for range 2 {
		p, err := program.New(t.Context(), cfg, deps())
		require.NoError(t, err)
		require.Contains(t, p.Banner(), "http://"+p.HTTPAddress()+"/v1/complaints")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		require.NoError(t, p.Run(ctx))
		require.NoError(t, p.Close())
		require.Less(t, time.Since(began), 10*time.Second)
		key, err := os.ReadFile(filepath.Join(cfg.Suite.DataDir, "token.key"))
		require.NoError(t, err)
		tokens = append(tokens, string(key))
	}
	require.Equal(t, tokens[0], tokens[1])
	entries, err := filepath.Glob(filepath.Join(cfg.Suite.DataDir, "*.key"))
	require.NoError(t, err)
	require.Len(t, entries, 5)
	for _, path := range entries {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), path)
	}
}

// TestALostVaultKeyIsNotReplaced proves that data sealed with one key is never continued with another.
func TestALostVaultKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	cfg := config(t)
	p, err := program.New(t.Context(), cfg, deps())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	token, err := p.Token("agents/lin", authv1.Role_AGENT)
	require.NoError(t, err)
	body := strings.NewReader(`{"statement": "x", "complainant": {"customerId": "1"}}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.HTTPAddress()+"/v1/complaints", body)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	cancel()
	require.NoError(t, <-done)
	require.NoError(t, p.Close())

	kept := filepath.Join(t.TempDir(), "kept")
	require.NoError(t, os.Rename(filepath.Join(cfg.Suite.DataDir, "vault.key"), kept))
	_, err = program.New(t.Context(), cfg, deps())
	require.ErrorContains(t, err, "vault.key")
	require.ErrorContains(t, err, "restore it")
	require.NoError(t, os.Rename(kept, filepath.Join(cfg.Suite.DataDir, "vault.key")))
	p, err = program.New(t.Context(), cfg, deps())
	require.NoError(t, err)
	require.NoError(t, p.Close())
}

// TestTokenNeedsAnInstallation proves that a token is never signed with a key that nobody knows.
func TestTokenNeedsAnInstallation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := suite.DevelopmentToken(dir, "agents/lin", []authv1.Role{authv1.Role_AGENT}, time.Hour, time.Now)
	require.ErrorContains(t, err, "--data-dir")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

// TestParse proves that a flag wins over its environment variable, which wins over the default.
func TestParse(t *testing.T) {
	t.Parallel()
	env := []string{
		"REDRESS_DATA_DIR=from-env", "REDRESS_HTTP_ADDR=127.0.0.1:1", "REDRESS_TEMPORAL_UI_ADDR=", "REDRESS_SERVER=127.0.0.1:1", "REDRESS_INTAKE_ADDR=a:1",
	}
	cfg, err := program.Parse([]string{"--http-addr", "127.0.0.1:2"}, env, io.Discard)
	require.NoError(t, err)
	require.Equal(t, []string{"from-env", "127.0.0.1:2", "127.0.0.1:9090", "127.0.0.1:9190", ""},
		[]string{cfg.Suite.DataDir, cfg.Suite.HTTPAddress, cfg.Suite.GRPCAddress, cfg.Suite.AdminAddress, cfg.UIAddress})
	require.Equal(t, slog.LevelWarn, cfg.LogLevel)

	var told strings.Builder
	_, err = program.Parse([]string{"--help"}, env, &told)
	require.ErrorIs(t, err, settings.ErrPrinted)
	for _, text := range []string{"REDRESS_POLICY", "--temporal-ui-addr", "--log-level", "--data-dir"} {
		require.Contains(t, told.String(), text)
	}
	told.Reset()
	_, err = program.Parse([]string{"--print-config", "--database=postgres://u:s3cret@h/d"}, env, &told)
	require.ErrorIs(t, err, settings.ErrPrinted)
	for _, line := range []string{
		"http-addr: 127.0.0.1:1 # $REDRESS_HTTP_ADDR", "grpc-addr: 127.0.0.1:9090 # default", "log-level: warn # default",
		"database: postgres://u:xxxxx@h/d # --database, masked",
	} {
		require.Contains(t, told.String(), "\n"+line+"\n")
	}
	for _, args := range [][]string{{"--nonsense"}, {"extra"}, {"--log-level", "loud"}, {"--intake-addr=a:1"}, {"--trace-ratio=2"}} {
		_, err = program.Parse(args, env, io.Discard)
		require.Error(t, err, "%v", args)
	}
	_, err = program.Parse(nil, []string{"REDRESS_HTTP_ADR=127.0.0.1:1"}, io.Discard)
	require.EqualError(t, err, "$REDRESS_HTTP_ADR: no such setting; did you mean REDRESS_HTTP_ADDR?")
}
