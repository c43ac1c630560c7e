// Package storetest is what every routing.Store must do. There are no exceptions.
package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/routing"
)

// Run checks the stores that open makes, each empty and independent of the others.
func Run(t *testing.T, open func(t *testing.T) routing.Store) {
	for name, test := range map[string]func(*testing.T, routing.Store){
		"an unknown complaint":           unknown,
		"a change is written whole":      whole,
		"a failed change writes nothing": nothing,
		"escalations and notices":        escalations,
		"a signal of risk":               signal,
		"the directory":                  directory,
		"a version is one state":         versions,
		"somebody who leaves":            leaving,
		"loads and candidates":           loads,
		"concurrent assignments":         concurrent,
		"notices that wait":              gathering,
		"processes that gather at once":  crowded,
		"sets of rules":                  ruleSets,
		"what rules go by":               ruledBy,
		"hand-offs":                      handOffs,
		"hand-offs at once":              handOffRace,
		"what can be handed over":        parts,
		"the order of queues":            order,
		"what is owed":                   owing,
		"counts under many changes":      counting,
		"what people do about it":        rungs,
		"the end of a cycle":             overs,
		"what no workflow keeps":         drifting,
		"quiet hours":                    held,
		"who was named to approve":       approvers,
		"who has to do with complaints":  custodies,
		"what is open":                   opens,
		"a notice told by itself":        alone,
		"notices that are given up":      givenUp,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// at is a moment in the precision that stores keep.
func at() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 123000, time.UTC) }

func put(t *testing.T, store routing.Store, c routing.Complaint) {
	t.Helper()
	first, err := store.Change(t.Context(), routing.Change{Complaint: c.ID}, func(k *routing.Case) error {
		k.Changes.Complaint = &c
		return nil
	})
	require.NoError(t, err)
	require.True(t, first)
}

func unknown(t *testing.T, store routing.Store) {
	_, err := store.Case(t.Context(), "nobody")
	require.ErrorIs(t, err, routing.ErrUnknown)
	_, err = store.Change(t.Context(), routing.Change{Complaint: "nobody"}, func(c *routing.Case) error {
		require.Empty(t, c.Complaint.ID)
		return routing.ErrUnknown
	})
	require.ErrorIs(t, err, routing.ErrUnknown)
}

func whole(t *testing.T, store routing.Store) {
	want := routing.Complaint{
		ID: "c1", Customer: "customers/k", TargetKind: policyv1.TargetKind_DELIVERY, Severity: policyv1.Severity_HIGH, Cycle: 2, Ended: true,
		Language: "en", TargetAgent: "wu", AlsoAbout: []string{"mo", "hu"}, TakenFrom: "xu", ReceiveTime: at(), Department: "logistics", Assignee: "he", Reason: "because", AssignedCycle: 1, AssignTime: at(),
	}
	put(t, store, want)
	got, err := store.Case(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, want, got.Complaint)
	want.Assignee = "she"
	put(t, store, want)
	got, err = store.Case(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, want, got.Complaint)
}

func nothing(t *testing.T, store routing.Store) {
	failed := fmt.Errorf("no")
	_, err := store.Change(t.Context(), routing.Change{Complaint: "c1"}, func(c *routing.Case) error {
		c.Changes.Complaint = &routing.Complaint{ID: "c1"}
		return failed
	})
	require.ErrorIs(t, err, failed)
	_, err = store.Case(t.Context(), "c1")
	require.ErrorIs(t, err, routing.ErrUnknown)
}

func escalations(t *testing.T, store routing.Store) {
	put(t, store, routing.Complaint{ID: "c1", Cycle: 1})
	e := routing.Escalation{
		ID: "1-callback", Kind: policyv1.DutyKind_CALLBACK, Reason: routingv1.Escalation_CALLBACK_MISSED, NoticeNumber: 1, Level: 1,
		Recipient: "zhao", CreateTime: at(), NotifyTime: at(), ClimbTime: at().Add(12 * time.Hour),
	}
	for n := int32(1); n <= 2; n++ {
		e.NoticeNumber, e.Level = n, n
		_, err := store.Change(t.Context(), routing.Change{Complaint: "c1", Notices: n == 2}, func(c *routing.Case) error {
			require.Len(t, c.Escalations, int(n-1))
			require.Len(t, c.Notices, int(n-1))
			c.Changes.Escalation = &e
			c.Changes.Notice = &routing.Notice{
				ID: fmt.Sprintf("1-callback#%d", n), Complaint: "c1", Duty: e.ID, Recipient: "zhao", Level: n, DueTime: at(),
				SendTime: at().Add(time.Duration(n) * time.Second),
			}
			return nil
		})
		require.NoError(t, err)
	}
	c, err := store.Case(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, []routing.Escalation{e}, c.Escalations, "one escalation per duty")
	require.Zero(t, e.Signal())
	require.Equal(t, []string{"1-callback#1", "1-callback#2"}, c.Notices)
}

// signal has no duty and no due time.
func signal(t *testing.T, store routing.Store) {
	put(t, store, routing.Complaint{ID: "c1", Cycle: 2})
	e := routing.Escalation{
		ID: "2-chased-too-often", Reason: routingv1.Escalation_CHASED, NoticeNumber: 1, Level: 1, Recipient: "zhao", CreateTime: at(),
		NotifyTime: at(),
	}
	_, err := store.Change(t.Context(), routing.Change{Complaint: "c1"}, func(c *routing.Case) error {
		c.Changes.Escalation = &e
		c.Changes.Notice = &routing.Notice{ID: e.ID + "#1", Complaint: "c1", Duty: e.ID, Recipient: "zhao", Level: 1, SendTime: at()}
		return nil
	})
	require.NoError(t, err)
	c, err := store.Case(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, []routing.Escalation{e}, c.Escalations)
	require.Equal(t, policyv1.SignalKind_CHASED_TOO_OFTEN, c.Escalations[0].Signal())
}

// resources are a small directory: one department, its agents taking complaints.
func resources(agents ...string) []routing.Resource {
	list := []routing.Resource{
		&routingv1.Department{Name: "departments/care", DisplayName: "Care", Manager: "agents/boss", Alias: map[string]string{"en": "Care team"}},
		&routingv1.Agent{Name: "agents/boss", DisplayName: "Boss", Department: "departments/care"},
	}
	for _, id := range agents {
		list = append(list, &routingv1.Agent{
			Name: "agents/" + id, DisplayName: id, Department: "departments/care", Supervisor: "agents/boss", TakesComplaints: true,
		})
	}
	return list
}

// amend puts and removes resources.
func amend(t *testing.T, store routing.Store, decide func(*routing.Amendment) error) {
	t.Helper()
	_, repeated, err := directoryOf(t, store).Amend(t.Context(), eventlog.Cause{}, decide)
	require.NoError(t, err)
	require.False(t, repeated)
}

func directoryOf(t *testing.T, store routing.Store) routing.DirectoryStore {
	t.Helper()
	d, ok := store.(routing.DirectoryStore)
	require.True(t, ok)
	return d
}

// people writes the small directory.
func people(t *testing.T, store routing.Store, agents ...string) {
	t.Helper()
	amend(t, store, func(a *routing.Amendment) error {
		a.Put = resources(agents...)
		return nil
	})
}

// take assigns a complaint to the candidate with the least load.
func take(ctx context.Context, store routing.Store, complaint, customer string) error {
	_, err := store.Change(ctx, routing.Change{Complaint: complaint}, func(c *routing.Case) error {
		next := routing.Complaint{ID: complaint, Customer: customer, Cycle: 1, Department: "care", AssignTime: at(), AssignedCycle: 1}
		c.Complaint = next
		candidates, err := c.Candidates("care")
		if err != nil {
			return err
		}
		candidates = slices.DeleteFunc(candidates, func(k routing.Candidate) bool { return k.Agent == "boss" })
		best := candidates[0]
		for _, k := range candidates[1:] {
			if k.OpenCount < best.OpenCount {
				best = k
			}
		}
		next.Assignee = best.Agent
		c.Changes.Complaint, c.Changes.Taken, c.Changes.Loads = &next, best.Agent, map[string]int32{best.Agent: 1}
		return nil
	})
	return err
}

func loads(t *testing.T, store routing.Store) {
	people(t, store, "a", "b")
	require.NoError(t, take(t.Context(), store, "c1", "customers/k"))
	_, err := store.Change(t.Context(), routing.Change{Complaint: "c2"}, func(c *routing.Case) error {
		c.Complaint.Customer = "customers/k"
		got, err := c.Candidates("care")
		require.NoError(t, err)
		require.Equal(t, []routing.Candidate{
			{Agent: "a", OpenCount: 1, LastAssigned: at(), KnowsCustomer: true}, {Agent: "b"}, {Agent: "boss"},
		}, got)
		require.Equal(t, "departments/care", c.Directory.DepartmentOf("agents/a"))
		none, err := c.Candidates("nowhere")
		require.NoError(t, err)
		require.Empty(t, none)
		return nil
	})
	require.NoError(t, err)
	people(t, store, "a", "b")
	loads, err := directoryOf(t, store).Loads(t.Context(), []string{"a", "b", "nobody"})
	require.NoError(t, err)
	require.Equal(t, map[string]int32{"a": 1, "b": 0}, loads, "writing the directory keeps loads")
}

// concurrent proves that no assignment is blind to another one: 64 at the same time end balanced.
func concurrent(t *testing.T, store routing.Store) {
	people(t, store, "a", "b", "c")
	var group sync.WaitGroup
	failed := make(chan error, 64)
	for i := range 64 {
		group.Go(func() {
			failed <- take(t.Context(), store, fmt.Sprintf("c%02d", i), fmt.Sprintf("customers/%d", i))
		})
	}
	group.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	loads, err := directoryOf(t, store).Loads(t.Context(), []string{"a", "b", "c"})
	require.NoError(t, err)
	total := int32(0)
	for _, load := range loads {
		require.InDelta(t, 64.0/3, load, 1)
		total += load
	}
	require.EqualValues(t, 64, total)
}
