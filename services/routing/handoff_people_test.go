package routing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/routing"
)

// heard are those who were told of hand-offs of a complaint, in order.
func (w *world) heard(complaint string) (names []string) {
	w.t.Helper()
	require.NoError(w.t, w.service.Gather(w.t.Context()))
	for _, e := range w.events(complaint) {
		p := &eventv1.Payload{}
		require.NoError(w.t, proto.Unmarshal(e.GetPayload(), p))
		if p.GetNoticeSent().GetAbout() == routingv1.Notice_HAND_OFF.String() {
			names = append(names, p.GetNoticeSent().GetRecipient())
		}
	}
	return names
}

// What a rule wanted of the people of a department is nothing to those of the one that takes the complaint over.
func TestHandOffLeavesTheRuleBehind(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-2")
	skilled := func(t *testing.T) (*world, string) {
		w := newWorld(t)
		w.edit("he", func(a *routingv1.Agent) { a.Skills = []*routingv1.Skill{{Name: "de-escalation", Level: 5}} }, "skills")
		w.save(&routingv1.Rule{
			Id: "calm", Condition: "true", Department: "departments/logistics", Skills: []*routingv1.Skill{{Name: "de-escalation", Level: 5}},
		})
		return w, w.delivery()
	}
	t.Run("accepted", func(t *testing.T) {
		t.Parallel()
		w, complaint := skilled(t)
		_, err := w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: w.toQuality(complaint).GetName()})
		require.NoError(t, err)
		w.edit("liu", func(a *routingv1.Agent) { a.TakesComplaints = true }, "takes_complaints")
		w.edit("xu", func(a *routingv1.Agent) { a.Active = proto.Bool(false) }, "active")
		after := w.hand(complaint)
		require.Equal(t, []string{"agents/liu", ""}, []string{after.GetAssignee(), after.GetRule()})
	})
	t.Run("decided", func(t *testing.T) {
		t.Parallel()
		w, complaint := skilled(t)
		w.back(complaint)
		_, err := w.as("fang", authv1.Role_EXECUTIVE).DecideHandOff(t.Context(), &routingv1.DecideHandOffRequest{
			Name: w.back(complaint).GetName(), Department: "departments/quality", Reason: "The product is theirs.",
		})
		require.NoError(t, err)
		require.Equal(t, "departments/quality agents/xu", w.owner(complaint))
	})
}

// Who is away is not waited for: neither the receiver nor the decider nor the giver.
func TestHandOffAmongTheAbsent(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-2")
	t.Run("who is meant", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.absent("xu", "", 0, time.Hour)
		complaint := w.delivery()
		offer := &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/quality", Agent: "agents/xu"}
		h, err := w.as("he").HandOffComplaint(t.Context(), offer)
		require.NoError(t, err)
		require.Equal(t, []string{"agents/liu"}, w.heard(complaint), "who watches the queue")
		_, err = w.as("he").WithdrawHandOff(t.Context(), &routingv1.WithdrawHandOffRequest{Name: h.GetName()})
		require.NoError(t, err)
		require.Equal(t, []string{"agents/liu", "agents/liu"}, w.heard(complaint), "who was asked hears that there is nothing to answer")
		w.absent("liu", "", 0, time.Hour)
		_, err = w.as("he").HandOffComplaint(t.Context(), offer)
		require.NoError(t, err)
		require.Equal(t, "agents/guo", w.heard(complaint)[2], "the manager")
	})
	t.Run("who decides", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.absent("guo", "agents/tang", 0, time.Hour)
		complaint := w.delivery()
		w.back(complaint)
		h := w.back(complaint)
		require.Equal(t, "agents/guo", h.GetDecider())
		require.Contains(t, w.heard(complaint), "agents/tang")
		_, err := w.as("tang").DecideHandOff(t.Context(), &routingv1.DecideHandOffRequest{
			Name: h.GetName(), Department: "departments/quality", Reason: "The product is theirs.",
		})
		require.NoError(t, err, "the delegate may, whatever that one's role")
		require.Equal(t, "departments/quality agents/xu", w.owner(complaint))
	})
	t.Run("who gives", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
		require.Equal(t, "agents/chen", w.assign(complaint, 1).GetAssignee())
		for range 2 {
			h, err := w.as("chen").HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/quality"})
			require.NoError(t, err)
			_, err = w.as("xu").ReturnHandOff(t.Context(), &routingv1.ReturnHandOffRequest{Name: h.GetName(), Reason: "Not ours."})
			require.NoError(t, err)
		}
		w.absent("chen", "", 0, 48*time.Hour)
		require.Contains(t, []string{"agents/lin", "agents/wu"}, w.hand(complaint).GetAssignee(), "it does not wait for the decision")
		_, err := w.as("fang", authv1.Role_EXECUTIVE).DecideHandOff(t.Context(), &routingv1.DecideHandOffRequest{
			Name: complaint + "/handOffs/2", Department: "departments/quality", Reason: "The product is theirs.",
		})
		require.NoError(t, err)
		require.Equal(t, "departments/quality agents/xu", w.owner(complaint))
		w.loadsAre(map[string]int32{"lin": 0, "wu": 0, "chen": 0, "xu": 1})
	})
}

// Who was told of an offer hears that it is withdrawn, whoever would be told of it by then; who has left has nothing to answer.
func TestAWithdrawalGoesToWhoWasTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	for name, tc := range map[string]struct {
		meanwhile func(w *world)
		want      []string
	}{
		"there all the time": {func(*world) {}, []string{"agents/xu", "agents/xu"}},
		"absent since":       {func(w *world) { w.absent("xu", "agents/liu", 0, time.Hour) }, []string{"agents/xu", "agents/xu"}},
		"left since":         {func(w *world) { w.edit("xu", func(a *routingv1.Agent) { a.Active = proto.Bool(false) }, "active") }, []string{"agents/xu"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.delivery()
			h, err := w.as("he").HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{
				Name: complaint, Department: "departments/quality", Agent: "agents/xu",
			})
			require.NoError(t, err)
			require.Equal(t, []string{"agents/xu"}, w.heard(complaint))
			tc.meanwhile(w)
			for range 2 { // Once, however often it is asked for.
				_, _ = w.as("he").WithdrawHandOff(t.Context(), &routingv1.WithdrawHandOffRequest{Name: h.GetName()})
			}
			require.Equal(t, tc.want, w.heard(complaint))
		})
	}
}

// The giver hears what became of the offer, also when nobody answered.
func TestTheGiverHears(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	w := newWorld(t)
	complaint := w.delivery()
	h := w.toQuality(complaint)
	w.now = h.GetDueTime().AsTime()
	_, err := w.worker().SettleHandOff(t.Context(), &routingv1.SettleHandOffRequest{Name: h.GetName()})
	require.NoError(t, err)
	require.Equal(t, []string{"agents/liu", "agents/he"}, w.heard(complaint))
	_, err = w.as("xu").AcceptHandOff(t.Context(), &routingv1.AcceptHandOffRequest{Name: w.toQuality(complaint).GetName()})
	require.NoError(t, err)
	require.Equal(t, []string{"agents/liu", "agents/he", "agents/liu", "agents/he"}, w.heard(complaint))
}

// What has gone elsewhere since an offer expired is nobody's to decide.
func TestHandOffSettledAfterItWentElsewhere(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3", "ROUTE-5")
	w := newWorld(t)
	complaint := w.delivery()
	w.back(complaint)
	h := w.toQuality(complaint)
	w.now = h.GetDueTime().AsTime().Add(time.Minute)
	lead := w.queues("agents/zhao", authv1.Role_SUPERVISOR)
	_, err := lead.ReassignComplaint(t.Context(), give(complaint, "departments/customer-service", ""))
	require.NoError(t, err)
	_, err = w.worker().SettleHandOff(t.Context(), &routingv1.SettleHandOffRequest{Name: h.GetName()})
	require.NoError(t, err)
	h, err = w.as("he").GetHandOff(t.Context(), &routingv1.GetHandOffRequest{Name: h.GetName()})
	require.NoError(t, err)
	require.Equal(t, routingv1.HandOff_EXPIRED, h.GetState())
	require.Empty(t, h.GetDecider())
	_, err = lead.ReassignComplaint(t.Context(), give(complaint, "departments/logistics", ""))
	require.NoError(t, err, "nothing is locked")
}

// Who is complained about in a later cycle does not keep what was the person's in an earlier one.
func TestReopenedAboutWhoHadIt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	require.Equal(t, "agents/chen", w.assign(complaint, 1).GetAssignee())
	w.close(complaint, 1)
	w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_STAFF, TargetAgent: "agents/chen",
	}}})
	require.Contains(t, []string{"agents/lin", "agents/wu"}, w.assign(complaint, 2).GetAssignee())
	require.EqualValues(t, 0, w.load("agents/chen"))
}

// The load of somebody who has left is right, whatever is changed of the person.
func TestLoadOfWhoHasLeft(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	w := newWorld(t)
	complaint := w.delivery()
	w.close(complaint, 1)
	w.edit("he", func(a *routingv1.Agent) { a.Active = proto.Bool(false) }, "active")
	w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{Customer: "customers/a"}}})
	require.EqualValues(t, 1, w.has("he"))
	w.edit("he", func(a *routingv1.Agent) { a.Capacity = proto.Int32(7) }, "capacity")
	require.EqualValues(t, 1, w.has("he"))
	w.close(complaint, 2)
	require.EqualValues(t, 0, w.has("he"))
}

// failing cannot give one complaint to anybody.
type failing struct {
	routing.QueueStore

	complaint string
}

var errFailing = errors.New("this one cannot be written")

func (f failing) Reassign(ctx context.Context, complaint string, cause eventlog.Cause, decide func(*routing.Case) error) (bool, error) {
	if complaint == f.complaint {
		return false, errFailing
	}
	return f.QueueStore.Reassign(ctx, complaint, cause, decide)
}

// One complaint that cannot be given holds up no other one.
func TestAPassGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5")
	w := newWorld(t)
	w.away("he", "xu")
	first, second := w.file("customers/a", policyv1.TargetKind_DELIVERY), w.file("customers/b", policyv1.TargetKind_DELIVERY)
	third := w.file("customers/c", policyv1.TargetKind_PRODUCT)
	for _, complaint := range []string{first, second, third} {
		require.Empty(t, w.assign(complaint, 1).GetAssignee())
	}
	for _, id := range []string{"he", "xu"} {
		w.edit(id, func(a *routingv1.Agent) { a.TakesComplaints = true }, "takes_complaints")
	}
	deps := w.deps
	deps.Queues = failing{QueueStore: w.deps.Queues, complaint: first[len("complaints/"):]}
	service, err := routing.New(routing.Config{}, deps)
	require.NoError(t, err)
	require.ErrorIs(t, service.Hand(t.Context()), errFailing)
	require.Equal(t, "departments/logistics ", w.owner(first))
	require.Equal(t, "departments/logistics agents/he", w.owner(second))
	require.Equal(t, "departments/quality agents/xu", w.owner(third))
}
