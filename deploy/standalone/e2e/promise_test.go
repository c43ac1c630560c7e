package e2e_test

import (
	"net/http"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// offered has a complaint whose customer was reached and is told of two options, the first to be done within some time, and returns
// complaint and remedy.
func (w *world) offered(within time.Duration) (complaint, remedy string) {
	w.t.Helper()
	complaint = w.file(broadband)
	w.eventually("on the clock", 10*time.Second, func() bool { return w.duty(complaint, "1-acknowledge")["state"] == "KEPT" })
	w.post("/v1/"+complaint+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	status, answer := w.call(http.MethodPatch, "/v1/"+complaint+"/understanding", object{
		"restatement": "A pause in July and August.", "restatementConfirmation": "CONFIRMED",
	})
	require.Equal(w.t, http.StatusOK, status, "%v", answer)
	paused := object{
		"kind": "SERVICE_CHANGE", "basis": "GOODWILL", "contents": "a pause in July and August",
		"fulfilTime": time.Now().Add(within).Format(time.RFC3339Nano),
	}
	moved := object{"kind": "SERVICE_CHANGE", "basis": "GOODWILL", "contents": "the line is moved"}
	propose := object{"options": []object{paused, moved}, "fallback": "somebody higher up calls"}
	w.eventually("remedy has heard that the restatement was confirmed", 5*time.Second, func() bool {
		status, answer := w.call(http.MethodPost, "/v1/"+complaint+"/remedies", propose)
		remedy, _ = answer["name"].(string)
		return status == http.StatusOK
	})
	require.Equal(w.t, "OFFERED", w.post("/v1/"+remedy+":offer", object{"way": "PHONE"})["state"])
	return complaint, remedy
}

// promises reads a complaint's promises.
func (w *world) promises(complaint string) (list []object) {
	w.t.Helper()
	all, _ := w.get("/v1/" + complaint + "/promises")["promises"].([]any)
	for _, one := range all {
		if p, ok := one.(object); ok {
			list = append(list, p)
		}
	}
	return list
}

// details reads one of the details of a complaint's events of a type.
func (w *world) details(complaint, kind, key string) (list []any) {
	for _, e := range of(w.timeline(complaint), kind, "") {
		if details, ok := e["details"].(object); ok {
			list = append(list, details[key])
		}
	}
	return list
}

// letters counts the letters on how a complaint ended.
func (w *world) letters(complaint string) (sent int) {
	for _, template := range w.details(complaint, "message_sent", "template") {
		if template == "closing" || template == "refusal" {
			sent++
		}
	}
	return sent
}

// TestAPromiseIsBrokenAndMadeGood: what a customer accepted is owed, with a clock of its own; nothing is resolved before it is done; broken
// it is told to the ladder, is a signal, and is still owed.
func TestAPromiseIsBrokenAndMadeGood(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "REM-5", "REM-6", "ROUTE-4")
	w := start(t, t.TempDir(), demoPolicy)
	complaint, remedy := w.offered(8 * time.Second)
	w.post("/v1/"+remedy+":accept", object{"option": 1})
	w.eventually("it is promised", 5*time.Second, func() bool { return len(w.promises(complaint)) == 1 })
	promise, _ := w.promises(complaint)[0]["name"].(string)
	require.Equal(t, "a pause in July and August", w.promises(complaint)[0]["text"])

	resolve := object{"outcome": "REMEDIED", "resolution": "The line is paused."}
	w.post("/v1/"+complaint+":resolve", resolve)
	w.eventually("refused, with what both owners say", 5*time.Second, func() bool {
		objections, _ := w.get("/v1/" + complaint)["objections"].([]any)
		return len(objections) == 2
	})
	w.eventually("broken, and the ladder is told", 15*time.Second, func() bool {
		return w.promises(complaint)[0]["state"] == "BROKEN" && slices.Contains(w.details(complaint, "escalation_raised", "reason"), any("PROMISE_BROKEN"))
	})
	require.Equal(t, "MISSED", w.duty(complaint, "1-promise-1")["verdict"])
	require.NotEmpty(t, of(w.timeline(complaint), "duty_warned", complaint+"/duties/1-promise-1"))
	w.eventually("it is a signal", 5*time.Second, func() bool { return len(of(w.timeline(complaint), "signals_raised", "")) > 0 })
	w.eventually("operators find it", 15*time.Second, func() bool {
		return slices.Contains(w.running(`RedressBreach="promise"`), workflowID(complaint))
	})

	kept := w.post("/v1/"+promise+":keep", object{"evidence": "order 42"})
	require.Equal(t, []any{"KEPT", "MET_LATE"}, []any{kept["state"], kept["verdict"]})
	status, answer := w.call(http.MethodPost, "/v1/"+promise+":keep", object{"evidence": "order 42"})
	require.Equal(t, []any{http.StatusBadRequest, "PROMISE_SETTLED"}, []any{status, answer["reason"]})
	w.eventually("all of it was done", 5*time.Second, func() bool { return w.get("/v1/" + remedy)["state"] == "FULFILLED" })
	w.post("/v1/"+complaint+":resolve", resolve)
	w.eventually("resolved", 5*time.Second, func() bool { return w.get("/v1/" + complaint)["state"] == "RESOLVED" })
	require.Len(t, of(w.timeline(complaint), "promise_broken", ""), 1)
	w.eventually("the customer is told how it ended", 5*time.Second, func() bool { return w.letters(complaint) == 1 })
	w.eventually("the workflow has ended", 15*time.Second, func() bool { return !slices.Contains(w.running(`ExecutionStatus="Running"`), workflowID(complaint)) })
}

// TestWhatNobodyMayPromise is recorded, and the ladder is told; progress is told on time, or is not.
func TestWhatNobodyMayPromise(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2", "PROM-1")
	w := start(t, t.TempDir(), demoPolicy)
	complaint := w.file(broadband)
	w.eventually("on the clock", 10*time.Second, func() bool { return w.duty(complaint, "1-acknowledge")["state"] == "KEPT" })
	due := func(after time.Duration) string { return time.Now().Add(after).Format(time.RFC3339Nano) }
	made := w.post("/v1/"+complaint+"/promises", object{"text": "我保证一定给您解决。", "dueTime": due(time.Hour), "amount": object{"currencyCode": "CNY", "units": "900"}})
	require.ElementsMatch(t, []any{"TOO_ABSOLUTE", "ABOVE_AUTHORITY"}, made["excesses"])
	w.eventually("the ladder is told", 10*time.Second, func() bool {
		return slices.Contains(w.details(complaint, "escalation_asked", "reason"), any("PROMISE_UNAUTHORISED"))
	})
	series := w.post("/v1/"+complaint+"/promises", object{"text": "I tell you how it goes.", "dueTime": due(4 * time.Second), "period": "4s"})
	require.Empty(t, series["excesses"])
	w.post("/v1/"+complaint+"/messages", object{"text": "It is being looked at.", "author": "AGENT"})
	w.eventually("the next one is owed", 5*time.Second, func() bool { return len(w.promises(complaint)) == 3 })
	w.eventually("it is forgotten", 15*time.Second, func() bool { return w.duty(complaint, "1-promise-3")["verdict"] == "MISSED" })
	status, answer := w.call(http.MethodPost, "/v1/"+complaint+":withdraw", object{"reason": "x"})
	require.Equal(t, []any{http.StatusBadRequest, "PROMISE_OWED"}, []any{status, answer["reason"]}, "staff ends nothing that the customer is owed")
	w.givesUp(complaint, made["name"].(string))
	w.eventually("withdrawn", 5*time.Second, func() bool {
		status, _ := w.call(http.MethodPost, "/v1/"+complaint+":withdraw", object{"reason": "x"})
		return status == http.StatusOK
	})
	w.eventually("nothing is owed any more", 5*time.Second, func() bool {
		return !slices.ContainsFunc(w.promises(complaint), func(p object) bool { return p["state"] != "KEPT" && p["state"] != "RELEASED" })
	})

	after := w.post("/v1/"+complaint+"/promises", object{"text": "A leaflet all the same.", "dueTime": due(4 * time.Second), "owner": "agents/wu"})
	require.EqualValues(t, 2, after["cycle"], "what is said after the end is owed in the next cycle")
	w.eventually("it is opened again", 3*time.Minute, func() bool {
		now := w.get("/v1/" + complaint)
		return now["cycle"] == float64(2) && now["state"] == "ACTIVE"
	})
	w.eventually("its workflow keeps the time of all that is owed", 3*time.Minute, func() bool {
		return w.duty(complaint, path.Base(after["duty"].(string)))["verdict"] == "MISSED" && slices.Contains(w.running(`RedressBreach="promise"`), "complaint/"+complaint[len("complaints/"):]+"/2")
	})
	require.NotEmpty(t, w.duty(complaint, "2-resolution"))
}

// givesUp has the customer write that something is not wanted any more, which is what releases it: words do not.
func (w *world) givesUp(complaint, promise string) {
	w.t.Helper()
	status, answer := w.call(http.MethodPost, "/v1/"+promise+":release", object{"evidence": "She said so."})
	require.Equal(w.t, []any{http.StatusBadRequest, "RELEASE_NOT_PROVEN"}, []any{status, answer["reason"]})
	message := w.post("/v1/"+complaint+"/messages", object{"text": "I need no leaflet any more.", "author": "CUSTOMER"})["name"]
	lin := w.as("agents/lin", authv1.Role_AGENT)
	w.eventually("it is taken for news", 5*time.Second, func() bool {
		_, answer := lin.call(http.MethodPost, "/v1/"+promise+":release", object{"evidence": message})
		return answer["reason"] == "RELEASE_NOT_PROVEN"
	})
	w.post("/v1/"+message.(string)+":reclassify", object{"kind": "WITHDRAWS"})
	w.eventually("released", 5*time.Second, func() bool {
		status, _ := lin.call(http.MethodPost, "/v1/"+promise+":release", object{"evidence": message})
		return status == http.StatusOK
	})
}

// livePromised has a promise broken and made good, one released, and one of a series forgotten, before the complaint is resolved.
func livePromised(_ *testing.T, w *world) string {
	name, remedy := w.offered(6 * time.Second)
	w.post("/v1/"+remedy+":accept", object{"option": 1})
	due := func(after time.Duration) string { return time.Now().Add(after).Format(time.RFC3339Nano) }
	released, _ := w.post("/v1/"+name+"/promises", object{"text": "A leaflet.", "dueTime": due(20 * time.Second)})["name"].(string)
	w.post("/v1/"+name+"/promises", object{"text": "How it goes.", "dueTime": due(3 * time.Second), "period": "3s"})
	w.eventually("broken", 30*time.Second, func() bool {
		return slices.Contains(w.details(name, "escalation_raised", "reason"), any("PROMISE_BROKEN")) && w.duty(name, "1-promise-1")["verdict"] == "MISSED"
	})
	for _, p := range w.promises(name) {
		if p["remedy"] == remedy {
			w.post("/v1/"+p["name"].(string)+":keep", object{"evidence": "order 42"})
		}
	}
	w.givesUp(name, released)
	w.post("/v1/"+name+"/messages", object{"text": "It is done.", "author": "AGENT"})
	w.eventually("done", 10*time.Second, func() bool { return w.get("/v1/" + remedy)["state"] == "FULFILLED" })
	w.post("/v1/"+name+":resolve", object{"outcome": "REMEDIED", "resolution": "The line is paused."})
	return workflowID(name)
}
