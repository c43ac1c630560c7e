package e2e_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/complaint"
	"github.com/redress-dev/redress/workflows/history"
)

// histories is where the replay test of the workflow finds what was recorded, and release the number of what is recorded now.
const (
	histories = "../../../workflows/complaint/testdata/histories"
	release   = "v1"
)

// TestHistoriesReplay lives through the scenarios that workflows meet and replays what the server recorded of each. With
// REDRESS_RECORD_HISTORIES=1 the histories are also kept, for the replays of later releases.
func TestHistoriesReplay(t *testing.T) {
	t.Parallel()
	for scenario, live := range scenarios() {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			policy := demoPolicy
			if scenario == "alarmed" {
				policy = alertPolicy(t)
			}
			if scenario == "services_late" { // Only the standalone can hold its deliveries back.
				start(t, t.TempDir(), policy).replays(t, scenario, live)
				return
			}
			alone(t, policy).replays(t, scenario, live)
		})
	}
}

// scenarios are what workflows meet; each returns the id of the workflow that met it.
func scenarios() map[string]func(*testing.T, *world) string {
	return map[string]func(*testing.T, *world) string{
		"met": liveMet, "missed_climbed_late": liveMissed, "withdrawn": liveWithdrawn, "not_open": liveNotOpen,
		"services_late": liveServicesLate, "continued": liveContinued, "alarmed": liveAlarmed, "forwarded_withdrawn": liveForwarded,
		"paused": livePaused, "promised": livePromised, "offer_lapsed": liveOfferLapsed,
	}
}

// replays lives through a scenario and replays what was recorded of it.
func (w *world) replays(t *testing.T, scenario string, live func(*testing.T, *world) string) {
	id := live(t, w)
	w.ended(id)
	path := filepath.Join(t.TempDir(), scenario+".json")
	if os.Getenv("REDRESS_RECORD_HISTORIES") == "1" {
		path = filepath.Join(histories, release+"_"+scenario+".json")
	}
	require.NoError(t, history.Record(t.Context(), w.temporal, id, path))
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DataConverter: workflows.DataConverter()})
	require.NoError(t, err)
	replayer.RegisterWorkflowWithOptions(complaint.Complaint, workflow.RegisterOptions{Name: complaint.WorkflowName})
	require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(slog.New(slog.DiscardHandler), path))
}

// ended waits for a workflow's end.
func (w *world) ended(id string) {
	w.t.Helper()
	require.NoError(w.t, w.temporal.GetWorkflow(w.t.Context(), id, "").Get(w.t.Context(), nil))
}

// met files a complaint, has the customer reached and resolves it.
func (w *world) met() string {
	w.t.Helper()
	name := w.file(broadband)
	w.reachAndResolve(name)
	return name
}

func (w *world) reachAndResolve(name string) {
	w.t.Helper()
	w.eventually("a callback is owed", 10*time.Second, func() bool { return w.duty(name, "1-acknowledge")["state"] == "KEPT" })
	w.post("/v1/"+name+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	w.post("/v1/"+name+":resolve", object{"outcome": "REMEDIED", "resolution": "The fee is paid back."})
}

func liveMet(_ *testing.T, w *world) string { return complaint.WorkflowID(w.met(), 1) }

func liveMissed(_ *testing.T, w *world) string {
	name := w.file(broadband)
	w.eventually("the callback climbs", time.Minute, func() bool {
		return len(of(w.timeline(name), "escalation_raised", name+"/duties/1-callback")) >= 2
	})
	w.reachAndResolve(name)
	return complaint.WorkflowID(name, 1)
}

func liveWithdrawn(_ *testing.T, w *world) string {
	name := w.file(broadband)
	w.eventually("a warning was given", time.Minute, func() bool { return len(of(w.timeline(name), "duty_warned", "")) > 0 })
	w.post("/v1/"+name+":withdraw", object{"reason": "It was settled otherwise."})
	return complaint.WorkflowID(name, 1)
}

// liveAlarmed has a signal tighten the clocks and told to the ladder, and the resolution missed for long.
func liveAlarmed(_ *testing.T, w *world) string {
	name := w.file(repair)
	w.eventually("on the clock", 10*time.Second, func() bool { return w.duty(name, "1-acknowledge")["state"] == "KEPT" })
	w.alert(name)
	w.eventually("missed long ago", 2*time.Minute, func() bool {
		return slices.ContainsFunc(w.alarmed(name), func(e object) bool { return e["details"].(object)["reason"] == "TARGET_PAST" }) &&
			w.duty(name, "1-resolution")["verdict"] == "MISSED"
	})
	w.reachAndResolve(name)
	return complaint.WorkflowID(name, 1)
}

func liveForwarded(_ *testing.T, w *world) string {
	return complaint.WorkflowID(w.withdrawForwarded(), 1)
}

// liveNotOpen begins a workflow for a cycle that has ended, as an empty Temporal is told to.
func liveNotOpen(t *testing.T, w *world) string {
	name := w.met()
	w.ended(complaint.WorkflowID(name, 1))
	w.eventually("the resolution is kept", 10*time.Second, func() bool { return w.duty(name, "1-resolution")["state"] == "KEPT" })
	return w.begin(t, &workflowv1.ComplaintInput{
		Complaint: name, Cycle: 1, Reference: "R-7K3M-9QX2-C", Severity: policyv1.Severity_NORMAL, ReceiveTime: timestamppb.Now(),
	})
}

// liveServicesLate begins a workflow before followup and routing have heard of the complaint.
func liveServicesLate(t *testing.T, w *world) string {
	w.program.PauseDeliveries()
	name := w.file(broadband)
	id := w.begin(t, &workflowv1.ComplaintInput{
		Complaint: name, Cycle: 1, Reference: "R-7K3M-9QX2-C", Severity: policyv1.Severity_NORMAL, ReceiveTime: timestamppb.Now(),
	})
	time.Sleep(3 * time.Second) // Longer than a quick call is tried.
	w.program.ResumeDeliveries()
	w.eventually("a callback is owed", time.Minute, func() bool { return w.duty(name, "1-acknowledge")["state"] == "KEPT" })
	w.end(t, name, id)
	return id
}

// liveContinued begins a workflow with the state that an earlier run left.
func liveContinued(t *testing.T, w *world) string {
	name := w.file(broadband)
	w.eventually("a callback is owed", 10*time.Second, func() bool { return w.duty(name, "1-acknowledge")["state"] == "KEPT" })
	state := &workflowv1.ComplaintState{Assigned: true, Acknowledged: true, Department: "departments/customer-service", Assignee: "agents/lin"}
	for kind, number := range policyv1.DutyKind_value {
		if duty := w.duty(name, "1-"+strings.ReplaceAll(strings.ToLower(kind), "_", "-")); duty != nil && number > 0 {
			state.Duties = append(state.Duties, &workflowv1.DutyState{
				Name: duty["name"].(string), Kind: policyv1.DutyKind(number), DueTime: timestamppb.New(at(t, duty, "dueTime")),
				Done: duty["state"] != "OPEN",
			})
		}
	}
	require.Len(t, state.GetDuties(), 5)
	id := w.begin(t, &workflowv1.ComplaintInput{
		Complaint: name, Cycle: 1, Reference: "R-7K3M-9QX2-C", Severity: policyv1.Severity_NORMAL, ReceiveTime: timestamppb.Now(), State: state,
	})
	time.Sleep(time.Second)
	w.end(t, name, id)
	return id
}

// end withdraws a complaint, and tells it to a workflow that no event began.
func (w *world) end(t *testing.T, name, id string) {
	t.Helper()
	w.post("/v1/"+name+":withdraw", object{})
	require.NoError(t, w.temporal.SignalWorkflow(t.Context(), id, "", complaint.SignalName, &workflowv1.ComplaintSignal{
		Type: "complaint_closed", Fact: &workflowv1.ComplaintSignal_End{End: &workflowv1.EndFact{Outcome: "WITHDRAWN"}},
	}))
}

// begin starts a workflow beside the one that the event starts.
func (w *world) begin(t *testing.T, input *workflowv1.ComplaintInput) string {
	t.Helper()
	run, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: complaint.WorkflowID(input.GetComplaint(), 1) + "-again", TaskQueue: complaint.TaskQueue,
		TypedSearchAttributes: complaint.StartAttributes(input),
	}, complaint.WorkflowName, input)
	require.NoError(t, err)
	return run.GetID()
}
