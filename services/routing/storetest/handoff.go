package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/routing"
)

func handOffsOf(t *testing.T, store routing.Store) routing.HandOffStore {
	t.Helper()
	s, ok := store.(routing.HandOffStore)
	require.True(t, ok)
	return s
}

// changeHandOff makes a change without a key.
func changeHandOff(t *testing.T, store routing.Store, complaint string, decide func(*routing.HandOffCase) error) error {
	t.Helper()
	_, repeated, err := handOffsOf(t, store).ChangeHandOff(t.Context(), eventlog.Cause{}, complaint, decide)
	require.False(t, repeated)
	return err
}

// handOffs are kept whole, in their order, with the ends of cycles.
func handOffs(t *testing.T, store routing.Store) {
	_, err := handOffsOf(t, store).HandOffs(t.Context(), "c1")
	require.ErrorIs(t, err, routing.ErrUnknown)
	put(t, store, routing.Complaint{ID: "c1", Customer: "customers/k", Cycle: 1, Department: "care", Assignee: "a", AssignedCycle: 1})
	people(t, store, "a", "b")
	first := routing.HandOff{
		Complaint: "c1", Number: 1, Cycle: 1, State: routingv1.HandOff_PROPOSED, FromDepartment: "care", ToDepartment: "claims", Giver: "a",
		Proposer: "agents/boss", ToAgent: "b", Customer: "customers/k", Note: []byte{0, 1, 255}, Version: 1, CreateTime: at(), DueTime: at().Add(time.Hour),
		Items: []routing.HandedItem{{Name: "complaints/c1/items/1", State: routingv1.HandedItem_PENDING}},
		Call:  routing.Call{Attempt: "complaints/c1/callbacks/1/attempts/1", Caller: "a", Time: at()},
	}
	require.NoError(t, changeHandOff(t, store, "c1", func(c *routing.HandOffCase) error {
		require.Empty(t, c.HandOffs)
		require.Equal(t, "a", c.Complaint.Assignee)
		c.Put = []routing.HandOff{first}
		c.Changes.Further = []routing.Notice{{ID: "1-hand-off-1#proposed", Complaint: "c1", Duty: "1-hand-off-1", Kind: policyv1.DutyKind_HAND_OFF, Recipient: "b"}}
		return nil
	}))
	settled := first
	settled.State, settled.SettleTime, settled.Settler, settled.ReturnReason = routingv1.HandOff_RETURNED, at().Add(time.Minute), "agents/b", []byte("why")
	settled.ReturnCount, settled.Decider, settled.DecideTime, settled.Version = 2, "boss", at().Add(2*time.Minute), 2
	settled.DecideDueTime = at().Add(30 * time.Minute)
	settled.Items = []routing.HandedItem{{Name: "complaints/c1/items/1", State: routingv1.HandedItem_RETURNED}}
	second := routing.HandOff{
		Complaint: "c1", Number: 2, Cycle: 1, State: routingv1.HandOff_PROPOSED, CreateTime: at(), DueTime: at(), Version: 1,
	}
	require.NoError(t, changeHandOff(t, store, "c1", func(c *routing.HandOffCase) error {
		require.Equal(t, []routing.HandOff{first}, c.HandOffs)
		_, err := c.Candidates("care")
		require.NoError(t, err)
		require.NotNil(t, c.Directory)
		for notice, want := range map[string]string{"1-hand-off-1#proposed": "b", "1-hand-off-1#none": ""} {
			who, err := c.Recipient(notice)
			require.NoError(t, err)
			require.Equal(t, want, who)
		}
		c.Put = []routing.HandOff{settled, second}
		return nil
	}))
	failed := errors.New("no")
	require.ErrorIs(t, changeHandOff(t, store, "c1", func(c *routing.HandOffCase) error {
		c.Put = []routing.HandOff{{Complaint: "c1", Number: 3}}
		return failed
	}), failed)
	require.Error(t, changeHandOff(t, store, "c1", func(c *routing.HandOffCase) error {
		third := second
		third.Number = 3
		c.Put = []routing.HandOff{third}
		return nil
	}), "one is open at a time, whoever forgets to look")

	end(t, store, "c1", 1)
	c, err := handOffsOf(t, store).HandOffs(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, []routing.HandOff{settled, second}, c.HandOffs)
	require.Equal(t, map[int32]time.Time{1: at().Add(time.Hour)}, c.Ends)
	require.NotNil(t, c.Directory)
	waits, err := store.Case(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, []string{"1-hand-off-1#proposed"}, waits.Waiting)
}

// end has a cycle end.
func end(t *testing.T, store routing.Store, complaint string, cycle int32) {
	t.Helper()
	closed := &eventv1.Event{
		EventId: "019b0000-0000-7000-8000-000000000009", Source: "intake", Sequence: 1, Subject: "complaints/" + complaint, Position: 1, Cycle: cycle,
		Type: "complaint_closed", Actor: "agents/a", RecordTime: timestamppb.New(at().Add(time.Hour)),
	}
	_, err := store.Change(t.Context(), routing.Change{Complaint: complaint, Event: closed}, func(c *routing.Case) error {
		next := c.Complaint
		next.Ended = true
		c.Changes.Complaint = &next
		return nil
	})
	require.NoError(t, err)
}

// handOffRace proves that changes of one complaint see each other: of many who want to be the first, one is.
func handOffRace(t *testing.T, store routing.Store) {
	put(t, store, routing.Complaint{ID: "c1", Cycle: 1})
	var group sync.WaitGroup
	taken := make(chan bool, 32)
	for range 32 {
		group.Go(func() {
			_, _, err := handOffsOf(t, store).ChangeHandOff(t.Context(), eventlog.Cause{}, "c1", func(c *routing.HandOffCase) error {
				if len(c.HandOffs) > 0 {
					return errors.New("somebody was faster")
				}
				c.Put = []routing.HandOff{{Complaint: "c1", Number: 1, Cycle: 1, State: routingv1.HandOff_PROPOSED}}
				return nil
			})
			taken <- err == nil
		})
	}
	group.Wait()
	close(taken)
	first := 0
	for ok := range taken {
		if ok {
			first++
		}
	}
	require.Equal(t, 1, first)
}

// parts: what a complaint has is kept once, whoever tells it first, and what it has not is told.
func parts(t *testing.T, store routing.Store) {
	has := func(names ...string) {
		_, err := store.Change(t.Context(), routing.Change{Complaint: "c1"}, func(c *routing.Case) error {
			c.Changes.Parts = names
			return nil
		})
		require.NoError(t, err)
	}
	has("attempt")
	put(t, store, routing.Complaint{ID: "c1", Customer: "customers/k", Cycle: 1})
	put(t, store, routing.Complaint{ID: "c2", Customer: "customers/k", Cycle: 1})
	has("item", "demand")
	has("item")
	unheard, err := handOffsOf(t, store).Unheard(t.Context(), "c1", []string{"item", "other", "attempt", "demand"})
	require.NoError(t, err)
	require.Equal(t, []string{"other"}, unheard)
	unheard, err = handOffsOf(t, store).Unheard(t.Context(), "c2", []string{"item"})
	require.NoError(t, err)
	require.Equal(t, []string{"item"}, unheard)
}
