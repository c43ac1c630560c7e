package e2e_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// importHistory puts a complaint on record that had ended elsewhere and returns its name.
func (w *world) importHistory() string {
	w.t.Helper()
	received := time.Now().Add(-100 * time.Hour).UTC()
	row, err := json.Marshal(object{
		"externalId": "OLD-1",
		"complaint": object{
			"statement": repair, "complainant": object{"phone": "+8613900000019"}, "receiveTime": received.Format(time.RFC3339),
		},
		"closed": object{"outcome": "REMEDIED", "resolution": "已修好。", "closeTime": received.Add(48 * time.Hour).Format(time.RFC3339)},
	})
	require.NoError(w.t, err)
	status, answer, err := w.send(http.MethodPost, "/v1/complaints:import?importId=e2e&source=crm", append(row, '\n'), uuid.NewString())
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, status, "%s", answer)
	var outcome object
	require.NoError(w.t, json.Unmarshal(answer, &outcome), "%s", answer)
	name, ok := outcome["complaint"].(string)
	require.True(w.t, ok, "%s", answer)
	return name
}

// TestAThreatAfterTheEndReachesTheSupervisorOnce says it when nobody handles the complaint any more: the workflow has ended, or stays
// only for an authority, or there never was one. The complaint stays as it is, and so do its clocks.
func TestAThreatAfterTheEndReachesTheSupervisorOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "RISK-5", "ROUTE-4", "REC-5", "REC-8")
	alone(t, alertPolicy(t)).threatAfterTheEnd(t)
}

// threatAfterTheEnd is what TestAThreatAfterTheEndReachesTheSupervisorOnce tells, by the policy of alertPolicy.
func (w *world) threatAfterTheEnd(t *testing.T) {
	resolved, withdrawn, waiting, history := w.file(repair), w.file(repair), w.forward(time.Hour), w.importHistory()
	w.reachAndResolve(resolved)
	for _, name := range []string{withdrawn, waiting} {
		w.eventually("on the clock", 5*time.Second, func() bool { return w.duty(name, "1-acknowledge")["verdict"] == "MET" })
		w.post("/v1/"+name+":withdraw", object{"reason": "It was settled otherwise."})
	}
	w.ended(complaint.WorkflowID(resolved, 1))
	w.ended(complaint.WorkflowID(withdrawn, 1))
	w.eventually("the workflow knows of the end", 10*time.Second, func() bool {
		return slices.Contains(w.running(`RedressStage="CLOSED" AND ExecutionStatus="Running"`), workflowID(waiting))
	})

	states := map[string]string{resolved: "RESOLVED", withdrawn: "CLOSED", waiting: "CLOSED", history: "CLOSED"}
	for name := range states {
		for range 2 {
			w.post("/v1/"+name+"/messages", object{"author": "CUSTOMER", "text": "你们再不解决，我就打12315投诉你们！", "way": "CHAT"})
		}
	}
	for name, state := range states {
		w.eventually("told: "+state, 10*time.Second, func() bool { return len(w.alarmed(name)) > 0 })
		told := w.alarmed(name)[0]
		require.Equal(t, []any{"THREAT", "REGULATOR_THREAT", "1", name + "/escalations/1-threat"}, []any{
			told["details"].(object)["signal"], told["details"].(object)["reason"], told["details"].(object)["level"],
			told["details"].(object)["escalation"],
		})
		require.NotEmpty(t, told["details"].(object)["recipient"])
		now := w.get("/v1/" + name)
		require.Equal(t, []any{"URGENT", state, 1.0}, []any{now["severity"], now["state"], now["cycle"]}, "words change no state")
		require.Len(t, of(w.timeline(name), "severity_changed", ""), 1)
		require.Empty(t, of(w.timeline(name), "duty_rescheduled", ""))
	}
	for name := range states {
		w.alert(name) // What it brings about comes after all that the threats did.
		w.eventually("told of the flag", 10*time.Second, func() bool { return len(w.alarmed(name)) > 1 })
		told := w.alarmed(name)
		require.Len(t, told, 2, "told once, though threatened twice")
		require.Equal(t, "AGENT_FLAG", told[1]["details"].(object)["signal"])
	}
	w.post("/v1/"+waiting+":answerAuthority", object{"proof": "reply 19"})
	w.ended(complaint.WorkflowID(waiting, 1))
}

// TestAnAnswerToAnAuthorityIsNotDatedBack proves that nobody alone turns a reply that was missed into one in time by saying so.
func TestAnAnswerToAnAuthorityIsNotDatedBack(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "CALL-2", "CLK-1")
	alone(t, demoPolicy).answerDatedBack(t)
}

// answerDatedBack is what TestAnAnswerToAnAuthorityIsNotDatedBack tells.
func (w *world) answerDatedBack(t *testing.T) {
	name := w.forward(4 * time.Second)
	verdict := func() any { return w.duty(name, "1-authority-reply")["verdict"] }
	w.eventually("the authority waits in vain", 15*time.Second, func() bool { return verdict() == "MISSED" })
	due := at(t, w.duty(name, "1-authority-reply"), "dueTime")
	w.eventually("the demo's policy lets it be dated back by 2 s", 5*time.Second, func() bool { return time.Since(due) > 2*time.Second })
	held := w.post("/v1/"+name+":answerAuthority", object{"proof": "reply 20", "answerTime": due.Add(-time.Second).UTC().Format(time.RFC3339Nano)})
	require.NotEmpty(t, held["forwarding"].(object)["heldAnswerTime"], "it waits for a supervisor")
	require.Equal(t, "MISSED", verdict())
	require.Empty(t, of(w.timeline(name), "authority_answered", ""))

	w.post("/v1/"+name+":answerAuthority", object{"proof": "reply 20"})
	w.eventually("answered", 5*time.Second, func() bool { return verdict() != "MISSED" })
	require.Equal(t, "MET_LATE", verdict(), "the breach stays on record")
	for _, settled := range of(w.timeline(name), "duty_settled", name+"/duties/1-authority-reply") {
		require.NotEqual(t, "MET", settled["details"].(object)["verdict"])
	}
	w.as("agents/gao", authv1.Role_SUPERVISOR).post("/v1/"+name+":confirmAuthorityAnswer", object{"evidence": "fax journal 7"})
	w.eventually("the breach is overturned", 5*time.Second, func() bool { return verdict() == "MET" })
	require.Equal(t, true, w.duty(name, "1-authority-reply")["corrected"])
}
