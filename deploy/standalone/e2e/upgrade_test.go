package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// previous builds the standalone of the release before this one, from the history of the repository, and returns it with the folder of its
// sources. It takes minutes, so the tests of upgrades run only where they are asked for.
func previous(t *testing.T) (binary, sources string) {
	t.Helper()
	if os.Getenv("REDRESS_TEST_UPGRADE") == "" {
		t.Skip("make test-upgrade builds the release before this one, which takes minutes")
	}
	text, err := os.ReadFile(filepath.Join(root, "deploy/previous-release"))
	require.NoError(t, err)
	commit := strings.TrimSpace(string(text))
	binaries.mu.Lock()
	defer binaries.mu.Unlock()
	sources = filepath.Join(binaries.dir, "previous")
	if binary = binaries.of[commit]; binary != "" {
		return binary, sources
	}
	run := func(folder, name string, args ...string) {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = folder
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s %v: %s", name, args, out)
	}
	require.NoError(t, os.MkdirAll(sources, 0o700))
	archive := filepath.Join(binaries.dir, "previous.tar")
	run(root, "git", "archive", "--output", archive, commit) // A shallow clone does not have it, and git says so.
	run(sources, "tar", "-xf", archive)
	binary = filepath.Join(binaries.dir, "program-previous")
	run(sources, "go", "build", "-ldflags=-s -w", "-o", binary, "./deploy/standalone")
	binaries.of[commit] = binary
	return binary, sources
}

// TestUpgradeUnderLoad replaces the release before by this one while complaints are filed: stop, start, as docs/upgrades.md has it for the
// standalone. Everything that was answered is on record, once, with its workflow, its callback and its due time, and the logs verify.
func TestUpgradeUnderLoad(t *testing.T) {
	covers.Requirement(t, "OPS-1", "API-1")
	old, _ := previous(t)
	p := newStandalone(t)
	latest := p.binary
	p.binary = old
	p.start(t)
	f := newFront(t, p.http, p.dir)
	f.ready(t)
	r := newRush(t, f, crashSize(t))
	answered, failed := r.until(t, 0.3, 0.6), r.failed.Load()
	began := time.Now()
	p.stop(t, syscall.SIGTERM)
	p.binary = latest
	p.start(t)
	t.Logf("replaced when %d were answered, away for %s, %d calls failed", answered, time.Since(began).Round(10*time.Millisecond), r.failed.Load()-failed)
	r.finish(t)
	a := newAudit(t, f, p.grpc, p.temporal, r.limit())
	a.rush(t, r)
	w := p.enter(t)
	require.Empty(t, w.reconciled(""), "nothing fell between the versions")
	p.interrupt(t)
}

// TestUpgradeKeepsClocks has a callback fall due while the program is replaced, and one that was kept before: verdicts and due times stay, the breach is
// told once, and a workflow that the release before began goes on to the end with this one.
func TestUpgradeKeepsClocks(t *testing.T) {
	covers.Requirement(t, "CALL-1", "CALL-2", "CLK-1")
	old, sources := previous(t)
	p := newStandalone(t)
	latest, args := p.binary, p.args
	p.binary, p.args = old, slices.Concat(args, []string{"--policy", filepath.Join(sources, "deploy/standalone/e2e/testdata/policy.yaml")})
	p.start(t)
	w := p.enter(t)
	owed, kept := w.file("call me"), w.file("call me, too")
	for _, name := range []string{owed, kept} {
		w.eventually("acknowledged", time.Minute, func() bool { return w.duty(name, "1-acknowledge")["state"] == "KEPT" })
	}
	w.post("/v1/"+kept+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	due, verdict := at(t, w.duty(owed, "1-callback"), "dueTime"), w.duty(kept, "1-callback")["verdict"]
	require.NotEmpty(t, verdict)
	p.stop(t, syscall.SIGTERM)
	time.Sleep(time.Until(due)) // It falls due while nothing runs.

	p.binary, p.args = latest, slices.Concat(args, []string{"--policy", demoPolicy})
	p.start(t)
	w = p.enter(t)
	w.eventually("broken visibly", time.Minute, func() bool {
		return w.duty(owed, "1-callback")["verdict"] == "MISSED" && len(of(w.timeline(owed), "escalation_raised", owed+"/duties/1-callback")) > 0
	})
	require.Equal(t, due, at(t, w.duty(owed, "1-callback"), "dueTime"))
	require.Equal(t, verdict, w.duty(kept, "1-callback")["verdict"])
	for _, name := range []string{owed, kept} {
		require.Len(t, of(w.timeline(name), "message_sent", ""), 1)
		w.onceEach(w.timeline(name))
	}
	w.post("/v1/"+kept+":resolve", object{"outcome": "EXPLAINED", "resolution": "Done."})
	w.eventually("a workflow of before goes on", time.Minute, func() bool { return w.get("/v1/" + kept)["state"] == "RESOLVED" })
	w.reconciled(demoPolicy)
	p.interrupt(t)
}

// enter returns the standalone, which runs, as a world.
func (p *standalone) enter(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, gateways: []string{p.http}, intake: p.grpc, dir: p.dir, places: []string{p.dir}, said: p.log.String, log: &safeBuffer{}, slack: 10 * time.Second,
	}
	w.enter(p.temporal)
	return w
}
