package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/workflows/approval"
)

// restated files a complaint about a parcel that is he's, and says back what it is about.
func (w *world) restated(phone string) string {
	w.t.Helper()
	complaint := w.late(phone)
	status, answer := w.call(http.MethodPatch, "/v1/"+complaint+"/understanding", object{
		"restatementConfirmation": "CONFIRMED", "restatement": "您的快递三天没有送到。",
	})
	require.Equal(w.t, http.StatusOK, status, answer)
	return complaint
}

// cash are options of which the first costs so much, handed out.
func cash(units string) []any {
	return []any{
		object{
			"kind": "COMPENSATION", "basis": "GOODWILL", "contents": "现金一点心意", "cash": true, "amount": object{"currencyCode": "CNY", "units": units},
		},
		object{"kind": "APOLOGY", "basis": "GOODWILL", "contents": "我们向您道歉"},
	}
}

// propose has he propose cash on a complaint, and returns the proposal, which waits for its approval.
func (w *world) propose(complaint, units string) (remedy object) {
	w.t.Helper()
	return w.proposeAs(w.as("agents/he", authv1.Role_AGENT), complaint, cash(units))
}

func (w *world) proposeAs(who *world, complaint string, options []any) (remedy object) {
	w.t.Helper()
	w.eventually("remedy has heard of the complaint, and of who is in charge", 30*time.Second, func() bool {
		status, tried := who.call(http.MethodPost, "/v1/"+complaint+"/remedies?validateOnly=true", object{"options": options})
		return status == http.StatusOK && tried["department"] != nil && tried["department"] != ""
	})
	remedy = who.post("/v1/"+complaint+"/remedies", object{"options": options, "historySeen": true})
	require.Equal(w.t, "PROPOSED", remedy["state"])
	return remedy
}

// asked waits until it is somebody's turn to decide on an approval, and returns it.
func (w *world) asked(name, approver string) (a object) {
	w.t.Helper()
	w.eventually(name+" waits for "+approver, 30*time.Second, func() bool {
		a = w.get("/v1/" + name)
		return a["approver"] == approver
	})
	return a
}

// held are the amounts that are held for a remedy.
func (w *world) held(remedy any) (amounts []any) {
	w.t.Helper()
	filter := url.QueryEscape(`kind = "HOLD" AND remedy = "` + remedy.(string) + `"`)
	entries, _ := w.as("agents/guo", authv1.Role_MANAGER).get("/v1/ledgerEntries?filter=" + filter)["ledgerEntries"].([]any)
	for _, e := range entries {
		amounts = append(amounts, e.(object)["amount"].(object)["units"])
	}
	return amounts
}

// toldOf are whom routing has told of approvals of a complaint, in order.
func (w *world) toldOf(complaint string) (recipients []any) {
	w.t.Helper()
	for _, e := range of(w.timeline(complaint), "notice_sent", "") {
		if details, ok := e["details"].(object); ok && details["about"] == "APPROVAL" {
			recipients = append(recipients, details["recipient"])
		}
	}
	return recipients
}

// refuses has somebody decide who may not.
func (w *world) refuses(who *world, name, verb, reason string) {
	w.t.Helper()
	status, answer := who.call(http.MethodPost, "/v1/"+name+":"+verb, object{"comment": "好"})
	require.Equal(w.t, reason, answer["reason"], "%d %v", status, answer)
}

// deciders are those above he.
func (w *world) deciders() (ma, liu, guo, fang *world) {
	return w.as("agents/ma", authv1.Role_SUPERVISOR), w.as("agents/liu", authv1.Role_SUPERVISOR), w.as("agents/guo", authv1.Role_MANAGER),
		w.as("agents/fang", authv1.Role_EXECUTIVE)
}

// approvalWorkflow is the id of the workflow of an approval.
func approvalWorkflow(name any) string { return approval.WorkflowID(name.(string)) }

// TestAnApprovalIsReturnedAndRevised: whoever is away has the delegate asked, whom operators find by amount; what comes back is revised, and
// the new version is approved by itself.
func TestAnApprovalIsReturnedAndRevised(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "APPR-3", "REM-1")
	w := start(t, t.TempDir(), changedPolicy(t, "approvals: {within: 8s", "approvals: {within: 1h"))
	ma, liu, _, _ := w.deciders()
	status, answer := w.as("agents/sun", authv1.Role_MANAGER).call(http.MethodPatch, "/v1/agents/ma", object{"absences": []object{{
		"startTime": time.Now().Add(-time.Minute).UTC().Format(time.RFC3339), "endTime": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
		"delegate": "agents/liu", "reason": "LEAVE",
	}}})
	require.Equal(t, http.StatusOK, status, answer)
	complaint := w.restated("+8613812340301")
	remedy := w.propose(complaint, "150")
	first, ok := remedy["approval"].(string)
	require.True(t, ok)
	a := w.asked(first, "agents/liu")
	steps, ok := a["steps"].([]any)
	require.True(t, ok)
	passed, ok := steps[0].(object)["passed"].([]any)
	require.True(t, ok)
	require.Equal(t, []any{"agents/ma", "ABSENT"}, []any{passed[0].(object)["agent"], passed[0].(object)["cause"]})
	for _, query := range []string{
		`WorkflowType="Approval" AND ExecutionStatus="Running"`, `RedressAmount >= 150 AND ExecutionStatus="Running"`,
		`WorkflowType="Approval" AND RedressAssignee="agents/liu"`, `RedressWaitsFor="agents/liu"`, `RedressStage="level-1"`,
	} {
		w.eventually("operators find it: "+query, 30*time.Second, func() bool { return slices.Equal([]string{approvalWorkflow(first)}, w.running(query)) })
	}
	w.refuses(ma, first, "approve", "NOT_THE_APPROVER")
	w.refuses(w.as("agents/he", authv1.Role_SUPERVISOR), first, "approve", "APPROVER_IS_PROPOSER")
	require.Equal(t, "RETURNED", liu.post("/v1/"+first+":return", object{"comment": "太多了，一百就够。"})["state"])
	w.ended(approvalWorkflow(first))
	revised := w.as("agents/he", authv1.Role_AGENT).post("/v1/"+remedy["name"].(string)+":reviseRemedy", object{"options": cash("100")})
	second, ok := revised["approval"].(string)
	require.True(t, ok)
	require.Equal(t, strings.TrimSuffix(first, "-1")+"-2", second)
	w.asked(second, "agents/liu")
	w.refuses(liu, first, "approve", "APPROVAL_SUPERSEDED")
	require.Equal(t, "APPROVED", liu.post("/v1/"+second+":approve", object{})["state"])
	w.refuses(liu, second, "approve", "APPROVAL_NOT_PENDING")
	w.ended(approvalWorkflow(second))
	require.Equal(t, []any{"100"}, w.held(remedy["name"]))
	w.eventually("everybody is told", 30*time.Second, func() bool {
		return slices.Equal([]any{"agents/liu", "agents/he", "agents/liu", "agents/he"}, w.toldOf(complaint))
	})
	require.Equal(t, "GRANTED", w.get("/v1/" + remedy["name"].(string))["state"])
}

// TestAnApprovalMovesUp to the manager when the supervisor does not decide, and is asked for again where nobody is above; what nobody
// decides is brought before the ladder. What is revised meanwhile ends it.
func TestAnApprovalMovesUp(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "ROUTE-4", "CLK-1")
	w := start(t, t.TempDir(), demoPolicy)
	ma, _, guo, _ := w.deciders()
	complaint := w.restated("+8613812340302")
	remedy, forgotten := w.propose(complaint, "150"), w.propose(complaint, "160")
	name, ok := remedy["approval"].(string)
	require.True(t, ok)
	began := w.asked(name, "agents/ma")
	require.Equal(t, 8*time.Second, at(t, began, "dueTime").Sub(at(t, began, "createTime")))
	require.Equal(t, 4*time.Second, at(t, began, "remindTime").Sub(at(t, began, "createTime")))
	moved := w.asked(name, "agents/guo")
	steps, ok := moved["steps"].([]any)
	require.True(t, ok)
	require.Equal(t, "EXPIRED", steps[0].(object)["outcome"])
	require.Equal(t, at(t, began, "dueTime"), at(t, steps[1].(object), "beginTime"), "the next level's time begins when the first one's ends")
	w.refuses(ma, name, "approve", "APPROVAL_MOVED_UP")
	require.Equal(t, "APPROVED", guo.post("/v1/"+name+":approve", object{})["state"])
	w.ended(approvalWorkflow(name))
	require.Equal(t, []any{"150"}, w.held(remedy["name"]))

	w.eventually("what nobody decides is before the ladder", time.Minute, func() bool {
		return slices.ContainsFunc(of(w.timeline(complaint), "escalation_asked", ""), func(e object) bool {
			details, ok := e["details"].(object)
			return ok && details["reason"] == "APPROVAL_OVERDUE"
		})
	})
	again, ok := w.get("/v1/" + forgotten["approval"].(string))["steps"].([]any)
	require.True(t, ok)
	var levels []any
	for _, s := range again[:4] {
		levels = append(levels, s.(object)["level"])
	}
	require.Equal(t, []any{1.0, 2.0, 3.0, 3.0}, levels)
	w.as("agents/he", authv1.Role_AGENT).post("/v1/"+forgotten["name"].(string)+":withdrawRemedy", object{"reason": "客户不要了。"})
	w.ended(approvalWorkflow(forgotten["approval"]))
	require.Equal(t, "VOID", w.get("/v1/" + forgotten["approval"].(string))["state"])
	require.Empty(t, w.held(forgotten["name"]), "silence approves nothing")
}

// TestTwoLevelsApproveCash: 200 in cash need the supervisor and the manager, who are two people.
func TestTwoLevelsApproveCash(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-2", "APPR-3")
	w := start(t, t.TempDir(), changedPolicy(t, "approvals: {within: 8s", "approvals: {within: 1h"))
	ma, _, guo, _ := w.deciders()
	complaint := w.restated("+8613812340303")
	remedy := w.propose(complaint, "200")
	name, ok := remedy["approval"].(string)
	require.True(t, ok)
	require.EqualValues(t, 2, w.asked(name, "agents/ma")["needed"])
	half := ma.post("/v1/"+name+":approve", object{"comment": "可以"})
	require.Equal(t, "PENDING", half["state"])
	require.Empty(t, w.held(remedy["name"]), "half an approval holds nothing")
	w.asked(name, "agents/guo")
	w.refuses(ma, name, "approve", "APPROVED_BELOW")
	require.Equal(t, "APPROVED", guo.post("/v1/"+name+":approve", object{})["state"])
	w.ended(approvalWorkflow(name))
	require.Equal(t, []any{"200"}, w.held(remedy["name"]))
	w.eventually("everybody is told once", 30*time.Second, func() bool {
		return slices.Equal([]any{"agents/ma", "agents/guo", "agents/he"}, w.toldOf(complaint))
	})
	require.Len(t, of(w.timeline(complaint), "remedy_granted", ""), 1)
}

// TestOperatorsFindApprovals has each search of docs/operations.md about approvals find what the page says that it finds.
func TestOperatorsFindApprovals(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "ROUTE-5")
	w := start(t, t.TempDir(), changedPolicy(t, "approvals: {within: 8s", "approvals: {within: 1h"))
	complaint := w.restated("+8613812340311")
	small, large := w.propose(complaint, "150")["approval"], w.propose(w.restated("+8613812340312"), "600")["approval"]
	// Beyond the cap of a complaint the executive alone decides on what is not cash. She proposed it: nobody is left.
	waiver := cash("1100")
	waiver[0] = object{
		"kind": "FEE_WAIVER", "basis": "GOODWILL", "contents": "免收安装费", "amount": object{"currencyCode": "CNY", "units": "1100"},
	}
	nobodys := w.proposeAs(w.as("agents/fang", authv1.Role_MANAGER), w.restated("+8613812340313"), waiver)["approval"]
	a, b, c := approvalWorkflow(small), approvalWorkflow(large), approvalWorkflow(nobodys)
	w.finds("What waits for approval", map[string][]string{
		`WorkflowType="Approval" AND ExecutionStatus="Running"`:                                             {a, b, c},
		`WorkflowType="Approval" AND ExecutionStatus="Running" AND RedressAssignee="agents/ma"`:             {a},
		`WorkflowType="Approval" AND ExecutionStatus="Running" AND RedressAmount >= 500`:                    {b, c},
		`WorkflowType="Approval" AND ExecutionStatus="Running" AND RedressEscalationLevel >= 2`:             {b, c},
		`WorkflowType="Approval" AND ExecutionStatus="Running" AND RedressAssignee IS NULL`:                 {c},
		`WorkflowType="Approval" AND ExecutionStatus="Running" AND RedressDueTime < "2026-12-24T12:00:00Z"`: {a, b, c},
		`WorkflowType="Approval" AND RedressDepartment="departments/logistics"`:                             {a, b, c},
		`WorkflowType="Approval" AND RedressComplaint="complaints/01jb3p5v9x7k2m4n6q8r0t1w3y"`:              {a},
	}, complaint)
}
