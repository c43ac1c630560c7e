package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
)

func testRoundTrip(t *testing.T, env Env) {
	t.Helper()
	full := &followup.Duty{
		Complaint: "a", ID: "1-resolution", Kind: policyv1.DutyKind_RESOLUTION, Cycle: 1, State: followupv1.Duty_KEPT,
		Verdict: policyv1.Verdict_MET_LATE, OpenTime: at(0), DueTime: at(90), WarnTimes: []time.Time{at(30), at(60)},
		WarnedTimes: []time.Time{at(30)}, FactTime: at(91), Evidence: "complaints/a", Corrected: true, SettleTime: at(92),
		ReleaseReason: "no reason", Measure: policyv1.Clock_BUSINESS_DAYS, Calendar: "office",
	}
	bare := callback("a", 1, at(60))
	c := complaint("a")
	put(t, env, "a", followup.Changes{
		Complaint: &c, Opened: []*followup.Duty{full, bare}, Drafts: []eventlog.Draft{draft("a"), draft("a")},
	})
	read, err := env.Store.Case(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, &followup.Case{Complaint: c, Duties: []*followup.Duty{bare, full}}, read)
	require.Equal(t, []string{"duty_opened", "duty_opened"}, env.Types(t, "complaints/a"))

	c.Cycle, c.Ended, c.ReceiveTime, c.About = 2, true, at(100), []string{"agents/lin", "agents/ma"}
	c.Department, c.Assignee = "departments/returns", "agents/lin"
	second := callback("a", 2, at(50))
	bare.State, bare.Verdict, bare.FactTime, bare.Evidence = followupv1.Duty_KEPT, policyv1.Verdict_MET, at(10), "x"
	bare.SettleTime, bare.Corrected, bare.ReleaseReason, bare.WarnedTimes = at(11), true, "r", []time.Time{at(5)}
	put(t, env, "a", followup.Changes{
		Complaint: &c, Opened: []*followup.Duty{second}, Touched: []*followup.Duty{bare}, Drafts: []eventlog.Draft{draft("a")},
	})
	read, err = env.Store.Case(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, &followup.Case{Complaint: c, Duties: []*followup.Duty{bare, full, second}}, read, "by cycle and due time")
	require.Len(t, env.Types(t, "complaints/a"), 3)

	// Several at once, each with what is its own.
	full.State, full.ReleaseReason, full.WarnedTimes = followupv1.Duty_RELEASED, "so", full.WarnTimes
	second.Verdict, second.SettleTime, second.Corrected = policyv1.Verdict_MISSED, at(51), true
	put(t, env, "a", followup.Changes{Touched: []*followup.Duty{second, bare, full}})
	read, err = env.Store.Case(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, &followup.Case{Complaint: c, Duties: []*followup.Duty{bare, full, second}}, read)

	nothing := complaint("b")
	put(t, env, "b", followup.Changes{Complaint: &nothing})
	read, err = env.Store.Case(t.Context(), "b")
	require.NoError(t, err)
	require.Equal(t, &followup.Case{Complaint: nothing}, read, "a complaint that owes nothing is known")
}

func testDueTimeNeverMovesLater(t *testing.T, env Env) {
	t.Helper()
	d, other := callback("a", 1, at(60)), callback("a", 2, at(60))
	open(t, env, "a", d, other)
	reads := func(due time.Time, warnings ...time.Time) {
		read, err := env.Store.Case(t.Context(), "a")
		require.NoError(t, err)
		wanted := callback("a", 1, due)
		wanted.WarnTimes, wanted.Measure, wanted.Calendar = warnings, d.Measure, d.Calendar
		require.Equal(t, []*followup.Duty{wanted, callback("a", 2, at(60))}, read.Duties)
	}
	d.DueTime, d.OpenTime, d.WarnTimes = at(50), at(500), []time.Time{at(7)}
	put(t, env, "a", followup.Changes{Touched: []*followup.Duty{d}})
	reads(at(60))
	for _, step := range []struct{ due, wanted int }{{600, 60}, {50, 50}, {55, 50}} {
		d.DueTime, d.WarnTimes = at(step.due), []time.Time{at(step.due - 10), at(step.due - 5)}
		d.Measure, d.Calendar = policyv1.Clock_CALENDAR_DAYS, "office"
		put(t, env, "a", followup.Changes{Rescheduled: []*followup.Duty{d}})
		reads(at(step.wanted), d.WarnTimes...)
	}
	_, err := env.Store.Change(t.Context(), followup.Change{Complaint: "a"}, func(c *followup.Case) error {
		c.Changes.Rescheduled = []*followup.Duty{callback("a", 3, at(60))}
		return nil
	})
	require.Error(t, err, "a duty that does not exist cannot move")
}

func testAllOrNothing(t *testing.T, env Env) {
	t.Helper()
	refused := errors.New("refused")
	e := &eventv1.Event{EventId: "0198c1b0-0000-7000-8000-000000000001"}
	for _, change := range []followup.Change{{Complaint: "a", Event: e}, {Complaint: "a", Command: command("k", "one"), Result: "r"}} {
		_, err := env.Store.Change(t.Context(), change, func(*followup.Case) error { return refused })
		require.ErrorIs(t, err, refused)
	}
	// A draft that the log refuses takes everything else with it.
	c := complaint("a")
	_, err := env.Store.Change(t.Context(), followup.Change{Complaint: "a", Event: e}, func(file *followup.Case) error {
		file.Changes = followup.Changes{
			Complaint: &c, Opened: []*followup.Duty{callback("a", 1, at(60))}, Drafts: []eventlog.Draft{draft("a"), {}},
			Attempt:      &followup.Attempt{Complaint: "a", Cycle: 1, ID: "t"},
			Notification: &followup.Notification{Complaint: "a", ID: "n", Text: []byte("x")},
		}
		return nil
	})
	require.Error(t, err)
	_, err = env.Store.Case(t.Context(), "a")
	require.ErrorIs(t, err, followup.ErrUnknown)
	require.Empty(t, env.Types(t, "complaints/a"))
	// Neither the event nor the key counts as used.
	for _, change := range []followup.Change{{Complaint: "a", Event: e}, {Complaint: "a", Command: command("k", "two"), Result: "r"}} {
		done, err := env.Store.Change(t.Context(), change, func(*followup.Case) error { return nil })
		require.NoError(t, err)
		require.False(t, done.Repeated)
	}
}

func testEventOnce(t *testing.T, env Env) {
	t.Helper()
	e := &eventv1.Event{EventId: "0198c1b0-0000-7000-8000-000000000002"}
	calls := 0
	for range 3 {
		_, err := env.Store.Change(t.Context(), followup.Change{Complaint: "a", Event: e}, func(c *followup.Case) error {
			calls++
			known := complaint("a")
			c.Changes = followup.Changes{Complaint: &known, Drafts: []eventlog.Draft{draft("a")}}
			return nil
		})
		require.NoError(t, err)
	}
	require.Equal(t, 1, calls)
	require.Len(t, env.Types(t, "complaints/a"), 1)
	done, err := env.Store.Change(t.Context(), followup.Change{Complaint: "a", Event: e}, nil)
	require.NoError(t, err)
	require.True(t, done.Repeated)
}

// command is a call with an idempotency key.
func command(key, fingerprint string) idem.Command {
	return idem.Command{
		Caller: "agents/lin", Method: "/m", Key: key, Fingerprint: []byte(fingerprint), Now: at(0), Retention: 24 * time.Hour,
	}
}

func testCommandOnce(t *testing.T, env Env) {
	t.Helper()
	open(t, env, "a", callback("a", 1, at(60)))
	calls := 0
	change := func(fingerprint, result string) (followup.Done, error) {
		return env.Store.Change(t.Context(), followup.Change{Complaint: "a", Command: command("k", fingerprint), Result: result},
			func(*followup.Case) error { calls++; return nil })
	}
	done, err := change("one", "first")
	require.NoError(t, err)
	require.Equal(t, followup.Done{Result: "first"}, done)
	done, err = change("one", "second")
	require.NoError(t, err)
	require.Equal(t, followup.Done{Repeated: true, Result: "first"}, done)
	_, err = change("other", "third")
	require.Equal(t, errorv1.Reason_IDEMPOTENCY_KEY_REUSED.String(), errs.Reason(err))
	require.Equal(t, 1, calls)
}

func testUnknown(t *testing.T, env Env) {
	t.Helper()
	open(t, env, "a", callback("a", 1, at(60)))
	_, err := env.Store.Case(t.Context(), "b")
	require.ErrorIs(t, err, followup.ErrUnknown)
	_, err = env.Store.Callback(t.Context(), "a", 2)
	require.ErrorIs(t, err, followup.ErrUnknown)
	_, err = env.Store.Notification(t.Context(), "a", "ack-1")
	require.ErrorIs(t, err, followup.ErrUnknown)
	_, err = env.Store.Change(t.Context(), followup.Change{Complaint: "b"}, func(c *followup.Case) error {
		require.Equal(t, &followup.Case{}, c)
		return nil
	})
	require.NoError(t, err)
	put := callback("b", 1, at(60))
	_, err = env.Store.Change(t.Context(), followup.Change{Complaint: "b"}, func(c *followup.Case) error {
		c.Changes.Touched = []*followup.Duty{put}
		return nil
	})
	require.Error(t, err, "a duty that does not exist cannot change")
}

func testNotification(t *testing.T, env Env) {
	t.Helper()
	open(t, env, "a")
	n := followup.Notification{
		Complaint: "a", ID: "ack-1", Template: "acknowledgement", Language: "en", Channel: "development", Proof: "p",
		SendTime: at(1), Text: []byte{0, 1, 255}, Cycle: 1, Kind: followupv1.Notification_ACKNOWLEDGEMENT, State: followupv1.Notification_SENT,
	}
	put(t, env, "a", followup.Changes{Notification: &n})
	read, err := env.Store.Notification(t.Context(), "a", "ack-1")
	require.NoError(t, err)
	require.Equal(t, n, read)
	for asked, wanted := range map[bool][]followup.Notification{false: nil, true: {n}} {
		_, err = env.Store.Change(t.Context(), followup.Change{Complaint: "a", Notifications: asked}, func(c *followup.Case) error {
			require.Equal(t, wanted, c.Notifications)
			return nil
		})
		require.NoError(t, err)
	}
}

// testOneChangeAtATime has many writers add to what they read: none is lost.
func testOneChangeAtATime(t *testing.T, env Env) {
	t.Helper()
	const writers, each = 8, 5
	open(t, env, "a", callback("a", 1, at(60)))
	var wg sync.WaitGroup
	failed := make(chan error, writers*each)
	for range writers {
		wg.Go(func() {
			for range each {
				_, err := env.Store.Change(context.WithoutCancel(t.Context()), followup.Change{Complaint: "a"}, func(c *followup.Case) error {
					d := c.Duties[0]
					d.WarnedTimes = append(d.WarnedTimes, at(len(d.WarnedTimes)))
					c.Changes = followup.Changes{Touched: []*followup.Duty{d}, Drafts: []eventlog.Draft{draft("a")}}
					return nil
				})
				failed <- err
			}
		})
	}
	wg.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	c, err := env.Store.Case(t.Context(), "a")
	require.NoError(t, err)
	require.Len(t, c.Duties[0].WarnedTimes, writers*each)
	require.Len(t, env.Types(t, "complaints/a"), writers*each)
}
