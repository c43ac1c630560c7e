package e2e_test

import (
	"net/http"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// followUp is the id of the duty to contact the customer again about the first offer of a remedy.
func followUp(remedy string) string { return "1-offer-follow-up-" + path.Base(remedy) + "-1-1" }

// TestAnOfferThatNobodyAnswers: somebody has to get in touch again, which is a duty that is missed, escalated and still owed, and nothing lapses
// before; then the offer lapses, and the complaint is closed as the policy says. A yes that was given in time is put on record after reopening.
func TestAnOfferThatNobodyAnswers(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REM-6", "ROUTE-4", "CLK-1")
	w := start(t, t.TempDir(), demoPolicy)
	complaint, remedy := w.offered(time.Hour)
	said := time.Now()
	w.eventually("somebody is told to ask again", 20*time.Second, func() bool {
		return slices.Contains(w.details(complaint, "notice_sent", "about"), any("OFFER"))
	})
	w.eventually("nobody does", 30*time.Second, func() bool { return w.duty(complaint, followUp(remedy))["verdict"] == "MISSED" })
	w.eventually("the ladder is told", 10*time.Second, func() bool {
		return slices.Contains(w.details(complaint, "escalation_raised", "reason"), any("OFFER_FOLLOW_UP_OVERDUE"))
	})
	w.eventually("operators find it", 15*time.Second, func() bool {
		return slices.Contains(w.running(`RedressBreach="offer-follow-up"`), workflowID(complaint))
	})
	require.Equal(t, "OFFERED", w.get("/v1/" + remedy)["state"], "it has not lapsed")
	w.post("/v1/"+complaint+"/messages", object{"text": "Have you thought about our offer?", "author": "AGENT"})
	w.eventually("the contact is made", 10*time.Second, func() bool { return w.duty(complaint, followUp(remedy))["verdict"] == "MET_LATE" })
	w.eventually("closed", 30*time.Second, func() bool { return w.get("/v1/" + complaint)["state"] == "CLOSED" })
	require.Equal(t, "UNREACHABLE", w.get("/v1/" + complaint)["outcome"])
	require.Equal(t, "LAPSED", w.get("/v1/" + remedy)["state"])
	w.eventually("the customer is told", 5*time.Second, func() bool { return w.letters(complaint) == 1 })
	for _, once := range []string{"offer_reminded", "follow_up_owed", "offer_followed_up", "offer_lapsed"} {
		require.Len(t, of(w.timeline(complaint), once, ""), 1, once)
	}
	status, answer := w.call(http.MethodPost, "/v1/"+remedy+":accept", object{"option": 1})
	require.Equal(t, []any{http.StatusBadRequest, "OFFER_EXPIRED"}, []any{status, answer["reason"]})
	yes := object{"option": 1, "answerTime": said.Format(time.RFC3339Nano)}
	status, answer = w.call(http.MethodPost, "/v1/"+remedy+":accept", yes)
	require.Equal(t, []any{http.StatusBadRequest, "COMPLAINT_ENDED"}, []any{status, answer["reason"]})
	w.post("/v1/"+complaint+":reopen", object{"reason": "She had said yes."})
	w.eventually("it is accepted", 10*time.Second, func() bool {
		status, _ := w.call(http.MethodPost, "/v1/"+remedy+":accept", yes)
		return status == http.StatusOK
	})
	w.eventually("it is owed in the new cycle", 10*time.Second, func() bool { return w.duty(complaint, "2-promise-1")["state"] == "OPEN" })
}

// TestWordsStopTheSilence: the customer has written, so nothing lapses, and whoever is in charge is told to record the answer.
func TestWordsStopTheSilence(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REC-5")
	w := start(t, t.TempDir(), demoPolicy)
	complaint, remedy := w.offered(time.Hour)
	message, _ := w.post("/v1/"+complaint+"/messages", object{"text": "Yes, I take the first one.", "author": "CUSTOMER"})["name"].(string)
	w.eventually("remedy knows", 10*time.Second, func() bool {
		offer, _ := w.get("/v1/" + remedy)["offer"].(object)
		return offer["unansweredMessage"] == message
	})
	w.eventually("somebody is told to record it", 20*time.Second, func() bool {
		return slices.Contains(w.details(complaint, "notice_sent", "about"), any("OFFER_WORDS"))
	})
	time.Sleep(12 * time.Second) // The time for an answer is over meanwhile.
	require.Equal(t, "OFFERED", w.get("/v1/" + remedy)["state"])
	require.Empty(t, of(w.timeline(complaint), "offer_reminded", ""))
	w.post("/v1/"+remedy+":accept", object{"option": 1})
	offer, _ := w.get("/v1/" + remedy)["offer"].(object)
	require.Empty(t, offer["unansweredMessage"])
}

// liveOfferLapsed has an offer lapse that nobody answered, after the contact that was owed about it had been missed.
func liveOfferLapsed(_ *testing.T, w *world) string {
	name, remedy := w.offered(time.Hour)
	w.eventually("the contact is missed", 40*time.Second, func() bool { return w.duty(name, followUp(remedy))["verdict"] == "MISSED" })
	w.post("/v1/"+name+"/messages", object{"text": "Have you thought about our offer?", "author": "AGENT"})
	return workflowID(name)
}
