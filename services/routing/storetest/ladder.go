package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/routing"
)

// ladderOf is the same store, seen from the ladder.
func ladderOf(t *testing.T, store routing.Store) routing.LadderStore {
	t.Helper()
	of, ok := store.(routing.LadderStore)
	require.True(t, ok)
	return of
}

// before brings an escalation before the ladder.
func before(t *testing.T, store routing.Store, complaint string, e routing.Escalation) {
	t.Helper()
	_, err := store.Change(t.Context(), routing.Change{Complaint: complaint}, func(c *routing.Case) error {
		c.Changes.Escalation = &e
		return nil
	})
	require.NoError(t, err)
}

// climbing is an escalation with all there is to keep.
func climbing(id string) routing.Escalation {
	return routing.Escalation{
		ID: id, Cycle: 1, Reason: routingv1.Escalation_REGULATOR_THREAT, NoticeNumber: 2, Level: 2, Peak: 3, Recipient: "sun", Urgent: true,
		Passed:     []routing.Passed{{Level: 1, Agent: "zhao", Cause: routingv1.PassedOver_ABSENT}, {Level: 2, Cause: routingv1.PassedOver_NOBODY}},
		CreateTime: at(), NotifyTime: at().Add(time.Minute), ClimbTime: at().Add(time.Hour),
	}
}

// rungs: an escalation is kept whole, and a command is carried out once.
func rungs(t *testing.T, store routing.Store) {
	put(t, store, routing.Complaint{ID: "c1", Customer: "customers/k", Cycle: 1})
	want := climbing("1-threat")
	want.AcknowledgeTime, want.Acknowledger = at().Add(2*time.Minute), "sun"
	before(t, store, "c1", want)
	got, err := store.Case(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, []routing.Escalation{want}, got.Escalations)

	ladder := ladderOf(t, store)
	cause := eventlog.Cause{Command: idem.Command{Caller: "agents/sun", Method: "/m", Key: "k", Fingerprint: []byte("h"), Now: at(), Retention: time.Hour}, Result: "one"}
	count := 0
	for i := range 2 {
		result, repeated, err := ladder.Command(t.Context(), "c1", cause, func(c *routing.Case) error {
			count++
			require.Equal(t, want, *c.Escalation("1-threat"))
			want.ResolveTime, want.Resolver, want.Resolution, want.ClimbTime = at().Add(3*time.Minute), "sun", routingv1.Escalation_DECIDED, time.Time{}
			want.Passed = nil
			c.Changes.Escalation = &want
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, "one", result)
		require.Equal(t, i == 1, repeated)
	}
	require.Equal(t, 1, count)
	failed := errors.New("no")
	cause.Command.Key = "another"
	_, _, err = ladder.Command(t.Context(), "c1", cause, func(c *routing.Case) error {
		c.Changes.Escalation = &routing.Escalation{ID: "1-policy", Cycle: 1, CreateTime: at()}
		return failed
	})
	require.ErrorIs(t, err, failed)
	got, err = store.Case(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, []routing.Escalation{want}, got.Escalations)
}

// overs: the end of a cycle resolves what was before the ladder in it, but for what is owed to an authority; what came later drifts.
func overs(t *testing.T, store routing.Store) {
	put(t, store, routing.Complaint{ID: "c1", Customer: "customers/k", Cycle: 1})
	early, late, authority, next := climbing("1-threat"), climbing("1-chased-too-often"), climbing("1-authority-reply"), climbing("2-threat")
	late.CreateTime, authority.Kind, next.Cycle = at().Add(2*time.Hour), policyv1.DutyKind_AUTHORITY_REPLY, 2
	for _, e := range []routing.Escalation{early, late, authority, next} {
		before(t, store, "c1", e)
	}
	_, err := store.Change(t.Context(), routing.Change{Complaint: "c1"}, func(c *routing.Case) error {
		c.Changes.Over = &routing.Over{Cycle: 1, Time: at().Add(time.Hour)}
		return nil
	})
	require.NoError(t, err)
	early.ResolveTime, early.Resolution, early.ClimbTime = at().Add(time.Hour), routingv1.Escalation_CYCLE_ENDED, time.Time{}
	late.Adrift = true
	got, err := store.Case(t.Context(), "c1")
	require.NoError(t, err)
	require.ElementsMatch(t, []routing.Escalation{early, late, authority, next}, got.Escalations)
}

// drifting: what no workflow keeps is taken by one at a time, the longest overdue first.
func drifting(t *testing.T, store routing.Store) {
	ladder := ladderOf(t, store)
	now := at().Add(time.Hour)
	for i, id := range []string{"c1", "c2", "c3", "c4"} {
		put(t, store, routing.Complaint{ID: id, Customer: "customers/k", Cycle: 1, Ended: true})
		e := climbing("1-threat")
		e.Adrift, e.ClimbTime = id != "c4", now.Add(-time.Duration(i)*time.Minute) // The fourth has a workflow.
		before(t, store, id, e)
	}
	first, err := ladder.Adrift(t.Context(), now.Add(-time.Minute), now.Add(time.Minute), 1)
	require.NoError(t, err)
	require.Equal(t, []routing.Drifting{{Complaint: "c3", ID: "1-threat", NoticeNumber: 2}}, first)
	var all []routing.Drifting
	var lock sync.Mutex
	var taking sync.WaitGroup
	for range 4 {
		taking.Go(func() {
			taken, err := ladder.Adrift(context.WithoutCancel(t.Context()), now, now.Add(time.Minute), 10)
			lock.Lock()
			defer lock.Unlock()
			all = append(all, taken...)
			if err != nil {
				t.Error(err)
			}
		})
	}
	taking.Wait()
	require.ElementsMatch(t, []routing.Drifting{
		{Complaint: "c1", ID: "1-threat", NoticeNumber: 2}, {Complaint: "c2", ID: "1-threat", NoticeNumber: 2},
	}, all, "each once")
	again, err := ladder.Adrift(t.Context(), now.Add(time.Minute), now.Add(time.Hour), 10)
	require.NoError(t, err)
	require.Len(t, again, 3, "what its taker did not tell is taken again")
}

// held: a notice that quiet hours hold back is gathered when they end.
func held(t *testing.T, store routing.Store) {
	put(t, store, routing.Complaint{ID: "c1", Customer: "customers/k", Cycle: 1})
	_, err := store.Change(t.Context(), routing.Change{Complaint: "c1"}, func(c *routing.Case) error {
		c.Changes.Notice = &routing.Notice{ID: "n1", Complaint: "c1", Duty: "1-contact", Recipient: "zhao", HoldTime: at().Add(time.Hour)}
		return nil
	})
	require.NoError(t, err)
	gather, ok := store.(routing.GatherStore)
	require.True(t, ok)
	for _, c := range []struct {
		now  time.Time
		want int
	}{{at(), 0}, {at().Add(time.Hour - time.Second), 0}, {at().Add(time.Hour), 1}} {
		require.NoError(t, gather.Gather(t.Context(), c.now, c.now.Add(-time.Minute), c.now.Add(time.Hour)))
		due, err := gather.Due(t.Context(), c.now)
		require.NoError(t, err)
		require.Len(t, due, c.want)
	}
}

// opens: what is not resolved is listed, the oldest first, from any place on.
func opens(t *testing.T, store routing.Store) {
	ladder := ladderOf(t, store)
	for i, id := range []string{"c1", "c2", "c3", "c4"} {
		put(t, store, routing.Complaint{ID: id, Customer: "customers/k", Cycle: 1, Assignee: "lin", AssignTime: at()})
		e := climbing("1-threat")
		e.CreateTime = at().Add(-time.Duration(i/2) * time.Hour) // Two of a time.
		switch id {
		case "c2":
			e.AcknowledgeTime, e.Acknowledger, e.Recipient = at(), "fang", "fang"
		case "c4":
			e.ResolveTime = at()
		}
		before(t, store, id, e)
	}
	gone := climbing("1-unassigned")
	gone.Reason = routingv1.Escalation_UNASSIGNED
	before(t, store, "c1", gone)
	for name, c := range map[string]struct {
		query routing.OpenQuery
		want  []string
	}{
		"all":              {routing.OpenQuery{Limit: 9}, []string{"c3", "c1", "c2"}},
		"a page":           {routing.OpenQuery{Limit: 2}, []string{"c3", "c1"}},
		"the next":         {routing.OpenQuery{Limit: 2, After: &routing.Place{CreateTime: at(), Complaint: "c1", ID: "1-threat"}}, []string{"c2"}},
		"somebody's":       {routing.OpenQuery{Limit: 9, Recipient: "sun"}, []string{"c3", "c1"}},
		"not acknowledged": {routing.OpenQuery{Limit: 9, Filter: `acknowledged = false AND level >= 2 AND urgent`}, []string{"c3", "c1"}},
		"by name":          {routing.OpenQuery{Limit: 9, Filter: `recipient = "agents/fang" AND reason = REGULATOR_THREAT`}, []string{"c2"}},
		"of none":          {routing.OpenQuery{Limit: 9, Filter: `acknowledged AND create_time < "2020-01-01T00:00:00Z"`}, nil},
	} {
		list, err := ladder.OpenEscalations(t.Context(), c.query)
		require.NoError(t, err, name)
		var ids []string
		for _, of := range list {
			require.Equal(t, "lin", of.Complaint.Assignee)
			ids = append(ids, of.Complaint.ID)
		}
		require.Equal(t, c.want, ids, name)
	}
}
