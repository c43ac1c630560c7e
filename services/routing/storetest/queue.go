package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/routing"
)

func queuesOf(t *testing.T, store routing.Store) routing.QueueStore {
	t.Helper()
	q, ok := store.(routing.QueueStore)
	require.True(t, ok)
	return q
}

// owe tells of one step; due is in minutes.
func owe(t *testing.T, store routing.Store, complaint, duty string, step routing.Step, due int) {
	t.Helper()
	event := &eventv1.Event{EventId: uuid.NewString(), Source: "followup", Subject: "complaints/" + complaint}
	owed := routing.Owed{Complaint: complaint, Duty: duty, Kind: policyv1.DutyKind_CALLBACK, Step: step, DueTime: at().Add(time.Duration(due) * time.Minute)}
	for _, first := range []bool{true, false} {
		got, err := queuesOf(t, store).Owe(t.Context(), event, owed)
		require.NoError(t, err)
		require.Equal(t, first, got)
	}
}

// queue reads a selection by pages of two; each entry is "id@minutes", or the id alone where nothing is due.
func queue(t *testing.T, store routing.Store, selection routing.Selection) (list []string) {
	t.Helper()
	selection.Limit = 2
	for {
		page, err := queuesOf(t, store).Queue(t.Context(), selection)
		require.NoError(t, err)
		for _, q := range page {
			entry := q.Complaint.ID
			if !q.DueTime.IsZero() {
				entry += fmt.Sprintf("@%d", int(q.DueTime.Sub(at()).Minutes()))
				require.NotEmpty(t, q.Duty)
				require.Equal(t, policyv1.DutyKind_CALLBACK, q.Kind)
			}
			list = append(list, entry)
		}
		if len(page) < 2 {
			return list
		}
		selection.After = &page[1]
	}
}

// order: by what is due first, then the more severe, then by id; what owes nothing comes last; by every way in.
func order(t *testing.T, store routing.Store) {
	minute := func(n int) time.Time { return at().Add(time.Duration(n) * time.Minute) }
	for _, c := range []struct {
		id, department, assignee string
		severity                 policyv1.Severity
		due                      int
	}{
		{"a", "care", "lin", policyv1.Severity_NORMAL, 30}, {"b", "care", "", policyv1.Severity_HIGH, 30}, {"c", "care", "chen", policyv1.Severity_NORMAL, 10},
		{"d", "billing", "", policyv1.Severity_NORMAL, 20}, {"e", "care", "lin", policyv1.Severity_URGENT, 30}, {"f", "care", "lin", policyv1.Severity_LOW, 0},
		{"g", "billing", "tang", policyv1.Severity_LOW, 30}, {"h", "", "", policyv1.Severity_NORMAL, 5},
	} {
		put(t, store, routing.Complaint{ID: c.id, Cycle: 1, AssignedCycle: 1, Department: c.department, Assignee: c.assignee, Severity: c.severity})
		if c.due > 0 {
			owe(t, store, c.id, "1-callback", routing.Opened, c.due)
			owe(t, store, c.id, "1-resolution", routing.Opened, 500)
		}
	}
	for name, want := range map[string]struct {
		selection routing.Selection
		list      []string
	}{
		"all":                  {routing.Selection{}, []string{"h@5", "c@10", "d@20", "e@30", "b@30", "a@30", "g@30", "f"}},
		"a department":         {routing.Selection{Departments: []string{"care"}}, []string{"c@10", "e@30", "b@30", "a@30", "f"}},
		"two departments":      {routing.Selection{Departments: []string{"care", "billing"}}, []string{"c@10", "d@20", "e@30", "b@30", "a@30", "g@30", "f"}},
		"no department":        {routing.Selection{Departments: []string{"none"}}, nil},
		"a person":             {routing.Selection{Assignees: []string{"lin"}}, []string{"e@30", "a@30", "f"}},
		"people":               {routing.Selection{Assignees: []string{"lin", "chen"}}, []string{"c@10", "e@30", "a@30", "f"}},
		"nobody of no team":    {routing.Selection{Assignees: []string{}}, nil},
		"waiting":              {routing.Selection{Waiting: true}, []string{"h@5", "d@20", "b@30"}},
		"waiting in one":       {routing.Selection{Waiting: true, Departments: []string{"care"}}, []string{"b@30"}},
		"before":               {routing.Selection{Before: minute(20)}, []string{"h@5", "c@10"}},
		"from one to another":  {routing.Selection{From: minute(10), Before: minute(30)}, []string{"c@10", "d@20"}},
		"of a severity":        {routing.Selection{Severity: policyv1.Severity_NORMAL}, []string{"h@5", "c@10", "d@20", "a@30"}},
		"a person's normal":    {routing.Selection{Assignees: []string{"lin"}, Severity: policyv1.Severity_NORMAL}, []string{"a@30"}},
		"waiting, and overdue": {routing.Selection{Waiting: true, Before: minute(30)}, []string{"h@5", "d@20"}},
	} {
		require.Equal(t, want.list, queue(t, store, want.selection), name)
		want.selection.Limit = 100
		n, err := queuesOf(t, store).Count(t.Context(), want.selection)
		require.NoError(t, err)
		require.Equal(t, len(want.list), n, name)
	}
	n, err := queuesOf(t, store).Count(t.Context(), routing.Selection{Limit: 3})
	require.NoError(t, err)
	require.Equal(t, 3, n, "no further than asked for")
	standing, err := queuesOf(t, store).Standing(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]routing.Standing{"care": {Open: 5, Waiting: 1}, "billing": {Open: 2, Waiting: 1}, "": {Open: 1, Waiting: 1}}, standing)
}

// owing: what is due first is known whichever of the two services tells first, and whatever becomes of what is owed.
func owing(t *testing.T, store routing.Store) {
	all := routing.Selection{}
	needs := &routingv1.Needs{Skills: []*routingv1.Skill{{Name: "calm", Level: 2}}}
	c := routing.Complaint{ID: "c1", Cycle: 1, AssignedCycle: 1, Department: "care", Needs: needs}
	owe(t, store, "c1", "1-callback", routing.Opened, 60)
	owe(t, store, "c1", "1-contact", routing.Opened, 20)
	require.Empty(t, queue(t, store, all), "the complaint is not known")
	put(t, store, c)
	require.Equal(t, []string{"c1@20"}, queue(t, store, all))
	list, err := queuesOf(t, store).Queue(t.Context(), routing.Selection{Limit: 1})
	require.NoError(t, err)
	require.True(t, proto.Equal(needs, list[0].Complaint.Needs), "what it wants of whoever takes it")
	owe(t, store, "c1", "1-contact", routing.Done, 0)
	require.Equal(t, []string{"c1@60"}, queue(t, store, all))
	owe(t, store, "c1", "1-contact", routing.Moved, 5)
	require.Equal(t, []string{"c1@60"}, queue(t, store, all), "what is owed no more stays so")
	owe(t, store, "c1", "1-callback", routing.Moved, 40)
	require.Equal(t, []string{"c1@40"}, queue(t, store, all))
	owe(t, store, "c1", "1-callback", routing.Opened, 99)
	require.Equal(t, []string{"c1@40"}, queue(t, store, all), "opened once")
	c.Ended = true
	put(t, store, c)
	require.Empty(t, queue(t, store, all), "it has ended")
	c.Ended, c.Cycle = false, 2
	put(t, store, c)
	require.Equal(t, []string{"c1@40"}, queue(t, store, all), "what is still owed of the cycle before is due first")
	owe(t, store, "c1", "1-callback", routing.Done, 0)
	require.Equal(t, []string{"c1"}, queue(t, store, all))
	c.Ended = true
	put(t, store, c)
	owe(t, store, "c1", "2-callback", routing.Opened, 10)
	owe(t, store, "c1", "2-callback", routing.Done, 0)
	require.Empty(t, queue(t, store, all), "what comes late of one that has ended leaves nothing behind")
	standing, err := queuesOf(t, store).Standing(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]routing.Standing{"care": {}}, standing)
}

// counting: 64 workers put complaints on record, pass them on, end and reopen them, while followup tells of them; afterwards each count is
// what there is.
func counting(t *testing.T, store routing.Store) {
	q := queuesOf(t, store)
	departments, people := []string{"", "care", "billing"}, []string{"", "lin", "chen"}
	var group sync.WaitGroup
	failed := make(chan error, 2*64)
	for worker := range 64 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			failed <- func() error {
				for range 12 {
					id := fmt.Sprintf("c%02d", random.IntN(40))
					_, err := q.Reassign(t.Context(), id, eventlog.Cause{}, func(c *routing.Case) error {
						next := routing.Complaint{
							ID: id, Cycle: 1, Department: departments[random.IntN(3)], Assignee: people[random.IntN(3)], Ended: random.IntN(3) == 0,
						}
						c.Changes.Complaint = &next
						return nil
					})
					if err != nil {
						return err
					}
				}
				return nil
			}()
		})
		group.Go(func() { // One at a time for each complaint, as the relay tells.
			failed <- func() error {
				id := fmt.Sprintf("c%02d", worker)
				for n := range 6 {
					event := &eventv1.Event{EventId: uuid.NewString(), Source: "followup", Subject: "complaints/" + id}
					owed := routing.Owed{Complaint: id, Duty: fmt.Sprintf("%d-callback", n/2), Step: []routing.Step{routing.Opened, routing.Done}[n%2], DueTime: at()}
					if n == 5 {
						owed.Step, owed.Duty = routing.Opened, "9-callback"
					}
					if _, err := q.Owe(t.Context(), event, owed); err != nil {
						return err
					}
				}
				return nil
			}()
		})
	}
	group.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	want := map[string]routing.Standing{}
	open := 0
	for i := range 40 {
		c, err := store.Case(t.Context(), fmt.Sprintf("c%02d", i))
		require.NoError(t, err)
		one := want[c.Complaint.Department]
		if !c.Complaint.Ended {
			open++
			one.Open++
			if c.Complaint.Assignee == "" {
				one.Waiting++
			}
		}
		want[c.Complaint.Department] = one
	}
	standing, err := q.Standing(t.Context())
	require.NoError(t, err)
	for _, department := range departments {
		require.Equal(t, want[department], standing[department], department)
	}
	list, err := q.Queue(t.Context(), routing.Selection{Limit: 1000})
	require.NoError(t, err)
	require.Len(t, list, open)
	require.False(t, slices.ContainsFunc(list, func(q routing.Queued) bool { return q.Duty != "9-callback" && q.Duty != "2-callback" }))
}
