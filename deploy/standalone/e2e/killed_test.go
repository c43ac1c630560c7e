package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/suite"
)

// offerWithin is by when a hand-off of this file has to be answered.
const offerWithin = 15 * time.Second

// patientPolicy has the default's clocks, so that nothing but hand-offs falls due, and tells each notice by itself.
func patientPolicy(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, "version: killed-1\nrouting: {hand_off_within: %s}\n"+
		"notices: {gather_after: 1000, gather_window: 5s, retry_after: 4s, retry_at_most: 4s, give_up_after: 600s}\n", offerWithin), 0o600))
	return path
}

// killing is an installation of six processes in the middle of hand-offs. Nobody else is in the dark about what was answered: a call of
// which no answer came is repeated with its key, as front ends do.
type killing struct {
	*world

	in   *installation
	he   *world
	xu   *world
	keys map[string]string
}

// TestKilledProcesses has all that survives the killing of processes at the same time, as each mostly waits, and beside nothing else: killing and starting
// takes moments in which nobody should measure seconds.
func TestKilledProcesses(t *testing.T) {
	for name, survives := range map[string]func(*testing.T){
		"hand-offs": handOffsSurvive, "approvals": approvalsSurvive, "promises": promisesSurvive, "notices": noticesSurvive,
		"improvements": improvementsSurvive, "series": seriesSurvives, "answers": answersReachTheRecord,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			survives(t)
		})
	}
}

// handOffsSurvive kills the process that knows of hand-offs and the one that keeps their time, each time in the middle:
// after the offer was answered, between an answer's commit and the workflow's hearing of it, while the answer is given, and around the due
// time. Afterwards each complaint has exactly one owner, whatever happened to it is on record once and by its recorded time, and everybody
// was told. What becomes of an offer may depend on the machine; that all of this holds does not.
func handOffsSurvive(t *testing.T) {
	covers.Requirement(t, "ROUTE-3", "ROUTE-4", "CLK-1", "OPS-1")
	in := newInstallationBy(t, patientPolicy(t), 1)
	in.start(t)
	w := in.enter(t)
	w.away = 30 * time.Second
	k := &killing{
		world: w, in: in, he: w.as("agents/he", authv1.Role_AGENT), xu: w.as("agents/xu", authv1.Role_AGENT), keys: map[string]string{},
	}
	var all []string
	for i := range 8 {
		all = append(all, w.parcel(fmt.Sprintf("+861381234020%d", i)))
	}
	for _, complaint := range all {
		w.owned(complaint, "agents/he")
	}
	unanswered := all[2]
	k.afterTheOffer(all[0], all[1], unanswered)
	due := k.beforeTheWorkflowHears(all[3], all[4], all[5], all[6], all[7])
	k.whileTheTimePasses(unanswered)
	k.atTheDueTime(due, all[7])
	states, owners := map[string]int{}, map[string]int{}
	for range 2 { // The second time whatever might come twice has had its time to come.
		clear(states)
		clear(owners)
		for _, complaint := range all {
			state, owner := w.accountedFor(complaint)
			states[state]++
			owners[owner]++
		}
	}
	t.Log(states)
	require.Positive(t, states["EXPIRED"])
	for agent, count := range map[*world]int{k.he: owners["agents/he"], k.xu: owners["agents/xu"]} {
		mine, _ := agent.get("/v1/queues/mine")["complaints"].([]any)
		require.Len(t, mine, count)
	}
	for _, agent := range []string{"agents/he", "agents/xu"} {
		require.EqualValues(t, owners[agent], w.get("/v1/" + agent)["openCount"], agent)
	}
}

// parcel files a complaint about a delivery.
func (w *world) parcel(phone string) string {
	w.t.Helper()
	name, _ := w.post("/v1/complaints", object{
		"statement": "快递一直没有送到。", "complainant": object{"phone": phone}, "target": object{"kind": "DELIVERY"},
	})["name"].(string)
	return name
}

// kill ends processes as kill -9 does, and revive starts them again.
func (k *killing) kill(roles ...suite.Role) {
	for _, r := range k.in.of(roles...) {
		r.kill(k.t)
	}
}

func (k *killing) revive(roles ...suite.Role) {
	k.t.Helper()
	for _, r := range k.in.of(roles...) {
		r.launch(k.t)
	}
	for _, r := range k.in.of(roles...) {
		r.await(k.t)
	}
}

// offer hands a complaint over to quality inspection and returns when that has to be answered.
func (k *killing) offer(complaint string) time.Time {
	k.t.Helper()
	offered := k.insist(k.he, complaint+":handOff", object{"department": "departments/quality", "note": "包装破损，请看一下。"})
	return at(k.t, offered, "dueTime")
}

// accept and giveBack have xu answer the offer.
func (k *killing) accept(complaint string) object {
	k.t.Helper()
	return k.insist(k.xu, accepting(complaint), object{})
}

func (k *killing) giveBack(complaint string) object {
	k.t.Helper()
	return k.insist(k.xu, complaint+"/handOffs/1:returnHandOff", object{"reason": "不是质量问题。"})
}

func accepting(complaint string) string { return complaint + "/handOffs/1:acceptHandOff" }

// acceptUnheard has xu accept beside everything else; whether that is done is not known when the process dies.
func (k *killing) acceptUnheard(complaint string) {
	key := k.key(accepting(complaint))
	go func() { _, _, _ = k.xu.send(http.MethodPost, "/v1/"+accepting(complaint), []byte("{}"), key) }()
}

// insist repeats a call with its key until it is answered.
func (k *killing) insist(who *world, path string, body object) (answer object) {
	k.t.Helper()
	key := k.key(path)
	k.eventually(path+" is answered", time.Minute, func() bool {
		var status int
		status, answer = who.callKey(http.MethodPost, "/v1/"+path, body, key)
		return status < http.StatusInternalServerError
	})
	return answer
}

// key is that of the call of this path: each is made once, however often it is repeated.
func (k *killing) key(path string) string {
	if k.keys[path] == "" {
		k.keys[path] = uuid.NewString()
	}
	return k.keys[path]
}

// afterTheOffer kills as soon as the offers were answered; they can be accepted and returned afterwards.
func (k *killing) afterTheOffer(accepted, returned, unanswered string) {
	k.offer(unanswered)
	k.offer(returned)
	k.offer(accepted)
	k.kill(suite.Routing, suite.Worker)
	k.revive(suite.Routing, suite.Worker)
	k.accept(accepted)
	k.giveBack(returned)
}

// beforeTheWorkflowHears kills the worker, so that nobody hears of the first answer, which is on record; then routing, which has told
// nobody of it yet, while others are being answered. It returns by when the last two have to be.
func (k *killing) beforeTheWorkflowHears(heard, first, second string, late ...string) time.Time {
	var due time.Time
	for _, complaint := range append([]string{heard, first, second}, late...) {
		due = k.offer(complaint)
	}
	k.kill(suite.Worker)
	k.accept(heard)
	k.acceptUnheard(first)
	k.acceptUnheard(second)
	time.Sleep(rand.N(20 * time.Millisecond))
	k.kill(suite.Routing)
	k.revive(suite.Worker, suite.Routing)
	for _, complaint := range []string{first, second} {
		answer := k.accept(complaint)
		require.True(k.t, answer["state"] == "ACCEPTED" || answer["reason"] == "HAND_OFF_SETTLED", "%v", answer)
	}
	return due
}

// whileTheTimePasses has nobody there at the due time.
func (k *killing) whileTheTimePasses(unanswered string) {
	due := at(k.t, k.get("/v1/"+unanswered+"/handOffs/1"), "dueTime")
	time.Sleep(time.Until(due.Add(-500 * time.Millisecond)))
	k.kill(suite.Routing, suite.Worker)
	time.Sleep(time.Until(due.Add(500 * time.Millisecond)))
	k.revive(suite.Routing, suite.Worker)
}

// atTheDueTime kills in the moment in which the workflow asks what became of an offer, and in which somebody accepts another one.
func (k *killing) atTheDueTime(due time.Time, contested string) {
	time.Sleep(time.Until(due.Add(-20 * time.Millisecond)))
	k.acceptUnheard(contested)
	time.Sleep(rand.N(60 * time.Millisecond))
	k.kill(suite.Worker, suite.Routing)
	k.revive(suite.Worker, suite.Routing)
	k.accept(contested)
}

// accountedFor checks that a complaint that was handed over has one owner, that all agree on it, and that what happened is on record once;
// it returns what became of the hand-off and whose the complaint is.
func (w *world) accountedFor(complaint string) (state, owner string) {
	w.t.Helper()
	var h object
	w.eventually("the hand-off of "+complaint+" is on record as over", time.Minute, func() bool {
		var status int
		status, h = w.call(http.MethodGet, "/v1/"+complaint+"/handOffs/1", nil)
		return status == http.StatusOK && h["settleTime"] != nil
	})
	due, settled := at(w.t, h, "dueTime"), at(w.t, h, "settleTime")
	require.Equal(w.t, offerWithin, due.Sub(at(w.t, h, "createTime")))
	state, _ = h["state"].(string)
	owner = "agents/he"
	assignments, escalations := 1, 0
	switch state {
	case "ACCEPTED":
		owner, assignments = "agents/xu", 2
		require.False(w.t, settled.After(due), "accepted at %s, due %s", settled, due)
	case "RETURNED":
		require.False(w.t, settled.After(due))
	default:
		require.Equal(w.t, "EXPIRED", state)
		require.Equal(w.t, due, settled)
		escalations = 1
	}
	w.owned(complaint, owner)
	w.eventually("everybody is told of "+complaint, time.Minute, func() bool {
		return len(w.overdue(complaint)) >= escalations && w.untold(complaint) == ""
	})
	entries := w.timeline(complaint)
	for kind, count := range map[string]int{
		"complaint_received": 1, "hand_off_proposed": 1, "hand_off_settled": 1, "complaint_assigned": assignments, "notice_given_up": 0,
	} {
		require.Len(w.t, of(entries, kind, ""), count, kind)
	}
	require.Len(w.t, w.overdue(complaint), escalations)
	require.Empty(w.t, w.untold(complaint))
	spans, _ := w.get("/v1/" + complaint + "/custody")["spans"].([]any)
	require.Len(w.t, spans, assignments)
	for i, span := range spans {
		require.Equal(w.t, i == len(spans)-1, span.(object)["endTime"] == nil, "one has it now")
	}
	return state, owner
}

// untold says who was not told of a complaint with one hand-off that is over, or told twice; empty when all is well. The receiver hears of
// the offer, the giver of what became of it; who is in charge of being so, and each escalation is told to its recipient.
func (w *world) untold(complaint string) string {
	w.t.Helper()
	told, entries := map[string]int{}, w.timeline(complaint)
	for _, e := range of(entries, "notice_sent", "") {
		details, _ := e["details"].(object)
		told[fmt.Sprint(details["about"], " ", details["recipient"])]++
	}
	want := map[string]int{"ASSIGNMENT agents/he": 1, "HAND_OFF agents/liu": 1, "HAND_OFF agents/he": 1}
	for _, e := range of(entries, "escalation_raised", "") {
		details, _ := e["details"].(object)
		want[fmt.Sprint("ESCALATION ", details["recipient"])]++
	}
	for what, count := range want {
		if told[what] != count {
			return fmt.Sprintf("%s: %d instead of %d", what, told[what], count)
		}
	}
	if len(told) != len(want) {
		return fmt.Sprint("more than ", want, ": ", told)
	}
	return ""
}
