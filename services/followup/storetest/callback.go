package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/errs"
)

// keys tells callbacks by complaint and cycle.
func keys(list []followup.Callback) []string {
	names := []string{}
	for _, c := range list {
		names = append(names, fmt.Sprintf("%s%d", c.Duty.Complaint, c.Duty.Cycle))
	}
	return names
}

func testCallbackOrder(t *testing.T, env Env) {
	t.Helper()
	// Two fall due at the same time, and cycle 10 comes after cycle 9.
	open(t, env, "b", callback("b", 1, at(10)))
	open(t, env, "c", callback("c", 9, at(20)), callback("c", 10, at(20)))
	open(t, env, "a", callback("a", 1, at(20)), callback("a", 2, at(5)))
	other := callback("a", 1, at(1))
	other.Kind, other.ID = policyv1.DutyKind_CONTACT, "1-contact"
	put(t, env, "a", followup.Changes{Opened: []*followup.Duty{other}})
	wanted := []string{"a2", "b1", "a1", "c9", "c10"}

	list, err := env.Store.Callbacks(t.Context(), followup.CallbackQuery{Now: at(0), Limit: 100})
	require.NoError(t, err)
	require.Equal(t, wanted, keys(list))

	for size := 1; size <= len(wanted); size++ {
		var walked []string
		query := followup.CallbackQuery{Now: at(0), Limit: size}
		for {
			list, err := env.Store.Callbacks(t.Context(), query)
			require.NoError(t, err)
			if len(list) == 0 {
				break
			}
			walked = append(walked, keys(list)...)
			last := list[len(list)-1].Duty
			query.After = &followup.CallbackPosition{DueTime: last.DueTime, Complaint: last.Complaint, Cycle: last.Cycle}
		}
		require.Equal(t, wanted, walked, "pages of %d", size)
	}

	list, err = env.Store.Callbacks(t.Context(), followup.CallbackQuery{Complaint: "a", Now: at(0), Limit: 100})
	require.NoError(t, err)
	require.Equal(t, []string{"a2", "a1"}, keys(list))
}

func testCallbackFilter(t *testing.T, env Env) {
	t.Helper()
	kept, broken := callback("b", 1, at(10)), callback("c", 1, at(10))
	kept.State, kept.Verdict = followupv1.Duty_KEPT, policyv1.Verdict_MET
	broken.Verdict = policyv1.Verdict_MISSED
	open(t, env, "a", callback("a", 1, at(10)), callback("a", 2, at(30)))
	open(t, env, "b", kept)
	open(t, env, "c", broken)
	justDue, after := at(10), at(10).Add(time.Microsecond)
	for _, test := range []struct {
		filter string
		now    time.Time
		wanted []string
	}{
		{"", after, []string{"a1", "b1", "c1", "a2"}},
		{"overdue = true", justDue, []string{}},
		{"overdue = true", after, []string{"a1", "c1"}},
		{"overdue", after, []string{"a1", "c1"}},
		{"overdue = false", after, []string{"b1", "a2"}},
		{"NOT overdue = true", after, []string{"b1", "a2"}},
		{"overdue = true AND cycle = 1", justDue, []string{}},
		{"overdue = true AND cycle = 1", after, []string{"a1", "c1"}},
		{"overdue = true AND verdict = MISSED", after, []string{"c1"}},
		{`state = "OPEN"`, after, []string{"a1", "c1", "a2"}},
		{"state = KEPT", after, []string{"b1"}},
		{"verdict = MET OR verdict = MISSED", after, []string{"b1", "c1"}},
		{"cycle > 1", after, []string{"a2"}},
		{fmt.Sprintf("due_time < %q", at(30).Format(time.RFC3339Nano)), after, []string{"a1", "b1", "c1"}},
		{fmt.Sprintf(`state = "OPEN" AND due_time <= %q`, at(30).Format(time.RFC3339Nano)), after, []string{"a1", "c1", "a2"}},
	} {
		list, err := env.Store.Callbacks(t.Context(), followup.CallbackQuery{Filter: test.filter, Now: test.now, Limit: 100})
		require.NoError(t, err, test.filter)
		require.Equal(t, test.wanted, keys(list), test.filter)
	}
}

func testCallbackFilterWrong(t *testing.T, env Env) {
	t.Helper()
	for _, text := range []string{"customer = \"x\"", "overdue > true", "state = NEVER", "due_time < 3", "cycle = \"x\"", "((", "; DROP"} {
		_, err := env.Store.Callbacks(t.Context(), followup.CallbackQuery{Filter: text, Now: at(0), Limit: 100})
		require.Equal(t, errorv1.Reason_FILTER_INVALID.String(), errs.Reason(err), text)
	}
}

func testCallbackAttempts(t *testing.T, env Env) {
	t.Helper()
	open(t, env, "a", callback("a", 1, at(60)), callback("a", 2, at(60)))
	open(t, env, "b", callback("b", 1, at(70)))
	attempt := func(id string, cycle int32, name string, minute int) followup.Attempt {
		return followup.Attempt{
			Complaint: id, Cycle: cycle, ID: name, Outcome: followupv1.Attempt_NO_ANSWER, Way: policyv1.ContactWay_PHONE,
			AttemptTime: at(minute), RecordTime: at(minute + 1), Agent: "agents/lin", Note: []byte{1, 0}, Customer: "customers/" + id,
		}
	}
	later, earlier := attempt("a", 1, "x", 20), attempt("a", 1, "y", 10)
	second, other := attempt("a", 2, "z", 30), attempt("b", 1, "x", 5)
	earlier.FlagReason, earlier.Date = "dated back", "2026-01-31"
	later.Hours, later.Suited, second.Hours = followup.HoursWithin, []string{"morning", "evening"}, followup.HoursOutside
	for _, a := range []followup.Attempt{later, earlier, second, other} {
		put(t, env, a.Complaint, followup.Changes{Attempt: &a})
	}
	list, err := env.Store.Callbacks(t.Context(), followup.CallbackQuery{Now: at(0), Limit: 100})
	require.NoError(t, err)
	require.Equal(t, []string{"a1", "a2", "b1"}, keys(list))
	require.Equal(t, []followup.Attempt{earlier, later}, list[0].Attempts, "oldest first")
	require.Equal(t, []followup.Attempt{second}, list[1].Attempts)
	require.Equal(t, []followup.Attempt{other}, list[2].Attempts)

	one, err := env.Store.Callback(t.Context(), "a", 2)
	require.NoError(t, err)
	require.Equal(t, list[1], one)

	_, err = env.Store.Change(t.Context(), followup.Change{Complaint: "a", Attempts: 1}, func(c *followup.Case) error {
		require.Equal(t, []followup.Attempt{earlier, later}, c.Attempts)
		return nil
	})
	require.NoError(t, err)
}
