package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// filed files a complaint and waits until remedy knows of it.
func (w *world) filed(phone, statement string) string {
	w.t.Helper()
	name, _ := w.post("/v1/complaints", object{"statement": statement, "complainant": object{"phone": phone}})["name"].(string)
	w.eventually("remedy has heard of it", 30*time.Second, func() bool {
		status, _ := w.call(http.MethodGet, "/v1/"+name+"/refusals", nil)
		return status == http.StatusOK
	})
	return name
}

// TestUnreasonableDemandIsRefusedStepByStep over REST: with every step, the letter, the watch, and the same customer coming again (REF-1).
func TestUnreasonableDemandIsRefusedStepByStep(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "CALL-2")
	w := start(t, t.TempDir(), demoPolicy)
	complaint := w.filed("+8613812340031", "用了三年了，我要全额退款，再赔十倍。")
	refusal := w.post("/v1/"+complaint+":refuse", object{"decision": "使用三年的产品不办理全额退款和十倍赔偿", "clause": "三包规定第十条"})
	path := "/v1/" + fmt.Sprint(refusal["name"])
	status, answer := w.call(http.MethodPost, path+":recordStep", object{"kind": "END_CONTACT", "evidence": "x", "byTheRules": true, "withoutAttitudeIssue": true})
	require.Equal(t, []any{http.StatusBadRequest, "STEP_OUT_OF_ORDER"}, []any{status, answer["reason"]})
	for _, step := range []object{
		{"kind": "SET_EXPECTATIONS", "evidence": "电话中说明了能做和不能做的"},
		{"kind": "SOOTHE", "evidence": "听完了客户的经过，表示理解"},
		{
			"kind": "REASON_AND_ALTERNATIVE", "evidence": "产品已过保修期，检测没有质量问题",
			"alternative": "可以为您安排一次免费检修，并以成本价更换配件",
		},
		{"kind": "COMPENSATE", "reason": "没有我方过错"},
		{"kind": "SUPPORT", "evidence": "主管与客户通了话", "party": "agents/zhao"},
	} {
		refusal = w.post(path+":recordStep", step)
	}
	require.Equal(t, "END_CONTACT", refusal["next"])

	written := w.post(path+":write", object{})
	require.Empty(t, written["missing"], "the letter has all it needs")
	letter := w.post("/v1/"+complaint+":draft", object{"template": "refusal", "variables": written["variables"]})
	for _, part := range []string{"不办理全额退款", "已过保修期", "三包规定第十条", "免费检修", "12315"} {
		require.Contains(t, letter["text"], part)
	}

	last := object{
		"kind": "END_CONTACT", "evidence": "客户要求不变，礼貌结束通话", "byTheRules": true, "withoutAttitudeIssue": true, "party": "agents/zhao",
		"way": "PHONE",
	}
	status, answer = w.as("agents/lin", authv1.Role_AGENT).call(http.MethodPost, path+":recordStep", last)
	require.Equal(t, []any{http.StatusBadRequest, "CONTACT_NOT_TO_BE_ENDED"}, []any{status, answer["reason"]}, "a supervisor confirms it, or nobody")
	refusal = w.post(path+":recordStep", last)
	require.Equal(t, "CONTACT_ENDED", refusal["state"])
	require.NotEmpty(t, refusal["watchTime"])
	w.eventually("the supervisor is told", 30*time.Second, func() bool { return w.ladder(complaint)["CONTACT_ENDED"] != "" })

	w.eventually("whoever rules sees what was confirmed", 30*time.Second, func() bool {
		known, _ := w.get("/v1/" + complaint + "/assessment")["refusalOnRecord"].(object)
		suggested, _ := known["suggested"].(object)
		return known["refusal"] == refusal["name"] && suggested["byTheRules"] == true && suggested["withoutAttitudeIssue"] == true
	})

	again := w.filed("+8613812340031", "你们必须赔十倍。")
	w.eventually("who comes again is noticed", 30*time.Second, func() bool {
		return len(of(w.timeline(again), "refusal_repeated", "")) == 1 && strings.Contains(fmt.Sprint(of(w.timeline(again), "notice_sent", "")), "REPEAT")
	})
	list, _ := w.get("/v1/" + complaint + "/refusals")["refusals"].([]any)
	require.Equal(t, []any{again}, list[0].(object)["repeats"]) //nolint:forcetypeassert // It fails as it should.
	for _, e := range w.timeline(complaint) {
		require.NotContains(t, fmt.Sprint(e), "保修", "nothing that was said is on the timeline")
	}
	w.eventually("the conversation in which contact was ended is one", 30*time.Second, func() bool { return w.duty(complaint, "1-callback")["verdict"] == "MET" })
	w.post("/v1/"+complaint+":resolve", object{"outcome": "REFUSED", "resolution": "不办理全额退款和十倍赔偿，可以免费检修一次"})
	w.eventually("the decision is told by its own letter", 30*time.Second, func() bool {
		return strings.Contains(fmt.Sprint(w.details(complaint, "message_sent", "template")), "refusal")
	})
}

// TestDeductionIsSuggestedHeardConfirmedAndExported over REST: nobody's pay is touched by any of it (ACC-1).
func TestDeductionIsSuggestedHeardConfirmedAndExported(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := start(t, t.TempDir(), demoPolicy)
	complaint := w.filed("+8613812340041", "客服骂人。")
	w.post("/v1/"+complaint+"/investigationSteps", object{
		"findings": "录音里有不当用语", "ownProcessCheck": object{"done": true, "result": "质检没有抽到"},
	})
	w.post("/v1/"+complaint+":assess", object{"assessment": object{
		"established": "ESTABLISHED", "scenario": "ATTITUDE", "causes": []any{"STAFF_COLD"}, "reasons": "属实",
	}})
	ruling := w.as("agents/sun", authv1.Role_MANAGER).post("/v1/"+complaint+":rule", object{"ruling": object{
		"responsibility": "RESPONSIBLE", "reasonCode": "UNPROFESSIONAL", "concerned": []any{"agents/chen"}, "reason": "言语不当",
	}})["name"]
	sun, chen, hr := w.as("agents/sun", authv1.Role_MANAGER), w.as("agents/chen", authv1.Role_AGENT), w.as("agents/hu", authv1.Role_HR)
	pay := func(agent string) object {
		return object{"agent": agent, "pay": object{"currencyCode": "CNY", "units": "3000"}}
	}
	var suggested []any
	w.eventually("remedy has heard of the ruling and of who stands above", 30*time.Second, func() bool {
		status, answer := sun.call(http.MethodPost, "/v1/"+complaint+"/deductions:suggest", object{
			"ruling": ruling, "month": "2026-11", "furtherLoss": object{"currencyCode": "CNY", "units": "1000"},
			"furtherLossReason": "退货与重发的运费", "furtherLossEvidence": "运单两张",
			"pays": []any{pay("agents/chen"), pay("agents/zhao")},
		})
		require.True(t, status == http.StatusOK || answer["reason"] == "RULING_NOT_FINAL", "%v", answer)
		list, _ := answer["deductions"].([]any)
		suggested = append(suggested, list...)
		return len(suggested) == 2
	})
	mine, _ := chen.get("/v1/deductions")["deductions"].([]any)
	require.Len(t, mine, 1)
	deduction, _ := mine[0].(object)
	path := "/v1/" + fmt.Sprint(deduction["name"])
	require.Equal(t, "300", deduction["amount"].(object)["units"]) //nolint:forcetypeassert // It fails as it should.
	require.Empty(t, w.get("/v1/deductions")["deductions"], "nobody else sees it")
	require.Len(t, chen.get(path)["pays"], 1)
	w.eventually("the person was told", 30*time.Second, func() bool { return chen.get(path)["toldTime"] != nil })
	status, answer := w.call(http.MethodGet, path, nil)
	require.Equal(t, []any{http.StatusNotFound, "RESOURCE_NOT_FOUND"}, []any{status, answer["reason"]})

	require.Equal(t, "HEARD", chen.post(path+":answer", object{"answer": "当时连续接了四十个电话"})["state"])
	status, answer = hr.call(http.MethodPost, path+":confirm", object{"reason": "x"})
	require.Equal(t, []any{http.StatusBadRequest, "HEARING_OPEN"}, []any{status, answer["reason"]})
	require.Equal(t, "APPEALED", chen.post(path+":appeal", object{"grounds": "只有一句，已当场道歉"})["state"])
	require.Equal(t, "HEARD", hr.post(path+":decideAppeal", object{"reason": "录音属实"})["state"])
	other := w.as("agents/hua", authv1.Role_HR)
	confirmed := other.post(path+":confirm", object{"reason": "当场道歉，从轻", "amount": object{"currencyCode": "CNY", "units": "100"}})
	require.Equal(t, "CONFIRMED", confirmed["state"])

	exported, _ := hr.post("/v1/deductions:export", object{"month": "2026-11"})["deductions"].([]any)
	require.Len(t, exported, 1, "the manager's was not confirmed")
	require.Equal(t, "EXPORTED", exported[0].(object)["state"]) //nolint:forcetypeassert // It fails as it should.
	require.Empty(t, hr.post("/v1/deductions:export", object{"month": "2026-11"})["deductions"], "once")
	for _, e := range w.timeline(complaint) {
		if strings.HasPrefix(fmt.Sprint(e["type"]), "deduction_") {
			require.NotContains(t, fmt.Sprint(e["details"]), "chen", "the timeline does not say whom it concerns")
		}
	}
}
