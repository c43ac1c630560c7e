package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/embedded"
	"github.com/redress-dev/redress/services/suite"
)

// installation is Redress in the shape of production: each role a process of its own, or two, on PostgreSQL and on a Temporal beside
// them.
type installation struct {
	db       *postgres
	temporal embedded.Config
	server   *embedded.Server
	binary   string
	// file has the settings that all processes share.
	file     string
	dir      string
	gateways []string
	intake   string
	replicas []*replica
	// traces is where all processes send what they are asked to record.
	traces *collector
}

// replica is one of the processes of a role.
type replica struct {
	*process

	role suite.Role
}

// newInstallation plans two processes of each role; nothing runs yet.
func newInstallation(t *testing.T) *installation {
	t.Helper()
	return newInstallationBy(t, crowdPolicy(t), 2)
}

// newInstallationBy plans one or two processes of each role with a policy.
func newInstallationBy(t *testing.T, policy string, each int) *installation {
	t.Helper()
	in := &installation{db: newPostgres(t), binary: compile(t, "../../../services/cmd/redress"), dir: filepath.Join(t.TempDir(), "keys"), traces: collect(t)}
	in.temporal = embedded.Config{Dir: t.TempDir(), FrontendAddress: freeAddresses(t, 1)[0]}
	in.file = filepath.Join(t.TempDir(), "redress.yaml")
	lines := []string{
		"data-dir: " + in.dir, "database: " + in.db.url(), "database-conns: 5", "temporal-addr: " + in.temporal.FrontendAddress, "policy: " + policy,
		"otlp-endpoint: " + in.traces.address, "trace-ratio: 0", // Only the trace that a front end wants recorded.
	}
	for _, role := range suite.Roles() {
		addresses := freeAddresses(t, 6)
		for i := range each {
			args := []string{"serve", string(role), "--config", in.file, "--admin-addr", addresses[i]}
			if role != suite.Worker {
				args = append(args, "--grpc-addr", addresses[2+i])
			}
			if role == suite.Gateway {
				args = append(args, "--http-addr", addresses[4+i])
				in.gateways = append(in.gateways, addresses[4+i])
			}
			in.replicas = append(in.replicas, &replica{newProcess(t, in.binary, "redress: serving "+string(role)+";", args...), role})
		}
		if role != suite.Worker && role != suite.Gateway {
			lines = append(lines, fmt.Sprintf("%s-addr: %s", role, strings.Join(addresses[2:2+each], ",")))
		}
		if role == suite.Intake {
			in.intake = addresses[2]
		}
	}
	require.NoError(t, os.WriteFile(in.file, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	return in
}

// crowdPolicy is that of alertPolicy where so much happens at the same time that an acknowledgement may need more than three seconds.
func crowdPolicy(t *testing.T) string {
	t.Helper()
	path := alertPolicy(t)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	const before, after = "acknowledge: {within: 3s,", "acknowledge: {within: 15s,"
	require.Contains(t, string(text), before)
	require.NoError(t, os.WriteFile(path, bytes.ReplaceAll(text, []byte(before), []byte(after)), 0o600))
	return path
}

// start brings up database, Temporal and processes in an order that nobody would choose: half of the processes first.
func (in *installation) start(t *testing.T) {
	t.Helper()
	rand.Shuffle(len(in.replicas), func(i, j int) { in.replicas[i], in.replicas[j] = in.replicas[j], in.replicas[i] })
	half := len(in.replicas) / 2
	for _, r := range in.replicas[:half] {
		r.launch(t)
	}
	in.db.start(t)
	log := &safeBuffer{}
	in.startTemporal(t, log)
	t.Cleanup(func() {
		require.NoError(t, in.server.Close())
		if t.Failed() {
			t.Log(tail(log.String()))
		}
	})
	for _, r := range in.replicas[:half] {
		require.Empty(t, r.out.String(), "without keys and tables nobody serves")
	}
	first := in.run(t, "migrate", "--config", in.file)
	require.Contains(t, first, "namespace redress in Temporal")
	for _, r := range in.replicas[half:] {
		r.launch(t)
	}
	require.Equal(t, first, in.run(t, "migrate", "--config", in.file), "it may be run again, also beside processes that serve")
	for _, r := range in.replicas {
		r.await(t)
	}
}

// startTemporal starts Temporal on its data and its address, for the first time or again.
func (in *installation) startTemporal(t *testing.T, log *safeBuffer) {
	t.Helper()
	var err error
	in.server, err = embedded.Start(t.Context(), in.temporal, embedded.Deps{Logger: slog.New(slog.NewTextHandler(log, nil))})
	require.NoError(t, err)
}

// run carries out a command of the program and returns what it prints.
func (in *installation) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(context.WithoutCancel(t.Context()), in.binary, args...).CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

// enter returns the installation as a world to tell stories in.
func (in *installation) enter(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, gateways: in.gateways, intake: in.intake, dir: in.dir, log: &safeBuffer{}, slack: 10 * time.Second,
		places: []string{in.dir, in.db.dir, in.temporal.Dir}, said: in.said,
	}
	w.enter(in.temporal.FrontendAddress)
	return w
}

// said is what all processes have logged so far.
func (in *installation) said() string {
	var all strings.Builder
	for _, r := range in.replicas {
		all.WriteString(r.log.String())
	}
	return all.String()
}

// of are the processes of some roles.
func (in *installation) of(roles ...suite.Role) (found []*replica) {
	for _, r := range in.replicas {
		if slices.Contains(roles, r.role) {
			found = append(found, r)
		}
	}
	return found
}

// halves are the processes in two parts, each with one of every role.
func (in *installation) halves() (first, second []*replica) {
	seen := map[suite.Role]bool{}
	for _, r := range in.replicas {
		if seen[r.role] {
			second = append(second, r)
		} else {
			first = append(first, r)
		}
		seen[r.role] = true
	}
	return first, second
}

// restart ends processes as systems do that make room for a new version, and starts them again.
func restart(t *testing.T, replicas []*replica) {
	t.Helper()
	for _, r := range replicas {
		r.stop(t, syscall.SIGTERM)
		require.Contains(t, r.out.String(), "redress: stopped")
	}
	for _, r := range replicas {
		r.launch(t)
	}
	for _, r := range replicas {
		r.await(t)
	}
}
