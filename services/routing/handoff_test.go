package routing_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
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
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/vault"
)

// keyring stands for intake's key call: it makes the key of any customer.
type keyring struct{}

func (keyring) Key(_ context.Context, customer string) (*vault.DataKey, error) {
	return vault.ParseDataKey(customer, append([]byte{1}, bytes.Repeat([]byte{7}, 32)...))
}

// payloads are what the events of a complaint tell, in order.
func (w *world) payloads(complaint string) []*eventv1.Payload {
	w.t.Helper()
	var all []*eventv1.Payload
	for _, e := range w.decided(complaint) {
		p := &eventv1.Payload{}
		require.NoError(w.t, proto.Unmarshal(e.GetPayload(), p))
		all = append(all, p)
	}
	return all
}

// as hands over on the account of somebody; without roles as an agent.
func (w *world) as(agent string, roles ...authv1.Role) routingv1.HandOffServiceClient {
	if len(roles) == 0 {
		roles = []authv1.Role{authv1.Role_AGENT}
	}
	return routingv1.NewHandOffServiceClient(w.conn("agents/"+agent, roles...))
}

// worker asks on the account of the worker.
func (w *world) worker() routingv1.HandOffServiceClient {
	return routingv1.NewHandOffServiceClient(w.conn("services/worker", authv1.Role_SERVICE))
}

// delivery is a complaint that he of logistics has.
func (w *world) delivery() string {
	w.t.Helper()
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	require.Equal(w.t, "agents/he", w.assign(complaint, 1).GetAssignee())
	return complaint
}

// toQuality offers a complaint to quality inspection.
func (w *world) toQuality(complaint string, items ...string) *routingv1.HandOff {
	w.t.Helper()
	w.consists(complaint, items...)
	h, err := w.as("he").HandOffComplaint(w.t.Context(), &routingv1.HandOffComplaintRequest{
		Name: complaint, Department: "departments/quality", Items: items, Note: "It rattles, says Mr Wang.",
	})
	require.NoError(w.t, err)
	return h
}

// back has quality inspection return what it is offered.
func (w *world) back(complaint string) *routingv1.HandOff {
	w.t.Helper()
	h, err := w.as("xu").ReturnHandOff(w.t.Context(), &routingv1.ReturnHandOffRequest{Name: w.toQuality(complaint).GetName(), Reason: "Not ours."})
	require.NoError(w.t, err)
	return h
}

func (w *world) owner(complaint string) string {
	w.t.Helper()
	a, err := w.routing.GetAssignment(w.t.Context(), &routingv1.GetAssignmentRequest{Name: complaint + "/assignment"})
	require.NoError(w.t, err)
	return a.GetDepartment() + " " + a.GetAssignee()
}

// has is how many open complaints somebody has.
func (w *world) has(agent string) int32 {
	w.t.Helper()
	a, err := w.people.GetAgent(w.t.Context(), &routingv1.GetAgentRequest{Name: "agents/" + agent})
	require.NoError(w.t, err)
	return a.GetOpenCount()
}

// Until it is accepted the giver owes; then the receiver is in charge, and everybody hears of it.
func TestHandOffIsAccepted(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	w := newWorld(t)
	complaint := w.delivery()
	w.now = w.now.Add(10 * time.Minute)
	w.consists(complaint, complaint+"/items/1")
	key := metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", uuid.NewString())
	request := &routingv1.HandOffComplaintRequest{
		Name: complaint, Department: "departments/quality", Agent: "agents/xu", Items: []string{complaint + "/items/1"}, Note: "It rattles, says Mr Wang.",
		Call: &routingv1.CallEvidence{Caller: "agents/he", CallTime: timestamppb.New(w.now)},
	}
	var h *routingv1.HandOff
	for range 2 {
		again, err := w.as("he").HandOffComplaint(key, request)
		require.NoError(t, err)
		require.True(t, h == nil || proto.Equal(h, again), "a command that is repeated is answered")
		h = again
	}
	require.Equal(t, complaint+"/handOffs/1", h.GetName())
	require.Equal(t, routingv1.HandOff_PROPOSED, h.GetState())
	require.Equal(t, w.now.Add(30*time.Minute), h.GetDueTime().AsTime())
	require.Equal(t, 10*time.Minute, h.GetHeldDuration().AsDuration())
	require.Equal(t, "It rattles, says Mr Wang.", h.GetNote())
	require.Equal(t, routingv1.HandedItem_PENDING, h.GetItems()[0].GetState())
	require.Equal(t, "departments/logistics agents/he", w.owner(complaint), "until accepted the giver owes")
	seen, err := w.as("boss", authv1.Role_AUDITOR).GetHandOff(t.Context(), &routingv1.GetHandOffRequest{Name: h.GetName()})
	require.NoError(t, err)
	require.Empty(t, seen.GetNote())

	w.now = w.now.Add(30 * time.Minute)
	_, err = w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: h.GetName(), Etag: `"old"`})
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
	accepted, err := w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: h.GetName(), Etag: h.GetEtag()})
	require.NoError(t, err, "in time")
	require.Equal(t, routingv1.HandOff_ACCEPTED, accepted.GetState())
	require.Equal(t, []string{"agents/xu", w.now.String()}, []string{accepted.GetSettler(), accepted.GetSettleTime().AsTime().String()})
	require.Equal(t, routingv1.HandedItem_ACCEPTED, accepted.GetItems()[0].GetState())
	require.Equal(t, 40*time.Minute, accepted.GetHeldDuration().AsDuration())
	require.Equal(t, "departments/quality agents/xu", w.owner(complaint))
	require.Equal(t, []int32{0, 1}, []int32{w.has("he"), w.has("xu")})
	require.Equal(t, []string{"complaint_assigned", "hand_off_proposed", "hand_off_settled", "complaint_assigned"}, w.types(complaint))
	told := w.payloads(complaint)
	require.True(t, told[3].GetComplaintAssigned().GetChanged())
	require.Equal(t, complaint+"/duties/1-hand-off-1", told[1].GetHandOffProposed().GetDuty())
	require.NotContains(t, string(told[1].GetHandOffProposed().GetNote().GetCiphertext()), "Wang")

	late, err := w.worker().SettleHandOff(t.Context(), &routingv1.SettleHandOffRequest{Name: h.GetName()})
	require.NoError(t, err)
	require.Equal(t, routingv1.HandOff_ACCEPTED, late.GetState(), "recorded in time, whenever it is asked (CLK-1)")

	w.now = w.now.Add(time.Hour)
	w.close(complaint, 1)
	w.now = w.now.Add(time.Hour)
	custody, err := w.as("xu").GetCustody(t.Context(), &routingv1.GetCustodyRequest{Name: complaint + "/custody"})
	require.NoError(t, err)
	require.Len(t, custody.GetSpans(), 2)
	require.Equal(t, 40*time.Minute, custody.GetTotals()[0].GetDuration().AsDuration())
	require.Equal(t, "departments/quality", custody.GetTotals()[1].GetDepartment())
	require.Equal(t, time.Hour, custody.GetTotals()[1].GetDuration().AsDuration(), "until the cycle ended")
}

// What nobody answers is back with the giver at the due time, whoever asks and when.
func TestHandOffExpires(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "CLK-1")
	w := newWorld(t)
	complaint := w.delivery()
	h := w.toQuality(complaint, complaint+"/demands/1")
	settle := func() *routingv1.SettleHandOffResponse {
		answer, err := w.worker().SettleHandOff(t.Context(), &routingv1.SettleHandOffRequest{Name: h.GetName()})
		require.NoError(t, err)
		return answer
	}
	w.now = h.GetDueTime().AsTime().Add(-time.Microsecond)
	early := settle()
	require.Equal(t, routingv1.HandOff_PROPOSED, early.GetState())
	require.Equal(t, h.GetDueTime().AsTime(), early.GetRetryTime().AsTime())

	w.now = h.GetDueTime().AsTime().Add(time.Second)
	seen, err := w.as("he").GetHandOff(t.Context(), &routingv1.GetHandOffRequest{Name: h.GetName()})
	require.NoError(t, err)
	require.Equal(t, routingv1.HandOff_EXPIRED, seen.GetState(), "true at the moment of reading")
	_, err = w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: h.GetName()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_HAND_OFF_SETTLED.String())
	for range 2 {
		require.Equal(t, routingv1.HandOff_EXPIRED, settle().GetState())
	}
	seen, err = w.as("he").GetHandOff(t.Context(), &routingv1.GetHandOffRequest{Name: h.GetName()})
	require.NoError(t, err)
	require.Equal(t, h.GetDueTime().AsTime(), seen.GetSettleTime().AsTime(), "the time of the breach is the due time")
	require.Equal(t, routingv1.HandedItem_RETURNED, seen.GetItems()[0].GetState())
	require.Equal(t, "departments/logistics agents/he", w.owner(complaint))
	require.Equal(t, []string{"complaint_assigned", "hand_off_proposed", "hand_off_settled"}, w.types(complaint), "once")
	require.Equal(t, "EXPIRED", w.payloads(complaint)[2].GetHandOffSettled().GetState())

	e, err := w.routing.RaiseEscalation(t.Context(), &routingv1.RaiseEscalationRequest{
		Duty: complaint + "/duties/1-hand-off-1", Kind: policyv1.DutyKind_HAND_OFF, Reason: routingv1.Escalation_HAND_OFF_OVERDUE,
		NoticeNumber: 1, DueTime: h.GetDueTime(),
	})
	require.NoError(t, err)
	require.Equal(t, "agents/ma", e.GetRecipient())

	again := w.toQuality(complaint)
	w.now = again.GetDueTime().AsTime().Add(time.Second)
	_, err = w.as("he").HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/quality"})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_HAND_OFF_OPEN.String())
	answer, err := w.worker().SettleHandOff(t.Context(), &routingv1.SettleHandOffRequest{Name: again.GetName()})
	require.NoError(t, err)
	require.Equal(t, routingv1.HandOff_EXPIRED, answer.GetState())
	require.Equal(t, "agents/guo", w.payloads(complaint)[5].GetHandOffSettled().GetDecider(), "the second one that comes back is the manager's")
}

// One that expired without anybody noticing does not stand in the way of the next.
func TestHandOffAfterOneThatExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.delivery()
	w.now = w.toQuality(complaint).GetDueTime().AsTime().Add(time.Minute)
	require.Equal(t, complaint+"/handOffs/2", w.toQuality(complaint).GetName())
	list, err := w.as("he").ListHandOffs(t.Context(), &routingv1.ListHandOffsRequest{Parent: complaint, PageSize: 1})
	require.NoError(t, err)
	require.Equal(t, routingv1.HandOff_EXPIRED, list.GetHandOffs()[0].GetState())
	list, err = w.as("he").ListHandOffs(t.Context(), &routingv1.ListHandOffsRequest{Parent: complaint, PageSize: 1, PageToken: list.GetNextPageToken()})
	require.NoError(t, err)
	require.Equal(t, routingv1.HandOff_PROPOSED, list.GetHandOffs()[0].GetState())
	require.Empty(t, list.GetNextPageToken())
	require.Equal(t, []string{"complaint_assigned", "hand_off_proposed", "hand_off_settled", "hand_off_proposed"}, w.types(complaint))

	w.close(complaint, 1)
	seen, err := w.as("he").GetHandOff(t.Context(), &routingv1.GetHandOffRequest{Name: complaint + "/handOffs/2"})
	require.NoError(t, err)
	require.Equal(t, routingv1.HandOff_ENDED, seen.GetState())
	_, err = w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: seen.GetName()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_CYCLE_ENDED.String())
	w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_DELIVERY,
	}}})
	w.assign(complaint, 2)
	require.Equal(t, complaint+"/handOffs/3", w.toQuality(complaint).GetName(), "what was open when the cycle ended is in nobody's way")
}

// What comes back twice is decided by a manager.
func TestHandOffPingPong(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	w := newWorld(t)
	complaint := w.delivery()
	first := w.back(complaint)
	require.Equal(t, routingv1.HandOff_RETURNED, first.GetState())
	require.Equal(t, "Not ours.", first.GetReturnReason())
	require.Empty(t, first.GetDecider())
	second := w.back(complaint)
	require.Equal(t, "agents/guo", second.GetDecider())
	require.EqualValues(t, 2, second.GetReturnCount())
	require.Equal(t, "departments/logistics agents/he", w.owner(complaint))
	_, err := w.as("he").HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/billing"})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_HAND_OFF_OPEN.String())

	decide := &routingv1.DecideHandOffRequest{Name: second.GetName(), Department: "departments/quality", Reason: "The product is theirs."}
	_, err = w.as("sun", authv1.Role_MANAGER).DecideHandOff(t.Context(), decide)
	rpctest.RequireReason(t, err, codes.PermissionDenied, routingv1.ErrorReason_NOT_THE_DECIDER.String())
	_, err = w.as("guo", authv1.Role_MANAGER).DecideHandOff(t.Context(), &routingv1.DecideHandOffRequest{
		Name: second.GetName(), Department: "departments/quality", Agent: "agents/tang", Reason: "No.",
	})
	rpctest.RequireReason(t, err, codes.InvalidArgument, routingv1.ErrorReason_REFERENCE_UNKNOWN.String())
	decided, err := w.as("guo", authv1.Role_MANAGER).DecideHandOff(t.Context(), decide)
	require.NoError(t, err)
	require.Equal(t, routingv1.HandOff_DECIDED, decided.GetState())
	require.Equal(t, w.now, decided.GetDecideTime().AsTime())
	require.Equal(t, "departments/quality agents/xu", w.owner(complaint))
	types := w.types(complaint)
	require.Equal(t, []string{"hand_off_decided", "complaint_assigned"}, types[len(types)-2:])
	_, err = w.as("guo", authv1.Role_MANAGER).DecideHandOff(t.Context(), decide)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_HAND_OFF_SETTLED.String())

	require.NoError(t, w.service.Gather(t.Context()))
	require.EqualValues(t, 6, w.told.count.Load(), "liu of the offers, he of the returns, guo of the decision to make, xu of the one that was made")
	require.Equal(t, slices.Repeat([]string{"notice_sent HAND_OFF"}, 6), w.notices(complaint)[1:])
}

// The manager may leave it where it is, and then counting begins anew.
func TestHandOffStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.delivery()
	w.back(complaint)
	second := w.back(complaint)
	_, err := w.as("fang", authv1.Role_EXECUTIVE).DecideHandOff(t.Context(), &routingv1.DecideHandOffRequest{
		Name: second.GetName(), Department: "departments/logistics", Reason: "It was the van.",
	})
	require.NoError(t, err)
	require.Equal(t, "departments/logistics agents/he", w.owner(complaint))
	types := w.types(complaint)
	require.Equal(t, "hand_off_decided", types[len(types)-1])
	require.Empty(t, w.back(complaint).GetDecider())
	require.EqualValues(t, 1, w.has("he"))
}

// Items arrive or are returned, each.
func TestHandOffItems(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	w := newWorld(t)
	complaint := w.delivery()
	rattle, refund := complaint+"/items/1", complaint+"/demands/2"
	h := w.toQuality(complaint, rattle, refund)
	_, err := w.as("xu").ReturnHandOff(t.Context(), &routingv1.ReturnHandOffRequest{Name: h.GetName(), Reason: "?", Items: []string{complaint + "/items/9"}})
	rpctest.RequireReason(t, err, codes.InvalidArgument, routingv1.ErrorReason_HAND_OFF_ITEM_UNKNOWN.String())
	h, err = w.as("xu").ReturnHandOff(t.Context(), &routingv1.ReturnHandOffRequest{Name: h.GetName(), Reason: "Refunds are billing's.", Items: []string{refund}})
	require.NoError(t, err)
	require.Equal(t, []routingv1.HandedItem_State{routingv1.HandedItem_ACCEPTED, routingv1.HandedItem_RETURNED},
		[]routingv1.HandedItem_State{h.GetItems()[0].GetState(), h.GetItems()[1].GetState()})
	require.EqualValues(t, 1, w.payloads(complaint)[2].GetHandOffSettled().GetReturnedCount())
	require.Equal(t, "departments/logistics agents/he", w.owner(complaint), "one owner")

	h = w.toQuality(complaint, rattle)
	_, err = w.as("tang").WithdrawHandOff(t.Context(), &routingv1.WithdrawHandOffRequest{Name: h.GetName()})
	rpctest.RequireReason(t, err, codes.PermissionDenied, routingv1.ErrorReason_NOT_IN_CHARGE.String())
	h, err = w.as("he").WithdrawHandOff(t.Context(), &routingv1.WithdrawHandOffRequest{Name: h.GetName()})
	require.NoError(t, err)
	require.Equal(t, routingv1.HandOff_WITHDRAWN, h.GetState())
	require.Empty(t, h.GetDecider(), "what is withdrawn has not come back")
}

func TestHandOffIsRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-2")
	w := newWorld(t)
	complaint := w.delivery()
	urgent := w.delivery()
	w.apply(urgent, 1, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{Severity: policyv1.Severity_URGENT}}})
	about := w.aboutXu()
	waits := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	for name, refused := range map[string]struct {
		as     string
		edit   func(*routingv1.HandOffComplaintRequest)
		code   codes.Code
		reason string
	}{
		"nobody else's business": {"tang", nil, codes.PermissionDenied, routingv1.ErrorReason_NOT_IN_CHARGE.String()},
		"not called": {"he", func(r *routingv1.HandOffComplaintRequest) { r.Name = urgent }, codes.FailedPrecondition,
			routingv1.ErrorReason_CALL_MISSING.String()},
		"recused": {"he", func(r *routingv1.HandOffComplaintRequest) { r.Name, r.Agent = about, "agents/xu" }, codes.FailedPrecondition,
			routingv1.ErrorReason_AGENT_RECUSED.String()},
		"not assigned": {"he", func(r *routingv1.HandOffComplaintRequest) { r.Name = waits }, codes.NotFound,
			routingv1.ErrorReason_NOT_ASSIGNED.String()},
		"no such department": {"he", func(r *routingv1.HandOffComplaintRequest) { r.Department = "departments/none" }, codes.InvalidArgument,
			routingv1.ErrorReason_REFERENCE_UNKNOWN.String()},
		"somebody of another department": {"he", func(r *routingv1.HandOffComplaintRequest) { r.Agent = "agents/tang" }, codes.InvalidArgument,
			routingv1.ErrorReason_REFERENCE_UNKNOWN.String()},
		"there already": {"he", func(r *routingv1.HandOffComplaintRequest) { r.Department = "departments/logistics" }, codes.InvalidArgument,
			errorv1.Reason_INVALID_FIELD.String()},
		"another complaint's item": {"he", func(r *routingv1.HandOffComplaintRequest) { r.Items = []string{urgent + "/items/1"} }, codes.InvalidArgument,
			routingv1.ErrorReason_HAND_OFF_ITEM_UNKNOWN.String()},
		"a call to come": {"he", func(r *routingv1.HandOffComplaintRequest) {
			r.Call = &routingv1.CallEvidence{Caller: "agents/he", CallTime: timestamppb.New(w.now.Add(time.Hour))}
		}, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"a call by nobody": {"he", func(r *routingv1.HandOffComplaintRequest) {
			r.Call = &routingv1.CallEvidence{Caller: "agents/nobody", CallTime: timestamppb.New(w.now)}
		}, codes.InvalidArgument, routingv1.ErrorReason_REFERENCE_UNKNOWN.String()},
	} {
		request := &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/quality"}
		if refused.edit != nil {
			refused.edit(request)
		}
		_, err := w.as(refused.as).HandOffComplaint(t.Context(), request)
		require.Error(t, err, name)
		rpctest.RequireReason(t, err, refused.code, refused.reason)
	}
	w.consists(urgent, urgent+"/callbacks/1/attempts/1")
	called, err := w.as("ma", authv1.Role_SUPERVISOR).HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{
		Name: urgent, Department: "departments/quality", Call: &routingv1.CallEvidence{Attempt: urgent + "/callbacks/1/attempts/1"},
	})
	require.NoError(t, err, "a supervisor may")
	require.Equal(t, "agents/ma", called.GetProposer())
	_, err = w.as("tang").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: called.GetName()})
	rpctest.RequireReason(t, err, codes.PermissionDenied, routingv1.ErrorReason_NOT_A_RECEIVER.String())

	offered, err := w.as("ma", authv1.Role_SUPERVISOR).HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{Name: about, Department: "departments/quality"})
	require.NoError(t, err)
	_, err = w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: offered.GetName()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_AGENT_RECUSED.String())
	_, err = w.agent("xu", func(a *routingv1.Agent) { a.Capacity = proto.Int32(1) }, "capacity")
	require.NoError(t, err)
	w.assign(w.file("customers/b", policyv1.TargetKind_PRODUCT), 1)
	_, err = w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: called.GetName()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, routingv1.ErrorReason_AGENT_FULL.String())
}

// aboutXu is a delivery in which xu of quality inspection is complained about.
func (w *world) aboutXu() string {
	w.t.Helper()
	complaint := "complaints/" + w.ids.ID()
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Customer: "customers/x", TargetKind: policyv1.TargetKind_DELIVERY, Severity: policyv1.Severity_NORMAL, TargetAgent: "agents/xu",
	}}})
	w.assign(complaint, 1)
	return complaint
}

// Whoever is faster: in the end exactly one is in charge, and loads agree.
func TestHandOffIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	w := newWorld(t)
	complaint := w.delivery()
	h := w.toQuality(complaint)
	var group sync.WaitGroup
	answers := make(chan error, 12)
	for range 4 {
		group.Go(func() {
			_, err := w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: h.GetName()})
			answers <- err
		})
		group.Go(func() {
			_, err := w.as("liu", authv1.Role_SUPERVISOR).AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: h.GetName()})
			answers <- err
		})
		group.Go(func() {
			_, err := w.as("he").WithdrawHandOff(t.Context(), &routingv1.WithdrawHandOffRequest{Name: h.GetName()})
			answers <- err
		})
	}
	group.Wait()
	close(answers)
	done := 0
	for err := range answers {
		if err == nil {
			done++
		}
	}
	require.Equal(t, 1, done)
	require.EqualValues(t, 1, w.has("he")+w.has("xu")+w.has("liu"))
}

// Whatever people do, in any order: nobody is in charge of what they did not accept, at most one hand-off is open, and loads agree.
func TestHandOffsAtRandom(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	w := newWorld(t)
	complaint := w.delivery()
	owner, departments := "agents/he", map[string]string{"agents/he": "logistics", "agents/xu": "quality", "agents/tang": "billing"}
	random := rand.New(rand.NewPCG(1, 2))
	number, accepted, expired := 0, 0, 0
	for range 160 {
		actor := []string{"he", "xu", "tang"}[random.IntN(3)]
		name := fmt.Sprintf("%s/handOffs/%d", complaint, max(number, 1))
		switch random.IntN(7) {
		case 0, 1:
			to := []string{"logistics", "quality", "billing"}[random.IntN(3)]
			h, err := w.as(actor).HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/" + to})
			if err == nil {
				require.Equal(t, owner, "agents/"+actor, "only who is in charge gives")
				number++
				require.Equal(t, fmt.Sprintf("%s/handOffs/%d", complaint, number), h.GetName())
			}
		case 2, 5:
			if h, err := w.as(actor).AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: name}); err == nil {
				require.Equal(t, "departments/"+departments["agents/"+actor], h.GetToDepartment())
				require.False(t, w.now.After(h.GetDueTime().AsTime()))
				owner = "agents/" + actor
				accepted++
			}
		case 3:
			_, _ = w.as(actor).ReturnHandOff(t.Context(), &routingv1.ReturnHandOffRequest{Name: name, Reason: "no"})
		case 4:
			w.now = w.now.Add(time.Duration(random.IntN(20)) * time.Minute)
			if answer, err := w.worker().SettleHandOff(t.Context(), &routingv1.SettleHandOffRequest{Name: name}); err == nil && answer.GetState() == routingv1.HandOff_EXPIRED {
				expired++
			}
		default:
			_, _ = w.as("guo", authv1.Role_EXECUTIVE).DecideHandOff(t.Context(), &routingv1.DecideHandOffRequest{
				Name: name, Department: "departments/" + departments[owner], Reason: "stay",
			})
		}
		require.Equal(t, "departments/"+departments[owner]+" "+owner, w.owner(complaint))
		require.EqualValues(t, 1, w.has("he")+w.has("xu")+w.has("tang"))
		list, err := w.as("he").ListHandOffs(t.Context(), &routingv1.ListHandOffsRequest{Parent: complaint, PageSize: 200})
		require.NoError(t, err)
		open := 0
		for _, h := range list.GetHandOffs() {
			if h.GetState() == routingv1.HandOff_PROPOSED || h.GetDecider() != "" && h.GetDecideTime() == nil {
				open++
			}
		}
		require.LessOrEqual(t, open, 1)
	}
	require.Greater(t, accepted, 2)
	require.Positive(t, expired)
}
