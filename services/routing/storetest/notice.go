package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/routing"
)

// stores are the parts of a store that notices need.
func stores(t *testing.T, store routing.Store) (routing.GatherStore, routing.NoticeStore) {
	t.Helper()
	g, ok := store.(routing.GatherStore)
	require.True(t, ok)
	n, ok := store.(routing.NoticeStore)
	require.True(t, ok)
	return g, n
}

// single puts a notice on record that is told by itself.
func single(t *testing.T, store routing.Store, complaint string) routing.Telling {
	t.Helper()
	notice := routing.Notice{
		ID: "1-callback#1", Complaint: complaint, Duty: "1-callback", Recipient: "zhao", Level: 2, DueTime: at(),
		About: routingv1.Notice_ESCALATION, Reason: routingv1.Escalation_CALLBACK_MISSED,
		Telling: &routing.Telling{
			ID: complaint + "-1-callback-no-1", Recipient: "zhao", Count: 1, CreateTime: at(), Attempts: 1, TryTime: at().Add(time.Minute),
			GiveUpTime: at().Add(time.Hour),
		},
	}
	_, err := store.Change(t.Context(), routing.Change{Complaint: complaint}, func(c *routing.Case) error {
		c.Changes.Complaint = &routing.Complaint{ID: complaint, Customer: "customers/k", Cycle: 2}
		c.Changes.Reference = "R-7K3M-9QX2-C"
		c.Changes.Notice = &notice
		return nil
	})
	require.NoError(t, err)
	told := *notice.Telling
	told.Notice = &notice
	return told
}

// count makes an event of an outcome and counts it.
func count(counter *atomic.Int32) func(routing.Notice, int32, routing.Outcome) eventlog.Draft {
	return func(n routing.Notice, _ int32, _ routing.Outcome) eventlog.Draft {
		counter.Add(1)
		return drafted(n)
	}
}

// alone: it is due when the first attempt is over, with all that it tells; what came of it is on record once.
func alone(t *testing.T, store routing.Store) {
	g, list := stores(t, store)
	told := single(t, store, "c1")
	reference, err := g.Reference(t.Context(), "c1")
	require.NoError(t, err)
	require.Equal(t, "R-7K3M-9QX2-C", reference)
	due, err := g.Due(t.Context(), at())
	require.NoError(t, err)
	require.Empty(t, due, "whoever put it on record makes the first attempt")
	due, err = g.Due(t.Context(), at().Add(time.Minute))
	require.NoError(t, err)
	require.Len(t, due, 1)
	want := *told.Notice
	want.Telling = nil
	require.Equal(t, want, *due[0].Notice)
	require.Equal(t, at().Add(time.Hour), due[0].GiveUpTime)
	require.NoError(t, g.Gather(t.Context(), at(), at().Add(-time.Minute), at().Add(time.Hour)))
	seen(t, store, "c1", false)

	var events atomic.Int32
	failed := routing.Outcome{State: routingv1.Notice_WAITING, Time: at(), Problem: "away"}
	for range 2 {
		require.NoError(t, g.Settle(t.Context(), told, failed, count(&events)))
		require.EqualValues(t, 1, events.Load(), "that it is delayed is told once")
	}
	seen(t, store, "c1", true)
	events.Store(0)
	atOnce(t, func() error { return g.Settle(t.Context(), told, sent(), count(&events)) })
	require.EqualValues(t, 1, events.Load(), "that it was sent is told once")
	seen(t, store, "c1", false)
	require.NoError(t, g.Settle(t.Context(), told, failed, count(&events)), "what was sent stays so")
	shown, err := list.Notices(t.Context(), `state = "SENT"`, "", 10)
	require.NoError(t, err)
	require.Len(t, shown, 1)
	require.Equal(t, policyv1.NoticeChannel_LOG, shown[0].Channel)
	require.Equal(t, at(), shown[0].SendTime)
	_, err = list.Redrive(t.Context(), told.ID, at(), nil)
	require.ErrorIs(t, err, routing.ErrNotDead)
	_, err = list.Redrive(t.Context(), "none", at(), nil)
	require.ErrorIs(t, err, routing.ErrUnknown)
}

// givenUp: one and many are listed, counted and told again; those of many are each on record as given up once.
func givenUp(t *testing.T, store routing.Store) {
	g, list := stores(t, store)
	one := single(t, store, "c1")
	for _, complaint := range []string{"c2", "c3"} {
		put(t, store, routing.Complaint{ID: complaint, Cycle: 1})
		wait(t, store, complaint, "zhao")
	}
	require.NoError(t, g.Gather(t.Context(), at(), at().Add(-time.Minute), at().Add(time.Hour)))
	due, err := g.Due(t.Context(), at())
	require.NoError(t, err)
	require.Len(t, due, 1)
	var events atomic.Int32
	dead := routing.Outcome{State: routingv1.Notice_DEAD, Time: at(), Problem: "gone"}
	for range 2 {
		require.NoError(t, g.Settle(t.Context(), one, dead, count(&events)))
		require.NoError(t, g.Settle(t.Context(), due[0], dead, count(&events)))
	}
	require.EqualValues(t, 1, events.Load())
	for range 2 {
		_, err = g.Record(t.Context(), count(&events))
		require.NoError(t, err)
		require.EqualValues(t, 3, events.Load())
	}
	waiting, gone, err := list.CountNotices(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int64{0, 2}, []int64{waiting, gone})
	first, err := list.Notices(t.Context(), "", "", 1)
	require.NoError(t, err)
	require.Equal(t, one.ID, first[0].ID)
	rest, err := list.Notices(t.Context(), "", first[0].ID, 10)
	require.NoError(t, err)
	require.Len(t, rest, 1)
	require.Nil(t, rest[0].Notice)

	wait(t, store, "c4", "zhao")
	require.NoError(t, g.Gather(t.Context(), at().Add(time.Minute), at(), at().Add(time.Hour)), "what is given up keeps nothing back")
	for _, id := range []string{one.ID, rest[0].ID} {
		again, err := list.Redrive(t.Context(), id, at().Add(2*time.Hour), func(n routing.Notice, _ int32) eventlog.Draft { return drafted(n) })
		require.NoError(t, err)
		require.Equal(t, at().Add(2*time.Hour), again.GiveUpTime)
	}
	due, err = g.Due(t.Context(), at().Add(time.Minute))
	require.NoError(t, err)
	require.Len(t, due, 3)
	events.Store(0)
	for _, d := range due {
		mine, ok, err := g.Claim(t.Context(), d, at().Add(time.Hour))
		require.NoError(t, err)
		require.True(t, ok)
		require.NoError(t, g.Settle(t.Context(), mine, sent(), count(&events)))
	}
	_, err = g.Record(t.Context(), count(&events))
	require.NoError(t, err)
	require.EqualValues(t, 4, events.Load())
}
