package e2e_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/workflows/complaint"
)

// alertPolicy is the demo policy in which a flag that an agent raises makes a complaint urgent and is brought before the ladder.
func alertPolicy(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(demoPolicy)
	require.NoError(t, err)
	for before, after := range map[string]string{
		"    - {weight: 60, severity: HIGH}\n    - {weight: 140, severity: URGENT}\n": "    - {weight: 60, severity: URGENT}\n",
		"escalate: [THREAT, ": "escalate: [THREAT, AGENT_FLAG, ",
	} {
		require.Contains(t, string(text), before)
		text = bytes.Replace(text, []byte(before), []byte(after), 1)
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

// repair is a complaint without a word that is a signal.
const repair = "宽带坏了三天，请派人来修。"

// alert raises a flag.
func (w *world) alert(name string) {
	w.t.Helper()
	w.post("/v1/"+name+"/signals", object{"quote": "The customer sounds as if this were the last call before the regulator."})
}

// alarmed are the escalations of a complaint that signals caused.
func (w *world) alarmed(name string) []object {
	w.t.Helper()
	return slices.DeleteFunc(of(w.timeline(name), "escalation_raised", ""), func(e object) bool {
		return e["details"].(object)["signal"] == nil
	})
}

// TestASignalTightensTheClocksAndTellsTheSupervisorOnce follows a signal from the record to the timers.
func TestASignalTightensTheClocksAndTellsTheSupervisorOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-3", "RISK-4", "RISK-5", "ROUTE-4")
	alone(t, alertPolicy(t)).signalTightens(t)
}

// signalTightens is what TestASignalTightensTheClocksAndTellsTheSupervisorOnce tells, by the policy of alertPolicy.
func (w *world) signalTightens(t *testing.T) {
	name := w.file(repair)
	w.eventually("on the clock", 5*time.Second, func() bool { return w.duty(name, "1-acknowledge")["verdict"] == "MET" })
	before := at(t, w.duty(name, "1-resolution"), "dueTime")
	w.alert(name)
	w.alert(name)
	raised := time.Now()
	w.eventually("due earlier, and told", 5*time.Second, func() bool {
		return len(of(w.timeline(name), "duty_rescheduled", name+"/duties/1-resolution")) == 1 && len(w.alarmed(name)) == 1
	})
	require.Equal(t, "URGENT", w.get("/v1/" + name)["severity"])
	moved := of(w.timeline(name), "duty_rescheduled", name+"/duties/1-resolution")[0]
	due := at(t, w.duty(name, "1-resolution"), "dueTime")
	require.Equal(t, before, at(t, moved["details"].(object), "previousDueTime"))
	require.Equal(t, due, at(t, moved["details"].(object), "dueTime"))
	require.WithinDuration(t, raised.Add(28*time.Second), due, 2*time.Second+w.slack, "the urgent clock runs from the signal on")
	require.Contains(t, moved["summary"], "The severity was raised from normal to urgent.")
	told := w.alarmed(name)[0]
	require.Equal(t, []any{"AGENT_FLAG", "RISK_SEEN", "1", name + "/escalations/1-agent-flag"}, []any{
		told["details"].(object)["signal"], told["details"].(object)["reason"], told["details"].(object)["level"],
		told["details"].(object)["escalation"],
	})
	w.eventually("operators see it", 15*time.Second, func() bool {
		return slices.Contains(w.running(`RedressSeverity="URGENT"`), workflowID(name))
	})

	// A person lowers the severity, with a reason; what is due stays due.
	w.post("/v1/"+name+":setSeverity", object{"severity": "NORMAL", "reason": "It was a misunderstanding."})
	w.post("/v1/"+name+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	w.eventually("the resolution is broken at its new due time", 40*time.Second, func() bool {
		return w.duty(name, "1-resolution")["verdict"] == "MISSED"
	})
	require.Equal(t, due, at(t, w.duty(name, "1-resolution"), "dueTime"))
	settled := of(w.timeline(name), "duty_settled", name+"/duties/1-resolution")
	require.WithinDuration(t, due, at(t, settled[0], "recordTime"), 2*time.Second+w.slack)
	w.eventually("long past its target, which is a signal of its own", 20*time.Second+w.slack, func() bool {
		return slices.ContainsFunc(w.alarmed(name), func(e object) bool { return e["details"].(object)["reason"] == "TARGET_PAST" })
	})
	require.Len(t, w.alarmed(name), 2, "each kind once")
}

// forward files a complaint that an authority forwarded and wants answered soon.
func (w *world) forward(within time.Duration) string {
	w.t.Helper()
	name, ok := w.post("/v1/complaints", object{
		"statement": repair, "complainant": object{"phone": "+8613812345678"}, "channel": "FORWARDED",
		"forwarding": object{
			"authority": "12345", "reference": "2026-1", "replyDueTime": time.Now().Add(within).UTC().Format(time.RFC3339Nano),
		},
	})["name"].(string)
	require.True(w.t, ok)
	return name
}

// withdrawForwarded withdraws a forwarded complaint, waits until the reply is broken and escalated, and answers the authority.
func (w *world) withdrawForwarded() string {
	w.t.Helper()
	name := w.forward(12 * time.Second)
	reply := name + "/duties/1-authority-reply"
	w.eventually("on the clock", 5*time.Second, func() bool { return w.duty(name, "1-acknowledge")["verdict"] == "MET" })
	w.post("/v1/"+name+":withdraw", object{"reason": "It was settled otherwise."})
	w.eventually("the rest is released", 5*time.Second, func() bool { return w.duty(name, "1-callback")["state"] == "RELEASED" })
	require.Equal(w.t, "OPEN", w.duty(name, "1-authority-reply")["state"])
	w.eventually("the authority waits in vain, which is told", 20*time.Second, func() bool {
		return len(of(w.timeline(name), "escalation_raised", reply)) == 1
	})
	w.eventually("operators find it", 15*time.Second, func() bool {
		return slices.Contains(w.running(`RedressBreach="authority-reply"`), workflowID(name))
	})
	w.post("/v1/"+name+":answerAuthority", object{"proof": "reply 17"})
	w.eventually("answered late", 5*time.Second, func() bool { return w.duty(name, "1-authority-reply")["verdict"] == "MET_LATE" })
	return name
}

// TestAnAuthorityIsOwedAReplyBeyondTheEnd proves that withdrawing does not let an authority wait for ever.
func TestAnAuthorityIsOwedAReplyBeyondTheEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "REC-6", "CLK-4", "ROUTE-4")
	alone(t, demoPolicy).authorityIsOwed(t)
}

// authorityIsOwed is what TestAnAuthorityIsOwedAReplyBeyondTheEnd tells.
func (w *world) authorityIsOwed(t *testing.T) {
	name := w.withdrawForwarded()
	entries := w.timeline(name)
	require.Equal(t, "AUTHORITY_REPLY_OVERDUE", of(entries, "escalation_raised", name+"/duties/1-authority-reply")[0]["details"].(object)["reason"])
	require.NotEmpty(t, of(entries, "duty_warned", name+"/duties/1-authority-reply"))
	require.Len(t, of(entries, "escalation_raised", ""), 1, "nothing else is told of a complaint that was withdrawn")
	w.ended(complaint.WorkflowID(name, 1))

	// One that was answered in time ends with the complaint.
	prompt := w.forward(time.Hour)
	w.eventually("on the clock", 5*time.Second, func() bool { return w.duty(prompt, "1-acknowledge")["verdict"] == "MET" })
	w.post("/v1/"+prompt+":answerAuthority", object{"proof": "reply 18"})
	w.eventually("answered", 5*time.Second, func() bool { return w.duty(prompt, "1-authority-reply")["verdict"] == "MET" })
	status, _ := w.call(http.MethodPost, "/v1/"+prompt+":withdraw", object{})
	require.Equal(t, http.StatusOK, status)
	w.ended(complaint.WorkflowID(prompt, 1))
}
