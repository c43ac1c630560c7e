package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/remedy"
)

// deduction is one that says all there is to say.
func deduction(complaint, id, agent string, seconds int) remedy.Deduction {
	further := int64(1 << 40)
	return remedy.Deduction{
		Complaint: complaint, ID: id, Cycle: 2, State: remedyv1.Deduction_SUGGESTED, Agent: agent, AsManager: true, Ruling: "r",
		Reason: policyv1.RulingReason_SHIRKING, Duty: "d", Computation: []string{"one", "two"}, Loss: 1 << 50, Amount: 7, Month: "2026-11",
		HearTime: at(10), AppealTime: at(20), Answer: "a", Grounds: "g", Decision: "d", Proposer: "agents/sun", AppealDecider: "agents/hu",
		Decider: "agents/hua", CreateTime: at(seconds), UpdateTime: at(seconds + 1), Version: 3, Batch: "b",
		Further: &further, ToldTime: at(9), ToldEvidence: "e",
	}
}

// accounts has what deductions go by written and read.
func accounts(t *testing.T, env Env) {
	t.Helper()
	ruling := remedy.Ruling{
		Name: "r", Cycle: 2, Responsibility: policyv1.Responsibility_RESPONSIBLE, Reason: policyv1.RulingReason_SHIRKING,
		Concerned: []string{"agents/a", "departments/x"},
	}
	later := remedy.Ruling{Name: "s", Cycle: 3}
	put(t, env, "a", remedy.Changes{Rulings: []remedy.Ruling{ruling, later}})
	ruling.State = remedy.Appealed
	put(t, env, "a", remedy.Changes{Rulings: []remedy.Ruling{ruling}})
	promise := remedy.Duty{ID: "p", Cycle: 1, Kind: policyv1.DutyKind_PROMISE, DueTime: at(5), Owner: "agents/a", RecordTime: at(3), Recorder: "agents/z"}
	put(t, env, "a", remedy.Changes{Duty: &promise})
	put(t, env, "a", remedy.Changes{Duty: &remedy.Duty{ID: "p", Cycle: 1, Kind: policyv1.DutyKind_PROMISE, DueTime: at(6), Broken: true}})
	promise.DueTime, promise.Broken = at(6), true
	first := remedy.Assignment{Position: 1, Agent: "agents/lin", Time: at(1)}
	put(t, env, "a", remedy.Changes{Assignment: &first, Person: &remedy.Person{Name: "agents/a", Above: "agents/b"}})
	second := remedy.Assignment{Position: 4, Time: at(2)}
	put(t, env, "a", remedy.Changes{Assignment: &second, Person: &remedy.Person{Name: "agents/b"}})
	mine, dismissed := deduction("a", "d1", "agents/a", 0), deduction("a", "d2", "agents/a", 1)
	dismissed.State = remedyv1.Deduction_DISMISSED
	other := deduction("b", "d3", "agents/a", 2)
	put(t, env, "a", remedy.Changes{Deductions: []remedy.Deduction{mine, dismissed}})
	put(t, env, "b", remedy.Changes{Deductions: []remedy.Deduction{other}})
	_, err := env.Store.Change(t.Context(), remedy.Change{Complaint: "a", Accounts: true}, func(c *remedy.Case) error {
		a := c.Accounts
		require.Equal(t, []remedy.Ruling{ruling, later}, a.Rulings)
		require.Equal(t, []remedy.Duty{promise}, a.Duties)
		require.Equal(t, []remedy.Assignment{first, second}, a.Assignments)
		require.Equal(t, []remedy.Deduction{mine, dismissed}, a.Deductions)
		above, err := a.Above([]string{"agents/a", "agents/b", "agents/c"})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"agents/a": "agents/b"}, above)
		months, err := a.Months("2026-11", []string{"agents/a", "agents/b"})
		require.NoError(t, err)
		require.Equal(t, map[string]remedy.Month{"agents/a": {Taken: 14}, "agents/b": {}}, months, "of all complaints, but for what was dismissed")
		months, err = a.Months("2026-12", []string{"agents/a"})
		require.NoError(t, err)
		require.Equal(t, map[string]remedy.Month{"agents/a": {}}, months)
		return nil
	})
	require.NoError(t, err)
}

// pays has what was told of a month's pay written and read, with what was confirmed of it.
func pays(t *testing.T, env Env) {
	t.Helper()
	confirmed, exported := deduction("a", "d1", "agents/a", 0), deduction("b", "d2", "agents/a", 1)
	confirmed.State, exported.State = remedyv1.Deduction_CONFIRMED, remedyv1.Deduction_EXPORTED
	first := remedy.Pay{Agent: "agents/a", Month: "2026-11", Number: 1, Amount: 1 << 50, Teller: "agents/sun", Time: at(1)}
	second := remedy.Pay{Agent: "agents/a", Month: "2026-11", Number: 2, Amount: 5, Teller: "agents/wu", Correction: "typo", Time: at(2)}
	other := remedy.Pay{Agent: "agents/a", Month: "2026-12", Number: 1, Amount: 9, Teller: "agents/wu", Time: at(2)}
	put(t, env, "b", remedy.Changes{Deductions: []remedy.Deduction{exported}, Pays: []remedy.Pay{first}})
	put(t, env, "a", remedy.Changes{
		Deductions: []remedy.Deduction{confirmed, deduction("a", "d3", "agents/a", 3)}, Pays: []remedy.Pay{second, other},
	})
	list, err := env.Deductions.Pays(t.Context(), "agents/a", "2026-11")
	require.NoError(t, err)
	require.Equal(t, []remedy.Pay{first, second}, list)
	list, err = env.Deductions.Pays(t.Context(), "agents/b", "2026-11")
	require.NoError(t, err)
	require.Empty(t, list)
	_, err = env.Store.Change(t.Context(), remedy.Change{Complaint: "a", Accounts: true}, func(c *remedy.Case) error {
		months, err := c.Accounts.Months("2026-11", []string{"agents/a"})
		require.NoError(t, err)
		require.Equal(t, map[string]remedy.Month{"agents/a": {Pay: 5, Tellings: 2, Taken: 21, Confirmed: 14}}, months)
		return nil
	})
	require.NoError(t, err)
}

// deductions has them listed and exported.
func deductions(t *testing.T, env Env) {
	t.Helper()
	a, b, other := deduction("a", "d1", "agents/a", 0), deduction("a", "d2", "agents/b", 1), deduction("b", "d0", "agents/a", 2)
	for _, complaintID := range []string{"a", "b"} {
		known := complaint(complaintID)
		put(t, env, complaintID, remedy.Changes{Complaint: &known, Rulings: []remedy.Ruling{{Name: "r"}}})
	}
	put(t, env, "a", remedy.Changes{Deductions: []remedy.Deduction{a, b}})
	put(t, env, "b", remedy.Changes{Deductions: []remedy.Deduction{other}})
	got, err := env.Deductions.Deduction(t.Context(), "a", "d2")
	require.NoError(t, err)
	require.Equal(t, b, got)
	_, err = env.Deductions.Deduction(t.Context(), "b", "d2")
	require.ErrorIs(t, err, remedy.ErrUnknown)
	for _, c := range []struct {
		query remedy.DeductionQuery
		want  []remedy.Deduction
	}{
		{remedy.DeductionQuery{}, []remedy.Deduction{a, b, other}},
		{remedy.DeductionQuery{Complaint: "b"}, []remedy.Deduction{other}},
		{remedy.DeductionQuery{Subject: "agents/b"}, []remedy.Deduction{b}},
		{remedy.DeductionQuery{Subject: "agents/sun", After: &remedy.DeductionPosition{Time: at(0), ID: "d1"}}, []remedy.Deduction{b, other}},
		{remedy.DeductionQuery{Filter: `state = "HEARD"`, Now: at(9)}, nil},
		{remedy.DeductionQuery{Filter: `state = "HEARD" AND agent = "agents/a"`, Now: at(10), Batch: "b"}, []remedy.Deduction{a, other}},
	} {
		c.query.Limit = 9
		list, err := env.Deductions.Deductions(t.Context(), c.query)
		require.NoError(t, err)
		require.Equal(t, c.want, list, "%v", c.query)
	}
	for _, d := range []*remedy.Deduction{&a, &other} {
		d.State = remedyv1.Deduction_CONFIRMED
		put(t, env, d.Complaint, remedy.Changes{Deductions: []remedy.Deduction{*d}})
	}
	export := func(id string, limit int) []remedy.Deduction {
		list, err := env.Deductions.Export(t.Context(), remedy.Export{Month: "2026-11", Limit: limit, ID: id, Command: command(id, "x")},
			func(d *remedy.Deduction) eventlog.Draft {
				d.State, d.Export = remedyv1.Deduction_EXPORTED, id
				return draft(d.Complaint)
			})
		require.NoError(t, err)
		return list
	}
	require.Equal(t, "d1", export("e1", 1)[0].ID)
	require.Equal(t, "d0", export("e2", 9)[0].ID)
	require.Empty(t, export("e3", 9))
	require.Equal(t, "d1", export("e1", 1)[0].ID, "a command that is repeated is answered")
	require.Len(t, env.Types(t, "complaints/a"), 1)
}

// oneMonth has two complaints want what is left of one month: who comes second waits, and sees what the first has taken.
func oneMonth(t *testing.T, env Env) {
	t.Helper()
	ctx := t.Context()
	take := func(complaint string, between func()) (seen int64, err error) {
		_, err = env.Store.Change(ctx, remedy.Change{Complaint: complaint, Accounts: true}, func(c *remedy.Case) error {
			months, err := c.Accounts.Months("2026-11", []string{"agents/a"})
			if err != nil {
				return err
			}
			seen = months["agents/a"].Taken
			between()
			c.Changes.Deductions = []remedy.Deduction{deduction(complaint, "d-"+complaint, "agents/a", 0)}
			return nil
		})
		return seen, err
	}
	_, err := take("z", func() {})
	require.NoError(t, err)
	type result struct {
		seen int64
		err  error
	}
	second, once := make(chan result, 1), sync.Once{}
	_, err = take("a", func() {
		once.Do(func() {
			go func() {
				seen, err := take("b", func() {})
				second <- result{seen, err}
			}()
			time.Sleep(200 * time.Millisecond) // Enough for who does not wait to see too little.
		})
	})
	require.NoError(t, err)
	got := <-second
	require.NoError(t, got.err)
	require.EqualValues(t, 14, got.seen)
}
