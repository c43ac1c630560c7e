package e2e_test

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base32"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/suite"
)

// seriesPolicy has one contact that begins and is due so long after a resolution, and a survey that can be answered for some time, at any hour.
func seriesPolicy(t *testing.T, begins, due, answer time.Duration) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	rules := "version: series-1\nmessages: {retry_after: 1s, retry_at_most: 20s, give_up_after: 120s, answer_within: 5s, unsure_after: 20s, sending_hours: []}\nfollowups:\n  plans:\n    - {severity: NORMAL, touches: [{within: %s, lead: %s, share: 1}]}\n" +
		"    - {severity: HIGH, touches: [{within: %s, lead: %s, share: 1}]}\n  warnings: [1s]\n  answer_within: %s\n  reminders: [%s]\n"
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, rules, due, due-begins, due, due-begins, answer, answer/2), 0o600))
	return path
}

// resolvedBy files a complaint of a customer who prefers a way, and resolves it.
func (w *world) resolvedBy(way, phone string) string {
	w.t.Helper()
	complaint, _ := w.post("/v1/complaints", object{
		"statement": broadband, "complainant": object{"phone": phone, "email": "wang" + strings.TrimPrefix(phone, "+") + "@example.com", "preferredChannel": way, "languageCode": "zh-Hans"},
	})["name"].(string)
	w.eventually("on the clock", time.Minute, func() bool { return w.duty(complaint, "1-acknowledge")["state"] == "KEPT" })
	w.post("/v1/"+complaint+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	w.post("/v1/"+complaint+":resolve", object{"outcome": "EXPLAINED", "resolution": "The line works again."})
	w.eventually("resolved and planned", time.Minute, func() bool { return len(w.followUps(complaint)) == 1 })
	return complaint
}

// followUps reads what follows a resolution.
func (w *world) followUps(complaint string) (list []object) {
	w.t.Helper()
	all, _ := w.get("/v1/" + complaint + "/followUps")["followUps"].([]any)
	for _, one := range all {
		list = append(list, one.(object))
	}
	return list
}

// surveyToken is the one that the customer has in a message: the installation's key and the follow-up's name make it.
func (w *world) surveyToken(complaint string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.places[0], "token.key"))
	require.NoError(w.t, err)
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(w.t, err)
	secret, err := hkdf.Key(sha256.New, key.(ed25519.PrivateKey).Seed(), nil, "redress survey tokens", 32)
	require.NoError(w.t, err)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("survey token\x00" + complaint + "/followUps/1-1\x000"))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(mac.Sum(nil)[:20]))
}

// surveysSent counts the surveys, without reminders, that the channel took.
func (w *world) surveysSent(complaint string) (sent int) {
	for _, template := range w.details(complaint, "message_sent", "template") {
		if template == "survey" {
			sent++
		}
	}
	return sent
}

// TestAResolutionIsFollowedUp: by a person, whom a customer tells that it was not done; by a survey, of a customer who is satisfied; and by one
// that nobody answers.
func TestAResolutionIsFollowedUp(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "FUP-2", "FUP-3")
	w := start(t, t.TempDir(), seriesPolicy(t, 3*time.Second, 20*time.Second, 12*time.Second))
	spoken := w.resolvedBy("PHONE", "+8613812340901")
	w.eventually("it is somebody's task", 30*time.Second, func() bool { return w.followUps(spoken)[0]["mode"] == "PERSON" })
	w.post("/v1/"+spoken+"/followUps/1-1:answer", object{"outcome": "REACHED", "way": "PHONE", "done": false, "satisfaction": 2, "comment": "没有人来修"})
	w.eventually("it is dealt with again", 30*time.Second, func() bool {
		c := w.get("/v1/" + spoken)
		return c["cycle"] == 2.0 && c["state"] == "ACTIVE"
	})
	require.Equal(t, "MET", w.duty(spoken, "1-follow-up-1")["verdict"])
	w.eventually("with clocks of its own", 30*time.Second, func() bool { return w.duty(spoken, "2-callback")["state"] == "OPEN" })

	written := w.resolvedBy("EMAIL", "+8613812340902")
	w.eventually("it was asked by a survey", 30*time.Second, func() bool { return w.followUps(written)[0]["mode"] == "SURVEY" })
	anybody := *w
	anybody.token = ""
	survey := "/v1/surveys/" + w.surveyToken(written)
	status, answer := anybody.call(http.MethodGet, survey, nil)
	require.Equal(t, []any{http.StatusOK, "zh-Hans"}, []any{status, answer["languageCode"]}, "%v", answer)
	status, answer = anybody.call(http.MethodPost, survey, object{"done": true, "satisfaction": 5, "comment": "谢谢"})
	require.Equal(t, http.StatusOK, status, "%v", answer)
	status, again := anybody.call(http.MethodPost, survey, object{"done": true, "satisfaction": 1})
	_, forged := anybody.call(http.MethodPost, survey+"x", object{"done": true, "satisfaction": 1})
	require.Equal(t, []any{http.StatusNotFound, "SURVEY_NOT_FOUND"}, []any{status, again["reason"]})
	require.Equal(t, again["message"], forged["message"], "spent and forged are not told apart")
	w.eventually("closed", 30*time.Second, func() bool { return w.get("/v1/" + written)["state"] == "CLOSED" })

	silent := w.resolvedBy("SMS", "+8613812340903")
	w.eventually("no answer is on record", time.Minute, func() bool { return w.followUps(silent)[0]["state"] == "UNANSWERED" })
	require.Len(t, of(w.timeline(silent), "touch_asked", ""), 2, "asked, and reminded once")
	require.Nil(t, w.followUps(silent)[0]["answer"])
	w.eventually("closed in the end", 30*time.Second, func() bool { return w.get("/v1/" + silent)["state"] == "CLOSED" })
	w.eventually("no workflow is left", 30*time.Second, func() bool {
		id := "followup/" + strings.TrimPrefix(silent, "complaints/") + "/1"
		return !slices.Contains(w.running(`WorkflowType="FollowUp" AND ExecutionStatus="Running"`), id)
	})
}

// seriesSurvives: what plans and asks, and what keeps the time, are killed when it begins, when it is to be reminded of, and
// when the time to answer is over, and Temporal starts again. Each customer is asked once and reminded once.
func seriesSurvives(t *testing.T) {
	covers.Requirement(t, "FUP-1", "FUP-3", "CLK-1", "OPS-1")
	in := newInstallationBy(t, seriesPolicy(t, 20*time.Second, 60*time.Second, 40*time.Second), 1)
	in.start(t)
	w := in.enter(t)
	k := &killing{world: w, in: in, he: w, keys: map[string]string{}}
	var all []string
	for i := range 3 {
		all = append(all, w.resolvedBy("EMAIL", fmt.Sprintf("+861381234091%d", i)))
	}
	begins := at(t, w.followUps(all[1])[0], "beginTime")
	for _, moment := range []time.Duration{0, 20 * time.Second, 40 * time.Second} {
		time.Sleep(time.Until(begins.Add(moment)))
		k.kill(suite.Followup, suite.Worker)
		if moment > 0 {
			k.restartTemporal()
		}
		k.revive(suite.Followup, suite.Worker)
	}
	w.eventually("followup answers again", time.Minute, func() bool {
		status, _ := w.call(http.MethodGet, "/v1/"+all[0]+"/followUps", nil)
		return status == http.StatusOK
	})
	for _, complaint := range all {
		w.eventually("no answer is on record", 2*time.Minute, func() bool { return w.followUps(complaint)[0]["state"] == "UNANSWERED" })
		w.eventually("closed", time.Minute, func() bool { return w.get("/v1/" + complaint)["state"] == "CLOSED" })
		entries := w.timeline(complaint)
		require.Equal(t, 1, w.surveysSent(complaint), complaint)
		require.Len(t, of(entries, "touch_asked", ""), 2, "asked once, and reminded once")
		require.Len(t, of(entries, "touch_unanswered", ""), 1)
		require.Len(t, of(entries, "series_ended", ""), 1)
		require.Equal(t, "MET", w.duty(complaint, "1-follow-up-1")["verdict"])
	}
}
