package e2e_test

import (
	"net/http"
	"net/url"
	"path"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// TestWhatIsLearned: a cycle that ends is recorded, corrected by a version, and an improvement is followed until it is known whether it helped.
func TestWhatIsLearned(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2", "REV-3")
	alone(t, alertPolicy(t)).whatIsLearned(t)
}

// whatIsLearned is what TestWhatIsLearned tells.
func (w *world) whatIsLearned(t *testing.T) {
	supervisor, manager := w.as("agents/ma", authv1.Role_SUPERVISOR), w.as("agents/guo", authv1.Role_MANAGER)
	name := w.file(broadband)
	w.post("/v1/"+name+"/messages", object{"author": "CUSTOMER", "text": "Any news?", "kind": "PROGRESS_CHASE"})
	w.reachAndResolve(name)
	w.eventually("the cycle is recorded", 20*time.Second, func() bool {
		status, _ := w.call(http.MethodGet, "/v1/"+name+"/outcomes/1", nil)
		return status == http.StatusOK
	})
	outcome := w.get("/v1/" + name + "/outcomes/1")
	require.Equal(t, []any{"REMEDIED", float64(1), true, "WRITTEN"}, []any{outcome["result"], outcome["version"], outcome["current"], outcome["origin"]})
	effort, ok := outcome["effort"].(object)
	require.True(t, ok)
	require.Equal(t, []any{float64(2), float64(1), float64(1)}, []any{effort["contacts"], effort["attempts"], effort["chases"]})
	duties, _ := outcome["duties"].([]any)
	require.GreaterOrEqual(t, len(duties), 5)
	for _, d := range duties {
		require.Equal(t, w.duty(name, path.Base(d.(object)["duty"].(string)))["verdict"], d.(object)["verdict"], "the record copies")
	}
	corrected := supervisor.post("/v1/"+name+"/outcomes/1:correct", object{"reason": "asked again", "lesson": "call first", "retention": "RETAINED"})
	require.Equal(t, []any{float64(2), "call first"}, []any{corrected["version"], corrected["lesson"]})
	require.Len(t, of(w.timeline(name), "outcome_recorded", ""), 2)
	list := w.get("/v1/outcomes?filter=" + url.QueryEscape(`result = "REMEDIED" AND retention = "RETAINED"`))
	require.NotEmpty(t, list["outcomes"])

	opened := manager.post("/v1/improvements", object{"subject": object{"product": "router", "faultCode": "reboots"}, "owner": "agents/he"})
	improvement := opened["name"].(string)
	w.eventually("a workflow keeps its time", 20*time.Second, func() bool {
		return len(w.running(`WorkflowType="Improvement" AND ExecutionStatus="Running"`)) > 0
	})
	manager.post("/v1/"+improvement+":complete", object{
		"evidence": "firmware 2.1", "customerTexts": []object{{"languageCode": "en", "text": "The router restarts no more."}},
	})
	w.eventually("it is looked at whether it helped", 30*time.Second, func() bool {
		return manager.get("/v1/" + improvement)["state"] == "NOT_JUDGED"
	})
	effect, _ := manager.get("/v1/" + improvement)["effect"].(object)
	require.Equal(t, "TOO_FEW", effect["finding"])
}
