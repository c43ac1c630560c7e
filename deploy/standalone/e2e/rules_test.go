package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// TestRulesDecideWhereAComplaintGoes follows sets of rules over REST to the complaints that come after them.
func TestRulesDecideWhereAComplaintGoes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2")
	alone(t, demoPolicy).rulesDecide(t)
}

// rulesDecide is what TestRulesDecideWhereAComplaintGoes tells. Nobody may have made rules before, or file complaints meanwhile.
func (w *world) rulesDecide(t *testing.T) {
	manager := w.as("agents/sun", authv1.Role_MANAGER)
	current := w.get("/v1/ruleSets/current")
	require.Equal(t, "ruleSets/1", current["name"], "the policy's rules")

	save := func(rules ...object) (int, object) {
		return manager.call(http.MethodPost, "/v1/ruleSets", object{"rules": rules})
	}
	status, answer := save(object{"id": "angry", "condition": "complaint.severity >= Severity.HIGH ||\n complaint.angry", "department": "departments/billing"})
	require.Equal(t, []any{http.StatusBadRequest, "RULE_CONDITION_INVALID"}, []any{status, answer["reason"]}, answer)
	require.Equal(t, object{"rule": "angry", "line": "2", "column": "11", "problem": "undefined field 'angry'"}, answer["metadata"])
	require.Equal(t, "ruleSets/1", w.get("/v1/ruleSets/current")["name"])

	rules := []object{
		{"id": "lost-claims", "displayName": "Lost, and money is wanted", "condition": "complaint.target_kind == TargetKind.DELIVERY && complaint.demanded.exists(d, d.units >= 500)",
			"department": "departments/logistics", "skills": []object{{"name": "claims", "level": 3}}},
		{"id": "parcels-by-phone", "condition": `complaint.target_kind == TargetKind.DELIVERY && complaint.channel == "HOTLINE"`,
			"department": "departments/customer-service", "skills": []object{{"name": "de-escalation", "level": 4}}},
	}
	// Tried before it is saved.
	explain := func(body object) object {
		status, answer := w.call(http.MethodPost, "/v1/routing:explain", body)
		require.Equal(t, http.StatusOK, status, answer)
		return answer
	}
	draft := explain(object{"facts": object{"targetKind": "DELIVERY", "channel": "HOTLINE", "language": "zh-Hans"}, "ruleSet": object{"rules": rules}})
	require.Equal(t, []any{"parcels-by-phone", "agents/wu"}, []any{draft["rule"], draft["assignee"]})
	status, answer = save(rules...)
	require.Equal(t, http.StatusOK, status, answer)
	require.Equal(t, []any{"ruleSets/2", true}, []any{answer["name"], answer["current"]})

	file := func(phone string, demands ...object) string {
		name, _ := w.post("/v1/complaints", object{
			"statement": "快递一直没有送到。", "complainant": object{"phone": phone}, "target": object{"kind": "DELIVERY"}, "channel": "HOTLINE", "demands": demands,
		})["name"].(string)
		return name
	}
	assigned := func(complaint string, want ...any) object {
		t.Helper()
		var a object
		w.eventually(complaint+" is assigned", 10*time.Second, func() bool {
			status, answer := w.call(http.MethodGet, "/v1/"+complaint+"/assignment", nil)
			a = answer
			return status == http.StatusOK
		})
		require.Equal(t, want, []any{a["department"], a["assignee"], a["ruleSet"], a["rule"]}, a)
		return a
	}
	dear := file("+8613812340001", object{"kind": "COMPENSATION", "amount": object{"currencyCode": "CNY", "units": "800"}})
	plain := file("+8613812340002")
	assigned(dear, "departments/logistics", "agents/he", "ruleSets/2", "lost-claims")
	a := assigned(plain, "departments/customer-service", "agents/wu", "ruleSets/2", "parcels-by-phone")
	require.Contains(t, a["reason"], "by rule parcels-by-phone (rules 2)")
	w.eventually("the timeline tells the rule", 10*time.Second, func() bool {
		for _, e := range of(w.timeline(plain), "complaint_assigned", "") {
			if s, _ := e["summary"].(string); strings.HasSuffix(s, "by rule parcels-by-phone (rules 2).") {
				return true
			}
		}
		return false
	})
	why := explain(object{"complaint": plain})
	require.Equal(t, []any{
		object{"rule": "lost-claims", "result": "FALSE", "problem": ""}, object{"rule": "parcels-by-phone", "result": "MATCHED", "problem": ""},
	}, why["rules"])
	obstacles := map[string]any{}
	for _, considered := range why["agents"].([]any) {
		one := considered.(object)
		obstacles[one["agent"].(string)] = one["obstacle"]
	}
	require.Equal(t, []any{"LACKS_SKILL", "LACKS_SKILL", "TAKES_NONE"}, []any{obstacles["agents/lin"], obstacles["agents/chen"], obstacles["agents/zhao"]})

	status, answer = manager.call(http.MethodPost, "/v1/ruleSets/1:activate", object{})
	require.Equal(t, http.StatusOK, status, answer)
	assigned(file("+8613812340003"), "departments/logistics", "agents/he", "ruleSets/1", "logistics")
	require.Equal(t, "ruleSets/2", w.get("/v1/" + plain + "/assignment")["ruleSet"], "what is assigned stays")
	status, answer = w.as("agents/lin", authv1.Role_AGENT).call(http.MethodPost, "/v1/ruleSets/2:activate", object{})
	require.Equal(t, []any{http.StatusForbidden, "ROLE_NOT_ALLOWED"}, []any{status, answer["reason"]})
	require.Len(t, w.get("/v1/ruleSets")["ruleSets"], 2)
}
