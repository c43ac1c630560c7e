package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// paused files a complaint whose customer was reached, and pauses its clocks.
func (w *world) paused() string {
	w.t.Helper()
	name := w.file(broadband)
	w.eventually("on the clock", 10*time.Second, func() bool { return w.duty(name, "1-acknowledge")["state"] == "KEPT" })
	w.post("/v1/"+name+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	w.post("/v1/"+name+":pauseClocks", object{"reason": "DOCUMENT"})
	require.NotEmpty(w.t, w.duty(name, "1-resolution")["pausedUntil"])
	return name
}

// livePaused has the timer of a warning ring while the clock stands still, and the customer's message end the pause.
func livePaused(t *testing.T, w *world) string {
	t.Helper()
	name := w.paused()
	first := at(t, w.duty(name, "1-resolution"), "openTime").Add(25 * time.Second)
	w.eventually("the time of the first warning is over", time.Minute, func() bool { return time.Now().After(first.Add(3 * time.Second)) })
	require.Empty(t, of(w.timeline(name), "duty_warned", name+"/duties/1-resolution"))
	w.post("/v1/"+name+"/messages", object{"text": "Here is the contract.", "author": "CUSTOMER"})
	w.eventually("the message has ended the pause", 10*time.Second, func() bool { return w.duty(name, "1-resolution")["pausedUntil"] == nil })
	w.post("/v1/"+name+":resolve", object{"outcome": "REMEDIED", "resolution": "The fee is paid back."})
	return workflowID(name)
}

// TestAPauseAcrossARestart stops the program while a clock stands still, over the time at which a warning would have come. After the next
// start the clock goes on, both warnings come, and what is not done is broken when it is due now.
func TestAPauseAcrossARestart(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "OPS-1")
	dir := t.TempDir()
	var complaint string
	var before time.Time
	t.Run("first start", func(t *testing.T) {
		w := start(t, dir, demoPolicy)
		before = time.Now()
		complaint = w.paused()
		_, refused := w.call(http.MethodPost, "/v1/"+complaint+":pauseClocks", object{"reason": "ITEM"})
		require.Equal(t, followupv1.ErrorReason_CLOCKS_PAUSED.String(), refused["reason"])
	})
	time.Sleep(time.Until(before.Add(27 * time.Second))) // The first warning would have come 25 seconds after receipt.
	t.Run("second start", func(t *testing.T) {
		w := start(t, dir, demoPolicy)
		w.eventually("it goes on", 20*time.Second, func() bool {
			status, _ := w.call(http.MethodPost, "/v1/"+complaint+":resumeClocks", object{})
			return status == http.StatusOK
		})
		duty := w.duty(complaint, "1-resolution")
		require.Equal(t, "40s", duty["budget"])
		due := at(t, duty, "dueTime")
		require.Greater(t, due.Sub(before), 60*time.Second)
		w.eventually("broken", 2*time.Minute, func() bool { return w.duty(complaint, "1-resolution")["verdict"] == "MISSED" })
		require.False(t, time.Now().Before(due), "not before it is due")
		require.Len(t, of(w.timeline(complaint), "duty_warned", complaint+"/duties/1-resolution"), 2)
		w.eventually("escalated", 10*time.Second, func() bool {
			return len(of(w.timeline(complaint), "escalation_raised", complaint+"/duties/1-resolution")) > 0
		})
	})
}
