package storetest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/remedy"
)

func unknown(t *testing.T, env Env) {
	t.Helper()
	propose(t, env, proposal("a", "r1", 0))
	_, err := env.Store.Case(t.Context(), "nobody")
	require.ErrorIs(t, err, remedy.ErrUnknown)
	for _, name := range [][2]string{{"a", "r2"}, {"nobody", "r1"}} {
		_, err = env.Store.Remedy(t.Context(), name[0], name[1])
		require.ErrorIs(t, err, remedy.ErrUnknown)
	}
	list, err := env.Store.Remedies(t.Context(), remedy.Query{Complaint: "nobody", Limit: 10})
	require.NoError(t, err)
	require.Empty(t, list)
	_, err = env.Store.Change(t.Context(), remedy.Change{Complaint: "nobody"}, func(c *remedy.Case) error {
		require.Equal(t, &remedy.Case{}, c)
		return remedy.ErrUnknown
	})
	require.ErrorIs(t, err, remedy.ErrUnknown)
}

func whole(t *testing.T, env Env) {
	t.Helper()
	c, r := complaint("a"), proposal("a", "r1", 0)
	put(t, env, "a", remedy.Changes{Complaint: &c, Remedy: &r, Drafts: []eventlog.Draft{draft("a"), draft("a")}})
	read, err := env.Store.Case(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, &remedy.Case{Complaint: c}, read)
	got, err := env.Store.Remedy(t.Context(), "a", "r1")
	require.NoError(t, err)
	require.Equal(t, r, got)
	require.Equal(t, []string{"remedy_proposed", "remedy_proposed"}, env.Types(t, "complaints/a"))

	c.Customer, c.Cycle, c.End = "customers/other", 7, intakev1.Complaint_CLOSED
	put(t, env, "a", remedy.Changes{Complaint: &c})
	read, err = env.Store.Case(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, &remedy.Case{Complaint: c}, read)
	got, err = env.Store.Remedy(t.Context(), "a", "r1")
	require.NoError(t, err)
	require.Equal(t, r, got, "a remedy keeps the cycle and the customer it was made for")
}

// nothing proves that neither a refusal, nor an event that the log refuses, nor a remedy that exists leaves a trace.
func nothing(t *testing.T, env Env) {
	t.Helper()
	refused := errors.New("refused")
	event := &eventv1.Event{EventId: "0198c1b0-0000-7000-8000-000000000001"}
	c, r := complaint("a"), proposal("a", "r1", 0)
	for _, change := range []remedy.Change{{Complaint: "a", Event: event}, {Complaint: "a", Command: command("k", "one"), Result: "r"}} {
		done, err := env.Store.Change(t.Context(), change, func(file *remedy.Case) error {
			file.Changes = remedy.Changes{Complaint: &c, Remedy: &r, Drafts: []eventlog.Draft{draft("a")}}
			return refused
		})
		require.ErrorIs(t, err, refused)
		require.Zero(t, done)
		_, err = env.Store.Change(t.Context(), change, func(file *remedy.Case) error {
			file.Changes = remedy.Changes{Complaint: &c, Remedy: &r, Drafts: []eventlog.Draft{draft("a"), {}}}
			return nil
		})
		require.Error(t, err, "the log refuses an empty draft")
	}
	_, err := env.Store.Case(t.Context(), "a")
	require.ErrorIs(t, err, remedy.ErrUnknown)
	_, err = env.Store.Remedy(t.Context(), "a", "r1")
	require.ErrorIs(t, err, remedy.ErrUnknown)
	require.Empty(t, env.Types(t, "complaints/a"))
	for _, change := range []remedy.Change{{Complaint: "a", Event: event}, {Complaint: "a", Command: command("k", "two"), Result: "r"}} {
		done, err := env.Store.Change(t.Context(), change, func(*remedy.Case) error { return nil })
		require.NoError(t, err)
		require.False(t, done.Repeated, "neither the event nor the key counts as used")
	}

	propose(t, env, r)
	_, err = env.Store.Change(t.Context(), remedy.Change{Complaint: "a"}, func(file *remedy.Case) error {
		file.Changes = remedy.Changes{Complaint: &c, Remedy: &r}
		return nil
	})
	require.Error(t, err, "a remedy is not written over")
	_, err = env.Store.Case(t.Context(), "a")
	require.ErrorIs(t, err, remedy.ErrUnknown)
}

func eventOnce(t *testing.T, env Env) {
	t.Helper()
	change := remedy.Change{Complaint: "a", Event: &eventv1.Event{EventId: "0198c1b0-0000-7000-8000-000000000002"}}
	for i := range 3 {
		done, err := env.Store.Change(t.Context(), change, func(c *remedy.Case) error {
			known := complaint("a")
			c.Changes = remedy.Changes{Complaint: &known, Drafts: []eventlog.Draft{draft("a")}}
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, remedy.Done{Repeated: i > 0}, done)
	}
	require.Len(t, env.Types(t, "complaints/a"), 1)
}

// command is a call with an idempotency key.
func command(key, fingerprint string) idem.Command {
	return idem.Command{
		Caller: "agents/lin", Method: "/m", Key: key, Fingerprint: []byte(fingerprint), Now: at(0), Retention: 24 * time.Hour,
	}
}

func commandOnce(t *testing.T, env Env) {
	t.Helper()
	calls := 0
	change := func(fingerprint, result string) (remedy.Done, error) {
		return env.Store.Change(t.Context(), remedy.Change{Complaint: "a", Command: command("k", fingerprint), Result: result},
			func(*remedy.Case) error { calls++; return nil })
	}
	done, err := change("one", "first")
	require.NoError(t, err)
	require.Equal(t, remedy.Done{Result: "first"}, done)
	done, err = change("one", "second")
	require.NoError(t, err)
	require.Equal(t, remedy.Done{Repeated: true, Result: "first"}, done)
	_, err = change("other", "third")
	require.Equal(t, errorv1.Reason_IDEMPOTENCY_KEY_REUSED.String(), errs.Reason(err))
	require.Equal(t, 1, calls)
}

// oneAtATime has many writers count what they read: none is blind to another one.
func oneAtATime(t *testing.T, env Env) {
	t.Helper()
	const writers, each = 8, 4
	c := complaint("a")
	put(t, env, "a", remedy.Changes{Complaint: &c})
	var group sync.WaitGroup
	failed := make(chan error, writers*each)
	for range writers {
		group.Go(func() {
			for range each {
				failed <- bump(context.WithoutCancel(t.Context()), env.Store)
			}
		})
	}
	group.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	read, err := env.Store.Case(t.Context(), "a")
	require.NoError(t, err)
	require.EqualValues(t, 1+writers*each, read.Complaint.Cycle)
	require.Len(t, env.Types(t, "complaints/a"), writers*each)
}

// bump begins the next cycle and proposes a remedy in it.
func bump(ctx context.Context, store remedy.Store) error {
	_, err := store.Change(ctx, remedy.Change{Complaint: "a"}, func(c *remedy.Case) error {
		next := c.Complaint
		next.Cycle++
		r := proposal("a", strconv.Itoa(int(next.Cycle)), 0)
		c.Changes = remedy.Changes{Complaint: &next, Remedy: &r, Drafts: []eventlog.Draft{draft("a")}}
		return nil
	})
	return err
}

// revised has a proposal written over: what the revision before offered is no more read, and what came of it neither.
func revised(t *testing.T, env Env) {
	t.Helper()
	r := proposal("a", "r1", 0)
	propose(t, env, r)
	propose(t, env, proposal("a", "r2", 0))
	r.Version, r.Revision, r.ReviseTime, r.State, r.Proposer = 4, 2, at(5), remedyv1.Remedy_GRANTED, "agents/wu"
	r.Options, r.Offer, r.Answer = r.Options[1:2], remedy.Offer{}, remedy.Answer{}
	r.Grant, r.Review, r.Approval, r.Most = remedy.Grant{}, remedy.Review{}, "", 0
	put(t, env, "a", remedy.Changes{Updated: []remedy.Remedy{r}})
	got, err := env.Store.Remedy(t.Context(), "a", "r1")
	require.NoError(t, err)
	r.Answer.Owed = got.Answer.Owed // What was accepted is not revised, so nobody reads this.
	require.Equal(t, r, got)

	r.Offer = remedy.Offer{Teller: "agents/wu", Time: at(6), AnswerTime: at(7)}
	r.Version++
	put(t, env, "a", remedy.Changes{Updated: []remedy.Remedy{r}})
	got, err = env.Store.Remedy(t.Context(), "a", "r1")
	require.NoError(t, err)
	require.Equal(t, r, got)
	_, err = env.Store.Change(t.Context(), remedy.Change{Complaint: "a", Remedies: true}, func(c *remedy.Case) error {
		require.Equal(t, []remedy.Remedy{r, proposal("a", "r2", 0)}, c.Remedies, "a change sees what a reader sees")
		return nil
	})
	require.NoError(t, err)
}

// items has requests noted in disorder, and those of a complaint that went on in another one given to that.
func items(t *testing.T, env Env) {
	t.Helper()
	note := func(complaint, id string, open bool, heard int64) {
		put(t, env, complaint, remedy.Changes{Item: &remedy.Item{ID: id, Open: open, Heard: heard}})
	}
	note("a", "i1", true, 3)
	note("a", "i1", false, 2)
	note("a", "i2", true, 4)
	note("a", "i2", false, 5)
	note("b", "i1", false, 9)
	note("b", "i3", true, 9)
	put(t, env, "a", remedy.Changes{Absorbed: "b"})
	note("a", "i3", false, 6)
	_, err := env.Store.Change(t.Context(), remedy.Change{Complaint: "a", Remedies: true}, func(c *remedy.Case) error {
		require.Equal(t, []remedy.Item{{ID: "i1", Open: true, Heard: 3}, {ID: "i2", Heard: 5}, {ID: "i3", Heard: 6}}, c.Items)
		return nil
	})
	require.NoError(t, err)
}
