package e2e_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/redress-dev/redress/deploy/standalone/program"
	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/services/reconcile"
	"github.com/redress-dev/redress/services/suite"
	"github.com/redress-dev/redress/workflows/complaint"
)

// reconcile compares services and Temporal as redress reconcile does.
func (w *world) reconcile(how suite.Reconciling, policy string) *reconcile.Report {
	w.t.Helper()
	at := w.intake // A standalone has all services there.
	cfg := suite.Config{
		DataDir: w.dir, IntakeAddress: at, RoutingAddress: at, RemedyAddress: at, FollowupAddress: at, ReviewAddress: at,
		TemporalAddress: w.temporalAddress, Namespace: program.Namespace,
	}
	rules, err := suite.LoadPolicy(policy)
	require.NoError(w.t, err)
	how.Patience = time.Second
	report, err := suite.Reconcile(w.t.Context(), cfg, rules, how, slog.New(slog.DiscardHandler), time.Now)
	require.NoError(w.t, err)
	require.Zero(w.t, report.Failed(), "%s", findingsOf(report))
	return report
}

// reconciled repairs until nothing is found.
func (w *world) reconciled(policy string) (found []*reconcile.Finding) {
	w.t.Helper()
	w.eventually("nothing is amiss", time.Minute, func() bool {
		report := w.reconcile(suite.Reconciling{}, policy)
		found = append(found, report.Findings...)
		return len(report.Findings) == 0
	})
	return found
}

// findingsOf are the findings of a report, in words.
func findingsOf(report *reconcile.Report) (all []string) {
	for _, f := range report.Findings {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s%s %s", f.Problem, f.Workflow, f.Subscriber, f.Error)))
	}
	slices.Sort(all)
	return all
}

// TestReconcileBringsWorkflowsBack terminates workflows by hand, has Temporal forget one of them, and begins one that nobody asked for: reconcile
// finds exactly these, and what is owed is on its clock again, with its verdicts.
func TestReconcileBringsWorkflowsBack(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "CALL-2", "CLK-1")
	w := start(t, t.TempDir(), demoPolicy)
	owed, late, untouched := w.file("call me"), w.file("call me, too"), w.file("and me")
	for _, name := range []string{owed, late, untouched} {
		w.eventually("acknowledged", time.Minute, func() bool { return w.duty(name, "1-acknowledge")["state"] == "KEPT" })
	}
	require.Empty(t, w.reconcile(suite.Reconciling{}, demoPolicy).Findings, "nothing is amiss")

	for _, name := range []string{owed, late} {
		require.NoError(t, w.temporal.TerminateWorkflow(t.Context(), workflowID(name), "", "by hand"))
	}
	_, err := w.temporal.WorkflowService().DeleteWorkflowExecution(t.Context(), &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: program.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID(owed)},
	})
	require.NoError(t, err)
	nobodys := "complaints/01arz3ndektsv4rrffq69g5fav"
	_, err = w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: workflowID(nobodys), TaskQueue: complaint.TaskQueue},
		complaint.WorkflowName, &workflowv1.ComplaintInput{Complaint: nobodys, Cycle: 1})
	require.NoError(t, err)

	wanted := []string{
		"no record " + workflowID(nobodys), "not running " + workflowID(owed), "not running " + workflowID(late),
	}
	slices.Sort(wanted)
	w.eventually("Temporal's index knows", time.Minute, func() bool {
		return slices.Equal(wanted, findingsOf(w.reconcile(suite.Reconciling{DryRun: true}, demoPolicy)))
	})
	require.NotContains(t, w.running(`ExecutionStatus="Running"`), workflowID(late), "it only looked")
	found := w.reconciled(demoPolicy)
	require.Len(t, found, 3)
	for _, name := range []string{owed, late} {
		w.eventually("broken visibly", time.Minute, func() bool {
			return w.duty(name, "1-callback")["verdict"] == "MISSED" && len(of(w.timeline(name), "escalation_raised", name+"/duties/1-callback")) > 0
		})
		entries := w.timeline(name)
		require.Len(t, of(entries, "message_sent", ""), 1, "what was done is not done again")
		w.onceEach(entries)
	}
	require.NotContains(t, w.running(`ExecutionStatus="Running"`), workflowID(nobodys))
	w.post("/v1/"+owed+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	w.post("/v1/"+owed+":resolve", object{"outcome": "EXPLAINED", "resolution": "Done."})
	w.eventually("the workflow that was begun again resolves", time.Minute, func() bool { return w.get("/v1/" + owed)["state"] == "RESOLVED" })
	w.reconciled(demoPolicy)
}

// onceEach requires that no duty was settled twice, and that the ladder was told once of each level.
func (w *world) onceEach(entries []object) {
	w.t.Helper()
	seen := map[string]bool{}
	for _, e := range entries {
		details, _ := e["details"].(object)
		var key string
		switch e["type"] {
		case "duty_settled":
			key = fmt.Sprint("settled ", details["duty"], details["verdict"])
		case "escalation_raised":
			key = fmt.Sprint("raised ", details["duty"], details["reason"], details["level"])
		default:
			continue
		}
		require.False(w.t, seen[key], key)
		seen[key] = true
	}
}

// backUp copies the database of a service while it is written to, as SQLite's own online backup does.
func backUp(t *testing.T, dir, to string, services ...string) {
	t.Helper()
	for _, service := range services {
		// The witness of a log's end first: the copy must have at least what it tells of.
		if text, err := os.ReadFile(filepath.Join(dir, service+".checkpoint")); err == nil {
			require.NoError(t, os.WriteFile(filepath.Join(to, service+".checkpoint"), text, 0o600))
		}
		db, err := sql.Open("sqlite", filepath.Join(dir, service+".db"))
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), "VACUUM INTO ?", filepath.Join(to, service+".db"))
		require.NoError(t, err)
		require.NoError(t, db.Close())
	}
}

// toldAll is true once intake has written down that a hearer has heard all events, which it does now and then.
func toldAll(t *testing.T, dir, subscriber string) (all bool) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "intake.db"))
	require.NoError(t, err)
	err = db.QueryRowContext(t.Context(), "SELECT position >= (SELECT MAX(seq) FROM events) FROM subscriptions WHERE subscriber = ?", subscriber).Scan(&all)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	return all
}

// restore makes a data directory of a backup and of the keys, which are kept elsewhere. It has no file of Temporal's; and it is another directory, since
// Temporal's library goes on with a file of the same name, deleted or not, for as long as the process lives.
func restore(t *testing.T, dir, from string) (restored string) {
	t.Helper()
	restored = move(t, dir, "*.key")
	return move(t, from, "*", restored)
}

// move copies those files of a directory that a pattern names into another one, a new one unless it is given.
func move(t *testing.T, from, pattern string, into ...string) (to string) {
	t.Helper()
	if to = t.TempDir(); len(into) > 0 {
		to = into[0]
	}
	files, err := filepath.Glob(filepath.Join(from, pattern))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(to, filepath.Base(file)), text, 0o600))
	}
	return to
}

// TestBackupAndRestore is the drill of docs/recovery.md: databases are restored to a time, each to a little another one, and Temporal is empty.
// Every duty that was owed is on its clock again, by its due time of then, and what had come in the hour of the backup is heard by all.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "CALL-2", "CLK-1", "API-2")
	dir, backup := t.TempDir(), t.TempDir()
	var owed, kept, between, lost string
	var due time.Time
	var verdict any
	t.Run("before", func(t *testing.T) {
		w := start(t, dir, demoPolicy)
		owed, kept = w.file("call me"), w.file("call me, too")
		for _, name := range []string{owed, kept} {
			w.eventually("acknowledged", time.Minute, func() bool { return w.duty(name, "1-acknowledge")["state"] == "KEPT" })
		}
		w.post("/v1/"+kept+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
		due, verdict = at(t, w.duty(owed, "1-callback"), "dueTime"), w.duty(kept, "1-callback")["verdict"]
		require.NotEmpty(t, verdict)
		backUp(t, dir, backup, "followup", "routing", "remedy", "review")
		between = w.file("in the middle of the backup")
		w.eventually("followup has heard of it", time.Minute, func() bool { return w.duty(between, "1-acknowledge")["state"] == "KEPT" })
		w.eventually("intake has noted that it has", time.Minute, func() bool { return toldAll(t, dir, "followup") })
		backUp(t, dir, backup, "intake")
		lost = w.file("after the backup")
		w.post("/v1/"+owed+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	})
	dir = restore(t, dir, backup)
	t.Run("after", func(t *testing.T) {
		w := start(t, dir, demoPolicy)
		found := w.reconciled(demoPolicy)
		require.True(t, slices.ContainsFunc(found, func(f *reconcile.Finding) bool {
			return f.Problem == reconcile.Unheard && f.Service == "intake" && f.Subscriber == "followup"
		}), "followup was older than intake")
		status, _ := w.call(http.MethodGet, "/v1/"+lost, nil)
		require.Equal(t, http.StatusNotFound, status, "what came after the backup is lost")
		require.Equal(t, verdict, w.duty(kept, "1-callback")["verdict"])
		for _, name := range []string{owed, between} {
			w.eventually("broken visibly", time.Minute, func() bool {
				return w.duty(name, "1-callback")["verdict"] == "MISSED" && len(of(w.timeline(name), "escalation_raised", name+"/duties/1-callback")) > 0
			})
			w.onceEach(w.timeline(name))
		}
		require.Equal(t, due, at(t, w.duty(owed, "1-callback"), "dueTime"), "as it was owed")
		require.Len(t, of(w.timeline(owed), "message_sent", ""), 1, "what was on record is not done again")
		for _, name := range []string{owed, kept, between} {
			require.Contains(t, w.running(`WorkflowType="Complaint" AND ExecutionStatus="Running"`), workflowID(name))
		}
		(&audit{front: &front{token: w.mint("agents/he", authv1.Role_AUDITOR, authv1.Role_OPERATOR)}, grpc: w.program.GRPCAddress()}).logs(t)
	})
}
