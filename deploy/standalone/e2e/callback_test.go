package e2e_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// callInVain has the customer called three times.
func (w *world) callInVain(callback string) {
	for range 3 {
		w.post("/v1/"+callback+":recordAttempt", object{"outcome": "NO_ANSWER", "way": "PHONE"})
	}
}

// TestNoticeStandsInForTheCall: who cannot be reached is written to, once somebody says so, and the callback is met by that; the sheet for the
// call says who, and what to try next.
func TestNoticeStandsInForTheCall(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "CALL-3")
	w := start(t, t.TempDir(), demoPolicy)
	complaint := w.file("The parcel came with a broken seal, and nobody answers the telephone.")
	callback := complaint + "/callbacks/1"
	w.eventually("it is owed", 10*time.Second, func() bool { return w.duty(complaint, "1-callback")["state"] == "OPEN" })
	status, answer := w.call(http.MethodPost, "/v1/"+callback+":giveNotice", object{})
	require.Equal(t, []any{http.StatusBadRequest, "NOTICE_TOO_EARLY"}, []any{status, answer["reason"]})
	w.callInVain(callback)

	sheet := w.get("/v1/" + callback + "/brief")
	require.Empty(t, sheet["leftOut"], "all owners answer")
	require.Equal(t, complaint, sheet["complaint"].(object)["name"])
	require.NotEmpty(t, sheet["plan"].(object)["nextTime"])
	require.Equal(t, true, sheet["plan"].(object)["callback"].(object)["reach"].(object)["unreachable"])
	require.Contains(t, sheet["record"].(object)["name"], complaint)
	masked := w.as("agents/he", authv1.Role_AUDITOR).get("/v1/" + callback + "/brief")
	require.NotEqual(t, sheet["complaint"].(object)["complainant"], masked["complaint"].(object)["complainant"])
	require.Len(t, of(w.timeline(complaint), "callback_prepared", ""), 1, "who sees it in full is on record")

	w.post("/v1/"+callback+":giveNotice", object{})
	w.eventually("the notice is sent", 10*time.Second, func() bool { return w.duty(complaint, "1-callback")["verdict"] == "MET_BY_NOTICE" })
	duty := w.duty(complaint, "1-callback")
	require.Equal(t, complaint+"/notifications/notice-1", duty["evidence"])
	require.Len(t, of(w.timeline(complaint), "notice_decided", ""), 1)
	require.True(t, slices.Contains(w.details(complaint, "message_sent", "template"), any("unreached")))
}

// TestAnAttemptThatIsConfirmedOverturnsTheBreach: what was dated back waits for a supervisor, and the breach is overturned with it.
func TestAnAttemptThatIsConfirmedOverturnsTheBreach(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "CLK-1")
	w := start(t, t.TempDir(), demoPolicy)
	complaint := w.file("The parcel came with a broken seal, and nobody answers the telephone.")
	callback := complaint + "/callbacks/1"
	made := time.Now().Add(time.Second)
	w.eventually("it is missed", 40*time.Second, func() bool { return w.duty(complaint, "1-callback")["verdict"] == "MISSED" })
	tried := w.post("/v1/"+callback+":recordAttempt", object{"outcome": "REACHED", "way": "PHONE", "attemptTime": made.Format(time.RFC3339Nano)})
	attempt := tried["attempts"].([]any)[0].(object)
	require.Equal(t, "HELD", attempt["judgement"])
	require.Equal(t, "MISSED", w.duty(complaint, "1-callback")["verdict"])
	message := w.post("/v1/"+complaint+"/messages", object{"text": "Thank you for your call this morning.", "author": "CUSTOMER"})["name"]
	lead := w.as("agents/gao", authv1.Role_SUPERVISOR)
	require.NotEmpty(t, lead.get("/v1/heldAttempts")["attempts"])
	name, _ := attempt["name"].(string)
	w.eventually("it is confirmed", 10*time.Second, func() bool {
		status, _ := lead.call(http.MethodPost, "/v1/"+name+":confirm", object{"evidence": message})
		return status == http.StatusOK
	})
	duty := w.duty(complaint, "1-callback")
	require.Equal(t, []any{"MET", true}, []any{duty["verdict"], duty["corrected"]})
	require.Empty(t, lead.get("/v1/heldAttempts")["attempts"])
	w.eventually("the ladder hears of it", 15*time.Second, func() bool {
		return !slices.Contains(w.running(`RedressBreach="callback"`), workflowID(complaint))
	})
}
