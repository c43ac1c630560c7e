package routing_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// TestWhatCannotBeChangesNobodysComplaints: each of these is refused with its reason, and whoever has complaints has them afterwards, and is
// given more.
func TestWhatCannotBeChangesNobodysComplaints(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2")
	for name, refused := range map[string]struct {
		change func(w *world) error
		code   codes.Code
		reason routingv1.ErrorReason
	}{
		"a cyclic reporting line": {func(w *world) error {
			_, err := w.agent("guo", func(a *routingv1.Agent) { a.Supervisor = "agents/he" }, "supervisor")
			return err
		}, codes.InvalidArgument, routingv1.ErrorReason_REPORTING_LINE_CYCLE},
		"a rule that does not parse": {func(w *world) error {
			_, err := w.rules.CreateRuleSet(w.t.Context(), &routingv1.CreateRuleSetRequest{RuleSet: &routingv1.RuleSet{Rules: []*routingv1.Rule{
				{Id: "half", Condition: "complaint.severity >=", Department: "departments/logistics"},
			}}})
			return err
		}, codes.InvalidArgument, routingv1.ErrorReason_RULE_CONDITION_INVALID},
		"a department that holds complaints": {func(w *world) error {
			_, err := w.people.DeleteDepartment(w.t.Context(), &routingv1.DeleteDepartmentRequest{Name: "departments/logistics"})
			return err
		}, codes.FailedPrecondition, routingv1.ErrorReason_DEPARTMENT_IN_USE},
		"a capacity of 0": {func(w *world) error {
			_, err := w.agent("he", func(a *routingv1.Agent) { a.Capacity = proto.Int32(0) }, "capacity")
			return err
		}, codes.InvalidArgument, routingv1.ErrorReason_CAPACITY_INVALID},
		"somebody without a language": {func(w *world) error {
			_, err := w.agent("he", func(*routingv1.Agent) {}, "languages")
			return err
		}, codes.InvalidArgument, routingv1.ErrorReason_LANGUAGE_MISSING},
		"who takes complaints from now on, without a language": {func(w *world) error {
			w.edit("ma", func(*routingv1.Agent) {}, "languages", "takes_complaints")
			_, err := w.agent("ma", func(a *routingv1.Agent) { a.TakesComplaints = true }, "takes_complaints")
			return err
		}, codes.InvalidArgument, routingv1.ErrorReason_LANGUAGE_MISSING},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			has := w.delivery()
			rpctest.RequireReason(t, refused.change(w), refused.code, refused.reason.String())
			require.Equal(t, "departments/logistics agents/he", w.owner(has))
			require.Equal(t, []string{"complaint_assigned"}, w.types(has))
			w.delivery()
			w.loadsAre(map[string]int32{"he": 2})
		})
	}
}

// TestLessRoomTakesNothingAway: who has more than fits from now on keeps it, and is given nothing before there is room.
func TestLessRoomTakesNothingAway(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	w := newWorld(t)
	first, second := w.delivery(), w.delivery()
	w.edit("he", func(a *routingv1.Agent) { a.Capacity = proto.Int32(1) }, "capacity")
	waits := w.file("customers/b", policyv1.TargetKind_DELIVERY)
	require.Empty(t, w.assign(waits, 1).GetAssignee())
	for range 2 {
		require.Empty(t, w.hand(waits).GetAssignee())
		require.Equal(t, "departments/logistics agents/he", w.owner(second))
		w.loadsAre(map[string]int32{"he": 2})
		w.now = w.now.Add(24 * time.Hour)
	}
	w.close(first, 1)
	require.Empty(t, w.hand(waits).GetAssignee())
	w.close(second, 1)
	require.Equal(t, "agents/he", w.hand(waits).GetAssignee())
}

// TestReopenedAfterItsDepartmentHasGone: the rules find another one, and nobody's load is wrong.
func TestReopenedAfterItsDepartmentHasGone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2")
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.people.CreateDepartment(ctx, &routingv1.CreateDepartmentRequest{DepartmentId: "claims", Department: &routingv1.Department{DisplayName: "Claims"}})
	require.NoError(t, err)
	w.edit("tang", func(a *routingv1.Agent) { a.Department = "departments/claims" }, "department")
	complaint := w.delivery()
	lead := w.queues("agents/zhao", authv1.Role_SUPERVISOR)
	_, err = lead.ReassignComplaint(ctx, give(complaint, "departments/claims", "agents/tang"))
	require.NoError(t, err)
	w.close(complaint, 1)
	w.edit("tang", func(a *routingv1.Agent) { a.Department = "departments/billing" }, "department")
	_, err = w.people.DeleteDepartment(ctx, &routingv1.DeleteDepartmentRequest{Name: "departments/claims"})
	require.NoError(t, err)
	w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_DELIVERY,
	}}})
	again := w.assign(complaint, 2)
	require.Equal(t, []string{"departments/logistics", "agents/he"}, []string{again.GetDepartment(), again.GetAssignee()})
	w.loadsAre(map[string]int32{"tang": 0, "he": 1})
}

// TestCirclesAtOnce: of two changes that make a circle together, at most one is made, whichever replica carries them out.
func TestCirclesAtOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		h := newHall(t, open(t), 2, func(int) int32 { return 9 })
		for range 10 {
			var both errgroup.Group
			var made atomic.Int32
			for i := range 2 {
				both.Go(func() error {
					err := h.report(t, i, "agents/"+id(i), "agents/"+id(1-i))
					if err == nil {
						made.Add(1)
					} else if errs.Reason(err) != routingv1.ErrorReason_REPORTING_LINE_CYCLE.String() {
						return err
					}
					return nil
				})
			}
			require.NoError(t, both.Wait())
			require.EqualValues(t, 1, made.Load())
			for i := range 2 {
				require.NoError(t, h.report(t, i, "agents/"+id(i), ""))
			}
		}
	})
}

// report sets whom somebody reports to, by one of the replicas.
func (h *hall) report(t *testing.T, replica int, agent, supervisor string) error {
	_, err := h.services[replica].UpdateAgent(t.Context(), &routingv1.UpdateAgentRequest{
		Agent: &routingv1.Agent{Name: agent, Supervisor: supervisor}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"supervisor"}},
	})
	return err
}

// TestADepartmentGoesWhileComplaintsAreGivenToIt: either it is refused to go, or nothing open is left in it.
func TestADepartmentGoesWhileComplaintsAreGivenToIt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-5")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		h := newHall(t, open(t), 1, func(int) int32 { return 1000 })
		names := h.assign(40)
		ctx := supervising(t.Context(), "agents/zhao")
		for round := range 10 {
			_, err := h.services[0].CreateDepartment(ctx, &routingv1.CreateDepartmentRequest{
				DepartmentId: "claims", Department: &routingv1.Department{DisplayName: "Claims"},
			})
			require.NoError(t, err)
			var all errgroup.Group
			for i, name := range names[4*round : 4*round+4] {
				all.Go(func() error {
					_, err := h.services[i%2].ReassignComplaint(ctx, give("complaints/"+name, "departments/claims", ""))
					return except(err, routingv1.ErrorReason_REFERENCE_UNKNOWN)
				})
			}
			var gone atomic.Bool
			all.Go(func() error {
				_, err := h.services[1].DeleteDepartment(ctx, &routingv1.DeleteDepartmentRequest{Name: "departments/claims"})
				gone.Store(err == nil)
				return except(err, routingv1.ErrorReason_DEPARTMENT_IN_USE)
			})
			require.NoError(t, all.Wait())
			held := 0
			for _, name := range names {
				c, err := h.store.Case(t.Context(), name)
				require.NoError(t, err)
				if c.Complaint.Department == "claims" {
					held++
				}
			}
			require.False(t, gone.Load() && held > 0, "%d are in a department that has gone", held)
			for _, name := range names {
				_, err := h.services[0].ReassignComplaint(ctx, give("complaints/"+name, "departments/logistics", "agents/"+id(0)))
				require.NoError(t, err)
			}
			_, err = h.services[0].DeleteDepartment(ctx, &routingv1.DeleteDepartmentRequest{Name: "departments/claims"})
			require.Equal(t, gone.Load(), err != nil)
		}
		require.Equal(t, []int32{40}, h.loads(1))
	})
}

// supervising is a context in which a supervisor calls.
func supervising(ctx context.Context, who string) context.Context {
	return auth.NewContext(ctx, auth.Identity{Subject: who, Roles: []authv1.Role{authv1.Role_SUPERVISOR}})
}

// except is an error but one of a reason.
func except(err error, reason routingv1.ErrorReason) error {
	if errs.Reason(err) == reason.String() {
		return nil
	}
	return err
}
