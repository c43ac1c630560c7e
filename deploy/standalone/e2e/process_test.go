package e2e_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is a program of its own, as users start it, which can be killed and started again.
type process struct {
	binary    string
	args, env []string
	// says is what it writes to standard output once it runs.
	says     string
	out, log *safeBuffer
	cmd      *exec.Cmd
	ended    chan struct{}
}

// standalone is the process of all of Redress.
type standalone struct {
	*process

	dir, http, grpc, temporal, admin string
}

// newStandalone builds the standalone for a data directory of the test. It does not run yet.
func newStandalone(t *testing.T) *standalone {
	t.Helper()
	addresses := freeAddresses(t, 4)
	p := &standalone{dir: t.TempDir(), http: addresses[0], grpc: addresses[1], temporal: addresses[2], admin: addresses[3]}
	p.process = newProcess(t, compile(t, ".."), "Redress is running",
		"--data-dir", p.dir, "--http-addr", p.http, "--grpc-addr", p.grpc, "--temporal-addr", p.temporal,
		"--temporal-ui-addr", "", "--admin-addr", p.admin, "--workflow-cache", strconv.Itoa(cachedWorkflows))
	return p
}

// cachedWorkflows is far less than there are in a test, so that most are read from their histories when something happens.
const cachedWorkflows = 20

// requireCached fails the test unless the worker holds that many workflows at most, and some.
func (p *standalone) requireCached(t *testing.T) {
	t.Helper()
	response, err := http.Get("http://" + p.admin + "/metrics")
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	held := 0
	for _, sample := range regexp.MustCompile(`(?m)^temporal_sticky_cache_size\{.*\} (\d+)$`).FindAllStringSubmatch(string(page), -1) {
		n, err := strconv.Atoi(sample[1])
		require.NoError(t, err)
		held += n
	}
	require.Positive(t, held)
	require.LessOrEqual(t, held, cachedWorkflows)
}

// newProcess is a process that does not run yet. The end of the test ends it. Settings in the environment of the tests are
// not its own.
func newProcess(t *testing.T, binary, says string, args ...string) *process {
	t.Helper()
	p := &process{binary: binary, args: args, says: says, log: &safeBuffer{}}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "REDRESS_") {
			p.env = append(p.env, variable)
		}
	}
	t.Cleanup(func() {
		p.kill(t)
		if t.Failed() {
			t.Log(strings.Join(p.args, " "), "\n", tail(p.log.String()))
		}
	})
	return p
}

// start runs the program and returns when it says that it does.
func (p *process) start(t *testing.T) {
	t.Helper()
	p.launch(t)
	p.await(t)
}

// launch runs the program.
func (p *process) launch(t *testing.T) {
	t.Helper()
	p.out, p.ended = &safeBuffer{}, make(chan struct{})
	// The end of the test ends it in the cleanup, and no sooner.
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), p.binary, p.args...)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = p.env, p.out, p.log
	require.NoError(t, p.cmd.Start())
	go func(cmd *exec.Cmd, ended chan<- struct{}) {
		_ = cmd.Wait()
		close(ended)
	}(p.cmd, p.ended)
}

// await returns when the program says that it runs.
func (p *process) await(t *testing.T) {
	t.Helper()
	await(t, time.Minute, 20*time.Millisecond, func() string {
		select {
		case <-p.ended:
			t.Fatal("the program ended instead of starting: ", p.args)
		default:
		}
		if strings.Contains(p.out.String(), p.says) {
			return ""
		}
		return "the program does not start: " + strings.Join(p.args, " ")
	})
}

// kill ends the program as kill -9 does, if it runs.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// interrupt ends the program as Ctrl-C does, and requires that it takes its leave in time.
func (p *process) interrupt(t *testing.T) {
	t.Helper()
	p.stop(t, os.Interrupt)
}

// stop ends the program by a signal that it may answer.
func (p *process) stop(t *testing.T, signal os.Signal) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(signal))
	began := time.Now()
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		t.Fatal(signal, " did not end the program within 10 seconds: ", p.args)
	}
	require.Zero(t, p.cmd.ProcessState.ExitCode())
	t.Logf("%s ended it after %s", signal, time.Since(began).Round(10*time.Millisecond))
}

// given are the addresses that freeAddresses has found. Whoever has been given one may not listen on it yet.
var given sync.Map

// freeAddresses finds loopback addresses that nobody listens on, and never the same one twice. They are below the ports that systems give to outgoing
// connections: somebody who keeps knocking at a closed port must not be given that very port.
func freeAddresses(t *testing.T, n int) []string {
	t.Helper()
	var addresses []string
	for tries := 0; len(addresses) < n; tries++ {
		require.Less(t, tries, 1000, "no port is free")
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.N(12000)))
		if err != nil {
			continue
		}
		defer func() { _ = listener.Close() }()
		address := listener.Addr().String()
		if _, again := given.LoadOrStore(address, true); !again {
			addresses = append(addresses, address)
		}
	}
	return addresses
}

// tail is the end of a long log.
func tail(log string) string {
	const length = 20000
	return log[max(0, len(log)-length):]
}
