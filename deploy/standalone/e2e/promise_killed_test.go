package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/suite"
)

// keepWithin is how long what is promised in this file has, with the warning so long before.
const keepWithin, warnBefore = 70 * time.Second, 50 * time.Second

// promisePolicy has the default's clocks, so that nothing but promises falls due, and tells each notice by itself.
func promisePolicy(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, "version: killed-3\npromises: {warnings: [%s]}\n"+
		"notices: {gather_after: 1000, gather_window: 5s, retry_after: 4s, retry_at_most: 4s, give_up_after: 600s}\n", warnBefore), 0o600))
	return path
}

// pledged is a part of an option that a customer accepted, in the middle of its time.
type pledged struct {
	complaint, remedy, promise string
	due                        time.Time
}

// keeping is an installation in the middle of promises.
type keeping struct {
	*killing
}

// promisesSurvive kills what knows of promises, who is told of them, what keeps their time and Temporal itself, each at a
// step: when the owner is warned, when one is kept and nobody hears of it, while one is being kept, and when others are broken. Afterwards
// each has one verdict by its recorded times, and what was broken one signal and one escalation; each is spent once.
func promisesSurvive(t *testing.T) {
	covers.Requirement(t, "PROM-1", "REM-5", "CLK-1", "OPS-1")
	in := newInstallationBy(t, promisePolicy(t), 1)
	in.start(t)
	w := in.enter(t)
	k := &keeping{&killing{world: w, in: in, he: w.as("agents/he", authv1.Role_AGENT), keys: map[string]string{}}}
	var complaints []string
	for i := range 5 {
		complaints = append(complaints, w.restated(fmt.Sprintf("+861381234050%d", i)))
	}
	var all []*pledged
	for _, complaint := range complaints {
		all = append(all, k.chosen(complaint))
	}
	kept, contested, unheard, broken, forgotten := all[0], all[1], all[2], all[3], all[4]
	k.whenTheOwnerIsWarned(all)
	k.keep(kept)
	k.whileItIsKept(contested)
	k.whenItIsBroken(unheard, broken, forgotten)
	k.keep(broken)
	k.beforeAnybodyHears(unheard)
	k.killAll()
	k.keep(forgotten)
	for range 2 { // The second time whatever might come twice has had its time to come.
		for _, p := range all {
			w.keptOnce(p)
		}
	}
	for _, p := range []*pledged{unheard, broken, forgotten} {
		require.Equal(t, "MET_LATE", w.get("/v1/" + p.promise)["verdict"])
	}
}

// killAll kills what has promises, what tells people and what keeps the time, restarts Temporal, and starts the others again.
func (k *keeping) killAll() {
	k.t.Helper()
	all := []suite.Role{suite.Followup, suite.Worker, suite.Routing}
	k.kill(all...)
	k.restartTemporal()
	k.revive(all...)
}

// chosen has a coupon offered and accepted, and waits until it is promised.
func (k *keeping) chosen(complaint string) *pledged {
	k.t.Helper()
	p := &pledged{complaint: complaint}
	options := []any{
		object{
			"kind": "COUPON", "basis": "GOODWILL", "contents": "二十元优惠券", "amount": object{"currencyCode": "CNY", "units": "20"},
			"fulfilTime": time.Now().Add(keepWithin).Format(time.RFC3339Nano),
		},
		object{"kind": "APOLOGY", "basis": "GOODWILL", "contents": "我们向您道歉"},
	}
	k.eventually("it is proposed", 30*time.Second, func() bool {
		status, answer := k.he.call(http.MethodPost, "/v1/"+complaint+"/remedies", object{"options": options})
		p.remedy, _ = answer["name"].(string)
		return status == http.StatusOK
	})
	k.insist(k.he, p.remedy+":offer", object{"way": "PHONE"})
	k.insist(k.he, p.remedy+":accept", object{"option": 1})
	k.eventually("it is promised", 30*time.Second, func() bool { return len(k.promises(complaint)) == 1 })
	made := k.promises(complaint)[0]
	p.promise, _ = made["name"].(string)
	p.due = at(k.t, made, "dueTime")
	return p
}

// keep says that it was done, with the call's key until it is answered.
func (k *keeping) keep(p *pledged) {
	k.t.Helper()
	answer := k.insist(k.he, p.promise+":keep", object{"evidence": "券号 8842"})
	require.Equal(k.t, "KEPT", answer["state"], "%v", answer)
}

// whenTheOwnerIsWarned kills in the moment in which the owner of the first is warned, and waits until all are: nobody is warned of what is
// kept.
func (k *keeping) whenTheOwnerIsWarned(all []*pledged) {
	k.t.Helper()
	time.Sleep(time.Until(all[0].due.Add(-warnBefore).Add(rand.N(100*time.Millisecond) - 50*time.Millisecond)))
	k.killAll()
	for _, p := range all {
		k.eventually("it is warned of "+p.promise, time.Minute, func() bool {
			return len(of(k.timeline(p.complaint), "duty_warned", p.complaint+"/duties/1-promise-1")) > 0
		})
	}
}

// whileItIsKept kills the worker, so that nobody hears of it, and followup while it is being kept.
func (k *keeping) whileItIsKept(p *pledged) {
	k.t.Helper()
	path := p.promise + ":keep"
	key := k.key(path)
	k.kill(suite.Worker)
	go func() { _, _, _ = k.he.send(http.MethodPost, "/v1/"+path, []byte(`{"evidence": "券号 8842"}`), key) }()
	time.Sleep(rand.N(20 * time.Millisecond))
	k.kill(suite.Followup)
	k.revive(suite.Followup, suite.Worker)
	k.keep(p)
}

// whenItIsBroken has nobody there at the due time of the first, and kills once more when the ladder hears of them.
func (k *keeping) whenItIsBroken(list ...*pledged) {
	k.t.Helper()
	time.Sleep(time.Until(list[0].due.Add(-500 * time.Millisecond)))
	k.kill(suite.Followup, suite.Worker, suite.Routing)
	k.restartTemporal()
	time.Sleep(time.Until(list[len(list)-1].due.Add(500 * time.Millisecond)))
	k.revive(suite.Followup, suite.Worker, suite.Routing)
	time.Sleep(rand.N(500 * time.Millisecond))
	k.kill(suite.Worker, suite.Routing)
	k.revive(suite.Worker, suite.Routing)
	for _, p := range list {
		k.eventually("the ladder hears of "+p.promise, time.Minute, func() bool { return k.escalated(p) > 0 })
		require.Equal(k.t, "BROKEN", k.get("/v1/" + p.promise)["state"], "it is owed still")
	}
}

// beforeAnybodyHears kills whoever hears that it was kept, so that it is on record and nowhere else.
func (k *keeping) beforeAnybodyHears(p *pledged) {
	k.t.Helper()
	k.kill(suite.Remedy, suite.Worker)
	k.keep(p)
	k.kill(suite.Followup)
	k.revive(suite.Followup, suite.Worker, suite.Remedy)
}

// escalated counts the notices of a promise's escalation.
func (w *world) escalated(p *pledged) int {
	return len(of(w.timeline(p.complaint), "escalation_raised", p.complaint+"/duties/1-promise-1"))
}

// spent are the amounts that were spent on a remedy.
func (w *world) spent(remedy string) (amounts []any) {
	w.t.Helper()
	filter := url.QueryEscape(`kind = "SPEND" AND remedy = "` + remedy + `"`)
	entries, _ := w.as("agents/guo", authv1.Role_MANAGER).get("/v1/ledgerEntries?filter=" + filter)["ledgerEntries"].([]any)
	for _, e := range entries {
		amounts = append(amounts, e.(object)["amount"].(object)["units"])
	}
	return amounts
}

// keptOnce checks that a promise was kept once, with one verdict that its recorded times have, that it was spent once, and that what was
// broken is one breach, one signal and one escalation, which has ended.
func (w *world) keptOnce(p *pledged) {
	w.t.Helper()
	w.eventually("all that was accepted is done: "+p.remedy, time.Minute, func() bool { return w.get("/v1/" + p.remedy)["state"] == "FULFILLED" })
	require.Equal(w.t, []any{"20"}, w.spent(p.remedy))
	promise := w.get("/v1/" + p.promise)
	late, verdict := 0, "MET"
	if at(w.t, promise, "keepTime").After(p.due) {
		late, verdict = 1, "MET_LATE"
	}
	require.Equal(w.t, []any{"KEPT", verdict}, []any{promise["state"], promise["verdict"]})
	w.eventually("it is a signal, if it was broken", time.Minute, func() bool { return w.signalled(p.complaint, "PROMISE_BROKEN") == late })
	duty := p.complaint + "/duties/1-promise-1"
	entries := w.timeline(p.complaint)
	require.Len(w.t, of(entries, "duty_warned", duty), 1, "%s was warned of", p.promise)
	require.LessOrEqual(w.t, len(of(entries, "duty_settled", duty)), 1+late, "missed, and kept")
	require.NotEmpty(w.t, of(entries, "duty_settled", duty))
	for kind, count := range map[string]int{
		"promise_made": 1, "promise_kept": 1, "promise_broken": late, "promise_released": 0, "remedy_fulfilled": 1, "notice_given_up": 0,
	} {
		require.Len(w.t, of(entries, kind, ""), count, "%s of %s", kind, p.promise)
	}
	require.LessOrEqual(w.t, w.escalated(p), late)
	w.eventually("nothing stands before the ladder", time.Minute, func() bool { return w.standing(p.complaint) == 0 })
}

// signalled counts a complaint's signals of a kind. What is read from its words is another matter.
func (w *world) signalled(complaint, kind string) (count int) {
	w.t.Helper()
	list, _ := w.get("/v1/" + complaint + "/record")["signals"].([]any)
	for _, s := range list {
		if s.(object)["kind"] == kind {
			count++
		}
	}
	return count
}

// standing counts what stands before the ladder of a complaint.
func (w *world) standing(complaint string) (open int) {
	w.t.Helper()
	list, _ := w.get("/v1/" + complaint + "/escalations")["escalations"].([]any)
	for _, e := range list {
		if e.(object)["state"] != "RESOLVED" {
			open++
		}
	}
	return open
}
