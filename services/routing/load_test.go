package routing_test

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
	"github.com/redress-dev/redress/services/routing/sqlstore"
)

const assigners = 64

// hall is a department whose people all do the same, served by two replicas.
type hall struct {
	t        *testing.T
	store    *sqlstore.Store
	services []*routing.Service
	next     atomic.Int64
}

func newHall(t *testing.T, db *sqldb.DB, people int, capacity func(i int) int32) *hall {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	h := &hall{t: t}
	h.store, h.services = replicas(t, db, newDesk(), func() time.Time { return now }, 2)
	require.NoError(t, h.services[0].SeedDirectory(t.Context()))
	_, err := h.services[0].DeleteAgent(t.Context(), &routingv1.DeleteAgentRequest{Name: "agents/he"})
	require.NoError(t, err)
	for i := range people {
		_, err := h.services[i%2].CreateAgent(t.Context(), &routingv1.CreateAgentRequest{AgentId: id(i), Agent: &routingv1.Agent{
			DisplayName: "P", Department: "departments/logistics", TakesComplaints: true, Languages: []string{"en"}, Capacity: proto.Int32(capacity(i)),
		}})
		require.NoError(t, err)
	}
	return h
}

func id(i int) string { return fmt.Sprintf("p%02d", i) }

// assign files some complaints and assigns them, all workers at once.
func (h *hall) assign(count int) (names []string) {
	h.t.Helper()
	var all errgroup.Group
	all.SetLimit(assigners)
	for range count {
		number := h.next.Add(1)
		complaint := fmt.Sprintf("%026d", number)
		names = append(names, complaint)
		service := h.services[number%2]
		all.Go(func() error { return given(h.t.Context(), service, complaint) })
	}
	require.NoError(h.t, all.Wait())
	return names
}

// given files a complaint and has it assigned.
func given(ctx context.Context, service *routing.Service, complaint string) error {
	event := &eventv1.Event{EventId: newEventID(), Source: "intake", Subject: "complaints/" + complaint, Cycle: 1}
	if _, err := service.Apply(ctx, event, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Customer: "customers/" + complaint, TargetKind: policyv1.TargetKind_DELIVERY, LanguageCode: "en",
	}}}); err != nil {
		return err
	}
	_, err := service.AssignComplaint(ctx, &routingv1.AssignComplaintRequest{Complaint: "complaints/" + complaint, Cycle: 1})
	return err
}

// loads are everybody's.
func (h *hall) loads(people int) []int32 {
	h.t.Helper()
	names := make([]string, people)
	for i := range names {
		names[i] = id(i)
	}
	found, err := h.store.Loads(h.t.Context(), names)
	require.NoError(h.t, err)
	loads := make([]int32, people)
	for i, name := range names {
		loads[i] = found[name]
	}
	return loads
}

// TestManyAtOnceStayWithinCapacity: 64 workers of two replicas give 10,000 complaints to 50 people. Nobody gets more than fits, equals
// get about the same, and what fits nobody waits in the queue.
func TestManyAtOnceStayWithinCapacity(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		const people = 50
		scale := 1
		if testing.Short() {
			scale = 10
		}
		complaints := 10000 / scale
		capacity := func(i int) int32 { // Together 10,500.
			if i < 10 {
				return int32(50 / scale)
			}
			return int32(250 / scale)
		}
		h := newHall(t, open(t), people, capacity)
		h.assign(complaints)
		loads := h.loads(people)
		total := int32(0)
		for i, load := range loads {
			require.LessOrEqual(t, load, capacity(i), id(i))
			total += load
		}
		require.EqualValues(t, complaints, total)
		for _, equals := range [][]int32{loads[:10], loads[10:]} {
			least, most := equals[0], equals[0]
			for _, load := range equals {
				least, most = min(least, load), max(most, load)
			}
			t.Logf("between %d and %d", least, most)
			require.LessOrEqual(t, most-least, max(1, least/10), "spread between equals")
		}
		last := h.assign(500/scale + 20)
		waiting := 0
		for _, name := range last {
			c, err := h.store.Case(t.Context(), name)
			require.NoError(t, err)
			if c.Complaint.Assignee == "" {
				waiting++
				require.Contains(t, c.Complaint.Reason, "50 at capacity")
			}
		}
		require.Equal(t, 20, waiting)
		for i, load := range h.loads(people) {
			require.Equal(t, capacity(i), load, id(i))
		}
	})
}

// TestPeopleLeaveWhileComplaintsCome: whoever leaves, comes back and leaves again while 64 workers assign, nobody who has left is in
// charge of anything, and every load is the number of the person's complaints.
func TestPeopleLeaveWhileComplaintsCome(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		const people = 6
		h := newHall(t, open(t), people, func(int) int32 { return 1000 })
		var all errgroup.Group
		stop := make(chan struct{})
		all.Go(func() error {
			for turn := 0; ; turn++ {
				select {
				case <-stop:
					return nil
				default:
				}
				_, err := h.services[turn%2].UpdateAgent(t.Context(), &routingv1.UpdateAgentRequest{
					Agent:      &routingv1.Agent{Name: "agents/" + id(turn/2%people), Active: proto.Bool(turn%2 == 1)},
					UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"active"}},
				})
				if err != nil {
					return err
				}
			}
		})
		names := h.assign(600)
		close(stop)
		require.NoError(t, all.Wait())
		counts := map[string]int32{}
		var d *routing.Directory
		for _, name := range names {
			c, err := h.store.Case(t.Context(), name)
			require.NoError(t, err)
			d = c.Directory
			if c.Complaint.Assignee != "" {
				counts[c.Complaint.Assignee]++
			}
		}
		for i, load := range h.loads(people) {
			agent, _ := d.Find("agents/" + id(i)).(*routingv1.Agent)
			require.Equal(t, counts[id(i)], load, id(i)+" "+strconv.FormatBool(agent.GetActive()))
			if agent.Active != nil && !agent.GetActive() {
				require.Zero(t, load, id(i))
			}
		}
	})
}
