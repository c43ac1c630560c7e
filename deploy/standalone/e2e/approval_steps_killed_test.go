package e2e_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/suite"
)

// steps are proposals, two for each decision. When everything is killed the first one's is on record and nobody has heard of it; of the
// second one's nobody knows whether it is.
type steps struct {
	*killing

	ma, guo                      *world
	seconded, returned, rejected [2]*judged
}

// eachDecision kills at the decisions that a single approval has not: the first of two, between the two, at a rejection, and when something
// is returned and revised. What is granted is offered, chosen, done and resolved, with a kill at each of these.
func (k *killing) eachDecision() *steps {
	k.t.Helper()
	ma, _, guo, _ := k.deciders()
	s := &steps{killing: k, ma: ma, guo: guo}
	for i, number := range []string{"0", "1"} {
		s.seconded[i] = k.request(k.restated("+861381234070"+number), "200")
		s.returned[i] = k.request(k.restated("+861381234071"+number), "150")
		s.rejected[i] = k.request(k.restated("+861381234072"+number), "150")
	}
	for _, j := range s.all() {
		k.asked(j.approval, "agents/ma")
	}
	s.atTheFirstDecision()
	s.betweenTheApprovals()
	s.beforeItIsPromised()
	s.beforeTheCustomerIsWrittenTo()
	return s
}

// standOnce checks what has become of all of them.
func (s *steps) standOnce() {
	s.t.Helper()
	for i := range 2 {
		s.standsOnce(s.seconded[i], fate{decisions: []any{"APPROVED"}, asked: []string{"agents/ma", "agents/guo"}, costs: []any{"200"}})
		s.standsOnce(s.returned[i], fate{decisions: []any{"RETURNED", "APPROVED"}, asked: []string{"agents/ma"}, costs: []any{"100"}})
		s.standsOnce(s.rejected[i], fate{decisions: []any{"REJECTED"}, asked: []string{"agents/ma"}})
	}
}

func (s *steps) all() []*judged { return slices.Concat(s.seconded[:], s.returned[:], s.rejected[:]) }

// granted are those that are, in the end.
func (s *steps) granted() []*judged { return slices.Concat(s.seconded[:], s.returned[:]) }

// unheard makes a call beside everything else; whether that is done is not known when the process dies.
func (k *killing) unheard(who *world, path string, body object) {
	k.t.Helper()
	content, err := json.Marshal(body)
	require.NoError(k.t, err)
	key := k.key(path)
	go func() { _, _, _ = who.send(http.MethodPost, "/v1/"+path, content, key) }()
}

// atTheFirstDecision kills the worker, so that nobody hears of decisions that are on record, one of which is revised meanwhile; then remedy,
// while others are decided. All are then sent again, as if no answer had come.
func (s *steps) atTheFirstDecision() {
	s.t.Helper()
	calls := []struct {
		of   [2]*judged
		verb string
		says object
		then string
	}{
		{s.seconded, ":approve", object{}, "PENDING"},
		{s.returned, ":return", object{"comment": "太多了，一百就够。"}, "RETURNED"},
		{s.rejected, ":reject", object{"comment": "保修就够了。"}, "REJECTED"},
	}
	s.kill(suite.Worker)
	for _, c := range calls {
		answer := s.insist(s.ma, c.of[0].approval+c.verb, c.says)
		require.Equal(s.t, c.then, answer["state"], "%v", answer)
	}
	s.revise(s.returned[0])
	for _, c := range calls {
		s.unheard(s.ma, c.of[1].approval+c.verb, c.says)
	}
	time.Sleep(rand.N(30 * time.Millisecond))
	s.kill(suite.Remedy)
	s.restartTemporal()
	s.revive(suite.Worker, suite.Remedy)
	again := s.insist(s.he, s.returned[0].remedy+":reviseRemedy", object{"options": cash("100")})
	require.Equal(s.t, s.returned[0].approval, again["approval"], "%v", again)
	for _, c := range calls {
		for _, j := range c.of {
			answer := s.insist(s.ma, j.first()+c.verb, c.says)
			require.Equal(s.t, c.then, answer["state"], "%v", answer)
		}
	}
}

// first is the approval of the first version.
func (j *judged) first() string { return append(j.earlier, j.approval)[0] }

// revise asks for less, which is another version with an approval of its own.
func (s *steps) revise(j *judged) {
	s.t.Helper()
	answer := s.insist(s.he, j.remedy+":reviseRemedy", object{"options": cash("100")})
	require.Equal(s.t, "PROPOSED", answer["state"], "%v", answer)
	j.earlier = append(j.earlier, j.approval)
	j.approval, _ = answer["approval"].(string)
}

// betweenTheApprovals kills everything when the second of two has been asked, or is deciding, and while something is revised.
func (s *steps) betweenTheApprovals() {
	s.t.Helper()
	for _, j := range s.seconded {
		half := s.asked(j.approval, "agents/guo")
		require.Equal(s.t, "PENDING", half["state"])
		require.Empty(s.t, s.held(j.remedy), "half an approval holds nothing")
	}
	s.asked(s.returned[0].approval, "agents/ma")
	s.unheard(s.guo, s.seconded[1].approval+":approve", object{})
	s.unheard(s.he, s.returned[1].remedy+":reviseRemedy", object{"options": cash("100")})
	time.Sleep(rand.N(30 * time.Millisecond))
	s.killAll()
	s.approve(s.guo, s.seconded[1])
	s.revise(s.returned[1])
	s.asked(s.returned[1].approval, "agents/ma")
}

// beforeItIsPromised kills what hears of approvals, offers and answers while the last are given, and then what has them on record: nobody has
// heard of any, and of the last answer nobody knows whether it is on record.
func (s *steps) beforeItIsPromised() {
	s.t.Helper()
	s.kill(suite.Followup, suite.Worker)
	s.approve(s.guo, s.seconded[0])
	s.approve(s.ma, s.returned[0])
	s.approve(s.ma, s.returned[1])
	for _, j := range s.granted() {
		answer := s.insist(s.he, j.remedy+":offer", object{"way": "PHONE"})
		require.Equal(s.t, "OFFERED", answer["state"], "%v", answer)
	}
	last := s.returned[1]
	for _, j := range s.granted()[:3] {
		s.insist(s.he, j.remedy+":accept", object{"option": 1})
	}
	s.unheard(s.he, last.remedy+":accept", object{"option": 1})
	time.Sleep(rand.N(30 * time.Millisecond))
	s.kill(suite.Remedy)
	s.revive(suite.Followup, suite.Worker, suite.Remedy)
	answer := s.insist(s.he, last.remedy+":accept", object{"option": 1})
	require.Equal(s.t, "ACCEPTED", answer["state"], "%v", answer)
	for _, j := range s.granted() {
		s.eventually("it is promised: "+j.remedy, time.Minute, func() bool { return len(s.promises(j.complaint)) == 1 })
	}
}

// beforeTheCustomerIsWrittenTo has done what was promised, and kills what writes the letter and what has it written.
func (s *steps) beforeTheCustomerIsWrittenTo() {
	s.t.Helper()
	for _, j := range s.granted() {
		promise, _ := s.promises(j.complaint)[0]["name"].(string)
		kept := s.insist(s.he, promise+":keep", object{"evidence": "转账单 7731"})
		require.Equal(s.t, "KEPT", kept["state"], "%v", kept)
		reached := s.insist(s.he, j.complaint+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
		require.Nil(s.t, reached["reason"], "%v", reached)
	}
	for _, j := range s.granted() {
		s.eventually("all that was accepted is done: "+j.remedy, time.Minute, func() bool { return s.get("/v1/" + j.remedy)["state"] == "FULFILLED" })
	}
	s.kill(suite.Worker)
	for _, j := range s.granted() {
		s.insist(s.he, j.complaint+":resolve", object{"outcome": "REMEDIED", "resolution": "钱已经转给您了。"})
	}
	s.kill(suite.Followup)
	s.revive(suite.Followup, suite.Worker)
	time.Sleep(rand.N(300 * time.Millisecond))
	s.kill(suite.Followup, suite.Worker)
	s.revive(suite.Followup, suite.Worker)
	for _, j := range s.granted() {
		s.eventually("the customer is told how it ended: "+j.complaint, time.Minute, func() bool { return s.letters(j.complaint) > 0 })
	}
}

// replay replays what was recorded of those whose decision nobody had heard of, and of a complaint that was killed until it was resolved.
func (s *steps) replay() {
	s.t.Helper()
	for scenario, name := range map[string]string{
		"killed_seconded": s.seconded[0].approval, "killed_returned": s.returned[0].earlier[0], "killed_rejected": s.rejected[0].approval,
	} {
		s.replaysApproval(s.t, scenario, approvalWorkflow(name))
	}
	s.replays(s.t, "killed_promised", func(*testing.T, *world) string { return workflowID(s.seconded[0].complaint) })
}

// fate is what has become of a proposal in the end.
type fate struct {
	// decisions are those on its versions, in order.
	decisions []any
	// asked are who had to decide on the last one.
	asked []string
	// costs are what it costs when it was granted, and done.
	costs []any
}

// standsOnce checks that each version was decided once, by whose turn it was; that what was granted is held, promised, spent and told to the
// customer once, and what was not never; and that everybody was told once of each turn and each decision.
func (k *killing) standsOnce(j *judged, want fate) {
	k.t.Helper()
	versions, granted := len(want.decisions), len(want.costs)
	for _, approval := range append(j.earlier, j.approval) {
		k.ended(approvalWorkflow(approval))
	}
	require.Equal(k.t, want.decisions, k.details(j.complaint, "approval_decided", "decision"))
	a := k.get("/v1/" + j.approval)
	require.Equal(k.t, want.decisions[versions-1], a["state"])
	require.Equal(k.t, want.asked, k.decidersOf(a))
	state := map[bool]string{true: "FULFILLED", false: "REJECTED"}[granted > 0]
	require.Equal(k.t, state, k.get("/v1/" + j.remedy)["state"])
	require.ElementsMatch(k.t, want.costs, k.held(j.remedy))
	require.ElementsMatch(k.t, want.costs, k.spent(j.remedy))
	require.Len(k.t, k.promises(j.complaint), granted)

	turns := len(want.asked) + versions - 1
	k.eventually("everybody is told of "+j.remedy, time.Minute, func() bool { return len(k.noticesOf(j)) >= turns+versions })
	notices := k.noticesOf(j)
	require.Len(k.t, notices, turns+versions)
	require.Equal(k.t, slices.Compact(slices.Clone(notices)), notices, "each is told once")
	entries := k.timeline(j.complaint)
	for kind, count := range map[string]int{
		"approval_requested": versions, "approver_chosen": turns, "approval_moved_up": len(want.asked) - 1, "approval_voided": 0,
		"remedy_revised": versions - 1,
		"remedy_granted": granted, "offer_made": granted, "promise_made": granted, "promise_kept": granted, "remedy_fulfilled": granted,
		"complaint_resolved": granted, "notice_given_up": 0,
	} {
		require.Len(k.t, of(entries, kind, ""), count, "%s of %s", kind, j.remedy)
	}
	written := []any{"acknowledgement", "closing"}
	require.Equal(k.t, written[:1+granted], k.details(j.complaint, "message_sent", "template"), "the customer is written to once of each")
}

// decidersOf are who has decided in each step of an approval.
func (k *killing) decidersOf(approval object) (deciders []string) {
	k.t.Helper()
	taken, _ := approval["steps"].([]any)
	for _, step := range taken {
		decider, _ := step.(object)["decider"].(string)
		deciders = append(deciders, decider)
	}
	return deciders
}
