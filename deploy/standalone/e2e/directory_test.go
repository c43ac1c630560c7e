package e2e_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// TestTheDirectoryDecidesWhoGetsAComplaint follows changes of the directory over REST to the complaints that come after them.
func TestTheDirectoryDecidesWhoGetsAComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2", "ROUTE-4", "ROUTE-5")
	alone(t, demoPolicy).directoryDecides(t)
}

// directoryDecides is what TestTheDirectoryDecidesWhoGetsAComplaint tells. Nobody else may file complaints about deliveries meanwhile.
func (w *world) directoryDecides(t *testing.T) {
	manager := w.as("agents/sun", authv1.Role_MANAGER)
	change := func(method, path string, body any) object {
		t.Helper()
		status, answer := manager.call(method, path, body)
		require.Equal(t, http.StatusOK, status, "%s %s: %v", method, path, answer)
		return answer
	}
	away := func(agent string, delegates ...string) {
		absences := []object{}
		for _, delegate := range delegates {
			absences = append(absences, object{
				"startTime": time.Now().Add(-time.Minute).UTC().Format(time.RFC3339), "endTime": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
				"delegate": delegate, "reason": "LEAVE",
			})
		}
		change(http.MethodPatch, "/v1/"+agent, object{"absences": absences})
	}
	file := func(phone string) string {
		name, _ := w.post("/v1/complaints", object{
			"statement": "快递一直没有送到。", "complainant": object{"phone": phone}, "target": object{"kind": "DELIVERY"},
		})["name"].(string)
		return name
	}
	assignee := func(complaint, want string) {
		t.Helper()
		w.eventually(complaint+" is assigned to "+want, 10*time.Second, func() bool {
			status, answer := w.call(http.MethodGet, "/v1/"+complaint+"/assignment", nil)
			got, _ := answer["assignee"].(string)
			return status == http.StatusOK && got == want
		})
	}

	claims := change(http.MethodPost, "/v1/departments?departmentId=claims", object{"displayName": "Claims", "parent": "departments/logistics"})
	require.Equal(t, "departments/claims", claims["name"])
	claims = change(http.MethodPatch, "/v1/departments/claims", object{
		"etag": claims["etag"], "alias": object{"en": "Claims team"},
		"hours": object{"timeZone": "Asia/Shanghai", "openings": []object{{"days": []string{"MONDAY"}, "from": "09:00", "to": "18:00"}}},
	})
	require.Equal(t, []any{"Claims", "departments/logistics", object{"en": "Claims team"}}, []any{claims["displayName"], claims["parent"], claims["alias"]})
	require.Equal(t, "Asia/Shanghai", claims["hours"].(object)["timeZone"])
	change(http.MethodPost, "/v1/departments/logistics/teams?teamId=parcels", object{"displayName": "Lost parcels"})
	mei := change(http.MethodPost, "/v1/agents?agentId=mei", object{
		"displayName": "Mei Lan", "department": "departments/logistics", "teams": []string{"departments/logistics/teams/parcels"},
		"supervisor": "agents/ma", "takesComplaints": true, "languages": []string{"zh-Hans"}, "capacity": 2,
		"skills": []object{{"name": "claims", "level": 3}},
	})
	away("agents/he", "agents/ma")
	first := file("+8613812340001")
	assignee(first, "agents/mei")
	status, answer := manager.call(http.MethodPatch, "/v1/agents/mei", object{"etag": `"old"`, "displayName": "Mei"})
	require.Equal(t, []any{http.StatusConflict, "ETAG_MISMATCH"}, []any{status, answer["reason"]})
	require.Equal(t, mei["etag"], w.get("/v1/agents/mei")["etag"])

	away("agents/mei", "agents/ma")
	away("agents/he")
	second := file("+8613812340002")
	assignee(second, "agents/he")

	change(http.MethodPatch, "/v1/agents/he", object{"capacity": 1})
	change(http.MethodDelete, "/v1/agents/mei", nil)
	assignee(first, "")
	left := w.get("/v1/" + first + "/assignment")
	require.Equal(t, "departments/logistics", left["department"])
	require.Contains(t, left["reason"], "waits in the queue")
	w.eventually("intake hears of it", 10*time.Second, func() bool { return w.get("/v1/" + first)["assignee"] == "" })
	require.Len(t, of(w.timeline(first), "complaint_assigned", ""), 2)
	require.Equal(t, false, w.get("/v1/agents/mei")["active"])
	assignee(second, "agents/he")
	w.eventually("who watches the queue hears of what is owed", 60*time.Second, func() bool {
		for _, e := range of(w.timeline(first), "escalation_raised", "") {
			if details, ok := e["details"].(object); ok && details["recipient"] == "agents/ma" && details["level"] == "1" {
				return true
			}
		}
		return false
	})
	queuesOver(t, manager, first)
	change(http.MethodPatch, "/v1/agents/he", object{"capacity": 50}) // Other stories may have given him something before.
	assignee(first, "agents/he")
	given := change(http.MethodPost, "/v1/complaints:reassign", object{"requests": []object{
		{"name": first, "department": "departments/customer-service", "reason": "WRONG_DEPARTMENT"},
		{"name": second, "assignee": "agents/nobody", "reason": "WORKLOAD"},
	}})["results"].([]any)
	require.Equal(t, "departments/customer-service", given[0].(object)["assignment"].(object)["department"])
	require.Equal(t, "REFERENCE_UNKNOWN", given[1].(object)["reason"])
	w.eventually("intake hears of it", 10*time.Second, func() bool { return w.get("/v1/" + first)["department"] == "departments/customer-service" })
	status, answer = manager.call(http.MethodDelete, "/v1/departments/logistics", nil)
	require.Equal(t, []any{http.StatusBadRequest, "DEPARTMENT_IN_USE"}, []any{status, answer["reason"]})
	status, answer = manager.call(http.MethodDelete, "/v1/departments/claims?etag=old", nil)
	require.Equal(t, []any{http.StatusConflict, "ETAG_MISMATCH"}, []any{status, answer["reason"]})
	etag, _ := claims["etag"].(string)
	change(http.MethodDelete, "/v1/departments/claims?etag="+url.QueryEscape(etag), nil)
	status, _ = manager.call(http.MethodGet, "/v1/departments/claims", nil)
	require.Equal(t, http.StatusNotFound, status)
}

// queuesOver reads over REST that a complaint waits in the queue of logistics, and by when what is owed, of which followup tells.
func queuesOver(t *testing.T, manager *world, waits string) {
	t.Helper()
	status, queue := manager.call(http.MethodGet, "/v1/queues/unassigned?department=departments/logistics", nil)
	require.Equal(t, http.StatusOK, status, queue)
	entry := queue["complaints"].([]any)[0].(object)
	require.Equal(t, []any{waits, "departments/logistics", ""}, []any{entry["complaint"], entry["department"], entry["assignee"]})
	require.Contains(t, entry["duty"], waits+"/duties/1-")
	require.NotEmpty(t, entry["dueTime"])
	status, counts := manager.call(http.MethodGet, "/v1/queues?department=departments/logistics", nil)
	require.Equal(t, http.StatusOK, status, counts)
	for _, one := range counts["queues"].([]any) {
		if q := one.(object); q["name"] == "queues/unassigned" {
			require.EqualValues(t, 1, q["count"])
		}
	}
}
