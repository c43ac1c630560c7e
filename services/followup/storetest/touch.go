package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/errs"
)

// touch is the n-th of a complaint of a customer, due so many minutes after the start.
func touch(id, customer string, n int32, due int) *followup.Touch {
	return &followup.Touch{
		Complaint: id, Cycle: 1, Number: n, Customer: customer, State: followupv1.FollowUp_PLANNED, By: policyv1.FollowUpTouch_MESSAGE,
		PlanTime: at(0), BeginTime: at(due - 10), DueTime: at(due),
	}
}

// plan puts touches of one complaint on record.
func plan(t *testing.T, env Env, id, customer string, touches ...*followup.Touch) {
	t.Helper()
	c := complaint(id)
	c.Customer = customer
	put(t, env, id, followup.Changes{Complaint: &c, Planned: touches})
}

func testTouchRoundTrip(t *testing.T, env Env) {
	t.Helper()
	one := touch("a", "customers/x", 1, 60)
	plan(t, env, "a", "customers/x", one, touch("a", "customers/x", 2, 30))
	read, err := env.Series.Touch(t.Context(), "a", 1, 1)
	require.NoError(t, err)
	require.Equal(t, *one, read)
	changed := *one
	changed.State, changed.Mode, changed.AskTime, changed.ExpireTime = followupv1.FollowUp_ANSWERED, followupv1.FollowUp_SURVEY, at(50), at(99)
	changed.RemindTimes, changed.Reminders, changed.Calls, changed.MergedInto = []time.Time{at(60), at(70)}, 1, 2, "complaints/b/followUps/1-1"
	changed.StopReason, changed.BeginTime, changed.DueTime = "why", at(55), at(65)
	changed.Answer = followup.TouchAnswer{
		Done: true, Satisfaction: 5, Comment: []byte{0, 255}, Told: []byte{1}, Way: policyv1.ContactWay_PHONE, Time: at(61), Agent: "agents/lin", Reopened: true,
		Retention: followupv1.FollowUp_LOST, Stop: true,
	}
	changed.Named = []string{"complaints/b/followUps/1-1", "complaints/c/followUps/1-2"}
	changed.Improvements = []followup.Improvement{{Name: "improvements/a", Text: "更牢固的包装"}, {Name: "improvements/b", Text: "\"b\""}}
	put(t, env, "a", followup.Changes{Retouched: []*followup.Touch{&changed}, Survey: &followup.Survey{Hash: "h", Complaint: "a", Cycle: 1, Number: 1}})
	put(t, env, "a", followup.Changes{Survey: &followup.Survey{Hash: "h", Complaint: "a", Cycle: 1, Number: 2}})
	read, err = env.Series.Touch(t.Context(), "a", 1, 1)
	require.NoError(t, err)
	require.Equal(t, changed, read)
	read, err = env.Series.Survey(t.Context(), "h")
	require.NoError(t, err)
	require.Equal(t, changed, read, "a token leads to the touch that it was made for first")
	_, err = env.Series.Survey(t.Context(), "other")
	require.ErrorIs(t, err, followup.ErrUnknown)
	_, err = env.Series.Touch(t.Context(), "a", 2, 1)
	require.ErrorIs(t, err, followup.ErrUnknown)
	_, err = env.Store.Change(t.Context(), followup.Change{Complaint: "a", Touches: true}, func(c *followup.Case) error {
		require.Len(t, c.Touches, 2)
		require.Equal(t, changed, *c.Touches[0], "by their number")
		require.Empty(t, c.Neighbours)
		return nil
	})
	require.NoError(t, err)
}

// testTouchNeighbours: those of the same customer that are to come, and those asked of late, and no others.
func testTouchNeighbours(t *testing.T, env Env) {
	t.Helper()
	plan(t, env, "a", "customers/x", touch("a", "customers/x", 1, 60))
	late, early := touch("b", "customers/x", 1, 20), touch("b", "customers/x", 2, 21)
	late.State, late.AskTime, early.State, early.AskTime = followupv1.FollowUp_UNANSWERED, at(15), followupv1.FollowUp_ASKED, at(5)
	plan(t, env, "b", "customers/x", late, early, touch("b", "customers/x", 3, 90))
	plan(t, env, "c", "customers/y", touch("c", "customers/y", 1, 60))
	_, err := env.Store.Change(t.Context(), followup.Change{Complaint: "a", Neighbours: at(10)}, func(c *followup.Case) error {
		var got []int32
		for _, n := range c.Neighbours {
			require.Equal(t, "b", n.Complaint)
			got = append(got, n.Number)
		}
		require.Equal(t, []int32{3, 1}, got)
		require.Empty(t, c.Touches)
		return nil
	})
	require.NoError(t, err)
}

func testTouchLists(t *testing.T, env Env) {
	t.Helper()
	task := touch("a", "customers/x", 1, 60)
	task.State, task.Mode, task.AskTime = followupv1.FollowUp_ASKED, followupv1.FollowUp_PERSON, at(50)
	plan(t, env, "a", "customers/x", task, touch("a", "customers/x", 2, 30))
	with := touch("b", "customers/x", 1, 40)
	with.MergedInto = task.Name()
	plan(t, env, "b", "customers/x", with)
	list := func(query followup.TouchQuery) []string {
		query.Limit, query.Now = max(query.Limit, 1), at(65)
		if query.Limit == 1 {
			query.Limit = 10
		}
		rows, err := env.Series.Touches(t.Context(), query)
		require.NoError(t, err)
		got := []string{}
		for _, row := range rows {
			got = append(got, row.Touch.Complaint+row.Touch.ID())
			if row.Touch.Name() == task.Name() {
				require.Equal(t, []string{with.Name()}, row.Merged)
			}
		}
		return got
	}
	require.Equal(t, []string{"a1-2", "b1-1", "a1-1"}, list(followup.TouchQuery{}))
	require.Equal(t, []string{"a1-2", "a1-1"}, list(followup.TouchQuery{Complaint: "a"}))
	require.Equal(t, []string{"a1-1"}, list(followup.TouchQuery{Filter: `state = "ASKED" AND mode = "PERSON"`}))
	require.Equal(t, []string{"a1-2", "a1-1"}, list(followup.TouchQuery{Filter: `overdue = true`}), "what goes with another one is not")
	require.Equal(t, []string{"b1-1", "a1-1"}, list(followup.TouchQuery{Filter: `due_time > "` + at(30).Format(time.RFC3339Nano) + `"`}))
	after := &followup.TouchPosition{DueTime: at(30), Complaint: "a", Cycle: 1, Number: 2}
	require.Equal(t, []string{"b1-1", "a1-1"}, list(followup.TouchQuery{After: after}))
	testTouchesInCharge(t, env, list)
	_, err := env.Series.Touches(t.Context(), followup.TouchQuery{Filter: "nonsense = 1", Limit: 1})
	require.Equal(t, errorv1.Reason_FILTER_INVALID.String(), errs.Reason(err))
}

// testTouchesInCharge: touches are listed by who is in charge of their complaint, also by who came later, and those that are planned then.
func testTouchesInCharge(t *testing.T, env Env, list func(followup.TouchQuery) []string) {
	t.Helper()
	c := complaint("a")
	c.Customer, c.Department, c.Assignee = "customers/x", "departments/returns", "agents/wu"
	put(t, env, "a", followup.Changes{Complaint: &c, InCharge: true})
	mine, theirs := followup.TouchQuery{Filter: `owner = "agents/wu"`}, followup.TouchQuery{Filter: `department = "departments/returns"`}
	require.Equal(t, []string{"a1-2", "a1-1"}, list(mine))
	require.Equal(t, []string{"a1-2", "a1-1"}, list(theirs))
	require.Equal(t, []string{"a1-1"}, list(followup.TouchQuery{Filter: `state = "ASKED" AND mode = "PERSON" AND owner = "agents/wu"`}))
	require.Equal(t, []string{"b1-1"}, list(followup.TouchQuery{Filter: `owner != "agents/wu"`}))
	put(t, env, "a", followup.Changes{Planned: []*followup.Touch{touch("a", "customers/x", 3, 90)}})
	require.Equal(t, []string{"a1-2", "a1-1", "a1-3"}, list(mine))
	c.Assignee = "agents/lin"
	put(t, env, "a", followup.Changes{Complaint: &c, InCharge: true})
	require.Empty(t, list(mine))
	require.Len(t, list(theirs), 3)
	require.Len(t, list(followup.TouchQuery{Filter: `owner = "agents/lin"`}), 3)
}
