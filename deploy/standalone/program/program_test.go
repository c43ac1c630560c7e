package program_test

import (
	"context"
	"flag"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/program"
	"github.com/redress-dev/redress/gen/covers"
)

// config is a program on free ports.
func config(t *testing.T) program.Config {
	t.Helper()
	return program.Config{
		DataDir: t.TempDir(), HTTPAddress: "127.0.0.1:0", GRPCAddress: "127.0.0.1:0", TemporalAddress: "127.0.0.1:0", UIAddress: "127.0.0.1:0",
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
		"REST port taken":     {func(c *program.Config) { c.HTTPAddress = taken.Addr().String() }, []string{"in use", "--http-addr"}},
		"gRPC port taken":     {func(c *program.Config) { c.GRPCAddress = taken.Addr().String() }, []string{"in use", "--grpc-addr"}},
		"Temporal port taken": {func(c *program.Config) { c.TemporalAddress = taken.Addr().String() }, []string{"in use", "--temporal-addr"}},
		"UI port taken":       {func(c *program.Config) { c.UIAddress = taken.Addr().String() }, []string{"in use", "--temporal-ui-addr"}},
		"directory is a file": {func(c *program.Config) { c.DataDir = file }, []string{"not a directory"}},
		"policy is missing":   {func(c *program.Config) { c.Policy = "nowhere.yaml" }, []string{"nowhere.yaml"}},
		"policy is bad":       {func(c *program.Config) { c.Policy = file }, []string{file + ":", "limits.max_page_size"}},
		"no host":             {func(c *program.Config) { c.HTTPAddress = ":0" }, []string{"names no host"}},
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
		key, err := os.ReadFile(filepath.Join(cfg.DataDir, "token.key"))
		require.NoError(t, err)
		tokens = append(tokens, string(key))
	}
	require.Equal(t, tokens[0], tokens[1])
	entries, err := filepath.Glob(filepath.Join(cfg.DataDir, "*.key"))
	require.NoError(t, err)
	require.Len(t, entries, 3)
	for _, path := range entries {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), path)
	}
}

// TestParse proves that a flag wins over its environment variable, which wins over the default.
func TestParse(t *testing.T) {
	t.Parallel()
	env := map[string]string{"REDRESS_DATA_DIR": "from-env", "REDRESS_HTTP_ADDR": "127.0.0.1:1"}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	cfg, err := program.Parse([]string{"--http-addr", "127.0.0.1:2"}, lookup, io.Discard)
	require.NoError(t, err)
	require.Equal(t, []string{"from-env", "127.0.0.1:2", "127.0.0.1:9090"}, []string{cfg.DataDir, cfg.HTTPAddress, cfg.GRPCAddress})

	var usage strings.Builder
	_, err = program.Parse([]string{"--help"}, lookup, &usage)
	require.ErrorIs(t, err, flag.ErrHelp)
	require.Contains(t, usage.String(), "REDRESS_POLICY")
	for _, args := range [][]string{{"--nonsense"}, {"extra"}, {"--log-level", "loud"}} {
		_, err = program.Parse(args, lookup, io.Discard)
		require.Error(t, err, "%v", args)
	}
}
