package routing_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

const overdueApproval = "approvals/01jb3p5v9x7k2m4n6q8r0t1w3y-2"

// movedUp is what remedy tells when a level's time is over.
func (w *world) movedUp(from, to int32, seconded bool) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ApprovalMovedUp{ApprovalMovedUp: &eventv1.ApprovalMovedUp{
		Approval: overdueApproval, FromLevel: from, Level: to, Seconded: seconded, DueTime: timestamppb.New(w.now.Add(4 * time.Hour)),
	}}}
}

// TestAnApprovalThatNobodyDecidesIsBroughtBeforeTheLadder once, and climbs as anything else does (APPR-3).
func TestAnApprovalThatNobodyDecidesIsBroughtBeforeTheLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	w.apply(complaint, 1, w.movedUp(1, 2, false))
	w.apply(complaint, 1, w.movedUp(2, 3, true))
	w.apply(complaint, 1, w.movedUp(2, 2, true)) // An executive approved first; the manager has to as well.
	require.Empty(t, w.ladder(complaint), "somebody else was asked")
	again := w.file("customers/b", policyv1.TargetKind_SERVICE)
	w.assign(again, 1)
	w.apply(again, 1, w.movedUp(2, 1, false))
	require.Len(t, w.ladder(again), 1, "the last level has spoken: those below are asked again")
	told := w.told.count.Load()
	for range 2 { // The last level repeats: it stands before the ladder already.
		w.apply(complaint, 1, w.movedUp(3, 3, false))
		w.service.Deliver(t.Context())
		require.Len(t, w.ladder(complaint), 1)
	}
	e := w.ladder(complaint)[0]
	require.Equal(t, complaint+"/escalations/1-approval-overdue-01jb3p5v9x7k2m4n6q8r0t1w3y-2", e.GetName())
	require.Equal(t, routingv1.Escalation_APPROVAL_OVERDUE, e.GetReason())
	require.Equal(t, "agents/zhao", e.GetRecipient())
	require.Equal(t, told+1, w.told.count.Load(), "told once")
	require.Equal(t, w.now.Add(4*time.Hour), w.told.last().DueTime)
	require.Equal(t, []string{"complaint_assigned", "escalation_asked"}, w.types(complaint), "its workflow has it climb")

	w.now = e.GetClimbTime().AsTime()
	require.EqualValues(t, 2, w.again(e).GetLevel())
}

// TestWhatWasDecidedComesOffTheLadder and who proposed it is told.
func TestWhatWasDecidedComesOffTheLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "ROUTE-4")
	for name, test := range map[string]struct {
		end        *eventv1.Payload
		resolution routingv1.Escalation_Resolution
		told       string
	}{
		"decided": {&eventv1.Payload{Kind: &eventv1.Payload_ApprovalDecided{ApprovalDecided: &eventv1.ApprovalDecided{
			Approval: overdueApproval, Decision: "REJECTED", Decider: "agents/sun", Proposer: "agents/chen",
		}}}, routingv1.Escalation_DECIDED, "chen"},
		"void": {&eventv1.Payload{Kind: &eventv1.Payload_ApprovalVoided{ApprovalVoided: &eventv1.ApprovalVoided{
			Approval: overdueApproval,
		}}}, routingv1.Escalation_NOT_NEEDED, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
			w.assign(complaint, 1)
			w.apply(complaint, 1, w.movedUp(3, 3, false))
			w.service.Deliver(t.Context())
			e := w.ladder(complaint)[0]
			w.now = w.now.Add(time.Second)
			w.apply(complaint, 1, test.end)
			w.service.Deliver(t.Context())
			settled := w.again(e)
			require.Equal(t, routingv1.Escalation_RESOLVED, settled.GetState(), "it climbs no more")
			require.Equal(t, test.resolution, settled.GetResolution())
			require.Empty(t, settled.GetResolver())
			if test.told == "" {
				require.EqualValues(t, 1, w.told.count.Load())
				return
			}
			require.EqualValues(t, 2, w.told.count.Load())
			require.Equal(t, routingv1.Notice_APPROVAL, w.told.last().About)
			require.Equal(t, test.told, w.told.last().Recipient)
			require.Contains(t, w.notices(complaint), "notice_sent APPROVAL")
		})
	}
}

// TestWhoProposedAndHasLeft: whoever is in charge hears what became of it.
func TestWhoProposedAndHasLeft(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	assignee := w.assign(complaint, 1).GetAssignee()
	left := "chen"
	if assignee == "agents/chen" {
		left = "wu"
	}
	w.edit(left, func(a *routingv1.Agent) { a.Active = proto.Bool(false) }, "active")
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ApprovalDecided{ApprovalDecided: &eventv1.ApprovalDecided{
		Approval: overdueApproval, Decision: "RETURNED", Decider: "agents/zhao", Proposer: "agents/" + left,
	}}})
	w.service.Deliver(t.Context())
	require.Equal(t, strings.TrimPrefix(assignee, "agents/"), w.told.last().Recipient)
}

// TestWhatIsHeardAfterTheEndClimbsByItself, since its workflow is over.
func TestWhatIsHeardAfterTheEndClimbsByItself(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	w.close(complaint, 1)
	w.apply(complaint, 1, w.movedUp(3, 3, false))
	require.Equal(t, []string{"complaint_assigned", "escalation_raised"}, w.types(complaint))
	w.now = w.ladder(complaint)[0].GetClimbTime().AsTime()
	require.NoError(t, w.service.Climb(t.Context()))
	require.EqualValues(t, 2, w.ladder(complaint)[0].GetLevel())
}

// TestWhatIsHeardTooEarlyIsDeliveredAgain: the relay waits for the complaint.
func TestWhatIsHeardTooEarlyIsDeliveredAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	payload, err := proto.Marshal(w.movedUp(3, 3, false))
	require.NoError(t, err)
	_, err = w.sink.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: &eventv1.Event{
		EventId: newEventID(), Source: "remedy", Sequence: 1, Subject: "complaints/" + w.ids.ID(), Position: 1, Cycle: 1,
		Type: "approval_moved_up", Actor: "services/worker", RecordTime: timestamppb.New(w.now), Payload: payload,
	}})
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
}
