package routing_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// hand makes a pass, and reads who is in charge of a complaint then.
func (w *world) hand(complaint string) *routingv1.Assignment {
	w.t.Helper()
	require.NoError(w.t, w.service.Hand(w.t.Context()))
	a, err := w.routing.GetAssignment(w.t.Context(), &routingv1.GetAssignmentRequest{Name: complaint + "/assignment"})
	require.NoError(w.t, err)
	return a
}

// edit changes somebody.
func (w *world) edit(id string, change func(*routingv1.Agent), fields ...string) {
	w.t.Helper()
	_, err := w.agent(id, change, fields...)
	require.NoError(w.t, err)
}

// absent has somebody be away from now on.
func (w *world) absent(id, delegate string, from, to time.Duration) {
	w.t.Helper()
	w.edit(id, func(a *routingv1.Agent) {
		a.Absences = []*routingv1.Absence{{StartTime: timestamppb.New(w.now.Add(from)), EndTime: timestamppb.New(w.now.Add(to)), Delegate: delegate}}
	}, "absences")
}

func TestWhatWaitsGoesToWhoeverCanTakeIt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "ROUTE-5")
	t.Run("when a complaint ends, what is due first", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.edit("he", func(a *routingv1.Agent) { a.Capacity = proto.Int32(1) }, "capacity")
		has := w.file("customers/a", policyv1.TargetKind_DELIVERY)
		w.assign(has, 1)
		later, first := w.file("customers/b", policyv1.TargetKind_DELIVERY), w.file("customers/c", policyv1.TargetKind_DELIVERY)
		w.assign(later, 1)
		w.assign(first, 1)
		w.owe(later, "1-callback", 60)
		w.owe(first, "1-callback", 30)
		require.Empty(t, w.hand(first).GetAssignee(), "nobody has room")
		require.Equal(t, []string{"complaint_assigned"}, w.types(first))
		w.close(has, 1)
		require.Equal(t, "agents/he", w.hand(first).GetAssignee())
		require.Empty(t, w.hand(later).GetAssignee())
		w.loadsAre(map[string]int32{"he": 1})
		told, event := w.assignedBy(first)
		require.True(t, told.GetChanged())
		require.Equal(t, "services/routing", event.GetActor())
		w.edit("he", func(a *routingv1.Agent) { a.Capacity = proto.Int32(2) }, "capacity")
		require.Equal(t, "agents/he", w.hand(later).GetAssignee(), "when there is more room")
		require.Len(t, w.types(later), 2)
		w.hand(later)
		require.Len(t, w.types(later), 2, "whoever has it keeps it")
	})
	t.Run("when an absence ends or a shift begins", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.absent("he", "", -time.Hour, time.Hour)
		w.edit("xu", func(a *routingv1.Agent) {
			soon := w.now.Add(2 * time.Hour).In(time.FixedZone("", 8*3600))
			day := policyv1.Opening_Day(1 + (int(soon.Weekday())+6)%7)
			a.Shifts = &policyv1.StaffedHours{TimeZone: "Asia/Shanghai", Openings: []*policyv1.Opening{
				{Days: []policyv1.Opening_Day{day}, From: fmt.Sprintf("%02d:00", soon.Hour()), To: fmt.Sprintf("%02d:00", soon.Hour()+1)},
			}}
		}, "shifts")
		parcel, kettle := w.file("customers/a", policyv1.TargetKind_DELIVERY), w.file("customers/b", policyv1.TargetKind_PRODUCT)
		require.Empty(t, w.assign(parcel, 1).GetAssignee()+w.assign(kettle, 1).GetAssignee())
		require.Empty(t, w.hand(parcel).GetAssignee()+w.hand(kettle).GetAssignee())
		w.now = w.now.Add(2 * time.Hour)
		require.Equal(t, "agents/he", w.hand(parcel).GetAssignee())
		require.Equal(t, "agents/xu", w.hand(kettle).GetAssignee())
	})
	t.Run("never to whoever is recused, and to nobody else's harm", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.away("lin", "chen", "wu")
		against := "complaints/" + w.ids.ID()
		w.apply(against, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
			Customer: "customers/b", TargetKind: policyv1.TargetKind_SERVICE, TargetAgent: "agents/wu",
		}}})
		other := w.file("customers/a", policyv1.TargetKind_SERVICE)
		w.assign(against, 1)
		w.assign(other, 1)
		w.owe(against, "1-callback", 10)
		w.edit("wu", func(a *routingv1.Agent) { a.TakesComplaints = true }, "takes_complaints")
		require.Equal(t, "agents/wu", w.hand(other).GetAssignee(), "it does not wait behind what nobody can take")
		require.Empty(t, w.hand(against).GetAssignee())
	})
	t.Run("what was reopened waits for its own assignment", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.away("he")
		complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
		require.Empty(t, w.hand2(complaint))
		w.assign(complaint, 1)
		w.close(complaint, 1)
		w.apply(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{Customer: "customers/a"}}})
		w.edit("he", func(a *routingv1.Agent) { a.TakesComplaints = true }, "takes_complaints")
		require.Empty(t, w.hand(complaint).GetAssignee())
		require.Equal(t, "agents/he", w.assign(complaint, 2).GetAssignee())
	})
}

// hand2 makes a pass over a complaint that is not assigned yet.
func (w *world) hand2(complaint string) []string {
	w.t.Helper()
	require.NoError(w.t, w.service.Hand(w.t.Context()))
	return w.types(complaint)
}

func TestWhatTheAbsentHaveGoesToOthers(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "ROUTE-5")
	t.Run("when an absence that is long enough begins", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
		require.Equal(t, "agents/chen", w.assign(complaint, 1).GetAssignee())
		w.absent("chen", "", 0, 24*time.Hour)
		require.Equal(t, "agents/chen", w.hand(complaint).GetAssignee(), "a day is not long")
		w.absent("chen", "", time.Hour, 26*time.Hour)
		require.Equal(t, "agents/chen", w.hand(complaint).GetAssignee(), "not before it begins")
		w.now = w.now.Add(time.Hour)
		after := w.hand(complaint)
		require.Contains(t, []string{"agents/lin", "agents/wu"}, after.GetAssignee())
		require.Contains(t, after.GetReason(), "agents/chen is absent")
		w.now = w.now.Add(48 * time.Hour)
		require.Equal(t, after.GetAssignee(), w.hand(complaint).GetAssignee(), "it does not come back by itself")
		w.loadsAre(map[string]int32{"chen": 0, agentPart(after.GetAssignee()): 1})
		told, _ := w.assignedBy(complaint)
		require.True(t, told.GetChanged())
	})
	t.Run("to the delegate if that one can", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
		w.assign(complaint, 1)
		w.assign(w.file("customers/b", policyv1.TargetKind_SERVICE), 1)
		w.assign(w.file("customers/c", policyv1.TargetKind_SERVICE), 1)
		w.assign(w.file("customers/wu", policyv1.TargetKind_SERVICE), 1)
		w.absent("chen", "agents/wu", 0, 48*time.Hour)
		require.Equal(t, "agents/wu", w.hand(complaint).GetAssignee())
	})
	t.Run("else into the queue, and on from there", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
		w.assign(complaint, 1)
		w.absent("he", "", 0, 48*time.Hour)
		require.Empty(t, w.hand(complaint).GetAssignee())
		w.loadsAre(map[string]int32{"he": 0})
		lead := w.queues("agents/ma", authv1.Role_SUPERVISOR)
		require.Equal(t, []string{complaint}, w.listed(lead, "unassigned", ""))
		events := len(w.types(complaint))
		w.hand(complaint)
		require.Len(t, w.types(complaint), events)
		w.now = w.now.Add(48 * time.Hour)
		require.Equal(t, "agents/he", w.hand(complaint).GetAssignee())
	})
	t.Run("when somebody leaves", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
		w.assign(complaint, 1)
		w.edit("chen", func(a *routingv1.Agent) { a.Active = proto.Bool(false) }, "active")
		told, _ := w.assignedBy(complaint)
		require.True(t, told.GetChanged() && told.GetAssignee() == "")
		require.Contains(t, []string{"agents/lin", "agents/wu"}, w.hand(complaint).GetAssignee())
	})
}

// agentPart is the id in "agents/{agent}".
func agentPart(name string) string { return name[len("agents/"):] }

func TestTheEndOfAShift(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "ROUTE-5")
	w := newWorld(t)
	local := w.now.In(time.FixedZone("", 8*3600))
	day := policyv1.Opening_Day(1 + (int(local.Weekday())+6)%7)
	shifts := &policyv1.StaffedHours{TimeZone: "Asia/Shanghai", Openings: []*policyv1.Opening{
		{Days: []policyv1.Opening_Day{day}, From: fmt.Sprintf("%02d:00", local.Hour()), To: fmt.Sprintf("%02d:00", local.Hour()+1)},
	}}
	complaint, alone := w.file("customers/a", policyv1.TargetKind_SERVICE), w.file("customers/b", policyv1.TargetKind_DELIVERY)
	require.Equal(t, "agents/chen", w.assign(complaint, 1).GetAssignee())
	w.assign(alone, 1)
	for _, id := range []string{"chen", "he"} {
		w.edit(id, func(a *routingv1.Agent) { a.Shifts = shifts }, "shifts")
	}
	w.now = w.now.Add(time.Hour)
	require.Equal(t, "agents/chen", w.hand(complaint).GetAssignee(), "the default takes nothing away")
	w.service = w.other(replacing("pass_on_at_shift_end: false", "pass_on_at_shift_end: true"))
	require.Contains(t, []string{"agents/lin", "agents/wu"}, w.hand(complaint).GetAssignee())
	require.Equal(t, "agents/he", w.hand(alone).GetAssignee(), "what nobody can take stays")
	forced := give(complaint, "", "agents/chen")
	forced.Force = true
	_, err := w.queues("agents/zhao", authv1.Role_SUPERVISOR).ReassignComplaint(t.Context(), forced)
	require.NoError(t, err)
	require.Equal(t, "agents/chen", w.hand(complaint).GetAssignee(), "what was given after the shift had ended is not taken away")
	w.now = w.now.Add(7 * 24 * time.Hour)
	require.NotEqual(t, "agents/chen", w.hand(complaint).GetAssignee(), "the end of the next shift is another matter")
}

// TestPassesAtOnce: two replicas make passes at once while complaints end and come, people are absent, return, leave and come back.
// Nobody ends up with more than fits or with what they cannot have, no load is wrong and nothing is lost or doubled.
func TestPassesAtOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "ROUTE-5")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		const people, room, complaints = 8, 5, 60
		h := newHall(t, open(t), people, func(int) int32 { return room })
		names := h.assign(complaints)
		var all errgroup.Group
		for i := range people {
			all.Go(func() error { return h.disturb(t.Context(), i) })
		}
		for i, name := range names {
			if i%3 == 0 {
				all.Go(func() error {
					_, err := h.services[i%2].Apply(t.Context(), &eventv1.Event{EventId: newEventID(), Source: "intake", Subject: "complaints/" + name, Cycle: 1},
						&eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{Outcome: "WITHDRAWN"}}})
					return err
				})
			}
		}
		for _, service := range slices.Concat(h.services, h.services) {
			all.Go(func() error {
				for range 5 {
					if err := service.Hand(t.Context()); err != nil {
						return err
					}
				}
				return nil
			})
		}
		require.NoError(t, all.Wait())
		var last errgroup.Group
		for _, service := range h.services {
			last.Go(func() error { return service.Hand(t.Context()) })
		}
		require.NoError(t, last.Wait())
		counts, waits := map[string]int32{}, 0
		for i, name := range names {
			c, err := h.store.Case(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, i%3 == 0, c.Complaint.Ended)
			switch {
			case c.Complaint.Ended:
			case c.Complaint.Assignee == "":
				waits++
			default:
				counts[c.Complaint.Assignee]++
			}
		}
		require.Equal(t, 0, waits, "40 are open, and there is room for 40")
		for i, load := range h.loads(people) {
			require.Equal(t, counts[id(i)], load, id(i))
			require.EqualValues(t, room, load, id(i))
		}
	})
}

// between has something happen after a page was read.
type between struct {
	routing.QueueStore

	then func()
}

func (b *between) Queue(ctx context.Context, selection routing.Selection) ([]routing.Queued, error) {
	list, err := b.QueueStore.Queue(ctx, selection)
	if len(list) > 0 {
		b.then()
	}
	return list, err
}

// TestAPassLeavesWhatChangedMeanwhile: what a pass has seen may have ended, or have gone to somebody, when its turn comes.
func TestAPassLeavesWhatChangedMeanwhile(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "ROUTE-5")
	for name, test := range map[string]struct {
		then     func(w *world, complaint string)
		assignee string
		events   int
	}{
		"it ended": {func(w *world, complaint string) { w.close(complaint, 1) }, "", 1},
		"another pass gave it to somebody": {func(w *world, complaint string) {
			w.edit("lin", func(a *routingv1.Agent) { a.TakesComplaints = false }, "takes_complaints")
			w.hand(complaint)
			w.edit("lin", func(a *routingv1.Agent) { a.TakesComplaints = true }, "takes_complaints")
		}, "agents/wu", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.away("lin", "chen", "wu")
			complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
			w.assign(complaint, 1)
			for _, id := range []string{"lin", "wu"} {
				w.edit(id, func(a *routingv1.Agent) { a.TakesComplaints = true }, "takes_complaints")
			}
			deps := w.deps
			deps.Queues = &between{QueueStore: w.deps.Queues, then: func() { test.then(w, complaint) }}
			late, err := routing.New(routing.Config{}, deps)
			require.NoError(t, err)
			require.NoError(t, late.Hand(t.Context()))
			a, err := w.routing.GetAssignment(t.Context(), &routingv1.GetAssignmentRequest{Name: complaint + "/assignment"})
			require.NoError(t, err)
			require.Equal(t, test.assignee, a.GetAssignee())
			require.Len(t, w.types(complaint), test.events)
			sum := w.load("agents/lin") + w.load("agents/wu")
			require.EqualValues(t, test.events-1, sum)
		})
	}
}

// disturb has somebody be absent for long, and return, or leave, and come back.
func (h *hall) disturb(ctx context.Context, i int) error {
	random := rand.New(rand.NewPCG(2, uint64(i)))
	for range 3 {
		for _, back := range []bool{false, true} {
			a := &routingv1.Agent{Name: "agents/" + id(i)}
			field := "absences"
			if random.IntN(2) == 0 {
				field, a.Active = "active", proto.Bool(back)
			} else if !back {
				a.Absences = []*routingv1.Absence{{StartTime: timestamppb.New(time.Now().Add(-time.Hour)), EndTime: timestamppb.New(time.Now().Add(90 * time.Hour))}}
			}
			if _, err := h.services[i%2].UpdateAgent(ctx, &routingv1.UpdateAgentRequest{Agent: a, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{field}}}); err != nil {
				return err
			}
			if err := h.services[i%2].Hand(ctx); err != nil {
				return err
			}
		}
	}
	_, err := h.services[i%2].UpdateAgent(ctx, &routingv1.UpdateAgentRequest{
		Agent: &routingv1.Agent{Name: "agents/" + id(i), Active: proto.Bool(true)}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"active", "absences"}},
	})
	return err
}

// TestDistributing: a pass is made as soon as somebody has room, without waiting for the interval.
func TestDistributing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5")
	w := newWorld(t)
	w.away("he")
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	require.Empty(t, w.assign(complaint, 1).GetAssignee())
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.service.Distribute(ctx) }()
	w.edit("he", func(a *routingv1.Agent) { a.TakesComplaints = true }, "takes_complaints")
	require.Eventually(t, func() bool {
		c, err := w.store.Case(t.Context(), complaint[len("complaints/"):])
		return err == nil && c.Complaint.Assignee == "he"
	}, time.Minute, 10*time.Millisecond)
	stop()
	require.NoError(t, <-done)
}

// replacing edits one line of a policy.
func replacing(before, after string) func(string) string {
	return func(text string) string { return strings.Replace(text, before, after, 1) }
}
