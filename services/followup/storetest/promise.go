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

// promise is the n-th promise of a complaint with its duty.
func promise(id string, n int, due time.Time) (*followup.Promise, *followup.Duty) {
	duty := fmt.Sprintf("%s-%d", followup.DutyID(1, policyv1.DutyKind_PROMISE), n)
	return &followup.Promise{
			Complaint: id, ID: fmt.Sprintf("p%d", n), Duty: duty, Source: followupv1.Promise_CONVERSATION, Text: []byte{1, 2},
			TextPlace: "somewhere", CreateTime: at(0), Version: 1,
		}, &followup.Duty{
			Complaint: id, ID: duty, Kind: policyv1.DutyKind_PROMISE, Cycle: 1, State: followupv1.Duty_OPEN, OpenTime: at(0), DueTime: due,
		}
}

// pledge puts promises on record, the n-th due so many minutes after the start.
func pledge(t *testing.T, env Env, id string, due ...int) (promises []*followup.Promise, duties []*followup.Duty) {
	t.Helper()
	for i, minutes := range due {
		p, d := promise(id, i+1, at(minutes))
		promises, duties = append(promises, p), append(duties, d)
	}
	c := complaint(id)
	put(t, env, id, followup.Changes{Complaint: &c, Opened: duties, Promised: promises})
	return promises, duties
}

// names are the ids of complaints and promises in their order.
func names(list []followup.Pledge) []string {
	got := []string{}
	for _, p := range list {
		got = append(got, p.Promise.Complaint+p.Promise.ID)
	}
	return got
}

func testPromiseRoundTrip(t *testing.T, env Env) {
	t.Helper()
	full, d := promise("a", 1, at(60))
	full.Period, full.UntilTime, full.Update, full.Owner, full.Speaker = 10*time.Minute, at(600), true, "agents/wu", "agents/lin"
	full.PromiseTime, full.Amount = at(1), followup.Money{Currency: "CNY", Units: 1_000_000_000_000, Nanos: 990_000_000}
	full.Excesses = []followupv1.Promise_Excess{followupv1.Promise_TOO_SOON, followupv1.Promise_TOO_OFTEN}
	full.Evidence, full.Settler, full.Remedy, full.Part = []byte{0, 255}, "agents/lin", "complaints/a/remedies/r", 2
	full.Alleged, full.Previous, full.Version = "complaints/a/allegedPromises/x", "p0", 7
	c := complaint("a")
	bare, other := promise("a", 2, at(30))
	put(t, env, "a", followup.Changes{Complaint: &c, Opened: []*followup.Duty{d, other}, Promised: []*followup.Promise{full, bare}})
	read, err := env.Store.Promise(t.Context(), "a", "p1")
	require.NoError(t, err)
	require.Equal(t, followup.Pledge{Promise: *full, Duty: *d, Customer: "customers/a"}, read)
	bare.Text = []byte{1, 2}
	_, err = env.Store.Change(t.Context(), followup.Change{Complaint: "a"}, func(c *followup.Case) error {
		require.Equal(t, []*followup.Promise{full, bare}, c.Promises, "in the order in which they were made")
		return nil
	})
	require.NoError(t, err)

	changed := *full
	changed.Evidence, changed.Settler, changed.Version = []byte("e"), "agents/wu", 8
	changed.Way, changed.ConversationTime = policyv1.ContactWay_PHONE, at(7)
	changed.Text, changed.Owner = []byte("other"), "agents/nobody"
	put(t, env, "a", followup.Changes{Revised: []*followup.Promise{&changed}})
	read, err = env.Store.Promise(t.Context(), "a", "p1")
	require.NoError(t, err)
	require.Equal(t, []any{changed.Evidence, changed.Settler, changed.Version}, []any{read.Promise.Evidence, read.Promise.Settler, read.Promise.Version})
	require.Equal(t, []any{changed.Way, changed.ConversationTime}, []any{read.Promise.Way, read.Promise.ConversationTime})
	require.Equal(t, []any{full.Text, full.Owner}, []any{read.Promise.Text, read.Promise.Owner}, "what was promised never changes")
	for _, unknown := range [][2]string{{"a", "p3"}, {"b", "p1"}} {
		_, err = env.Store.Promise(t.Context(), unknown[0], unknown[1])
		require.ErrorIs(t, err, followup.ErrUnknown)
	}
}

func testPromiseOrder(t *testing.T, env Env) {
	t.Helper()
	pledge(t, env, "a", 60, 30, 30)
	pledge(t, env, "b", 30)
	open(t, env, "c", callback("c", 1, at(1)))
	wanted := []string{"ap2", "ap3", "bp1", "ap1"}
	list, err := env.Store.Promises(t.Context(), followup.PromiseQuery{Now: at(0), Limit: 10})
	require.NoError(t, err)
	require.Equal(t, wanted, names(list), "by due time, complaint and duty; a callback is none")
	list, err = env.Store.Promises(t.Context(), followup.PromiseQuery{Complaint: "a", Now: at(0), Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []string{"ap2", "ap3"}, names(list))
	var paged []string
	for after := (*followup.PromisePosition)(nil); ; {
		list, err = env.Store.Promises(t.Context(), followup.PromiseQuery{Now: at(0), Limit: 1, After: after})
		require.NoError(t, err)
		if len(list) == 0 {
			break
		}
		paged = append(paged, names(list)...)
		after = &followup.PromisePosition{DueTime: list[0].Duty.DueTime, Complaint: list[0].Duty.Complaint, Duty: list[0].Duty.ID}
	}
	require.Equal(t, wanted, paged)
}

func testPromiseFilter(t *testing.T, env Env) {
	t.Helper()
	promises, duties := pledge(t, env, "a", 10, 20, 30, 40, 50)
	missed, kept, released := duties[1], duties[2], duties[3]
	missed.Verdict = policyv1.Verdict_MISSED
	kept.State, kept.Verdict = followupv1.Duty_KEPT, policyv1.Verdict_MET
	released.State, released.Verdict = followupv1.Duty_RELEASED, policyv1.Verdict_MISSED
	put(t, env, "a", followup.Changes{Touched: []*followup.Duty{missed, kept, released}})
	require.Len(t, promises, 5)
	other, d := promise("b", 1, at(5))
	other.Owner, other.Source, other.Excesses = "agents/wu", followupv1.Promise_ALLEGED, []followupv1.Promise_Excess{followupv1.Promise_TOO_SOON}
	d.Cycle = 2
	c := complaint("b")
	put(t, env, "b", followup.Changes{Complaint: &c, Opened: []*followup.Duty{d}, Promised: []*followup.Promise{other}})
	for filter, wanted := range map[string][]string{
		`state = "OPEN"`:                         {"ap5"},
		`state = "BROKEN"`:                       {"bp1", "ap1", "ap2"},
		`state = "KEPT"`:                         {"ap3"},
		`state = "RELEASED"`:                     {"ap4"},
		`state != "BROKEN"`:                      {"ap3", "ap4", "ap5"},
		`verdict = "MISSED"`:                     {"bp1", "ap1", "ap2", "ap4"},
		`verdict = "MET"`:                        {"ap3"},
		`source = "ALLEGED"`:                     {"bp1"},
		`owner = "agents/wu"`:                    {"bp1"},
		`unauthorised = true`:                    {"bp1"},
		`unauthorised = false AND cycle = 1`:     {"ap1", "ap2", "ap3", "ap4", "ap5"},
		`cycle > 1`:                              {"bp1"},
		`due_time > "2026-01-05T02:30:01Z"`:      {"ap4", "ap5"},
		`state = "BROKEN" AND NOT cycle = 2`:     {"ap1", "ap2"},
		`state = "BROKEN" OR state = "RELEASED"`: {"bp1", "ap1", "ap2", "ap4"},
		`state = "OPEN" AND owner = "agents/wu"`: {},
	} {
		list, err := env.Store.Promises(t.Context(), followup.PromiseQuery{Filter: filter, Now: at(15), Limit: 10})
		require.NoError(t, err, filter)
		require.Equal(t, wanted, names(list), filter)
	}
	for _, filter := range []string{`text = "x"`, `state = "GONE"`, `owner > "a"`, `(`} {
		_, err := env.Store.Promises(t.Context(), followup.PromiseQuery{Filter: filter, Now: at(0), Limit: 1})
		require.Equal(t, errorv1.Reason_FILTER_INVALID.String(), errs.Reason(err), filter)
	}
}
