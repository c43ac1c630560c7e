package routing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestADecisionHasItsTime: whoever decides where a complaint stays has as long as the policy says; then the ladder is told, above that
// one, and all else is as it was: the giver owes, and it is still to be decided.
func TestADecisionHasItsTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-4", "CLK-1")
	w := newWorld(t)
	complaint := w.delivery()
	w.back(complaint)
	w.now = w.now.Add(10 * time.Minute)
	h := w.back(complaint)
	due := w.now.Add(30 * time.Minute)
	require.Equal(t, due, h.GetDecideDueTime().AsTime())
	settled := w.payloads(complaint)[4].GetHandOffSettled()
	require.Equal(t, complaint+"/duties/1-hand-off-2-decision", settled.GetDecisionDuty())
	require.Equal(t, due, settled.GetDecideDueTime().AsTime())
	require.Equal(t, due, w.toldOf(complaint, "agents/guo").GetDueTime().AsTime(), "guo is told by when")

	ask := func() *routingv1.SettleHandOffResponse {
		answer, err := w.worker().SettleHandOff(t.Context(), &routingv1.SettleHandOffRequest{Name: h.GetName(), Decision: true})
		require.NoError(t, err)
		return answer
	}
	w.now = due.Add(-time.Microsecond)
	early := ask()
	require.False(t, early.GetOverdue())
	require.Equal(t, due, early.GetRetryTime().AsTime())
	w.now = due
	events := len(w.events(complaint))
	require.True(t, ask().GetOverdue())
	require.Len(t, w.events(complaint), events, "what is put on record is the escalation")
	raise := &routingv1.RaiseEscalationRequest{
		Duty: settled.GetDecisionDuty(), Kind: policyv1.DutyKind_HAND_OFF, Reason: routingv1.Escalation_HAND_OFF_UNDECIDED, NoticeNumber: 1,
		DueTime: h.GetDecideDueTime(),
	}
	e, err := w.routing.RaiseEscalation(t.Context(), raise)
	require.NoError(t, err)
	require.Equal(t, []any{"agents/fang", int32(3), routingv1.Escalation_HAND_OFF_UNDECIDED}, []any{e.GetRecipient(), e.GetLevel(), e.GetReason()},
		"above guo, who did not decide")
	require.Equal(t, "departments/logistics agents/he", w.owner(complaint), "the giver owes")
	_, err = w.as("he").HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/billing"})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_HAND_OFF_OPEN.String())

	w.now = due.Add(time.Minute)
	_, err = w.as("fang", authv1.Role_EXECUTIVE).DecideHandOff(t.Context(), &routingv1.DecideHandOffRequest{
		Name: h.GetName(), Department: "departments/logistics", Reason: "It was the van.",
	})
	require.NoError(t, err, "late is better than never")
	answer := ask()
	require.Equal(t, []any{routingv1.HandOff_DECIDED, false}, []any{answer.GetState(), answer.GetOverdue()})
	told := w.payloads(complaint)
	decided := told[len(told)-1].GetHandOffDecided()
	require.Equal(t, settled.GetDecisionDuty(), decided.GetDuty())
	require.True(t, decided.GetLate())
	require.Nil(t, w.back(complaint).GetDecideDueTime(), "counting begins anew")
}

// toldOf is what somebody was told last of a complaint.
func (w *world) toldOf(complaint, agent string) (last *eventv1.NoticeSent) {
	w.t.Helper()
	require.NoError(w.t, w.service.Gather(w.t.Context()))
	for _, e := range w.events(complaint) {
		p := &eventv1.Payload{}
		require.NoError(w.t, proto.Unmarshal(e.GetPayload(), p))
		if p.GetNoticeSent().GetRecipient() == agent {
			last = p.GetNoticeSent()
		}
	}
	return last
}

// TestADecisionInTime is one that was recorded in time, whenever it is asked for (CLK-1); the end of the cycle is the end of it.
func TestADecisionInTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "CLK-1")
	w := newWorld(t)
	decided, ended := w.delivery(), w.delivery()
	w.back(decided)
	h := w.back(decided)
	w.now = h.GetDecideDueTime().AsTime()
	_, err := w.as("guo", authv1.Role_MANAGER).DecideHandOff(t.Context(), &routingv1.DecideHandOffRequest{
		Name: h.GetName(), Department: "departments/logistics", Reason: "It was the van.",
	})
	require.NoError(t, err)
	told := w.payloads(decided)
	require.False(t, told[len(told)-1].GetHandOffDecided().GetLate())
	w.back(ended)
	other := w.back(ended)
	w.close(ended, 1)
	w.now = w.now.Add(time.Hour)
	for name, want := range map[string]routingv1.HandOff_State{h.GetName(): routingv1.HandOff_DECIDED, other.GetName(): routingv1.HandOff_ENDED} {
		answer, err := w.worker().SettleHandOff(t.Context(), &routingv1.SettleHandOffRequest{Name: name, Decision: true})
		require.NoError(t, err)
		require.Equal(t, []any{want, false}, []any{answer.GetState(), answer.GetOverdue()})
		require.Nil(t, answer.GetRetryTime())
	}
}

// TestWhoeverGivesHasRoom: a pass is made soon after a complaint was taken over, by acceptance or by decision, since the giver has room.
func TestWhoeverGivesHasRoom(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-5")
	w := newWorld(t)
	accepted, decided := w.delivery(), w.delivery()
	h := w.toQuality(accepted)
	w.back(decided)
	undecided := w.back(decided)
	w.service.Awake()
	_, err := w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: h.GetName()})
	require.NoError(t, err)
	require.True(t, w.service.Awake(), "accepted")
	require.False(t, w.service.Awake())
	_, err = w.as("guo", authv1.Role_MANAGER).DecideHandOff(t.Context(), &routingv1.DecideHandOffRequest{
		Name: undecided.GetName(), Department: "departments/quality", Reason: "The product is theirs.",
	})
	require.NoError(t, err)
	require.True(t, w.service.Awake(), "decided")
}
