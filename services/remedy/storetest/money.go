package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/remedy"
)

// errFull is the refusal of a writer that finds too little left.
var errFull = errors.New("nothing is left")

// writers are so many people who grant at the same moment, each one unit of which there are room for 40.
const (
	writers = 64
	room    = 40
)

// keys name the rows that a grant of the complaint draws on.
func keys() remedy.FundKeys {
	return remedy.FundKeys{
		Customer: "customers/one", Since: at(-3600), Agent: "agents/lin", Day: "2026-03-01", Department: "departments/returns", Month: "2026-03",
	}
}

// entry is a hold of the keys.
func entry(id, complaint string, k remedy.FundKeys, minor int64) remedy.Entry {
	return remedy.Entry{
		ID: id, Kind: remedyv1.LedgerEntry_HOLD, Minor: minor, Basis: remedyv1.Option_GOODWILL, Complaint: complaint, Remedy: "r", Revision: 1,
		Customer: k.Customer, Department: k.Department, Month: k.Month, Day: k.Day, Actor: "agents/lin", Alone: k.Agent, Time: at(0),
		HoldTime: at(0), Cause: "complaints/" + complaint + "/remedies/r",
	}
}

// overspend has all writers grant at the same moment, each for a complaint of its own unless they share it. What they share has room for some.
func overspend(t *testing.T, env Env, own func(k *remedy.FundKeys, writer string) (complaint string), used func(remedy.Funds) int64) {
	t.Helper()
	covers.Requirement(t, "APPR-1")
	var group sync.WaitGroup
	var granted, refused atomic.Int32
	failed := make(chan error, writers)
	ctx := context.WithoutCancel(t.Context())
	for i := range writers {
		group.Go(func() {
			k := keys()
			complaint := own(&k, fmt.Sprintf("w%02d", i))
			_, err := env.Store.Change(ctx, remedy.Change{Complaint: complaint, Money: true}, func(c *remedy.Case) error {
				f, err := c.Funds(k)
				switch {
				case err != nil:
					return err
				case used(f)+1 > room:
					return errFull
				}
				c.Changes.Entries = []remedy.Entry{entry(fmt.Sprintf("e%02d", i), complaint, k, 1)}
				return nil
			})
			switch {
			case err == nil:
				granted.Add(1)
			case errors.Is(err, errFull):
				refused.Add(1)
			default:
				failed <- err
			}
		})
	}
	group.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err, "nobody is in the way of another one")
	}
	require.EqualValues(t, room, granted.Load(), "no more than there is room for, and no less")
	require.EqualValues(t, writers-room, refused.Load())
	list, err := env.Ledger.Ledger(t.Context(), remedy.LedgerQuery{Limit: 1000})
	require.NoError(t, err)
	require.Len(t, list, room, "no entry is lost")
}

func oneBudget(t *testing.T, env Env) {
	t.Helper()
	overspend(t, env, func(k *remedy.FundKeys, writer string) string {
		k.Customer, k.Agent = "customers/"+writer, "agents/"+writer
		return writer
	}, func(f remedy.Funds) int64 { return f.Budget })
}

func oneCustomer(t *testing.T, env Env) {
	t.Helper()
	overspend(t, env, func(k *remedy.FundKeys, writer string) string {
		k.Agent, k.Department = "agents/"+writer, "departments/"+writer
		return writer
	}, func(f remedy.Funds) int64 { return f.Customer })
}

func oneDay(t *testing.T, env Env) {
	t.Helper()
	overspend(t, env, func(k *remedy.FundKeys, writer string) string {
		k.Customer, k.Department = "customers/"+writer, "departments/"+writer
		return writer
	}, func(f remedy.Funds) int64 { return f.Day })
}

func oneComplaint(t *testing.T, env Env) {
	t.Helper()
	c := complaint("a")
	put(t, env, "a", remedy.Changes{Complaint: &c})
	overspend(t, env, func(*remedy.FundKeys, string) string { return "a" }, func(f remedy.Funds) int64 { return f.Complaint })
}

// funds adds up what was held, released and spent as each cap counts it.
func funds(t *testing.T, env Env) {
	t.Helper()
	covers.Requirement(t, "APPR-1", "REM-3")
	k := keys()
	read := func(complaint string, k remedy.FundKeys) (f remedy.Funds) {
		_, err := env.Store.Change(t.Context(), remedy.Change{Complaint: complaint, Money: true}, func(c *remedy.Case) (err error) {
			f, err = c.Funds(k)
			return err
		})
		require.NoError(t, err)
		return f
	}
	require.Zero(t, read("a", k))
	base := entry("1", "a", k, 100)
	old, entitled, approved, released, spent := base, base, base, base, base
	old.ID, old.HoldTime = "2", k.Since.Add(-time.Microsecond)
	entitled.ID, entitled.Basis = "3", remedyv1.Option_ENTITLEMENT
	approved.ID, approved.Alone = "4", ""
	released.ID, released.Kind, released.Minor = "5", remedyv1.LedgerEntry_RELEASE, 30
	spent.ID, spent.Kind, spent.Minor = "6", remedyv1.LedgerEntry_SPEND, 50
	put(t, env, "a", remedy.Changes{Entries: []remedy.Entry{base, old, entitled, approved, released, spent}})
	require.Equal(t, remedy.Funds{Complaint: 270, Customer: 170, Day: 170, Budget: 270}, read("a", k), "entitlements count nowhere")
	shown, err := env.Ledger.Funds(t.Context(), "a", k)
	require.NoError(t, err)
	require.Equal(t, read("a", k), shown, "what is shown is what would be locked")
	k.Agent = ""
	require.Equal(t, remedy.Funds{Complaint: 270, Customer: 170, Budget: 270}, read("a", k))
	k.Department, k.Customer = "departments/other", "customers/other"
	require.Equal(t, remedy.Funds{Complaint: 270}, read("a", k))

	history(t, env)
	// What went on in another complaint counts there, too.
	merged, survivor := complaint("a"), complaint("b")
	merged.Facts.Survivor = "b"
	put(t, env, "a", remedy.Changes{Complaint: &merged})
	put(t, env, "b", remedy.Changes{Complaint: &survivor})
	require.Equal(t, remedy.Funds{Complaint: 270}, read("b", k))
	// And where that one went on, however far.
	third := complaint("c")
	third.Customer = keys().Customer
	survivor.Facts.Survivor = "c"
	put(t, env, "b", remedy.Changes{Complaint: &survivor})
	put(t, env, "c", remedy.Changes{Complaint: &third})
	require.Equal(t, remedy.Funds{Complaint: 270}, read("c", k))
	propose(t, env, proposal("a", "r", 0))
	for _, of := range []string{"b", "c"} {
		before, err := env.Ledger.Merged(t.Context(), of)
		require.NoError(t, err)
		require.Len(t, before, 1)
		require.Equal(t, []any{"a", "r", 6}, []any{before[0].Remedy.Complaint, before[0].Remedy.ID, len(before[0].Entries)})
	}
	past, err := env.Ledger.History(t.Context(), keys().Customer, "x", at(0), 9)
	require.NoError(t, err)
	given := map[string]int64{}
	for _, p := range past {
		given[p.Complaint.ID] = p.Given
	}
	require.Equal(t, map[string]int64{"c": 270, "y": 0, "z": 0}, given)

	list, err := env.Ledger.Budgets(t.Context(), remedy.BudgetQuery{Month: "2026-03", Limit: 9})
	require.NoError(t, err)
	require.Equal(t, []remedy.Used{
		{Department: "departments/other", Month: "2026-03"}, {Department: "departments/returns", Month: "2026-03", Held: 220, Spent: 50},
	}, list)
	_, err = env.Store.Change(t.Context(), remedy.Change{Complaint: "a", Money: true}, func(c *remedy.Case) error {
		got, err := c.Entries("r")
		require.Len(t, got, 6)
		return err
	})
	require.NoError(t, err)
}

// history lists the customer's other complaints, with what was given for each.
func history(t *testing.T, env Env) {
	t.Helper()
	for i, id := range []string{"x", "y", "z"} {
		c := complaint(id)
		c.Customer, c.Facts.ReceiveTime = keys().Customer, at(i)
		put(t, env, id, remedy.Changes{Complaint: &c})
	}
	e := entry("7", "y", keys(), 9)
	put(t, env, "y", remedy.Changes{Entries: []remedy.Entry{e}})
	list, err := env.Ledger.History(t.Context(), keys().Customer, "x", at(0), 9)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, []any{"z", int64(0), "y", int64(9)}, []any{list[0].Complaint.ID, list[0].Given, list[1].Complaint.ID, list[1].Given})
	list, err = env.Ledger.History(t.Context(), keys().Customer, "a", at(1), 1)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "z", list[0].Complaint.ID)
	e.ID, e.Kind = "8", remedyv1.LedgerEntry_RELEASE
	put(t, env, "y", remedy.Changes{Entries: []remedy.Entry{e}})
}

// greatSums are greater than a number of the database.
func greatSums(t *testing.T, env Env) {
	t.Helper()
	k := keys()
	for i := range 4 {
		e := entry(fmt.Sprint(i), "a", k, 1<<62)
		e.Basis = remedyv1.Option_ENTITLEMENT
		put(t, env, "a", remedy.Changes{Entries: []remedy.Entry{e}})
	}
	totals, all, err := env.Ledger.Totals(t.Context(), remedy.LedgerQuery{Limit: 9})
	require.NoError(t, err)
	const million = 1_000_000
	want := [2]int64{4 * (1 << 62 / million), 4 * (1 << 62 % million)}
	require.Equal(t, want, all.Held)
	require.Equal(t, remedy.Total{
		Department: k.Department, Month: k.Month, Basis: remedyv1.Option_ENTITLEMENT, Held: want, Remedies: 1,
	}, totals[0])
}

// denominated: what all numbers are counted in is noted once, and for good as soon as anything is.
func denominated(t *testing.T, env Env) {
	t.Helper()
	note := func(currency string, digits int32) remedy.Denomination {
		held, err := env.Ledger.Denominate(t.Context(), remedy.Denomination{Currency: currency, Digits: digits})
		require.NoError(t, err)
		return held
	}
	cny := remedy.Denomination{Currency: "CNY", Digits: 2}
	require.Equal(t, remedy.Denomination{Currency: "EUR", Digits: 2}, note("EUR", 2))
	require.Equal(t, cny, note("CNY", 2), "nothing is on record")
	put(t, env, "a", remedy.Changes{Entries: []remedy.Entry{entry("e", "a", keys(), 5)}})
	require.Equal(t, cny, note("EUR", 2))
	require.Equal(t, cny, note("CNY", 0))
	require.Equal(t, cny, note("CNY", 2))
}
