package routing_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// give asks for a reassignment.
func give(complaint, department, assignee string) *routingv1.ReassignComplaintRequest {
	return &routingv1.ReassignComplaintRequest{
		Name: complaint, Department: department, Assignee: assignee, Reason: routingv1.ReassignReason_WORKLOAD,
	}
}

// told is what the newest event of a complaint tells of its assignment.
func (w *world) assignedBy(complaint string) (*eventv1.ComplaintAssigned, *eventv1.Event) {
	w.t.Helper()
	events, p := w.decided(complaint), &eventv1.Payload{}
	newest := events[len(events)-1]
	require.NoError(w.t, proto.Unmarshal(newest.GetPayload(), p))
	return p.GetComplaintAssigned(), newest
}

// loadsAre checks the loads of some people.
func (w *world) loadsAre(want map[string]int32) {
	w.t.Helper()
	for agent, load := range want {
		require.Equal(w.t, load, w.load("agents/"+agent), agent)
	}
}

func TestReassignment(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5", "ROUTE-2", "API-1")
	w := newWorld(t)
	ctx := t.Context()
	lead := w.queues("agents/zhao", authv1.Role_SUPERVISOR)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	before := w.assign(complaint, 1)
	require.Equal(t, "agents/chen", before.GetAssignee())
	w.now = w.now.Add(time.Minute)

	key := metadata.AppendToOutgoingContext(ctx, "idempotency-key", uuid.NewString())
	req := give(complaint, "", "agents/lin")
	req.Etag = before.GetEtag()
	for range 2 {
		after, err := lead.ReassignComplaint(key, req)
		require.NoError(t, err)
		require.Equal(t, []string{"departments/customer-service", "agents/lin"}, []string{after.GetDepartment(), after.GetAssignee()})
		require.Equal(t, w.now, after.GetAssignTime().AsTime())
		require.NotEqual(t, before.GetEtag(), after.GetEtag())
	}
	w.loadsAre(map[string]int32{"chen": 0, "lin": 1})
	require.Equal(t, []string{"complaint_assigned", "complaint_assigned"}, w.types(complaint), "carried out once")
	told, event := w.assignedBy(complaint)
	require.True(t, told.GetChanged())
	require.Equal(t, []string{"agents/lin", "agents/zhao"}, []string{told.GetAssignee(), event.GetActor()})
	require.Contains(t, told.GetReason(), "by hand (workload)")
	_, err := lead.ReassignComplaint(ctx, req)
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())

	_, err = lead.ReassignComplaint(ctx, give(complaint, "", "agents/lin"))
	require.NoError(t, err)
	require.Len(t, w.types(complaint), 2, "whose it is already keeps it")
	other, err := lead.ReassignComplaint(ctx, give(complaint, "", ""))
	require.NoError(t, err)
	require.NotContains(t, []string{"", "agents/lin"}, other.GetAssignee(), "somebody else of the department")
	moved, err := lead.ReassignComplaint(ctx, give(complaint, "departments/logistics", ""))
	require.NoError(t, err)
	require.Equal(t, []string{"departments/logistics", "agents/he"}, []string{moved.GetDepartment(), moved.GetAssignee()})
	w.loadsAre(map[string]int32{"chen": 0, "lin": 0, "wu": 0, "he": 1})
	nobody, err := lead.ReassignComplaint(ctx, give(complaint, "", ""))
	require.NoError(t, err)
	require.Empty(t, nobody.GetAssignee(), "he was the only one, so it waits")
	w.loadsAre(map[string]int32{"he": 0})
	require.Equal(t, []string{complaint}, w.listed(lead, "unassigned", "departments/logistics"))
	events := len(w.types(complaint))
	w.away("he")
	_, err = lead.ReassignComplaint(ctx, give(complaint, "", ""))
	require.NoError(t, err)
	require.Len(t, w.types(complaint), events, "it waits as before")
	home, err := lead.ReassignComplaint(ctx, give(complaint, "departments/customer-service", "agents/wu"))
	require.NoError(t, err)
	require.Equal(t, "agents/wu", home.GetAssignee())
	w.loadsAre(map[string]int32{"wu": 1})
}

func TestReassignmentRefusals(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5", "ROUTE-2")
	w := newWorld(t)
	lead := w.queues("agents/zhao", authv1.Role_SUPERVISOR)
	edit := func(id string, change func(*routingv1.Agent), fields ...string) {
		_, err := w.agent(id, change, fields...)
		require.NoError(t, err)
	}
	nightly := hours("00:00", "00:01")
	if monday := w.now.In(time.FixedZone("", 8*3600)); monday.Weekday() == time.Monday && monday.Hour() == 0 {
		nightly = hours("12:00", "12:01")
	}
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	against := "complaints/" + w.ids.ID()
	w.apply(against, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Customer: "customers/b", TargetKind: policyv1.TargetKind_SERVICE, TargetAgent: "agents/wu",
	}}})
	_, err := lead.ReassignComplaint(t.Context(), give(against, "", "agents/lin"))
	rpctest.RequireReason(t, err, codes.NotFound, routingv1.ErrorReason_NOT_ASSIGNED.String())
	w.assign(against, 1)
	ended := w.file("customers/c", policyv1.TargetKind_SERVICE)
	w.assign(ended, 1)
	w.close(ended, 1)
	edit("wu", func(a *routingv1.Agent) { a.Shifts = nightly }, "shifts")
	edit("tang", func(a *routingv1.Agent) { a.Capacity = proto.Int32(1) }, "capacity")
	full := w.file("customers/d", policyv1.TargetKind_BILLING)
	require.Equal(t, "agents/tang", w.assign(full, 1).GetAssignee())
	edit("xu", func(a *routingv1.Agent) {
		a.Absences = []*routingv1.Absence{{StartTime: timestamppb.New(w.now.Add(-time.Hour)), EndTime: timestamppb.New(w.now.Add(time.Hour))}}
		a.Shifts = nightly
	}, "absences", "shifts")
	forced := func(req *routingv1.ReassignComplaintRequest) *routingv1.ReassignComplaintRequest {
		req.Force = true
		return req
	}
	notEligible := routingv1.ErrorReason_ASSIGNEE_NOT_ELIGIBLE.String()
	for name, refused := range map[string]struct {
		req    *routingv1.ReassignComplaintRequest
		code   codes.Code
		reason string
	}{
		"off shift":            {give(complaint, "", "agents/wu"), codes.FailedPrecondition, notEligible},
		"at capacity":          {give(complaint, "", "agents/tang"), codes.FailedPrecondition, notEligible},
		"takes none":           {forced(give(complaint, "", "agents/zhao")), codes.FailedPrecondition, notEligible},
		"absent, by force":     {forced(give(complaint, "", "agents/xu")), codes.FailedPrecondition, notEligible},
		"recused, by force":    {forced(give(w.about("agents/he", policyv1.TargetKind_SERVICE), "", "agents/he")), codes.FailedPrecondition, notEligible},
		"by the recused":       {give(against, "", "agents/lin"), codes.FailedPrecondition, routingv1.ErrorReason_AGENT_RECUSED.String()},
		"in another one":       {give(complaint, "departments/billing", "agents/lin"), codes.FailedPrecondition, notEligible},
		"nobody of that name":  {give(complaint, "", "agents/nobody"), codes.InvalidArgument, routingv1.ErrorReason_REFERENCE_UNKNOWN.String()},
		"no such department":   {give(complaint, "departments/none", ""), codes.InvalidArgument, routingv1.ErrorReason_REFERENCE_UNKNOWN.String()},
		"what has ended":       {give(ended, "", "agents/lin"), codes.FailedPrecondition, routingv1.ErrorReason_ASSIGNMENT_ENDED.String()},
		"an unknown complaint": {give("complaints/"+w.ids.ID(), "", "agents/lin"), codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String()},
		"without a reason":     {&routingv1.ReassignComplaintRequest{Name: complaint}, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := lead.ReassignComplaint(t.Context(), refused.req)
			rpctest.RequireReason(t, err, refused.code, refused.reason)
		})
	}
	agent := w.queues("agents/lin", authv1.Role_AGENT)
	_, err = agent.ReassignComplaint(t.Context(), give(complaint, "", "agents/wu"))
	require.Error(t, err, "supervisors and above")
	for _, id := range []string{"wu", "tang"} {
		a, err := lead.ReassignComplaint(t.Context(), forced(give(complaint, "", "agents/"+id)))
		require.NoError(t, err)
		require.Equal(t, "agents/"+id, a.GetAssignee())
		require.Contains(t, a.GetReason(), "although")
	}
	w.loadsAre(map[string]int32{"tang": 2, "wu": 0})
}

func TestReassigningMany(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5", "API-1")
	w := newWorld(t)
	lead := w.queues("agents/zhao", authv1.Role_SUPERVISOR)
	_, err := w.agent("he", func(a *routingv1.Agent) { a.Capacity = proto.Int32(2) }, "capacity")
	require.NoError(t, err)
	req := &routingv1.ReassignComplaintsRequest{}
	for range 3 {
		name := w.file("customers/a", policyv1.TargetKind_SERVICE)
		w.assign(name, 1)
		req.Requests = append(req.Requests, give(name, "", "agents/he"))
	}
	key := uuid.NewString()
	call := func(ctx context.Context) *routingv1.ReassignComplaintsResponse {
		resp, err := lead.ReassignComplaints(metadata.AppendToOutgoingContext(ctx, "idempotency-key", key), req)
		require.NoError(t, err)
		return resp
	}
	resp := call(t.Context())
	for i, result := range resp.GetResults() {
		require.Equal(t, req.GetRequests()[i].GetName(), result.GetComplaint())
		if i < 2 {
			require.Equal(t, "agents/he", result.GetAssignment().GetAssignee())
			require.Zero(t, result.GetCode())
			continue
		}
		require.Nil(t, result.GetAssignment())
		require.EqualValues(t, codes.FailedPrecondition, result.GetCode())
		require.Equal(t, routingv1.ErrorReason_ASSIGNEE_NOT_ELIGIBLE.String(), result.GetReason())
		require.Contains(t, result.GetMessage(), "at capacity")
	}
	w.loadsAre(map[string]int32{"he": 2})
	_, err = w.agent("he", func(a *routingv1.Agent) { a.Capacity = proto.Int32(3) }, "capacity")
	require.NoError(t, err)
	again := call(t.Context())
	require.Equal(t, "agents/he", again.GetResults()[2].GetAssignment().GetAssignee(), "what was not done is done now")
	w.loadsAre(map[string]int32{"he": 3})
	for _, one := range req.GetRequests() {
		require.Equal(t, []string{"complaint_assigned", "complaint_assigned"}, w.types(one.GetName()))
	}
	twice := &routingv1.ReassignComplaintsRequest{Requests: []*routingv1.ReassignComplaintRequest{req.GetRequests()[0], req.GetRequests()[0]}}
	_, err = lead.ReassignComplaints(t.Context(), twice)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	many := &routingv1.ReassignComplaintsRequest{}
	for range 101 {
		many.Requests = append(many.Requests, give("complaints/"+w.ids.ID(), "", "agents/he"))
	}
	_, err = lead.ReassignComplaints(t.Context(), many)
	rpctest.RequireReason(t, err, codes.InvalidArgument, routingv1.ErrorReason_REASSIGNMENTS_TOO_MANY.String())
}

// TestManyReassignAtOnce: 64 supervisors of two replicas give what waits to the same few people at once. Nobody gets more than fits, each
// complaint has one owner, and each load and count is what there is.
func TestManyReassignAtOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5", "ROUTE-2")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		const people, room = 3, 10
		h := newHall(t, open(t), people, func(int) int32 { return room })
		names := h.assign(assigners)
		ctx := auth.NewContext(t.Context(), auth.Identity{Subject: "agents/zhao", Roles: []authv1.Role{authv1.Role_SUPERVISOR}})
		var all errgroup.Group
		for i, name := range names {
			all.Go(func() error {
				for n := range 3 {
					_, err := h.services[(i+n)%2].ReassignComplaint(ctx, give("complaints/"+name, "", "agents/"+id((i+n)%people)))
					if err != nil && errs.Reason(err) != routingv1.ErrorReason_ASSIGNEE_NOT_ELIGIBLE.String() {
						return err
					}
				}
				return nil
			})
		}
		require.NoError(t, all.Wait())
		counts, waits := map[string]int32{}, 0
		for _, name := range names {
			c, err := h.store.Case(t.Context(), name)
			require.NoError(t, err)
			if counts[c.Complaint.Assignee]++; c.Complaint.Assignee == "" {
				waits++
			}
		}
		for i, load := range h.loads(people) {
			require.Equal(t, counts[id(i)], load, id(i))
			require.LessOrEqual(t, load, int32(room), id(i))
		}
		standing, err := h.store.Standing(t.Context())
		require.NoError(t, err)
		require.Equal(t, routing.Standing{Open: assigners, Waiting: waits}, standing["logistics"])
	})
}
