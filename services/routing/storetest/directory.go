package storetest

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/routing"
)

// directory: what is written is read, whole, and a failure or a repetition writes nothing.
func directory(t *testing.T, store routing.Store) {
	d := directoryOf(t, store)
	before, err := d.Directory(t.Context())
	require.NoError(t, err)
	require.Zero(t, before.Version, "nothing was ever written")
	amend(t, store, func(*routing.Amendment) error { return nil })
	people(t, store, "a", "B")
	first, err := d.Directory(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, first.Version)
	for _, want := range resources("a", "B") {
		require.True(t, proto.Equal(want, first.Find(want.GetName())), want.GetName())
	}
	failed := errors.New("no")
	_, _, err = d.Amend(t.Context(), eventlog.Cause{}, func(a *routing.Amendment) error {
		require.EqualValues(t, 2, a.Directory.Version)
		a.Put = resources("c")
		return failed
	})
	require.ErrorIs(t, err, failed)
	cause := eventlog.Cause{Command: idem.Command{Caller: "x", Method: "y", Key: "z", Fingerprint: []byte("f"), Now: at(), Retention: 1 << 40}, Result: "agents/c"}
	for _, repetition := range []bool{false, true} {
		result, repeated, err := d.Amend(t.Context(), cause, func(a *routing.Amendment) error {
			require.False(t, repetition)
			a.Put = resources("c")[2:]
			a.Removed = resources("B")[2:]
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, repetition, repeated)
		require.Equal(t, "agents/c", result)
	}
	second, err := d.Directory(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 3, second.Version)
	require.NotNil(t, second.Find("agents/c"))
	require.Nil(t, second.Find("agents/B"))
}

// versions: amendments at the same time are made one after the other, each on what the one before wrote.
func versions(t *testing.T, store routing.Store) {
	people(t, store, "a")
	d := directoryOf(t, store)
	var group sync.WaitGroup
	failed := make(chan error, 16)
	for range cap(failed) {
		group.Go(func() {
			_, _, err := d.Amend(t.Context(), eventlog.Cause{}, func(a *routing.Amendment) error {
				agent, _ := proto.Clone(a.Directory.Find("agents/a")).(*routingv1.Agent)
				agent.Capacity = proto.Int32(agent.GetCapacity() + 1)
				a.Put = []routing.Resource{agent}
				return nil
			})
			failed <- err
		})
	}
	group.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	now, err := d.Directory(t.Context())
	require.NoError(t, err)
	agent, _ := now.Find("agents/a").(*routingv1.Agent)
	require.EqualValues(t, 16, agent.GetCapacity())
	require.EqualValues(t, 2+16, now.Version)
}

// leaving: the open complaints of somebody are told, and released with the person.
func leaving(t *testing.T, store routing.Store) {
	people(t, store, "a", "b")
	put(t, store, routing.Complaint{ID: "old", Customer: "customers/k", Cycle: 1, Ended: true, Department: "care", Assignee: "a"})
	require.NoError(t, take(t.Context(), store, "c1", "customers/k"))
	amend(t, store, func(a *routing.Amendment) error {
		busy, err := a.Busy("care")
		require.NoError(t, err)
		require.True(t, busy)
		busy, err = a.Busy("none")
		require.NoError(t, err)
		require.False(t, busy)
		open, ever, err := a.Open("b")
		require.NoError(t, err)
		require.False(t, ever)
		require.Empty(t, open)
		open, ever, err = a.Open("a")
		require.NoError(t, err)
		require.True(t, ever)
		require.Len(t, open, 1)
		require.Equal(t, "c1", open[0].ID)
		left, _ := proto.Clone(a.Directory.Find("agents/a")).(*routingv1.Agent)
		left.Active = proto.Bool(false)
		open[0].Assignee = ""
		a.Put, a.Released = []routing.Resource{left}, open
		return nil
	})
	c, err := store.Case(t.Context(), "c1")
	require.NoError(t, err)
	require.Empty(t, c.Complaint.Assignee)
	loads, err := directoryOf(t, store).Loads(t.Context(), []string{"a"})
	require.NoError(t, err)
	require.Zero(t, loads["a"])
	_, err = store.Change(t.Context(), routing.Change{Complaint: "c2"}, func(c *routing.Case) error {
		got, err := c.Candidates("care")
		require.NoError(t, err)
		require.Equal(t, []routing.Candidate{{Agent: "b"}, {Agent: "boss"}}, got)
		return nil
	})
	require.NoError(t, err)
}
