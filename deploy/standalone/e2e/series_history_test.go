package e2e_test

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	_ "modernc.org/sqlite" // The driver.

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/complaint"
	"github.com/redress-dev/redress/workflows/followup"
	"github.com/redress-dev/redress/workflows/history"
	"github.com/redress-dev/redress/workflows/improvement"
	"github.com/redress-dev/redress/workflows/review"
)

// kindOfFlow is a workflow whose histories are replayed.
type kindOfFlow struct {
	name  string
	flow  any
	place string // Of its package.
}

// replayed waits for the end of a workflow and replays what was recorded of it. With REDRESS_RECORD_HISTORIES=1 the history is also kept.
func (w *world) replayed(t *testing.T, kind kindOfFlow, scenario, id string) {
	t.Helper()
	w.ended(id)
	path := filepath.Join(t.TempDir(), scenario+".json")
	if os.Getenv("REDRESS_RECORD_HISTORIES") == "1" {
		path = filepath.Join("../../../workflows", kind.place, "testdata/histories", release+"_"+scenario+".json")
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	}
	require.NoError(t, history.Record(t.Context(), w.temporal, id, path))
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DataConverter: workflows.DataConverter()})
	require.NoError(t, err)
	replayer.RegisterWorkflowWithOptions(kind.flow, workflow.RegisterOptions{Name: kind.name})
	require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(slog.New(slog.DiscardHandler), path))
}

// TestHistoriesOfSeriesReplay lives through what a series meets: an answer that ends it, one that does not, silence, and a task that nobody
// sees to.
func TestHistoriesOfSeriesReplay(t *testing.T) {
	t.Parallel()
	kind := kindOfFlow{followup.WorkflowName, followup.FollowUp, "followup"}
	quick := alone(t, seriesPolicy(t, 2*time.Second, 20*time.Second, 8*time.Second))
	late := alone(t, seriesPolicy(t, 2*time.Second, 5*time.Second, 8*time.Second))
	for scenario, live := range map[string]func(*testing.T) (*world, string){
		"spoken_reopened": func(*testing.T) (*world, string) {
			return quick, quick.answeredBy("+8613812340931", object{"done": false, "satisfaction": 1})
		},
		"spoken_closed": func(*testing.T) (*world, string) {
			return quick, quick.answeredBy("+8613812340932", object{"done": true, "satisfaction": 5})
		},
		"silent": func(*testing.T) (*world, string) { return quick, quick.resolvedBy("EMAIL", "+8613812340933") },
		"missed_climbed_late": func(*testing.T) (*world, string) {
			name := late.resolvedBy("PHONE", "+8613812340934")
			late.eventually("the task climbs", time.Minute, func() bool { return len(of(late.timeline(name), "escalation_raised", "")) > 0 })
			late.post("/v1/"+name+"/followUps/1-1:answer", object{"outcome": "REACHED", "way": "PHONE", "done": true, "satisfaction": 4})
			return late, name
		},
	} {
		t.Run(scenario, func(t *testing.T) {
			w, name := live(t)
			w.replayed(t, kind, scenario, followup.WorkflowID(name, 1))
		})
	}
}

// answeredBy is a complaint whose customer somebody asked, and who answered.
func (w *world) answeredBy(phone string, answer object) string {
	w.t.Helper()
	name := w.resolvedBy("PHONE", phone)
	w.taskOf(name)
	answer["outcome"], answer["way"] = "REACHED", "PHONE"
	w.post("/v1/"+name+"/followUps/1-1:answer", answer)
	return name
}

// TestHistoriesOfReviewsReplay makes what is due since a complaint ended two weeks ago, and finds nothing to review afterwards.
func TestHistoriesOfReviewsReplay(t *testing.T) {
	t.Parallel()
	kind := kindOfFlow{review.WorkflowName, review.Review, "review"}
	w := alone(t, demoPolicy)
	name := w.met()
	w.recorded(name)
	db, err := sql.Open("sqlite", filepath.Join(w.dir, "review.db")) // Nobody waits two weeks for the end of a test.
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "PRAGMA busy_timeout = 10000; UPDATE outcomes SET end_time = end_time - ?", (14 * 24 * time.Hour).Microseconds())
	require.NoError(t, errors.Join(err, db.Close()))
	for _, scenario := range []string{"made", "nothing_due"} {
		t.Run(scenario, func(t *testing.T) {
			id := review.WorkflowID(reviewv1.Review_WEEKLY) + "-" + scenario
			_, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: complaint.TaskQueue},
				review.WorkflowName, &workflowv1.ReviewInput{Kind: reviewv1.Review_WEEKLY})
			require.NoError(t, err)
			w.replayed(t, kind, scenario, id)
			list, _ := w.as("agents/guo", authv1.Role_MANAGER).get("/v1/reviews?kind=WEEKLY")["reviews"].([]any)
			require.Len(t, list, 2, "the week of its end, and the one after")
		})
	}
}

// TestHistoriesOfImprovementsReplay has one improvement done, assigned and looked at, and another one overdue and abandoned.
func TestHistoriesOfImprovementsReplay(t *testing.T) {
	t.Parallel()
	kind := kindOfFlow{improvement.WorkflowName, improvement.Improvement, "improvement"}
	w := alone(t, demoPolicy)
	manager := w.as("agents/guo", authv1.Role_MANAGER, authv1.Role_SUPERVISOR)
	open := func(scenario string, due time.Duration) string {
		name, _ := manager.post("/v1/improvements", object{
			"subject": object{"product": "lock", "faultCode": strings.ReplaceAll(scenario, "_", "-")}, "owner": "agents/guo",
			"dueTime": time.Now().Add(due).Format(time.RFC3339),
		})["name"].(string)
		return name
	}
	for scenario, live := range map[string]func() string{
		"assigned_checked": func() string {
			name := open("assigned", time.Minute)
			manager.post("/v1/"+name+":assign", object{"owner": "agents/sun"})
			manager.post("/v1/"+name+":complete", object{"evidence": "x"})
			return name
		},
		"overdue_abandoned": func() string {
			name := open("overdue", 4*time.Second)
			w.eventually("it is overdue, and on record", time.Minute, func() bool {
				return fmt.Sprint(manager.get("/v1/" + name)["overdueTime"]) != "<nil>"
			})
			manager.post("/v1/"+name+":abandon", object{"reason": "x"})
			return name
		},
	} {
		t.Run(scenario, func(t *testing.T) { w.replayed(t, kind, scenario, improvement.WorkflowID(live())) })
	}
}
