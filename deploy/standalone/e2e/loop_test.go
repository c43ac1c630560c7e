package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/suite"
)

// recorded waits for the record of the first cycle of a complaint.
func (w *world) recorded(complaint string) object {
	w.t.Helper()
	var record object
	w.eventually("the cycle is recorded", time.Minute, func() bool {
		status, answer := w.call(http.MethodGet, "/v1/"+complaint+"/outcomes/1", nil)
		record = answer
		return status == http.StatusOK
	})
	return record
}

// taskOf waits until asking the customer is somebody's task.
func (w *world) taskOf(complaint string) object {
	w.t.Helper()
	w.eventually("it is somebody's task", time.Minute, func() bool { return w.followUps(complaint)[0]["mode"] == "PERSON" })
	return w.followUps(complaint)[0]
}

// answersReachTheRecord: review is away when the customer answers, and followup is killed with the answer just taken. The record of the
// cycle has it in the end, once, and the review that is made then reckons with it.
func answersReachTheRecord(t *testing.T) {
	covers.Requirement(t, "REV-1", "REV-3", "FUP-2", "OPS-1")
	in := newInstallationBy(t, seriesPolicy(t, 2*time.Second, 90*time.Second, 90*time.Second), 1)
	in.start(t)
	w := in.enter(t)
	k := &killing{world: w, in: in, he: w, keys: map[string]string{}}
	complaint := w.resolvedBy("PHONE", "+8613812340921")
	require.NotContains(t, w.recorded(complaint), "answer")
	w.taskOf(complaint)
	k.kill(suite.Review)
	w.post("/v1/"+complaint+"/followUps/1-1:answer", object{
		"outcome": "REACHED", "way": "PHONE", "done": true, "satisfaction": 4, "comment": "还算满意", "retention": "RETAINED",
	})
	k.kill(suite.Followup)
	k.revive(suite.Followup, suite.Review)
	w.eventually("the answer is on record", time.Minute, func() bool { return w.recorded(complaint)["answer"] != nil })
	record := w.recorded(complaint)
	require.Equal(t, []any{4.0, "RETAINED"}, []any{record["satisfaction"], record["retention"]})
	answer, _ := record["answer"].(object)
	require.Equal(t, []any{complaint + "/followUps/1-1", true, true}, []any{answer["followUp"], answer["done"], answer["commented"]})
	made := w.as("agents/guo", authv1.Role_MANAGER).post("/v1/reviews:run", object{"kind": "DAILY"})
	total, _ := made["total"].(object)
	require.Equal(t, []any{"1", "1"}, []any{total["answeredCount"], total["satisfiedCount"]})
	k.kill(suite.Review, suite.Followup)
	k.revive(suite.Review, suite.Followup)
	w.eventually("closed", time.Minute, func() bool { return w.get("/v1/" + complaint)["state"] == "CLOSED" })
	origins := map[any]int{}
	all, _ := w.get("/v1/" + complaint + "/outcomes?allVersions=true")["outcomes"].([]any)
	for _, version := range all {
		origins[version.(object)["origin"]]++
	}
	require.Equal(t, 1, origins["ANSWERED"], "once, however often it is delivered")
	// What was open when the cycle ended may have been settled by the end of the series, which is read again then, before the answer or after it.
	require.LessOrEqual(t, origins["READ_AGAIN"], 1)
	require.Equal(t, []any{4.0, "RETAINED"}, []any{w.recorded(complaint)["satisfaction"], w.recorded(complaint)["retention"]})
}

// TestCustomersHearWhatWasImproved: what was done about the category since the complaint stands in the task of who asks the customer. Of what
// was done for another category, or told in another language alone, nothing does.
func TestCustomersHearWhatWasImproved(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2", "FUP-1")
	w := start(t, t.TempDir(), seriesPolicy(t, 6*time.Second, 60*time.Second, 60*time.Second))
	manager := w.as("agents/guo", authv1.Role_MANAGER, authv1.Role_SUPERVISOR)
	complaint, _ := w.post("/v1/complaints", object{
		"statement":   broadband,
		"complainant": object{"phone": "+8613812340922", "preferredChannel": "PHONE", "languageCode": "zh-Hans"},
	})["name"].(string)
	w.eventually("on the clock", time.Minute, func() bool { return w.duty(complaint, "1-acknowledge")["state"] == "KEPT" })
	w.post("/v1/"+complaint+":assess", object{"assessment": object{
		"established": "ESTABLISHED", "scenario": "QUALITY", "causes": []string{"QUALITY_SMALL_DEFECT"}, "reasons": "线路老化",
	}})
	for scenario, texts := range map[string][]object{
		"QUALITY": {{"languageCode": "zh-Hans", "text": "老旧线路已全部更换"}, {"languageCode": "en", "text": "Old lines were replaced"}},
		"PRICE":   {{"languageCode": "zh-Hans", "text": "价目表已公开"}},
	} {
		improvement, _ := manager.post("/v1/improvements", object{"subject": object{"category": scenario}, "owner": "agents/guo"})["name"].(string)
		manager.post("/v1/"+improvement+":complete", object{"evidence": "工单", "customerTexts": texts})
	}
	w.post("/v1/"+complaint+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	w.post("/v1/"+complaint+":resolve", object{"outcome": "EXPLAINED", "resolution": "The line works again."})
	w.eventually("planned", time.Minute, func() bool { return len(w.followUps(complaint)) == 1 })
	improved, _ := w.taskOf(complaint)["improvements"].([]any)
	require.Len(t, improved, 1)
	require.Equal(t, "老旧线路已全部更换", improved[0].(object)["text"])
	asked := of(w.timeline(complaint), "touch_asked", "")
	require.Len(t, asked, 1)
	require.Contains(t, asked[0]["summary"], "what was improved since")
}
