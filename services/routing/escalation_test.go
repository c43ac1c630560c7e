package routing_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/routing"
)

// climber is the ladder's interface for somebody.
func (w *world) climber(agent string, role authv1.Role) routingv1.EscalationServiceClient {
	return routingv1.NewEscalationServiceClient(w.conn(agent, role))
}

func (w *world) acknowledge(agent, escalation string) *routingv1.Escalation {
	w.t.Helper()
	e, err := w.climber(agent, authv1.Role_SUPERVISOR).AcknowledgeEscalation(w.t.Context(), &routingv1.AcknowledgeEscalationRequest{Name: escalation})
	require.NoError(w.t, err)
	return e
}

func (w *world) again(escalation *routingv1.Escalation) *routingv1.Escalation {
	w.t.Helper()
	e, err := w.routing.RaiseEscalation(w.t.Context(), &routingv1.RaiseEscalationRequest{
		Escalation: escalation.GetName(), Reason: escalation.GetReason(), NoticeNumber: escalation.GetNoticeNumber() + 1,
	})
	require.NoError(w.t, err)
	return e
}

func keyed(ctx context.Context, key string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "idempotency-key", key)
}

func TestSomebodyAsksForMore(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	w.assign(complaint, 1)
	lin := w.climber("agents/he", authv1.Role_AGENT)
	ask := &routingv1.EscalateComplaintRequest{Name: complaint, Reason: routingv1.Escalation_ASKED_FOR}
	var first *routingv1.Escalation
	for range 2 { // Repeated with one key it is one.
		var err error
		first, err = lin.EscalateComplaint(keyed(t.Context(), "one"), ask)
		require.NoError(t, err)
		require.Equal(t, complaint+"/escalations/1-asked-for", first.GetName())
		require.Equal(t, "agents/ma", first.GetRecipient())
		require.Equal(t, routingv1.Escalation_OPEN, first.GetState())
		require.Equal(t, w.now.Add(2*time.Hour), first.GetClimbTime().AsTime())
	}
	require.EqualValues(t, 1, w.told.count.Load(), "told once")
	_, err := lin.EscalateComplaint(t.Context(), ask)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_ALREADY_ESCALATED.String())

	w.now = w.now.Add(2 * time.Hour)
	second := w.again(first)
	require.Equal(t, "agents/guo", second.GetRecipient(), "nobody acknowledged it")
	require.EqualValues(t, 2, second.GetLevel())

	boss := w.climber("agents/guo", authv1.Role_MANAGER)
	_, err = w.climber("agents/ma", authv1.Role_SUPERVISOR).ResolveEscalation(t.Context(), &routingv1.ResolveEscalationRequest{
		Name: first.GetName(), Resolution: routingv1.Escalation_HELPED,
	})
	rpctest.RequireReason(t, err, codes.PermissionDenied, routingv1.ErrorReason_NOT_THE_RECIPIENT.String())
	resolve := &routingv1.ResolveEscalationRequest{Name: first.GetName(), Resolution: routingv1.Escalation_DECIDED}
	done, err := boss.ResolveEscalation(t.Context(), resolve)
	require.NoError(t, err)
	require.Equal(t, routingv1.Escalation_RESOLVED, done.GetState())
	require.Equal(t, "agents/guo", done.GetResolver())
	require.Nil(t, done.GetClimbTime())
	w.now = w.now.Add(3 * time.Hour)
	require.EqualValues(t, 2, w.again(second).GetNoticeNumber(), "nobody is told of what is resolved")
	_, err = boss.ResolveEscalation(t.Context(), resolve)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_ESCALATION_RESOLVED.String())

	next, err := lin.EscalateComplaint(t.Context(), ask)
	require.NoError(t, err)
	require.Equal(t, complaint+"/escalations/1-asked-for-2", next.GetName(), "what is resolved may be asked for again")
	require.Equal(t, []string{
		"complaint_assigned", "escalation_asked", "escalation_raised", "escalation_resolved", "escalation_asked",
	}, w.types(complaint))
	w.close(complaint, 1)
	_, err = lin.EscalateComplaint(t.Context(), ask)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_NOTHING_TO_ESCALATE.String())
	list, err := w.routing.ListEscalations(t.Context(), &routingv1.ListEscalationsRequest{Parent: complaint})
	require.NoError(t, err)
	require.Equal(t, routingv1.Escalation_CYCLE_ENDED, list.GetEscalations()[1].GetResolution())
	_, err = boss.AcknowledgeEscalation(t.Context(), &routingv1.AcknowledgeEscalationRequest{Name: complaint + "/escalations/1-policy"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
}

// TestAcknowledgementsCountByTheirRecordedTime: the workflow asks when the time to climb has come, or later.
func TestAcknowledgementsCountByTheirRecordedTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4", "CLK-1")
	for title, c := range map[string]struct {
		after time.Duration
		told  bool
	}{
		"in time":                       {2*time.Hour - time.Second, false},
		"at the very time":              {2 * time.Hour, true},
		"late, but before anybody asks": {2*time.Hour + time.Minute, true},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
			w.assign(complaint, 1)
			first, err := w.climber("agents/he", authv1.Role_AGENT).EscalateComplaint(t.Context(), &routingv1.EscalateComplaintRequest{
				Name: complaint, Reason: routingv1.Escalation_NO_AUTHORITY,
			})
			require.NoError(t, err)
			w.now = w.now.Add(c.after)
			for range 2 {
				require.Equal(t, routingv1.Escalation_ACKNOWLEDGED, w.acknowledge("agents/ma", first.GetName()).GetState())
			}
			w.now = w.now.Add(5 * time.Minute)
			answer := w.again(first)
			require.Equal(t, c.told, answer.GetNoticeNumber() == 2)
			require.Equal(t, c.told, answer.GetClimbTime() != nil)
			if c.told {
				require.Equal(t, routingv1.Escalation_OPEN, answer.GetState(), "the next level has to acknowledge it, too")
			}
		})
	}
}

func TestACallbackThatIsOwedClimbsWhateverIsAcknowledged(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	raised := w.raise(complaint, 1)
	e := w.acknowledge("agents/zhao", raised.GetName())
	require.Equal(t, w.now.Add(12*time.Hour), e.GetClimbTime().AsTime())
	_, err := w.climber("agents/zhao", authv1.Role_SUPERVISOR).ResolveEscalation(t.Context(), &routingv1.ResolveEscalationRequest{
		Name: raised.GetName(), Resolution: routingv1.Escalation_CUSTOMER_CONTACTED,
	})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_CALLBACK_OWED.String())
	w.now = w.now.Add(2 * time.Hour)
	require.EqualValues(t, 1, w.raise(complaint, 2).GetNoticeNumber(), "acknowledged: it stays for now")
	w.now = w.now.Add(10 * time.Hour)
	require.EqualValues(t, 2, w.raise(complaint, 2).GetLevel())

	worker := routingv1.NewEscalationServiceClient(w.conn("services/worker", authv1.Role_SERVICE))
	for _, duty := range []string{"/duties/1-callback", "/duties/1-contact"} {
		settled, err := worker.SettleEscalation(t.Context(), &routingv1.SettleEscalationRequest{Duty: complaint + duty})
		require.NoError(t, err)
		require.Equal(t, routingv1.Escalation_DUTY_DONE, settled.GetResolution())
	}
	a, err := w.routing.GetAssignment(t.Context(), &routingv1.GetAssignmentRequest{Name: complaint + "/assignment"})
	require.NoError(t, err)
	require.EqualValues(t, 2, a.GetEscalationLevel(), "the level that was reached stays on record")
}

// TestAnUnmetCallbackNeverStays: whatever is acknowledged, whoever is absent, its level never stays longer than the policy's time below
// the top, and every path ends there.
func TestAnUnmetCallbackNeverStays(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "ROUTE-4")
	random := rand.New(rand.NewPCG(4, 2))
	people := []string{"agents/zhao", "agents/sun", "agents/fang"}
	for range 12 {
		w := newWorld(t)
		complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
		w.assign(complaint, 1)
		for _, person := range people {
			if random.IntN(3) > 0 {
				continue
			}
			absence := &routingv1.Absence{StartTime: timestamppb.New(w.now), EndTime: timestamppb.New(w.now.Add(time.Duration(random.IntN(30)+1) * time.Hour))}
			if other := people[random.IntN(len(people))]; other != person {
				absence.Delegate = other
			}
			_, err := w.people.UpdateAgent(t.Context(), &routingv1.UpdateAgentRequest{
				Agent: &routingv1.Agent{Name: person, Absences: []*routingv1.Absence{absence}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"absences"}},
			})
			require.NoError(t, err)
		}
		e, level, number := w.raise(complaint, 1), int32(0), int32(1)
		for e.GetLevel() < 3 {
			require.Greater(t, e.GetLevel(), level, "each notice tells a higher level")
			since := w.now
			level = e.GetLevel()
			for e.GetNoticeNumber() == number {
				require.NotNil(t, e.GetClimbTime())
				require.LessOrEqual(t, e.GetClimbTime().AsTime().Sub(since), 12*time.Hour)
				if random.IntN(2) == 0 && e.GetState() == routingv1.Escalation_OPEN {
					e = w.acknowledge(e.GetRecipient(), e.GetName())
				}
				w.now = e.GetClimbTime().AsTime()
				e = w.raise(complaint, number+1)
			}
			number = e.GetNoticeNumber()
			require.LessOrEqual(t, w.now.Sub(since), 12*time.Hour)
		}
	}
}

func TestNobodyInCharge(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	for _, agent := range []string{"agents/he"} { // The only one of the department who takes complaints.
		_, err := w.people.UpdateAgent(t.Context(), &routingv1.UpdateAgentRequest{
			Agent: &routingv1.Agent{Name: agent}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"takes_complaints"}},
		})
		require.NoError(t, err)
	}
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	a := w.assign(complaint, 1)
	require.Empty(t, a.GetAssignee())
	require.Equal(t, w.now.Add(30*time.Minute), a.GetEscalateTime().AsTime())
	ask := &routingv1.RaiseEscalationRequest{
		Reason: routingv1.Escalation_UNASSIGNED, NoticeNumber: 1, Unassigned: &routingv1.UnassignedComplaint{Complaint: complaint, Cycle: 1},
	}
	early, err := w.routing.RaiseEscalation(t.Context(), ask)
	require.NoError(t, err)
	require.Zero(t, early.GetNoticeNumber())
	require.Equal(t, a.GetEscalateTime().AsTime(), early.GetClimbTime().AsTime())

	w.now = w.now.Add(30 * time.Minute)
	first, err := w.routing.RaiseEscalation(t.Context(), ask)
	require.NoError(t, err)
	require.Equal(t, "agents/ma", first.GetRecipient())
	w.acknowledge("agents/ma", first.GetName())
	_, err = w.climber("agents/ma", authv1.Role_SUPERVISOR).ResolveEscalation(t.Context(), &routingv1.ResolveEscalationRequest{
		Name: first.GetName(), Resolution: routingv1.Escalation_NOT_NEEDED,
	})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_NOBODY_IN_CHARGE.String())
	w.now = w.now.Add(12 * time.Hour)
	second := w.again(first)
	require.EqualValues(t, 2, second.GetLevel(), "it climbs until somebody is in charge")

	w.put(complaint[len("complaints/"):], "customers/a", "logistics")
	w.give(complaint, "he")
	require.Equal(t, routingv1.Escalation_ASSIGNED, w.again(second).GetResolution())
	w.give(complaint, "") // And gone again: then it begins below, after the policy's time.
	require.Zero(t, w.again(second).GetLevel()-2)
	w.now = w.now.Add(30 * time.Minute)
	require.EqualValues(t, 1, w.again(second).GetLevel())
}

// give puts somebody in charge, or nobody.
func (w *world) give(complaint, agent string) {
	w.t.Helper()
	_, err := w.store.Change(w.t.Context(), routing.Change{Complaint: complaint[len("complaints/"):]}, func(c *routing.Case) error {
		next := c.Complaint
		next.Assignee, next.AssignTime, next.UnassignedSince = agent, w.now, time.Time{}
		if agent == "" {
			next.UnassignedSince = w.now
		}
		c.Changes.Complaint = &next
		return nil
	})
	require.NoError(w.t, err)
}

// TestAThreatAfterTheEndClimbsWithoutAWorkflow, and what was before the ladder in the cycle is resolved by its end.
func TestAThreatAfterTheEndClimbsWithoutAWorkflow(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4", "RISK-5")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	w.raise(complaint, 1)
	w.now = w.now.Add(time.Minute)
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintResolved{ComplaintResolved: &eventv1.ComplaintResolved{}}})
	w.now = w.now.Add(time.Minute)
	told, err := w.routing.RaiseEscalation(t.Context(), threat(complaint, 1))
	require.NoError(t, err)
	w.close(complaint, 1) // What was resolved is closed later, and that answers no threat.
	require.Nil(t, told.GetClimbTime(), "no workflow has to keep it")
	list := func() []*routingv1.Escalation {
		all, err := w.routing.ListEscalations(t.Context(), &routingv1.ListEscalationsRequest{Parent: complaint})
		require.NoError(t, err)
		return all.GetEscalations()
	}
	require.Equal(t, routingv1.Escalation_CYCLE_ENDED, list()[0].GetResolution())
	require.Equal(t, w.now.Add(30*time.Minute), list()[1].GetClimbTime().AsTime())
	w.now = w.now.Add(30*time.Minute - time.Second)
	require.NoError(t, w.service.Climb(t.Context()))
	require.EqualValues(t, 1, list()[1].GetLevel())
	w.now = w.now.Add(time.Second)
	for range 2 {
		require.NoError(t, w.service.Climb(t.Context()))
	}
	require.EqualValues(t, 2, list()[1].GetLevel())
	w.acknowledge("agents/sun", told.GetName())
	w.now = w.now.Add(100 * time.Hour)
	require.NoError(t, w.service.Climb(t.Context()))
	require.EqualValues(t, 2, list()[1].GetNoticeNumber())
	require.Equal(t, []string{"complaint_assigned", "escalation_raised", "escalation_raised", "escalation_raised", "escalation_acknowledged"}, w.types(complaint))
}

// TestWhoIsNotThereIsPassedOver and it is on record why; a warning goes where an escalation would.
func TestWhoIsNotThereIsPassedOver(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	w.assign(complaint, 1)
	for _, agent := range []string{"agents/he", "agents/ma"} {
		_, err := w.people.UpdateAgent(t.Context(), &routingv1.UpdateAgentRequest{
			Agent: &routingv1.Agent{Name: agent, Absences: []*routingv1.Absence{{
				StartTime: timestamppb.New(w.now), EndTime: timestamppb.New(w.now.Add(time.Hour)),
			}}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"absences"}},
		})
		require.NoError(t, err)
	}
	e := w.raise(complaint, 1)
	require.Equal(t, "agents/guo", e.GetRecipient())
	require.EqualValues(t, 2, e.GetLevel())
	require.Len(t, e.GetPassed(), 1)
	require.Equal(t, []any{"agents/ma", routingv1.PassedOver_ABSENT, int32(1)}, []any{
		e.GetPassed()[0].GetAgent(), e.GetPassed()[0].GetCause(), e.GetPassed()[0].GetLevel(),
	})
	require.Len(t, w.decided(complaint), 2)
	warned, err := w.routing.SendNotice(t.Context(), &routingv1.SendNoticeRequest{
		Duty: complaint + "/duties/1-callback", Kind: policyv1.DutyKind_CALLBACK, DueTime: timestamppb.New(w.now), WarnTime: timestamppb.New(w.now),
	})
	require.NoError(t, err)
	require.Equal(t, "agents/guo", warned.GetRecipient(), "whoever is above hears of a warning for somebody absent")
}

// TestQuietHours hold back what is not urgent until they end, and the time to acknowledge counts from then.
func TestQuietHours(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	w.now = time.Date(2026, time.March, 2, 14, 0, 0, 0, time.UTC) // Monday, 22:00 in Shanghai.
	quiet := w.other(func(text string) string {
		return strings.Replace(text, "openings: []", `openings: [{days: [MONDAY], from: "21:00", to: "24:00"}, {days: [TUESDAY], from: "00:00", to: "07:00"}]`, 1)
	})
	ends := time.Date(2026, time.March, 2, 23, 0, 0, 0, time.UTC)
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	w.assign(complaint, 1)
	e, err := quiet.RaiseEscalation(t.Context(), &routingv1.RaiseEscalationRequest{
		Duty: complaint + "/duties/1-contact", Kind: policyv1.DutyKind_CONTACT, Reason: routingv1.Escalation_RESPONSE_OVERDUE, NoticeNumber: 1,
		DueTime: timestamppb.New(w.now),
	})
	require.NoError(t, err)
	require.Equal(t, ends.Add(2*time.Hour), e.GetClimbTime().AsTime())
	require.NoError(t, quiet.Gather(t.Context()))
	require.Zero(t, w.told.count.Load(), "held back")
	_, err = quiet.RaiseEscalation(t.Context(), threat(complaint, 1))
	require.NoError(t, err)
	quiet.Deliver(t.Context())
	require.EqualValues(t, 1, w.told.count.Load(), "a threat is urgent")
	w.now = ends
	require.NoError(t, quiet.Gather(t.Context()))
	require.EqualValues(t, 2, w.told.count.Load())
	require.Equal(t, 1, w.told.last().Count)
}

// TestWhatIsOpen: a supervisor finds what waits for them, by pages.
func TestWhatIsOpen(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4")
	w := newWorld(t)
	var names []string
	for i, kind := range []policyv1.TargetKind{policyv1.TargetKind_DELIVERY, policyv1.TargetKind_SERVICE, policyv1.TargetKind_DELIVERY, policyv1.TargetKind_DELIVERY} {
		complaint := w.file("customers/"+string(rune('a'+i)), kind)
		w.assign(complaint, 1)
		names = append(names, w.raise(complaint, 1).GetName())
		w.now = w.now.Add(time.Minute)
	}
	w.acknowledge("agents/ma", names[2])
	last, _, _ := strings.Cut(names[3], "/escalations")
	w.close(last, 1)
	list := func(req *routingv1.ListOpenEscalationsRequest) (found []string) {
		for {
			page, err := w.climber("agents/ma", authv1.Role_SUPERVISOR).ListOpenEscalations(t.Context(), req)
			require.NoError(t, err)
			for _, e := range page.GetEscalations() {
				found = append(found, e.GetName())
			}
			if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
				return found
			}
		}
	}
	require.Equal(t, names[:3], list(&routingv1.ListOpenEscalationsRequest{}), "the end resolves")
	require.Equal(t, names[:3], list(&routingv1.ListOpenEscalationsRequest{PageSize: 1}))
	require.Equal(t, []string{names[0], names[2]}, list(&routingv1.ListOpenEscalationsRequest{Mine: true, PageSize: 1}))
	require.Equal(t, names[:1], list(&routingv1.ListOpenEscalationsRequest{Mine: true, Filter: "acknowledged = false"}))
	require.Equal(t, names[1:2], list(&routingv1.ListOpenEscalationsRequest{Filter: `recipient = "agents/zhao" AND level >= 1 AND reason = CALLBACK_MISSED AND urgent = false`}))
	_, err := w.climber("agents/ma", authv1.Role_SUPERVISOR).ListOpenEscalations(t.Context(), &routingv1.ListOpenEscalationsRequest{Filter: "nothing = 1"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID.String())
}

// TestTimePassesWhileSomebodyIsTold: nothing is held back for it.
func TestTimePassesWhileSomebodyIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deps := w.deps
	deps.Now = func() time.Time {
		w.now = w.now.Add(time.Millisecond)
		return w.now
	}
	passing, err := routing.New(routing.Config{}, deps)
	require.NoError(t, err)
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	_, err = passing.RaiseEscalation(t.Context(), w.raiseRequest(complaint, 1))
	require.NoError(t, err)
	passing.Deliver(t.Context())
	require.EqualValues(t, 1, w.told.count.Load())
	require.Zero(t, w.told.last().Count, "told at once")
}
