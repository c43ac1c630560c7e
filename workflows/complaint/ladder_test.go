package complaint_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// ladder is the part of routing's escalations that activities use.
type ladder struct {
	routingv1.EscalationServiceClient
	*world
}

func (s ladder) SettleEscalation(
	_ context.Context, r *routingv1.SettleEscalationRequest, _ ...grpc.CallOption,
) (*routingv1.Escalation, error) {
	leave, err := s.enterCall("SettleEscalation")
	defer leave()
	if err == nil {
		of := kindName(s.duty(r.GetDuty()).GetKind())
		if r.GetDuty() == decisionDuty {
			of = "decision"
		}
		s.note("off the ladder %s", of)
	}
	return &routingv1.Escalation{State: routingv1.Escalation_RESOLVED}, err
}

func (s routing) RaiseEscalation(
	_ context.Context, r *routingv1.RaiseEscalationRequest, _ ...grpc.CallOption,
) (*routingv1.Escalation, error) {
	leave, err := s.enterCall(fmt.Sprintf("RaiseEscalation %d", r.GetNoticeNumber()))
	defer leave()
	if err == nil && s.rungs != nil {
		told, climbs := s.rungs(r)
		if climbs {
			s.note("escalated %s %d %s", escalatedName(r), r.GetNoticeNumber(), r.GetReason())
		}
		return told, nil
	}
	if err == nil {
		s.note("escalated %s %d %s", escalatedName(r), r.GetNoticeNumber(), r.GetReason())
	}
	told := &routingv1.Escalation{Level: min(r.GetNoticeNumber(), 3), Recipient: "agents/wu", NoticeNumber: r.GetNoticeNumber()}
	if r.GetKind() == callback { // All else is acknowledged at once in this world, unless it has a ladder of its own.
		told.ClimbTime = timestamppb.New(s.env.Now().Add(s.step))
	}
	return told, err
}

// acknowledgeAfter has the ladder climb every two hours, unless it was acknowledged before: then a callback and a promise
// climb after twelve.
func (w *world) acknowledgeAfter(acknowledged time.Duration) {
	standing := map[string]*routingv1.Escalation{}
	persists := func(r *routingv1.RaiseEscalationRequest) bool {
		return r.GetKind() == callback || r.GetKind() == policyv1.DutyKind_PROMISE
	}
	w.rungs = func(r *routingv1.RaiseEscalationRequest) (told *routingv1.Escalation, climbs bool) {
		name := escalatedName(r)
		if r.GetEscalation() != "" {
			name = r.GetEscalation()[len(name0):]
		}
		before, now := standing[name], w.env.Now()
		known := before != nil && acknowledged > 0 && received.Add(acknowledged).Before(before.GetClimbTime().AsTime())
		if known && (!persists(r) || now.Before(before.GetNotifyTime().AsTime().Add(12*time.Hour))) {
			answer := &routingv1.Escalation{
				Name: before.GetName(), Level: before.GetLevel(), NoticeNumber: before.GetNoticeNumber(), State: routingv1.Escalation_ACKNOWLEDGED,
			}
			if persists(r) {
				answer.ClimbTime = timestamppb.New(before.GetNotifyTime().AsTime().Add(12 * time.Hour))
			}
			return answer, false
		}
		told = &routingv1.Escalation{
			Name: name0 + name, Level: min(r.GetNoticeNumber(), 3), NoticeNumber: r.GetNoticeNumber(), State: routingv1.Escalation_OPEN,
			NotifyTime: timestamppb.New(now), ClimbTime: timestamppb.New(now.Add(2 * time.Hour)),
		}
		standing[name] = told
		return told, true
	}
}

// name0 begins the names of escalations.
const name0 = name + "/escalations/1-"

func TestWhatNobodyAcknowledgesClimbs(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(owed(firstResponse, 30*time.Minute))
	w.acknowledgeAfter(0)
	w.enter(t, 0)
	w.at(7*time.Hour, func() { w.met(firstResponse) })
	w.at(20*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"30m0s escalated first-response 1 RESPONSE_OVERDUE",
		"2h30m0s escalated first-response 2 RESPONSE_OVERDUE",
		"4h30m0s escalated first-response 3 RESPONSE_OVERDUE",
		"6h30m0s escalated first-response 4 RESPONSE_OVERDUE",
		"7h0m0s off the ladder first-response",
	}, w.lines("escalated", "off the ladder"))
	require.Equal(t, []string{
		"30m0s RedressEscalationLevel=1", "2h30m0s RedressEscalationLevel=2", "4h30m0s RedressEscalationLevel=3",
	}, w.changesOf("RedressEscalationLevel"))
}

// TestAnAcknowledgementInTimeStopsTheClimb although the workflow hears nothing of it: it asks when the time has come.
func TestAnAcknowledgementInTimeStopsTheClimb(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4", "CLK-1")
	w := newWorld(owed(firstResponse, 30*time.Minute))
	w.acknowledgeAfter(3 * time.Hour)
	w.enter(t, 0)
	w.at(10*time.Hour, func() { require.Empty(t, w.timers, "no timer is left behind") })
	w.at(20*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"30m0s escalated first-response 1 RESPONSE_OVERDUE", "2h30m0s escalated first-response 2 RESPONSE_OVERDUE",
	}, w.lines("escalated"))
}

func TestAnAcknowledgedCallbackClimbsAllTheSame(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "ROUTE-4")
	w := onlyCallback()
	w.acknowledgeAfter(25 * time.Hour)
	w.enter(t, 0)
	w.at(60*time.Hour, func() { w.met(callback) })
	w.at(80*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"24h0m0s escalated callback 1 CALLBACK_MISSED",
		"36h0m0s escalated callback 2 CALLBACK_MISSED",
		"48h0m0s escalated callback 3 CALLBACK_MISSED",
		"60h0m0s off the ladder callback",
	}, w.lines("escalated", "off the ladder"))
}

func TestASignalClimbsUntilItIsAcknowledgedOrTheCycleEnds(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4")
	for title, c := range map[string]struct {
		acknowledged time.Duration
		wanted       []string
	}{
		"nobody does": {0, []string{"1h0m0s escalated THREAT 1", "3h0m0s escalated THREAT 2", "5h0m0s escalated THREAT 3", "7h0m0s escalated THREAT 4"}},
		"the manager": {4 * time.Hour, []string{"1h0m0s escalated THREAT 1", "3h0m0s escalated THREAT 2"}},
		"at once":     {2 * time.Hour, []string{"1h0m0s escalated THREAT 1"}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(owed(resolution, 72*time.Hour))
			w.acknowledgeAfter(c.acknowledged)
			w.enter(t, 0)
			w.at(time.Hour, func() { w.signal(seen(policyv1.SignalKind_THREAT)) })
			w.at(8*time.Hour, w.withdraw)
			w.run(t)
			require.Equal(t, c.wanted, withoutReason(w.lines("escalated")))
		})
	}
}

func TestWhatSomebodyAskedForClimbs(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(owed(resolution, 72*time.Hour))
	w.acknowledgeAfter(0)
	w.enter(t, 0)
	asked := &workflowv1.ComplaintSignal{Type: "escalation_asked", Fact: &workflowv1.ComplaintSignal_Escalation{Escalation: &workflowv1.EscalationFact{
		Name: name0 + "asked-for", Reason: "ASKED_FOR", NoticeCount: 1, Level: 1, ClimbTime: timestamppb.New(received.Add(3 * time.Hour)),
	}}}
	w.at(time.Hour, func() { w.signal(asked); w.signal(asked) })
	w.at(2*time.Hour, func() {
		require.Contains(t, w.currentDetails(t), "Before the ladder: asked for, notice 1, climbs 2026-01-01 12:00 UTC")
	})
	w.at(6*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"3h0m0s escalated asked-for 2 ASKED_FOR", "5h0m0s escalated asked-for 3 ASKED_FOR"}, w.lines("escalated"))
	require.Equal(t, []string{
		"1h0m0s RedressEscalationLevel=1", "3h0m0s RedressEscalationLevel=2", "5h0m0s RedressEscalationLevel=3",
	}, w.changesOf("RedressEscalationLevel"))
}

func TestAComplaintOfWhichNobodyIsInCharge(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	for title, c := range map[string]struct {
		assigned time.Duration // when somebody is in charge
		wanted   []string
	}{
		"in time":        {20 * time.Minute, []string{}},
		"after a notice": {time.Hour, []string{"30m0s escalated UNASSIGNED 1"}},
		"never": {100 * time.Hour, []string{
			"30m0s escalated UNASSIGNED 1", "2h30m0s escalated UNASSIGNED 2", "4h30m0s escalated UNASSIGNED 3", "6h30m0s escalated UNASSIGNED 4",
		}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(owed(resolution, 72*time.Hour))
			w.queue = 30 * time.Minute
			w.acknowledgeAfter(0)
			climbing := w.rungs
			w.rungs = func(r *routingv1.RaiseEscalationRequest) (*routingv1.Escalation, bool) {
				if w.elapsed() < c.assigned {
					return climbing(r)
				}
				return &routingv1.Escalation{NoticeNumber: r.GetNoticeNumber() - 1, State: routingv1.Escalation_RESOLVED}, false
			}
			w.enter(t, 0)
			w.at(7*time.Hour, func() {
				require.True(t, c.assigned > 7*time.Hour || len(w.timers) == 1, "only the resolution's is left")
			})
			w.at(8*time.Hour, w.withdraw)
			w.run(t)
			require.Equal(t, c.wanted, withoutReason(w.lines("escalated")))
		})
	}
}

// TestAClimbGoesOnInTheNextRun: what is before the ladder is part of the state.
func TestAClimbGoesOnInTheNextRun(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(owed(resolution, 72*time.Hour))
	w.acknowledgeAfter(0)
	w.enter(t, 2*time.Hour)
	next := input()
	next.State = &workflowv1.ComplaintState{
		Assigned: true, Acknowledged: true, Assignee: "agents/lin", EscalationLevel: 1,
		Duties:      []*workflowv1.DutyState{{Name: dutyName(resolution), Kind: resolution, DueTime: timestamppb.New(received.Add(72 * time.Hour))}},
		Escalations: []*workflowv1.EscalationState{{Name: name0 + "threat", Reason: "REGULATOR_THREAT", NoticeCount: 1, ClimbTime: timestamppb.New(received.Add(3 * time.Hour))}},
	}
	w.at(4*time.Hour, w.withdraw)
	w.env.ExecuteWorkflow("Complaint", next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"3h0m0s escalated threat 2 REGULATOR_THREAT"}, w.lines("escalated"))
}

// withoutReason drops the last word of each line.
func withoutReason(lines []string) []string {
	short := []string{}
	for _, line := range lines {
		for i := len(line) - 1; i >= 0; i-- {
			if line[i] == ' ' {
				short = append(short, line[:i])
				break
			}
		}
	}
	return short
}
