package embedded_test

import (
	"bufio"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/redress-dev/redress/deploy/standalone/embedded"
)

// crashDir makes the test binary the server that TestKilledServerCarriesOn kills.
const crashDir = "EMBEDDED_CRASH_DIR"

func TestKilledServerCarriesOn(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		serveUntilKilled(t, dir)
		return
	}
	t.Parallel()
	dir := t.TempDir()
	victim := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledServerCarriesOn$")
	victim.Env = append(os.Environ(), crashDir+"="+dir)
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, victim.Start())
	scanner := bufio.NewScanner(out)
	require.True(t, scanner.Scan())
	id := scanner.Text()
	require.NoError(t, victim.Process.Kill())
	_ = victim.Wait()

	s := start(t, embedded.Config{Dir: dir, FrontendAddress: "127.0.0.1:0"})
	require.Equal(t, id, s.NamespaceID())
	c := dial(t, s, embedded.DefaultNamespace)
	defer c.Close()
	requireListed(t.Context(), t, c, `ExecutionStatus = "Running"`, "complaint/2/1")
	require.NoError(t, c.TerminateWorkflow(t.Context(), "complaint/2/1", "", "seen"))
}

// serveUntilKilled starts a workflow, says so, and is not given time to close.
func serveUntilKilled(t *testing.T, dir string) {
	s, err := embedded.Start(t.Context(), embedded.Config{Dir: dir, FrontendAddress: "127.0.0.1:0"},
		embedded.Deps{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	c := dial(t, s, embedded.DefaultNamespace)
	_, err = c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "complaint/2/1", TaskQueue: taskQueue}, wait)
	require.NoError(t, err)
	_, err = os.Stdout.WriteString(s.NamespaceID() + "\n")
	require.NoError(t, err)
	time.Sleep(time.Minute)
}
