package e2e_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/program"
	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/settings"
)

// TestCrashPostgres kills the database server while complaints are being filed. The standalone goes on running, says that
// it is unavailable and nothing else, and recovers by itself; nothing that was answered 200 is lost.
func TestCrashPostgres(t *testing.T) {
	covers.Requirement(t, "API-1", "OPS-1")
	db := newPostgres(t)
	db.start(t)
	dir := t.TempDir()
	w := &world{t: t, log: &safeBuffer{}}
	cfg := program.Config{Suite: freePorts(dir), Program: settings.Program{LogLevel: slog.LevelWarn}}
	cfg.Suite.Database = db.url()
	w.run(t, cfg)
	f := newFront(t, w.program.HTTPAddress(), dir)
	f.ready(t)
	r := newRush(t, f, crashSize(t))
	answered, failed := r.until(t, 0.25, 0.6), r.failed.Load()
	killed := time.Now()
	db.kill(t)
	r.noticed(t, failed)
	time.Sleep(2 * time.Second)
	db.start(t)
	t.Logf("killed when %d were answered, away for %s, %d calls failed",
		answered, time.Since(killed).Round(10*time.Millisecond), r.failed.Load()-failed)
	r.finish(t)
	t.Logf("on record before the kill, but answered after it: %d", r.kept(killed))
	// Nothing but the one documented answer, and above all no 500.
	told := r.told()
	delete(told, "503 UNAVAILABLE/UNAVAILABLE")
	require.Empty(t, told)
	newAudit(t, f, w.program.GRPCAddress(), w.program.TemporalAddress(), r.limit()).rush(t, r)
}

// run runs a standalone in this process until the test ends.
func (w *world) run(t *testing.T, cfg program.Config) {
	t.Helper()
	var err error
	w.program, err = program.New(t.Context(), cfg, program.Deps{Now: time.Now, Stderr: w.log})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- w.program.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, w.program.Close())
		if t.Failed() {
			t.Log(tail(w.log.String()))
		}
	})
}

// postgres is a throw-away PostgreSQL server of a test, which can be killed and started again.
type postgres struct {
	bin, dir, port string
	// owner runs a command as the user that owns the data: PostgreSQL refuses to run as root.
	owner []string
	cmd   *exec.Cmd
	log   *safeBuffer
	ended chan struct{}
}

// newPostgres makes the data of a server that does not run yet. It skips the test where PostgreSQL is not tested: a URL for
// tests is not set, and this is no `make test-crash` either.
func newPostgres(t *testing.T) *postgres {
	t.Helper()
	_, full := os.LookupEnv("REDRESS_CRASH_COMPLAINTS")
	required := os.Getenv("REDRESS_TEST_POSTGRES_REQUIRED") == "1"
	if os.Getenv("REDRESS_TEST_POSTGRES_URL") == "" && !full && !required {
		t.Skip("not tested on PostgreSQL: REDRESS_TEST_POSTGRES_URL is empty")
	}
	db := &postgres{bin: postgresPrograms(), log: &safeBuffer{}}
	if db.bin == "" {
		require.False(t, required, "PostgreSQL must be tested, but its server is not installed")
		t.Skip("not tested on PostgreSQL: its server is not installed")
	}
	var err error
	db.dir, err = os.MkdirTemp("", "redress-postgres-") //nolint:usetesting // The owner could not get into the test's directory.
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(db.dir)) })
	if os.Getuid() == 0 {
		db.giveTo(t, "postgres")
	}
	_, db.port, err = net.SplitHostPort(freeAddresses(t, 1)[0])
	require.NoError(t, err)
	out, err := db.command(t, "initdb", "--pgdata", db.data(), "--username", "redress", "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C", "--no-sync").CombinedOutput()
	require.NoError(t, err, string(out))
	t.Cleanup(func() {
		db.kill(t)
		if t.Failed() {
			t.Log(tail(db.log.String()))
		}
	})
	return db
}

// postgresPrograms is the folder of the server's programs: Debian keeps those of each version beside the PATH. Empty when
// there is none.
func postgresPrograms() string {
	folders := []string{"/usr/lib/postgresql/15/bin"}
	if path, err := exec.LookPath("postgres"); err == nil {
		folders = append(folders, filepath.Dir(path))
	}
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil {
			return folder
		}
	}
	return ""
}

func (db *postgres) giveTo(t *testing.T, name string) {
	t.Helper()
	account, err := user.Lookup(name)
	require.NoError(t, err)
	id, err := strconv.Atoi(account.Uid)
	require.NoError(t, err)
	require.NoError(t, os.Chown(db.dir, id, -1))
	db.owner = []string{"runuser", "-u", name, "--"}
}

func (db *postgres) data() string { return filepath.Join(db.dir, "db") }

func (db *postgres) url() string {
	return fmt.Sprintf("postgres://redress@127.0.0.1:%s/postgres?sslmode=disable", db.port)
}

func (db *postgres) command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	line := append(append(append([]string{}, db.owner...), filepath.Join(db.bin, name)), args...)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), line[0], line[1:]...)
	cmd.Dir = db.dir
	return cmd
}

// start runs the server and returns when it takes connections. After a kill it tries until what is left of the one before
// has gone.
func (db *postgres) start(t *testing.T) {
	t.Helper()
	await(t, time.Minute, 20*time.Millisecond, func() string {
		if db.ended == nil {
			db.launch(t)
		}
		select {
		case <-db.ended:
			db.ended = nil
			time.Sleep(100 * time.Millisecond)
		default:
			// The last line of the file says when this server takes connections.
			if text, err := os.ReadFile(db.pidFile()); err == nil && strings.Contains(string(text), "\nready") {
				return ""
			}
		}
		return "PostgreSQL does not start:\n" + tail(db.log.String())
	})
}

func (db *postgres) launch(t *testing.T) {
	t.Helper()
	db.cmd = db.command(t, "postgres", "-D", db.data(), "-p", db.port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
	db.cmd.Stdout, db.cmd.Stderr = db.log, db.log
	require.NoError(t, db.cmd.Start())
	db.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan<- struct{}) {
		_ = cmd.Wait()
		close(ended)
	}(db.cmd, db.ended)
}

func (db *postgres) pidFile() string { return filepath.Join(db.data(), "postmaster.pid") }

// kill ends the server as kill -9 does, if it runs. The file with its process id is left behind, as after any crash.
func (db *postgres) kill(t *testing.T) {
	t.Helper()
	if db.ended == nil {
		return
	}
	text, err := os.ReadFile(db.pidFile())
	require.NoError(t, err)
	id, err := strconv.Atoi(strings.SplitN(string(text), "\n", 2)[0])
	require.NoError(t, err)
	server, err := os.FindProcess(id)
	require.NoError(t, err)
	require.NoError(t, server.Kill())
	<-db.ended
	db.ended = nil
}
