package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/suite"
)

// decideWithin is how long a level has where its time matters, with the reminder after half of it.
const decideWithin = 40 * time.Second

// approvalPolicy writes a policy that has the default's clocks, so that nothing but approvals falls due, and tells each notice by itself.
func approvalPolicy(t *testing.T, path string, within time.Duration) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, "version: killed-2-%s\nremedies: {approvals: {within: %[1]s}}\n"+
		"notices: {gather_after: 1000, gather_window: 5s, retry_after: 4s, retry_at_most: 4s, give_up_after: 600s}\n", within), 0o600))
}

// judged is a proposal in the middle of its approval.
type judged struct {
	complaint, remedy, approval string
	// earlier are the approvals of the versions before.
	earlier []string
	// turns is how many had to decide on it.
	turns int
}

// approvalsSurvive kills what knows of an approval, what names people and what keeps the time, and closes Temporal, which
// runs in the test's own process and cannot be killed alone, each at a step: when it was requested, when somebody was named, when they were reminded, when it was decided and nobody has heard of it, and
// when it moves up; and so with two approvals, rejections and revisions (eachDecision). Afterwards each has one decision, one hold, and everybody
// was told once of each turn.
func approvalsSurvive(t *testing.T) {
	covers.Requirement(t, "APPR-1", "APPR-3", "CLK-1", "OPS-1")
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	approvalPolicy(t, policy, time.Hour)
	in := newInstallationBy(t, policy, 1)
	in.start(t)
	w := in.enter(t)
	w.away = 30 * time.Second
	k := &killing{world: w, in: in, he: w.as("agents/he", authv1.Role_AGENT), keys: map[string]string{}}
	ma, _, guo, _ := w.deciders()
	s := k.eachDecision()

	approvalPolicy(t, policy, decideWithin) // Whoever starts goes by it.
	var complaints []string
	for i := range 6 {
		complaints = append(complaints, w.restated(fmt.Sprintf("+861381234040%d", i)))
	}
	requested := k.request(complaints[0], "150")
	k.killAll()
	w.asked(requested.approval, "agents/ma")
	k.approve(ma, requested)

	var all []*judged
	for _, complaint := range complaints[1:] {
		all = append(all, k.request(complaint, "150"))
	}
	named, reminded, decided, contested, moved := all[0], all[1], all[2], all[3], all[4]
	for _, j := range all {
		w.asked(j.approval, "agents/ma")
	}
	k.killAll()
	k.approve(ma, named)
	k.beforeTheWorkflowHearsOfIt(ma, decided, contested)
	k.atTheReminder(ma, reminded)
	k.whileItMovesUp(moved)
	k.approve(guo, moved)
	for range 2 { // The second time whatever might come twice has had its time to come.
		for _, j := range append(all, requested) {
			w.decidedOnce(j)
		}
		s.standOnce()
	}
	s.replay()
}

// request proposes so much cash, and returns as soon as that is answered.
func (k *killing) request(complaint, units string) *judged {
	k.t.Helper()
	remedy := k.propose(complaint, units)
	j := &judged{complaint: complaint, turns: 1}
	j.remedy, _ = remedy["name"].(string)
	j.approval, _ = remedy["approval"].(string)
	return j
}

// approve has somebody approve, with the call's key until it is answered.
func (k *killing) approve(who *world, j *judged) {
	k.t.Helper()
	answer := k.insist(who, j.approval+":approve", object{})
	require.Equal(k.t, "APPROVED", answer["state"], "%v", answer)
}

// killAll kills what has approvals, what names people and what keeps the time, restarts Temporal, and starts the others again.
func (k *killing) killAll() {
	k.t.Helper()
	all := []suite.Role{suite.Remedy, suite.Worker, suite.Routing}
	k.kill(all...)
	k.restartTemporal()
	k.revive(all...)
}

// restartTemporal ends Temporal and starts it again on its data.
func (k *killing) restartTemporal() {
	k.t.Helper()
	require.NoError(k.t, k.in.server.Close())
	k.in.startTemporal(k.t, &safeBuffer{})
}

// beforeTheWorkflowHearsOfIt kills the worker, so that nobody hears of the decision, which is on record; then remedy, while another decision
// is being made.
func (k *killing) beforeTheWorkflowHearsOfIt(who *world, decided, contested *judged) {
	k.t.Helper()
	k.kill(suite.Worker)
	k.approve(who, decided)
	path := contested.approval + ":approve"
	key := k.key(path)
	go func() { _, _, _ = who.send(http.MethodPost, "/v1/"+path, []byte("{}"), key) }()
	time.Sleep(rand.N(20 * time.Millisecond))
	k.kill(suite.Remedy)
	k.restartTemporal()
	k.revive(suite.Worker, suite.Remedy)
	k.approve(who, contested)
}

// atTheReminder kills in the moment in which the approver is reminded.
func (k *killing) atTheReminder(who *world, j *judged) {
	k.t.Helper()
	time.Sleep(time.Until(at(k.t, k.get("/v1/"+j.approval), "remindTime").Add(rand.N(100*time.Millisecond) - 50*time.Millisecond)))
	k.killAll()
	k.eventually("reminded", 30*time.Second, func() bool {
		return slices.ContainsFunc(k.noticesOf(j), func(notice string) bool { return strings.Contains(notice, "-1-due") })
	})
	k.approve(who, j)
}

// whileItMovesUp has nobody there at the due time. The level that comes next is asked when they are back, with the time that is left.
func (k *killing) whileItMovesUp(j *judged) {
	k.t.Helper()
	due := at(k.t, k.get("/v1/"+j.approval), "dueTime")
	time.Sleep(time.Until(due.Add(-500 * time.Millisecond)))
	k.kill(suite.Remedy, suite.Worker)
	k.restartTemporal()
	time.Sleep(time.Until(due.Add(500 * time.Millisecond)))
	k.revive(suite.Remedy, suite.Worker)
	moved := k.asked(j.approval, "agents/guo")
	require.Equal(k.t, due.Add(decideWithin), at(k.t, moved, "dueTime"), "by the recorded times")
	j.turns = 2
}

// noticesOf are the notices about an approval, by name, each as often as it was told.
func (w *world) noticesOf(j *judged) (notices []string) {
	w.t.Helper()
	for _, e := range of(w.timeline(j.complaint), "notice_sent", "") {
		if details, ok := e["details"].(object); ok && details["about"] == "APPROVAL" {
			notices = append(notices, fmt.Sprint(details["notice"]))
		}
	}
	slices.Sort(notices)
	return notices
}

// decidedOnce checks that an approval was decided once, that its cost is held once, and that everybody was told once of what concerns them.
func (w *world) decidedOnce(j *judged) {
	w.t.Helper()
	w.ended(approvalWorkflow(j.approval))
	a := w.get("/v1/" + j.approval)
	require.Equal(w.t, "APPROVED", a["state"])
	require.Len(w.t, a["steps"], j.turns)
	require.Equal(w.t, "GRANTED", w.get("/v1/" + j.remedy)["state"])
	require.Equal(w.t, []any{"150"}, w.held(j.remedy))
	w.eventually("the proposer and each approver are told of "+j.approval, time.Minute, func() bool {
		told := map[string]int{}
		for _, notice := range w.noticesOf(j) {
			told[notice[strings.LastIndex(notice, "-")+1:]]++
		}
		return told["named"] == j.turns && len(w.noticesOf(j)) > j.turns
	})
	notices := w.noticesOf(j)
	require.Equal(w.t, slices.Compact(slices.Clone(notices)), notices, "each is told once")
	entries := w.timeline(j.complaint)
	for kind, count := range map[string]int{
		"approval_requested": 1, "approver_chosen": j.turns, "approval_moved_up": j.turns - 1, "approval_decided": 1, "remedy_granted": 1,
		"ledger_posted": 1, "notice_given_up": 0,
	} {
		require.Len(w.t, of(entries, kind, ""), count, "%s of %s", kind, j.approval)
	}
}
