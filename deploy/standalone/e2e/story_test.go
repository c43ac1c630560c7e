package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/redress-dev/redress/deploy/standalone/program"
	"github.com/redress-dev/redress/gen/covers"
)

// broadband is what the telecom customer says, in our own words: a pause was asked for and heard as a cancellation.
const broadband = "我只想把宽带停两个月，你们说要停就得赔1100元违约金，装机费也不退。这是霸王条款，我要投诉，要求退还200元安装费，请尽快给我回电话。"

// of returns the entries of one type that tell of a duty.
func of(entries []object, eventType, duty string) []object {
	var found []object
	for _, e := range entries {
		details, _ := e["details"].(object)
		if e["type"] == eventType && (duty == "" || details["duty"] == duty) {
			found = append(found, e)
		}
	}
	return found
}

// at reads a time of an object.
func at(t *testing.T, o object, field string) time.Time {
	t.Helper()
	text, _ := o[field].(string)
	parsed, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(t, err, "%s of %v", field, o)
	return parsed
}

// TestCallbackStory tells the whole story of a callback that nobody makes, until somebody does.
func TestCallbackStory(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "CALL-1", "CALL-2", "ROUTE-4", "CLK-1")
	alone(t, demoPolicy).callbackStory(t)
}

// callbackStory is the story of TestCallbackStory, wherever Redress runs.
func (w *world) callbackStory(t *testing.T) {
	complaint := w.file(broadband)
	duty := complaint + "/duties/1-callback"

	w.eventually("acknowledged in the customer's language, and assigned", 5*time.Second, func() bool {
		entries := w.timeline(complaint)
		sent := of(entries, "message_sent", "")
		return len(sent) == 1 && sent[0]["details"].(object)["languageCode"] == "zh-Hans" && len(of(entries, "complaint_activated", "")) == 1
	})
	require.Equal(t, "ACTIVE", w.get("/v1/" + complaint)["state"])
	require.Equal(t, "MET", w.duty(complaint, "1-acknowledge")["verdict"])

	due := at(t, w.duty(complaint, "1-callback"), "dueTime")
	require.Less(t, time.Until(due), 21*time.Second)
	w.eventually("the callback is broken", 30*time.Second, func() bool { return w.duty(complaint, "1-callback")["verdict"] == "MISSED" })
	broken := w.duty(complaint, "1-callback")
	require.Equal(t, "OPEN", broken["state"], "broken and still owed")
	require.Equal(t, true, broken["breached"])

	w.eventually("it climbs a level", 15*time.Second, func() bool { return len(of(w.timeline(complaint), "escalation_raised", duty)) >= 2 })
	entries := w.timeline(complaint)
	warned := of(entries, "duty_warned", duty)
	require.Len(t, warned, 2, "warned before the deadline, twice")
	require.True(t, at(t, warned[0], "recordTime").Before(due))
	settled := of(entries, "duty_settled", duty)
	require.Len(t, settled, 1)
	require.WithinDuration(t, due, at(t, settled[0], "recordTime"), 2*time.Second+w.slack, "breached within 2 s of its due time")
	raised := of(entries, "escalation_raised", duty)
	require.WithinDuration(t, due, at(t, raised[0], "recordTime"), 2*time.Second+w.slack)
	require.Equal(t, []any{"1", "2"}, []any{raised[0]["details"].(object)["level"], raised[1]["details"].(object)["level"]})
	climbed := at(t, raised[1], "recordTime").Sub(at(t, raised[0], "recordTime"))
	require.InDelta(t, 6, climbed.Seconds(), 2+w.slack.Seconds(), "the policy's time per level")

	callback := w.post("/v1/"+complaint+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	require.Equal(t, "MET_LATE", callback["verdict"])
	late := w.duty(complaint, "1-callback")
	require.Equal(t, "KEPT", late["state"])
	require.Equal(t, true, late["breached"], "the breach stays on record")
	count := len(of(w.timeline(complaint), "escalation_raised", duty))
	time.Sleep(8 * time.Second) // One climb longer: nothing more may happen.
	require.Len(t, of(w.timeline(complaint), "escalation_raised", duty), count, "a callback that was made climbs no more")
}

// TestBreachIsListed proves that operators find exactly the missed callbacks that are still owed.
func TestBreachIsListed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2")
	alone(t, demoPolicy).breachIsListed(t)
}

// breachIsListed is what TestBreachIsListed tells. Others may file complaints at the same time.
func (w *world) breachIsListed(t *testing.T) {
	missed, other, made := w.file("nobody calls me"), w.file("called in time, but late for the rest"), w.file("called late")
	w.eventually("the callback is owed", 5*time.Second, func() bool { return w.duty(other, "1-callback") != nil })
	time.Sleep(10 * time.Second) // Contact and first response break; the callback does not.
	w.post("/v1/"+other+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	for _, c := range []string{missed, made} {
		w.eventually("broken", 20*time.Second, func() bool { return w.duty(c, "1-callback")["verdict"] == "MISSED" })
	}
	w.post("/v1/"+made+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "VISIT"})
	w.eventually("the other complaint is listed with its own breach", 45*time.Second, func() bool {
		return slices.Equal(among(w.running(`RedressBreach="callback"`), workflowID(missed), workflowID(other), workflowID(made)), []string{workflowID(missed)}) &&
			slices.Contains(w.running(`RedressBreach="resolution"`), workflowID(other))
	})
	var overdue []string
	list, _ := w.get("/v1/callbacks?filter=" + "overdue%3Dtrue")["callbacks"].([]any)
	for _, callback := range list {
		name, _ := callback.(object)["name"].(string)
		overdue = append(overdue, name)
	}
	require.Equal(t, []string{missed + "/callbacks/1"}, among(overdue, missed+"/callbacks/1", other+"/callbacks/1", made+"/callbacks/1"))
}

// among leaves of a list what a test put there itself.
func among(list []string, own ...string) []string {
	return slices.DeleteFunc(list, func(name string) bool { return !slices.Contains(own, name) })
}

func workflowID(complaint string) string { return "complaint/" + complaint[len("complaints/"):] + "/1" }

// running lists the ids of workflows that a visibility query finds.
func (w *world) running(query string) []string {
	w.t.Helper()
	resp, err := w.temporal.ListWorkflow(w.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Namespace: program.Namespace, Query: query})
	require.NoError(w.t, err)
	var ids []string
	for _, e := range resp.GetExecutions() {
		ids = append(ids, e.GetExecution().GetWorkflowId())
	}
	return ids
}

// TestRecordedTimeDecides proves that it matters when a contact was recorded, not when others heard of it (CLK-1, CALL-2).
func TestRecordedTimeDecides(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1", "CALL-2")
	// A slow machine must not make the test late by more than the policy forgives.
	w := start(t, t.TempDir(), changedPolicy(t, "back_dating: 2s", "back_dating: 15s"))
	reached, messaged, dated := w.file("reached in time"), w.file("answered in time"), w.file("recorded just after")
	for _, c := range []string{reached, messaged, dated} {
		w.eventually("on the clock", 5*time.Second, func() bool { return w.duty(c, "1-acknowledge")["verdict"] == "MET" })
	}
	w.program.PauseDeliveries()
	w.post("/v1/"+reached+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	w.post("/v1/"+messaged+"/messages", object{"author": "AGENT", "text": "We are looking into it.", "way": "CHAT"})
	w.eventually("the message, in time but not delivered, looks missing", 15*time.Second, func() bool {
		return w.duty(messaged, "1-first-response")["verdict"] == "MISSED"
	})
	due := at(t, w.duty(dated, "1-callback"), "dueTime")
	w.eventually("the callback that was made a moment ago looks missed", 25*time.Second, func() bool {
		return w.duty(dated, "1-callback")["verdict"] == "MISSED"
	})
	w.post("/v1/"+dated+"/callbacks/1:recordAttempt", object{
		"outcome": "REACHED", "way": "PHONE", "attemptTime": due.Add(-200 * time.Millisecond).Format(time.RFC3339Nano),
	})
	corrected := w.duty(dated, "1-callback")
	require.Equal(t, []any{"MET", true, false}, []any{corrected["verdict"], corrected["corrected"], corrected["breached"]})
	w.program.ResumeDeliveries()

	w.eventually("the message overturns MISSED", 10*time.Second, func() bool {
		d := w.duty(messaged, "1-first-response")
		return d["verdict"] == "MET" && d["corrected"] == true && d["breached"] == false
	})
	settled := of(w.timeline(messaged), "duty_settled", messaged+"/duties/1-first-response")
	require.Len(t, settled, 2, "MISSED stays on the timeline beside the correction")
	require.Equal(t, "true", settled[1]["details"].(object)["correction"])
	time.Sleep(2 * time.Second)
	require.Equal(t, "MET", w.duty(reached, "1-callback")["verdict"])
	require.Empty(t, of(w.timeline(reached), "escalation_raised", reached+"/duties/1-callback"), "a timer that fires late asks, and hears that it was kept")
	w.eventually("no breach of a corrected duty is listed", 15*time.Second, func() bool {
		return !slices.Contains(w.running(`RedressBreach="callback"`), workflowID(dated))
	})
}

// changedPolicy writes the demo policy with one text replaced.
func changedPolicy(t *testing.T, before, after string) string {
	t.Helper()
	text, err := os.ReadFile(demoPolicy)
	require.NoError(t, err)
	require.Contains(t, string(text), before)
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, bytes.Replace(text, []byte(before), []byte(after), 1), 0o600))
	return path
}

// TestDatedBackTooFar proves that a contact nobody can check changes nothing (CALL-2).
func TestDatedBackTooFar(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2")
	w := start(t, t.TempDir(), "") // The default policy: 5 minutes.
	received := time.Now().Add(-3 * time.Hour)
	name, _ := w.post("/v1/complaints", object{
		"statement": "x", "complainant": object{"email": "someone@example.com"}, "receiveTime": received.Format(time.RFC3339Nano),
	})["name"].(string)
	w.eventually("owed", 5*time.Second, func() bool { return w.duty(name, "1-callback") != nil })
	status, callback := w.call(http.MethodPost, "/v1/"+name+"/callbacks/1:recordAttempt", object{
		"outcome": "REACHED", "way": "PHONE", "attemptTime": time.Now().Add(-6 * time.Minute).Format(time.RFC3339Nano),
	})
	require.Equal(t, http.StatusOK, status, "it is recorded: nothing that is told us is lost")
	attempt, _ := callback["attempts"].([]any)[0].(object)
	require.Equal(t, true, attempt["flagged"])
	require.NotEmpty(t, attempt["flagReason"])
	require.Equal(t, "OPEN", w.duty(name, "1-callback")["state"])
	require.Equal(t, "VERDICT_UNSPECIFIED", w.duty(name, "1-callback")["verdict"])
	callback = w.post("/v1/"+name+"/callbacks/1:recordAttempt", object{
		"outcome": "REACHED", "way": "PHONE", "attemptTime": time.Now().Add(-4 * time.Minute).Format(time.RFC3339Nano),
	})
	require.Equal(t, "MET", callback["verdict"])
	require.Equal(t, received.Add(24*time.Hour).UTC().Truncate(time.Microsecond), at(t, callback, "dueTime"), "24 hours from receipt (CALL-1)")
}

// TestResolving walks a complaint through its states.
func TestResolving(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "CLK-4")
	alone(t, "").resolving(t)
}

// resolving is what TestResolving tells.
func (w *world) resolving(t *testing.T) {
	complaint := w.file("please explain my bill")
	w.eventually("on the clock", 5*time.Second, func() bool { return w.get("/v1/" + complaint)["state"] == "ACTIVE" })
	resolve := object{"outcome": "EXPLAINED", "resolution": "The bill was explained."}

	require.Equal(t, "RESOLVING", w.post("/v1/"+complaint+":resolve", resolve)["state"])
	w.eventually("refused within the second: the callback is owed", time.Second, func() bool {
		c := w.get("/v1/" + complaint)
		objections, _ := c["objections"].([]any)
		return c["state"] == "ACTIVE" && len(objections) == 1
	})
	w.post("/v1/"+complaint+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	w.post("/v1/"+complaint+":resolve", resolve)
	w.eventually("confirmed within the second", time.Second, func() bool { return w.get("/v1/" + complaint)["state"] == "RESOLVED" })
	w.eventually("the resolution is kept", 5*time.Second, func() bool { return w.duty(complaint, "1-resolution")["verdict"] == "MET" })

	reopened := w.post("/v1/"+complaint+":reopen", object{"reason": "It happened again."})
	require.EqualValues(t, 2, reopened["cycle"])
	w.eventually("a new cycle has clocks and a workflow of its own", 5*time.Second, func() bool {
		return w.duty(complaint, "2-callback")["state"] == "OPEN" && w.duty(complaint, "2-acknowledge")["verdict"] == "MET"
	})
	require.Equal(t, "MET", w.duty(complaint, "1-resolution")["verdict"], "old verdicts stay")
	require.Equal(t, "WITHDRAWN", w.post("/v1/"+complaint+":withdraw", object{})["outcome"])
	w.eventually("open duties are released", 5*time.Second, func() bool { return w.duty(complaint, "2-callback")["state"] == "RELEASED" })
	w.eventually("both workflows have ended", 5*time.Second, func() bool {
		return len(w.running(fmt.Sprintf(`WorkflowType="Complaint" AND RedressComplaint=%q AND ExecutionStatus="Completed"`, complaint))) == 2
	})
}
