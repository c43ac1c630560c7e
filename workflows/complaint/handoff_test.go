package complaint_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// offered is a hand-off as routing has it.
type offered struct {
	state routingv1.HandOff_State
	due   time.Time
}

// handOffs is the part of routing's hand-offs that activities use, with its rule of settling.
type handOffs struct {
	routingv1.HandOffServiceClient
	*world
}

func (s handOffs) SettleHandOff(
	_ context.Context, r *routingv1.SettleHandOffRequest, _ ...grpc.CallOption,
) (*routingv1.SettleHandOffResponse, error) {
	leave, err := s.enterCall("SettleHandOff")
	defer leave()
	if err != nil {
		return nil, err
	}
	answer := &routingv1.SettleHandOffResponse{}
	if r.GetDecision() {
		s.decision(answer)
		s.note("asked decision %s", answer.GetState())
		return answer, nil
	}
	switch {
	case s.offered.state != routingv1.HandOff_PROPOSED:
	case s.env.Now().Add(-s.slow).Before(s.offered.due):
		answer.RetryTime = timestamppb.New(s.offered.due)
	default:
		s.offered.state = routingv1.HandOff_EXPIRED
	}
	answer.State = s.offered.state
	s.note("asked %s %s", r.GetName(), answer.GetState())
	return answer, nil
}

const handOff = name + "/handOffs/1"

// offer has the complaint handed over now, to be answered within some time.
func (w *world) offer(within time.Duration) {
	w.mu.Lock()
	w.offered = offered{state: routingv1.HandOff_PROPOSED, due: w.env.Now().Add(within)}
	w.mu.Unlock()
	w.signal(w.offers())
}

// offers is what the workflow hears of it.
func (w *world) offers() *workflowv1.ComplaintSignal {
	return &workflowv1.ComplaintSignal{Type: "hand_off_proposed", Fact: &workflowv1.ComplaintSignal_HandOff{HandOff: &workflowv1.HandOffFact{
		Name: handOff, Duty: name + "/duties/1-hand-off-1", DueTime: timestamppb.New(w.offered.due),
		ToDepartment: "departments/claims", ToAgent: "agents/bo",
	}}}
}

// answers is what the workflow hears of an answer.
func answers(state routingv1.HandOff_State) *workflowv1.ComplaintSignal {
	return dutyFact(&workflowv1.DutyFact{
		Name: name + "/duties/1-hand-off-1", Kind: policyv1.DutyKind_HAND_OFF, Verdict: complaint.HandOffVerdict(state.String()), Done: true,
	})
}

// settle has routing record an answer, with or without a word to the workflow.
func (w *world) settle(state routingv1.HandOff_State) *workflowv1.ComplaintSignal {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offered.state = state
	return answers(state)
}

// TestHandOff: whatever becomes of it, the complaint's own clocks run on, and one that nobody answers is escalated once.
func TestHandOff(t *testing.T) {
	t.Parallel()
	asked := "1h30m0s asked " + handOff + " "
	escalated := []string{"1h30m0s escalated hand-off 1 HAND_OFF_OVERDUE"}
	for name, test := range map[string]struct {
		do    func(w *world)
		asked []string
		told  []string
	}{
		"accepted": {func(w *world) {
			w.at(70*time.Minute, func() { w.signal(w.settle(routingv1.HandOff_ACCEPTED)) })
		}, []string{}, []string{}},
		"returned": {func(w *world) {
			w.at(70*time.Minute, func() { w.signal(w.settle(routingv1.HandOff_RETURNED)) })
		}, []string{}, []string{}},
		"withdrawn": {func(w *world) {
			w.at(70*time.Minute, func() { w.signal(w.settle(routingv1.HandOff_WITHDRAWN)) })
		}, []string{}, []string{}},
		"nobody answers": {func(*world) {}, []string{asked + "EXPIRED"}, escalated},
		"told that it expired, by somebody faster": {func(w *world) {
			w.at(89*time.Minute, func() { w.signal(w.settle(routingv1.HandOff_EXPIRED)) })
		}, []string{}, []string{"1h29m0s escalated hand-off 1 HAND_OFF_OVERDUE"}},
		"told after it was found out": {func(w *world) {
			w.at(2*time.Hour, func() { w.signal(answers(routingv1.HandOff_EXPIRED)) })
		}, []string{asked + "EXPIRED"}, escalated},
		"accepted in time, which is heard of late": {func(w *world) {
			w.at(70*time.Minute, func() { w.settle(routingv1.HandOff_ACCEPTED) })
			w.at(2*time.Hour, func() { w.signal(answers(routingv1.HandOff_ACCEPTED)) })
		}, []string{asked + "ACCEPTED"}, []string{}},
		"routing's clock is behind": {func(w *world) { w.slow = time.Second }, []string{
			asked + "PROPOSED", "1h30m0s asked " + handOff + " PROPOSED", "1h30m0s asked " + handOff + " PROPOSED", "1h30m1s asked " + handOff + " EXPIRED",
		}, []string{"1h30m1s escalated hand-off 1 HAND_OFF_OVERDUE"}},
		"routing is away": {func(w *world) {
			w.during("SettleHandOff", 3*time.Hour, down())
		}, []string{"3h3m31s asked " + handOff + " EXPIRED"}, []string{"3h3m31s escalated hand-off 1 HAND_OFF_OVERDUE"}},
		"the proposal is told twice": {func(w *world) {
			w.at(61*time.Minute, func() { w.signal(w.offers()) })
		}, []string{asked + "EXPIRED"}, escalated},
		"the complaint is withdrawn": {func(w *world) { w.at(70*time.Minute, w.withdraw) }, []string{}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			covers.Requirement(t, "ROUTE-3", "CLK-1")
			w := newWorld()
			w.enter(t, 0)
			w.at(time.Hour, func() { w.offer(30 * time.Minute) })
			w.at(65*time.Minute, func() {
				require.Contains(t, w.currentDetails(t), "| hand-off | 2026-01-01 10:30 UTC | owed by departments/claims, agents/bo |")
			})
			test.do(w)
			w.at(10*time.Hour, w.withdraw)
			w.run(t)
			require.Equal(t, test.asked, w.lines("asked"))
			require.Equal(t, test.told, w.lines("escalated hand-off"))
			require.Empty(t, w.timers, "nothing is left behind")
		})
	}
}

// TestADroppedHandOffClimbs: that the duty to answer is over ends nothing; whoever was told has to say so, or the next level is told.
func TestADroppedHandOffClimbs(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-4")
	for title, c := range map[string]struct {
		acknowledged time.Duration
		wanted       []string
	}{
		"nobody says so": {0, []string{
			"1h30m0s escalated hand-off 1 HAND_OFF_OVERDUE", "3h30m0s escalated hand-off 2 HAND_OFF_OVERDUE", "5h30m0s escalated hand-off 3 HAND_OFF_OVERDUE",
		}},
		"the first one does": {3 * time.Hour, []string{"1h30m0s escalated hand-off 1 HAND_OFF_OVERDUE"}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(owed(resolution, 72*time.Hour))
			w.acknowledgeAfter(c.acknowledged)
			w.enter(t, 0)
			w.at(time.Hour, func() { w.offer(30 * time.Minute) })
			w.at(2*time.Hour, func() { require.Contains(t, w.currentDetails(t), "Before the ladder: hand off overdue, notice 1") })
			w.at(7*time.Hour, w.withdraw)
			w.run(t)
			require.Equal(t, c.wanted, w.lines("escalated hand-off"))
			require.Empty(t, w.lines("off the ladder"))
		})
	}
}

// TestADroppedHandOffClimbsInTheNextRun, too.
func TestADroppedHandOffClimbsInTheNextRun(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(owed(resolution, 72*time.Hour))
	w.acknowledgeAfter(0)
	w.enter(t, 0)
	w.at(time.Hour, func() { w.offer(30 * time.Minute) })
	w.at(2*time.Hour, func() { w.env.SetContinueAsNewSuggested(true) })
	next := w.runUntilContinued(t)
	w.enter(t, w.elapsed())
	w.at(4*time.Hour, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{
		"1h30m0s escalated hand-off 1 HAND_OFF_OVERDUE", "3h30m0s escalated hand-off 2 HAND_OFF_OVERDUE",
	}, w.lines("escalated hand-off"))
}

// TestHandOffsFollowEachOther: what was returned may be handed over again, and the callback is missed meanwhile as it would be otherwise.
func TestHandOffsFollowEachOther(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "CALL-2")
	w := newWorld()
	w.enter(t, 0)
	w.at(23*time.Hour+45*time.Minute, func() { w.offer(30 * time.Minute) })
	w.at(25*time.Hour, func() {
		second := w.offers()
		fact := second.GetHandOff()
		fact.Name, fact.Duty, fact.DueTime = name+"/handOffs/2", name+"/duties/1-hand-off-2", timestamppb.New(received.Add(26*time.Hour))
		w.signal(second)
		w.settle(routingv1.HandOff_ACCEPTED)
	})
	w.at(30*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"24h15m0s asked " + handOff + " EXPIRED", "26h0m0s asked " + name + "/handOffs/2 ACCEPTED"}, w.lines("asked"))
	require.Equal(t, []string{"24h0m0s escalated callback 1 CALLBACK_MISSED"}, w.lines("escalated callback"))
}

// TestHandOffBeforeTheDutiesAreKnown: followup is away, and the clock of the hand-off runs all the same once it is back.
func TestHandOffBeforeTheDutiesAreKnown(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.enter(t, 0)
	w.during("ListDuties", 2*time.Hour, down())
	w.at(time.Hour, func() { w.offer(30 * time.Minute) })
	w.at(10*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"2h3m31s asked " + handOff + " EXPIRED"}, w.lines("asked"))
	require.Len(t, w.lines("escalated hand-off"), 1)
}

// TestHandOffOutlivesTheRun: the next run keeps it, and one that is over is not told of again.
func TestHandOffOutlivesTheRun(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Hour, func() { w.offer(30 * time.Minute) })
	w.at(70*time.Minute, func() { w.env.SetContinueAsNewSuggested(true) })
	next := w.runUntilContinued(t)
	w.enter(t, w.elapsed())
	w.at(2*time.Hour, func() { w.env.SetContinueAsNewSuggested(true) })
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	next = w.continued(t)
	w.enter(t, w.elapsed())
	w.at(10*time.Hour, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"1h30m0s asked " + handOff + " EXPIRED"}, w.lines("asked"))
	require.Equal(t, []string{"1h30m0s escalated hand-off 1 HAND_OFF_OVERDUE"}, w.lines("escalated hand-off"))
}
