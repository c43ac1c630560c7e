package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is the standalone as its users start it: a program of its own, which can be killed and started again.
type process struct {
	binary, dir          string
	http, grpc, temporal string
	out, log             *safeBuffer
	cmd                  *exec.Cmd
	ended                chan struct{}
}

// newProcess builds the standalone for a data directory of the test. It does not run yet.
func newProcess(t *testing.T) *process {
	t.Helper()
	// The test cache does not know what the compiler reads. All but main.go is a dependency of this package.
	_, err := os.ReadFile("../main.go")
	require.NoError(t, err)
	p := &process{binary: filepath.Join(t.TempDir(), "standalone"), dir: t.TempDir(), log: &safeBuffer{}}
	began := time.Now()
	out, err := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", p.binary, "..").CombinedOutput()
	require.NoError(t, err, string(out))
	t.Logf("built in %s", time.Since(began).Round(time.Second))
	addresses := freeAddresses(t, 3)
	p.http, p.grpc, p.temporal = addresses[0], addresses[1], addresses[2]
	t.Cleanup(func() {
		p.kill(t)
		if t.Failed() {
			t.Log(tail(p.log.String()))
		}
	})
	return p
}

// start runs the program on its data and returns when it says that it does.
func (p *process) start(t *testing.T) {
	t.Helper()
	p.out, p.ended = &safeBuffer{}, make(chan struct{})
	// The end of the test ends it in the cleanup, and no sooner.
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), p.binary,
		"--data-dir", p.dir, "--http-addr", p.http, "--grpc-addr", p.grpc, "--temporal-addr", p.temporal, "--temporal-ui-addr", "", "--admin-addr", "off")
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.log
	require.NoError(t, p.cmd.Start())
	go func(cmd *exec.Cmd, ended chan<- struct{}) {
		_ = cmd.Wait()
		close(ended)
	}(p.cmd, p.ended)
	await(t, time.Minute, 20*time.Millisecond, func() string {
		select {
		case <-p.ended:
			t.Fatal("the standalone ended instead of starting")
		default:
		}
		if strings.Contains(p.out.String(), "Redress is running") {
			return ""
		}
		return "the standalone does not start"
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
	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	began := time.Now()
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		t.Fatal("Ctrl-C did not end the standalone within 10 seconds")
	}
	require.Zero(t, p.cmd.ProcessState.ExitCode())
	t.Logf("Ctrl-C ended it after %s", time.Since(began).Round(10*time.Millisecond))
}

// freeAddresses finds loopback addresses that nobody listens on. They are below the ports that systems give to outgoing
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
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses
}

// tail is the end of a long log.
func tail(log string) string {
	const length = 20000
	return log[max(0, len(log)-length):]
}
