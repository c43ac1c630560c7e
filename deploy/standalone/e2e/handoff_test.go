package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// late files a complaint about a parcel and waits until he of logistics has it.
func (w *world) late(phone string) string {
	w.t.Helper()
	name, _ := w.post("/v1/complaints", object{
		"statement": "快递一直没有送到。", "complainant": object{"phone": phone}, "target": object{"kind": "DELIVERY"},
	})["name"].(string)
	w.owned(name, "agents/he")
	return name
}

// owned waits until routing, intake and the workflow agree on who is in charge.
func (w *world) owned(complaint, agent string) {
	w.t.Helper()
	w.eventually(complaint+" is "+agent+"'s", 30*time.Second, func() bool {
		status, assignment := w.call(http.MethodGet, "/v1/"+complaint+"/assignment", nil)
		return status == http.StatusOK && assignment["assignee"] == agent && w.get("/v1/" + complaint)["assignee"] == agent &&
			slices.Equal(w.running(fmt.Sprintf("RedressComplaint = %q AND RedressAssignee = %q", complaint, agent)), []string{workflowID(complaint)})
	})
}

// offer hands a complaint of he's over to quality inspection, whole or some items of it.
func (w *world) offer(complaint string, items ...any) (offered object) {
	w.t.Helper()
	he := w.as("agents/he", authv1.Role_AGENT)
	w.eventually("routing has heard of the items", 30*time.Second, func() bool {
		status, answer := he.call(http.MethodPost, "/v1/"+complaint+":handOff", object{
			"department": "departments/quality", "note": "包装破损，请看一下。", "items": items,
			"call": object{"caller": "agents/he", "callTime": time.Now().Add(-time.Second).UTC().Format(time.RFC3339Nano)},
		})
		require.True(w.t, status == http.StatusOK || answer["reason"] == "NOT_YET_KNOWN", "%v", answer)
		offered = answer
		return status == http.StatusOK
	})
	return offered
}

// overdue are the escalations of hand-offs on the timeline.
func (w *world) overdue(complaint string) (list []object) {
	w.t.Helper()
	for _, e := range of(w.timeline(complaint), "escalation_raised", "") {
		if details, ok := e["details"].(object); ok && details["reason"] == "HAND_OFF_OVERDUE" {
			list = append(list, details)
		}
	}
	return list
}

// TestHandOff tells over REST how complaints change hands, and how they come back when nobody takes them.
func TestHandOff(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-4", "CLK-1")
	// A slow machine must not make an answer late.
	w := start(t, t.TempDir(), changedPolicy(t, "hand_off_within: 4s", "hand_off_within: 8s"))
	taken, dropped := w.late("+8613812340011"), w.late("+8613812340012")

	item := w.post("/v1/"+taken+"/items", object{"text": "包装破损"})["name"]
	status, answer := w.as("agents/he", authv1.Role_AGENT).call(http.MethodPost, "/v1/"+taken+":handOff", object{
		"department": "departments/quality", "items": []any{taken + "/items/none"},
	})
	require.Equal(t, []any{http.StatusBadRequest, "HAND_OFF_ITEM_UNKNOWN"}, []any{status, answer["reason"]})
	offered := w.offer(taken, item)
	require.Equal(t, []any{taken + "/handOffs/1", "PROPOSED", "包装破损，请看一下。"}, []any{offered["name"], offered["state"], offered["note"]})
	xu := w.as("agents/xu", authv1.Role_AGENT)
	accepted := xu.post("/v1/"+taken+"/handOffs/1:acceptHandOff", object{"etag": offered["etag"]})
	require.Equal(t, []any{"ACCEPTED", "agents/xu"}, []any{accepted["state"], accepted["settler"]})
	w.owned(taken, "agents/xu")
	totals, _ := w.get("/v1/" + taken + "/custody")["totals"].([]any)
	require.Len(t, totals, 2)

	w.offer(dropped)
	w.eventually("it is back, and escalated", 30*time.Second, func() bool { return len(w.overdue(dropped)) > 0 })
	require.Equal(t, "EXPIRED", w.get("/v1/" + dropped + "/handOffs/1")["state"])
	require.Equal(t, "agents/ma", w.overdue(dropped)[0]["recipient"])
	require.Equal(t, "OPEN", w.ladder(dropped)["HAND_OFF_OVERDUE"], "whoever was told has to say so")
	w.owned(dropped, "agents/he")
	status, answer = xu.call(http.MethodPost, "/v1/"+dropped+"/handOffs/1:acceptHandOff", object{})
	require.Equal(t, []any{http.StatusBadRequest, "HAND_OFF_SETTLED"}, []any{status, answer["reason"]})

	w.offer(dropped)
	returned := xu.post("/v1/"+dropped+"/handOffs/2:returnHandOff", object{"reason": "不是质量问题。"})
	require.Equal(t, []any{"RETURNED", "agents/guo", "不是质量问题。"}, []any{returned["state"], returned["decider"], returned["returnReason"]})
	decided := w.as("agents/guo", authv1.Role_MANAGER).post("/v1/"+dropped+"/handOffs/2:decideHandOff", object{
		"department": "departments/logistics", "reason": "物流的事。",
	})
	require.Equal(t, "DECIDED", decided["state"])
	list, _ := w.get("/v1/" + dropped + "/handOffs")["handOffs"].([]any)
	require.Len(t, list, 2)
	w.owned(dropped, "agents/he")
	for _, e := range w.timeline(dropped) {
		require.NotContains(t, fmt.Sprint(e), "质量", "nothing that was said is on the timeline")
	}
	require.Len(t, of(w.timeline(dropped), "hand_off_settled", ""), 2)
	require.Len(t, w.overdue(dropped), 1)
}

// ladder is how a complaint's escalations stand, by reason.
func (w *world) ladder(complaint string) map[string]string {
	w.t.Helper()
	stands := map[string]string{}
	list, _ := w.get("/v1/" + complaint + "/escalations")["escalations"].([]any)
	for _, one := range list {
		if e, ok := one.(object); ok {
			stands[fmt.Sprint(e["reason"])] = fmt.Sprint(e["state"])
		}
	}
	return stands
}

// TestNobodyDecides tells over REST what becomes of a complaint that came back too often when no manager decides: the ladder hears of
// it, the giver owes, and a decision is what ends it.
func TestNobodyDecides(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-4")
	w := start(t, t.TempDir(), changedPolicy(t, "hand_off_within: 4s, hand_off_decided_within: 6s", "hand_off_within: 60s, hand_off_decided_within: 2s"))
	complaint := w.late("+8613812340021")
	xu := w.as("agents/xu", authv1.Role_AGENT)
	var returned object
	for number := range 2 {
		w.offer(complaint)
		returned = xu.post(fmt.Sprintf("/v1/%s/handOffs/%d:returnHandOff", complaint, number+1), object{"reason": "不是质量问题。"})
	}
	require.Equal(t, "agents/guo", returned["decider"])
	require.NotEmpty(t, returned["decideDueTime"])
	undecided := func() (list []object) {
		for _, e := range of(w.timeline(complaint), "escalation_raised", "") {
			if details, ok := e["details"].(object); ok && details["reason"] == "HAND_OFF_UNDECIDED" {
				list = append(list, details)
			}
		}
		return list
	}
	w.eventually("the ladder hears of it", 30*time.Second, func() bool { return len(undecided()) > 0 })
	require.Equal(t, "agents/fang", undecided()[0]["recipient"], "above the manager who did not decide")
	require.Equal(t, "OPEN", w.ladder(complaint)["HAND_OFF_UNDECIDED"])
	w.owned(complaint, "agents/he")
	require.Equal(t, "RETURNED", w.get("/v1/" + complaint + "/handOffs/2")["state"], "it is still to be decided")
	w.as("agents/guo", authv1.Role_MANAGER).post("/v1/"+complaint+"/handOffs/2:decideHandOff", object{
		"department": "departments/quality", "reason": "产品的事。",
	})
	w.owned(complaint, "agents/xu")
	w.eventually("it is resolved", 30*time.Second, func() bool { return w.ladder(complaint)["HAND_OFF_UNDECIDED"] == "RESOLVED" })
	decided, _ := of(w.timeline(complaint), "hand_off_decided", "")[0]["details"].(object)
	require.Equal(t, "true", decided["late"])
}

// TestHandOffSurvivesKilling kills everything, routing and worker among it, in the middle of hand-offs: afterwards each complaint has
// exactly one owner, and what nobody answered in time is back and escalated, once.
func TestHandOffSurvivesKilling(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "OPS-1")
	p := newStandalone(t)
	p.args = append(p.args, "--policy", demoPolicy)
	p.start(t)
	w := &world{t: t, gateways: []string{p.http}, dir: p.dir, log: &safeBuffer{}, slack: 20 * time.Second}
	w.enter(p.temporal)
	var complaints []string
	for i := range 6 {
		complaints = append(complaints, w.late(fmt.Sprintf("+861381234010%d", i)))
	}
	for _, complaint := range complaints {
		w.offer(complaint)
	}
	xu := w.as("agents/xu", authv1.Role_AGENT)
	keys := map[string]string{}
	for i, complaint := range complaints[:4] {
		keys[complaint] = uuid.NewString()
		go func() { // Whether it is answered is not known when the power fails.
			time.Sleep(time.Duration(i) * 5 * time.Millisecond)
			_, _, _ = xu.send(http.MethodPost, "/v1/"+complaint+"/handOffs/1:acceptHandOff", []byte("{}"), keys[complaint])
		}()
	}
	time.Sleep(10 * time.Millisecond)
	p.kill(t)
	p.start(t)
	w.enter(p.temporal)
	for complaint, key := range keys {
		_, answer := xu.callKey(http.MethodPost, "/v1/"+complaint+"/handOffs/1:acceptHandOff", object{}, key)
		require.True(t, answer["state"] == "ACCEPTED" || answer["reason"] == "HAND_OFF_SETTLED", "%v", answer)
	}
	accepted := 0
	for _, complaint := range complaints {
		w.eventually("the hand-off is over", 30*time.Second, func() bool {
			return w.get("/v1/" + complaint + "/handOffs/1")["state"] != "PROPOSED"
		})
		if w.get("/v1/" + complaint + "/handOffs/1")["state"] == "ACCEPTED" {
			accepted++
			w.owned(complaint, "agents/xu")
			require.Empty(t, w.overdue(complaint))
		} else {
			w.owned(complaint, "agents/he")
			w.eventually("it is escalated", 30*time.Second, func() bool { return len(w.overdue(complaint)) > 0 })
		}
		require.Len(t, of(w.timeline(complaint), "hand_off_settled", ""), 1, "once")
		require.LessOrEqual(t, len(w.overdue(complaint)), 1)
	}
	held := func(agent string) int {
		count, _ := w.get("/v1/agents/" + agent)["openCount"].(float64)
		return int(count)
	}
	t.Logf("accepted: %d", accepted)
	require.Equal(t, []int{len(complaints) - accepted, accepted}, []int{held("he"), held("xu")})
}
