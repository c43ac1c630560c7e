package routing_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/routing"
)

// broken asks for the first notice of a broken duty of a cycle.
func (w *world) broken(complaint, duty string, kind policyv1.DutyKind, reason routingv1.Escalation_Reason) *routingv1.RaiseEscalationRequest {
	return &routingv1.RaiseEscalationRequest{
		Duty: complaint + "/duties/" + duty, Kind: kind, Reason: reason, NoticeNumber: 1, DueTime: timestamppb.New(w.now),
	}
}

// ladder are the escalations of a complaint.
func (w *world) ladder(complaint string) []*routingv1.Escalation {
	w.t.Helper()
	all, err := w.routing.ListEscalations(w.t.Context(), &routingv1.ListEscalationsRequest{Parent: complaint})
	require.NoError(w.t, err)
	return all.GetEscalations()
}

// TestTheReportingLineDecidesWhoHears, not the department's, and whoever is above in it may answer; and so may who stands on the ladder.
func TestTheReportingLineDecidesWhoHears(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	w.edit("he", func(a *routingv1.Agent) { a.Supervisor = "agents/liu" }, "supervisor")
	w.edit("liu", func(a *routingv1.Agent) { a.Supervisor = "agents/gao" }, "supervisor")
	for _, who := range []string{"agents/liu", "agents/gao", "agents/guo", "agents/fang"} {
		complaint := w.delivery()
		raised, err := w.routing.RaiseEscalation(t.Context(), threat(complaint, 1))
		require.NoError(t, err)
		require.Equal(t, "agents/liu", raised.GetRecipient())
		require.Equal(t, who, w.acknowledge(who, raised.GetName()).GetAcknowledger())
		_, err = w.climber("agents/zhao", authv1.Role_SUPERVISOR).AcknowledgeEscalation(t.Context(), &routingv1.AcknowledgeEscalationRequest{Name: raised.GetName()})
		rpctest.RequireReason(t, err, codes.PermissionDenied, routingv1.ErrorReason_NOT_THE_RECIPIENT.String())
		again := w.acknowledge("agents/fang", raised.GetName())
		require.Equal(t, who, again.GetAcknowledger(), "it was before")
		require.Equal(t, []string{"complaint_assigned", "escalation_raised", "escalation_acknowledged"}, w.types(complaint))
	}
	next := w.other(replacing("{role: DEPARTMENT_MANAGER, climb: 12h}", "{role: NEXT_SUPERVISOR, climb: 12h}"))
	complaint := w.delivery()
	for number, want := range []string{"agents/liu", "agents/gao", "agents/fang"} {
		request := w.raiseRequest(complaint, int32(number+1))
		raised, err := next.RaiseEscalation(t.Context(), request)
		require.NoError(t, err)
		require.Equal(t, want, raised.GetRecipient())
	}
}

// TestWhatIsRaisedAfterTheEnd of its cycle is told; what somebody may still see to climbs by itself, and nothing else stands.
func TestWhatIsRaisedAfterTheEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4", "REC-6")
	w := newWorld(t)
	complaint := w.delivery()
	w.close(complaint, 1)
	raise := func(req *routingv1.RaiseEscalationRequest) *routingv1.Escalation {
		e, err := w.routing.RaiseEscalation(t.Context(), req)
		require.NoError(t, err)
		return e
	}
	late := raise(w.broken(complaint, "1-contact", policyv1.DutyKind_CONTACT, routingv1.Escalation_RESPONSE_OVERDUE))
	require.Equal(t, []any{routingv1.Escalation_RESOLVED, routingv1.Escalation_CYCLE_ENDED, int32(1)}, []any{late.GetState(), late.GetResolution(), late.GetNoticeNumber()})
	owed := raise(w.broken(complaint, "1-authority-reply", policyv1.DutyKind_AUTHORITY_REPLY, routingv1.Escalation_AUTHORITY_REPLY_OVERDUE))
	require.Equal(t, routingv1.Escalation_OPEN, owed.GetState(), "an authority waits beyond the end")
	require.NotNil(t, owed.GetClimbTime(), "by the workflow, which lives on for it")
	require.Zero(t, raise(nobody(complaint, 1)).GetNoticeNumber(), "nobody has to be in charge any more")
	require.EqualValues(t, 2, w.told.count.Load())

	w.reopen(complaint, 2)
	said := raise(threat(complaint, 1))
	require.Nil(t, said.GetClimbTime(), "no workflow keeps what is said of a cycle before")
	w.now = w.now.Add(30 * time.Minute)
	require.NoError(t, w.service.Climb(t.Context()))
	require.EqualValues(t, 2, w.ladder(complaint)[2].GetLevel(), "routing does")
}

// TestSomebodyIsWantedOnlyForWhatIsOpen: long after somebody was put in charge, or after the end, nobody is missing.
func TestSomebodyIsWantedOnlyForWhatIsOpen(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	has := w.delivery()
	w.away("he")
	waits := w.file("customers/b", policyv1.TargetKind_DELIVERY)
	require.Empty(t, w.assign(waits, 1).GetAssignee())
	w.close(waits, 1)
	w.now = w.now.Add(time.Hour)
	for _, complaint := range []string{has, waits} {
		e, err := w.routing.RaiseEscalation(t.Context(), nobody(complaint, 1))
		require.NoError(t, err)
		require.Zero(t, e.GetNoticeNumber())
		require.NotContains(t, w.types(complaint), "escalation_raised")
	}
}

// TestUrgentComplaintsHaveLessTime, whatever is the reason; and what climbs whatever is acknowledged waits no longer than its level's time.
func TestUrgentComplaintsHaveLessTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4", "CALL-2")
	w := newWorld(t)
	complaint := w.delivery()
	slow := w.other(replacing("acknowledge_within: 2h", "acknowledge_within: 24h"))
	for duty, want := range map[string]time.Duration{"1-callback": 12 * time.Hour, "1-contact": 24 * time.Hour} {
		kind, reason := policyv1.DutyKind_CALLBACK, routingv1.Escalation_CALLBACK_MISSED
		if duty == "1-contact" {
			kind, reason = policyv1.DutyKind_CONTACT, routingv1.Escalation_RESPONSE_OVERDUE
		}
		e, err := slow.RaiseEscalation(t.Context(), w.broken(complaint, duty, kind, reason))
		require.NoError(t, err)
		require.Equal(t, w.now.Add(want), e.GetClimbTime().AsTime(), duty)
	}
	urgent := w.delivery()
	w.apply(urgent, 1, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{Severity: policyv1.Severity_URGENT}}})
	e, err := w.routing.RaiseEscalation(t.Context(), w.broken(urgent, "1-contact", policyv1.DutyKind_CONTACT, routingv1.Escalation_RESPONSE_OVERDUE))
	require.NoError(t, err)
	require.Equal(t, w.now.Add(30*time.Minute), e.GetClimbTime().AsTime())
}

// TestWhoeverTakesItMeanwhileDecidesWhoHears: it goes to somebody else, or to another queue, between the look and the record.
func TestWhoeverTakesItMeanwhileDecidesWhoHears(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	for name, tc := range map[string]struct {
		before, meanwhile func(w *world, complaint string)
		want              string
	}{
		"somebody else of the department": {func(w *world, _ string) {
			_, err := w.people.CreateAgent(w.t.Context(), &routingv1.CreateAgentRequest{AgentId: "mei", Agent: &routingv1.Agent{
				DisplayName: "Mei", Department: "departments/logistics", Supervisor: "agents/sun",
			}})
			require.NoError(w.t, err)
		}, func(w *world, complaint string) { w.give(complaint, "mei") }, "agents/sun"},
		"another queue": {func(w *world, complaint string) { w.give(complaint, "") }, func(w *world, complaint string) {
			w.put(complaint[len("complaints/"):], "customers/a", "quality")
		}, "agents/liu"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.delivery()
			tc.before(w, complaint)
			deps := w.deps
			deps.Store = &overtaken{Store: w.store, happens: func() { tc.meanwhile(w, complaint) }}
			late, err := routing.New(routing.Config{}, deps)
			require.NoError(t, err)
			e, err := late.RaiseEscalation(t.Context(), threat(complaint, 1))
			require.NoError(t, err)
			require.Equal(t, tc.want, e.GetRecipient())
			late.Deliver(t.Context())
			require.Equal(t, tc.want[len("agents/"):], w.told.last().Recipient, "and is who is told")

			w.give(complaint, "he")
			deps = w.deps
			deps.Ladder = &outrun{LadderStore: w.deps.Ladder, happens: func() { tc.meanwhile(w, complaint) }}
			late, err = routing.New(routing.Config{}, deps)
			require.NoError(t, err)
			e, err = late.EscalateComplaint(supervising(t.Context(), "agents/zhao"), &routingv1.EscalateComplaintRequest{
				Name: complaint, Reason: routingv1.Escalation_ASKED_FOR,
			})
			require.NoError(t, err)
			require.Equal(t, tc.want, e.GetRecipient(), "also of what somebody asks for")
			late.Deliver(t.Context())
			require.Equal(t, tc.want[len("agents/"):], w.told.last().Recipient)
		})
	}
}

// TestWhatASettledDutyLeavesBehind: its escalation is on record as resolved, and only who waits in a queue is asked for again.
func TestWhatASettledDutyLeavesBehind(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	complaint := w.delivery()
	require.Nil(t, w.assign(complaint, 1).GetEscalateTime(), "somebody is in charge")
	w.raise(complaint, 1)
	worker := routingv1.NewEscalationServiceClient(w.conn("services/worker", authv1.Role_SERVICE))
	for range 2 {
		_, err := worker.SettleEscalation(t.Context(), &routingv1.SettleEscalationRequest{Duty: complaint + "/duties/1-callback"})
		require.NoError(t, err)
	}
	require.Equal(t, []any{routingv1.Escalation_RESOLVED, routingv1.Escalation_DUTY_DONE}, []any{
		w.ladder(complaint)[0].GetState(), w.ladder(complaint)[0].GetResolution(),
	})
	w.close(complaint, 1)
	w.away("he")
	waits := w.file("customers/b", policyv1.TargetKind_DELIVERY)
	require.NotNil(t, w.assign(waits, 1).GetEscalateTime())
	w.close(waits, 1)
	require.Nil(t, w.assign(waits, 1).GetEscalateTime(), "what has ended waits for nobody")
}

// outrun is a store of the ladder in which something happens before a command.
type outrun struct {
	routing.LadderStore

	happens func()
}

func (o *outrun) Command(ctx context.Context, complaint string, cause eventlog.Cause, decide func(*routing.Case) error) (string, bool, error) {
	if do := o.happens; do != nil {
		o.happens = nil
		do()
	}
	return o.LadderStore.Command(ctx, complaint, cause, decide)
}

// TestSomebodyAsksWhileItIsResolved is to ask again: who looked at it has not seen that.
func TestSomebodyAsksWhileItIsResolved(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	complaint := w.delivery()
	ask := &routingv1.EscalateComplaintRequest{Name: complaint, Reason: routingv1.Escalation_ASKED_FOR}
	first, err := w.climber("agents/he", authv1.Role_AGENT).EscalateComplaint(t.Context(), ask)
	require.NoError(t, err)
	deps := w.deps
	deps.Ladder = &outrun{LadderStore: w.deps.Ladder, happens: func() {
		_, err := w.climber("agents/ma", authv1.Role_SUPERVISOR).ResolveEscalation(t.Context(), &routingv1.ResolveEscalationRequest{
			Name: first.GetName(), Resolution: routingv1.Escalation_HELPED,
		})
		require.NoError(t, err)
	}}
	late, err := routing.New(routing.Config{}, deps)
	require.NoError(t, err)
	_, err = late.EscalateComplaint(supervising(t.Context(), "agents/ma"), ask)
	require.Equal(t, codes.Aborted, errs.Status(err).Code())
	require.Len(t, w.ladder(complaint), 1)
	again, err := late.EscalateComplaint(supervising(t.Context(), "agents/ma"), ask)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(again.GetName(), "/1-asked-for-2"))
}
