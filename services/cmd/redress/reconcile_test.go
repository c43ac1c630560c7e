package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/reconcile"
	"github.com/redress-dev/redress/services/replay"
)

// TestReconcileNeedsAnswers: nothing is found, or repaired, of what does not answer; and wrong use is told.
func TestReconcileNeedsAnswers(t *testing.T) {
	t.Parallel()
	dir, closed := installation(t), closedAddress(t)
	got := call(t, []string{"reconcile", "--data-dir", dir, "--server", closed, "--temporal-addr", closed})
	require.Equal(t, 1, got.code)
	require.Contains(t, got.errors, "list the workflows that run")
	require.Equal(t, 1, call(t, []string{"reconcile", "--data-dir", t.TempDir()}).code, "no token.key")
	require.Equal(t, 2, call(t, []string{"reconcile", "--data-dir", dir, "--patience=-1s"}).code)
	require.Equal(t, 2, call(t, []string{"reconcile", "--format", "xml"}).code)
	require.Contains(t, call(t, []string{"reconcile", "--print-config", "--server", closed}).out, closed)
}

func TestReplayGateNeedsTemporal(t *testing.T) {
	t.Parallel()
	closed := closedAddress(t)
	got := call(t, []string{"replay-gate", "--temporal-addr", closed})
	require.Equal(t, 1, got.code)
	require.Contains(t, got.errors, closed)
	require.Equal(t, 2, call(t, []string{"replay-gate", "--failures=-1"}).code)
}

// TestFindingsAreTold as a table for people and as JSON for programs.
func TestFindingsAreTold(t *testing.T) {
	t.Parallel()
	report := &reconcile.Report{OpenWork: 3, Running: 2, Events: 40, Findings: []*reconcile.Finding{
		{Problem: reconcile.Unheard, Service: "intake", Subscriber: "routing", Events: 7, Detail: "from event 5", Action: "deliver again from there", Done: true},
		{Problem: reconcile.NotRunning, Workflow: "complaint/a/1", Record: "complaints/a", Action: "begin", Error: "down"},
	}}
	told := func(c reconciling) string {
		var out bytes.Buffer
		require.NoError(t, c.tell(&out, report))
		return out.String()
	}
	table := strings.Split(told(reconciling{}), "\n")
	require.Equal(t, []string{"PROBLEM", "WHAT", "RECORD", "DETAIL", "ACTION", "OUTCOME"}, strings.Fields(table[0]))
	require.Regexp(t, `^unheard +intake to routing, 7 events +- +from event 5 +deliver again from there +done$`, table[1])
	require.Regexp(t, `^not running +complaint/a/1 +complaints/a .*failed: down$`, table[2])
	require.Equal(t, "3 open records, 2 workflows that run, 40 events: 2 findings", table[3])
	report.DryRun = true
	require.Contains(t, told(reconciling{}), "would be done")
	require.JSONEq(t, `{"dryRun":true,"openWork":3,"running":2,"events":40,"findings":[
		{"problem":"unheard","service":"intake","subscriber":"routing","events":7,"detail":"from event 5","action":"deliver again from there","done":true},
		{"problem":"not running","workflow":"complaint/a/1","record":"complaints/a","action":"begin","done":false,"error":"down"}]}`,
		told(reconciling{Format: "json"}))
}

func TestReplaysAreTold(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, (&replayGate{}).tell(&out, &replay.Report{
		Counts:   []replay.Count{{Type: "Complaint", Replayed: 2, Failed: 1}},
		Failures: []replay.Failure{{Workflow: "complaint/a/1", Run: "r", Type: "Complaint", Error: "differs"}},
	}))
	require.Equal(t, []string{"TYPE", "REPLAYED", "FAILED", "Complaint", "2", "1", "Complaint", "complaint/a/1,", "run", "r", "differs"}, strings.Fields(out.String()))
	out.Reset()
	require.NoError(t, (&replayGate{Format: "json"}).tell(&out, &replay.Report{Counts: []replay.Count{}, Failures: []replay.Failure{}}))
	require.JSONEq(t, `{"counts":[],"failures":[]}`, out.String())
}

// TestPromoteNeedsAVersion, of which both parts are named, and a Temporal.
func TestPromoteNeedsAVersion(t *testing.T) {
	t.Parallel()
	closed := closedAddress(t)
	require.Equal(t, 2, call(t, []string{"promote", "--temporal-addr", closed}).code)
	half := call(t, []string{"promote", "--worker-deployment", "redress", "--temporal-addr", closed})
	require.Equal(t, 2, half.code)
	require.Contains(t, half.errors, "--worker-build")
	require.Equal(t, 2, call(t, []string{"promote", "--worker-deployment", "a.b", "--worker-build", "1", "--temporal-addr", closed}).code)
	whole := []string{"promote", "--worker-deployment", "redress", "--worker-build", "1", "--temporal-addr", closed}
	require.Equal(t, 1, call(t, whole).code)
	skipped := call(t, append(whole, "--skip-gate"))
	require.Equal(t, 1, skipped.code)
	require.Contains(t, skipped.errors, "make the build 1 of redress the current one")
}
