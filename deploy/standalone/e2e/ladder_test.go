package e2e_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// TestWhatNobodyAcknowledgesReachesTheExecutive follows what a customer asked for up the ladder, until somebody acknowledges it, and a
// complaint of which nobody is in charge.
func TestWhatNobodyAcknowledgesReachesTheExecutive(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	text, err := os.ReadFile(demoPolicy)
	require.NoError(t, err)
	require.Contains(t, string(text), "acknowledge_within: 60s")
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(policy, bytes.Replace(text, []byte("acknowledge_within: 60s"), []byte("acknowledge_within: 2s"), 1), 0o600))
	w := start(t, t.TempDir(), policy)
	name := w.file(repair)
	w.eventually("on the clock", 5*time.Second, func() bool { return w.duty(name, "1-acknowledge")["verdict"] == "MET" })
	asked := w.post("/v1/"+name+":escalate", object{"reason": "ASKED_FOR"})
	escalation, ok := asked["name"].(string)
	require.True(t, ok)
	require.Equal(t, []any{name + "/escalations/1-asked-for", "agents/zhao", "OPEN"}, []any{escalation, asked["recipient"], asked["state"]})
	reached := func(reason string) (levels []any) {
		for _, e := range w.timeline(name) {
			if details, ok := e["details"].(object); ok && details["reason"] == reason && details["level"] != nil && e["type"] != "escalation_acknowledged" {
				levels = append(levels, details["level"])
			}
		}
		return levels
	}
	w.eventually("the executive is told", 15*time.Second+w.slack, func() bool { return len(reached("ASKED_FOR")) >= 3 })
	require.Equal(t, []any{"1", "2", "3"}, reached("ASKED_FOR")[:3])
	fang := w.as("agents/fang", authv1.Role_EXECUTIVE)
	status, answer := w.as("agents/zhao", authv1.Role_SUPERVISOR).call(http.MethodPost, "/v1/"+escalation+":acknowledgeEscalation", object{})
	require.Equal(t, []any{http.StatusForbidden, "NOT_THE_RECIPIENT"}, []any{status, answer["reason"]}, "it is above the supervisor now")
	answer = fang.post("/v1/"+escalation+":acknowledgeEscalation", object{})
	require.Equal(t, []any{"ACKNOWLEDGED", nil}, []any{answer["state"], answer["climbTime"]})
	mine := fang.get("/v1/escalations?mine=true&filter=" + url.QueryEscape("acknowledged AND reason = ASKED_FOR"))
	require.Len(t, mine["escalations"], 1)
	w.eventually("operators find it by its level", 15*time.Second, func() bool {
		return slices.Contains(w.running("RedressEscalationLevel=3"), workflowID(name))
	})
	answer = fang.post("/v1/"+escalation+":resolveEscalation", object{"resolution": "CUSTOMER_CONTACTED"})
	require.Equal(t, "RESOLVED", answer["state"])

	manager := w.as("agents/guo", authv1.Role_MANAGER)
	status, answer = manager.call(http.MethodPatch, "/v1/agents/he?updateMask=takes_complaints", object{"takesComplaints": false})
	require.Equal(t, http.StatusOK, status, answer)
	name, ok = w.post("/v1/complaints", object{
		"statement": "快递一直没有送到。", "complainant": object{"phone": "+8613812340009"}, "target": object{"kind": "DELIVERY"},
	})["name"].(string)
	require.True(t, ok)
	w.eventually("nobody is in charge, which climbs", 20*time.Second+w.slack, func() bool { return len(reached("UNASSIGNED")) >= 2 })
	require.Equal(t, []any{"1", "2"}, reached("UNASSIGNED")[:2])
}
