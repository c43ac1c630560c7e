package storetest

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/routing"
)

// wait records a notice of an escalation that was not sent.
func wait(t *testing.T, store routing.Store, complaint, recipient string) {
	t.Helper()
	_, err := store.Change(t.Context(), routing.Change{Complaint: complaint}, func(c *routing.Case) error {
		c.Changes.Notice = &routing.Notice{ID: "1-callback#1", Complaint: complaint, Duty: "1-callback", Recipient: recipient, Level: 1, DueTime: at()}
		return nil
	})
	require.NoError(t, err)
}

// seen looks whether the notice is on record, and whether as one that waits.
func seen(t *testing.T, store routing.Store, complaint string, waits bool) {
	t.Helper()
	_, err := store.Change(t.Context(), routing.Change{Complaint: complaint, Notices: true}, func(c *routing.Case) error {
		require.True(t, c.Told("1-callback#1"))
		require.Equal(t, waits, c.Waits("1-callback#1"))
		return nil
	})
	require.NoError(t, err)
}

// sent is the outcome of an attempt that succeeded.
func sent() routing.Outcome {
	return routing.Outcome{State: routingv1.Notice_SENT, Time: at(), Channel: policyv1.NoticeChannel_LOG}
}

// drafted is an event about a notice.
func drafted(n routing.Notice) eventlog.Draft {
	return eventlog.Draft{Subject: "complaints/" + n.Complaint, Cycle: 1, Actor: "services/routing", Payload: &eventv1.Payload{
		Kind: &eventv1.Payload_NoticeSent{NoticeSent: &eventv1.NoticeSent{Recipient: "agents/" + n.Recipient}},
	}}
}

// gathering: what waits is told once, in one notice a person, and not sooner than the interval allows.
func gathering(t *testing.T, store routing.Store) {
	g, ok := store.(routing.GatherStore)
	require.True(t, ok)
	const many = 2500 // More than one transaction gathers.
	for i := range many {
		wait(t, store, "zhao-"+strconv.Itoa(i), "zhao")
	}
	wait(t, store, "sun-1", "sun")
	seen(t, store, "sun-1", true)
	_, err := store.Change(t.Context(), routing.Change{Complaint: "sent"}, func(c *routing.Case) error {
		c.Changes.Notice = &routing.Notice{ID: "1-callback#1", Complaint: "sent", Recipient: "zhao", SendTime: at()}
		return nil
	})
	require.NoError(t, err)
	seen(t, store, "sent", false)
	gather := func(after time.Duration) []routing.Telling {
		now := at().Add(after)
		require.NoError(t, g.Gather(t.Context(), now, now.Add(-5*time.Minute), now.Add(time.Hour)))
		due, err := g.Due(t.Context(), now)
		require.NoError(t, err)
		return due
	}
	first := gather(0)
	require.Len(t, first, 2)
	require.Equal(t, []string{"sun", "zhao"}, []string{first[0].Recipient, first[1].Recipient})
	require.Equal(t, []int{1, many}, []int{first[0].Count, first[1].Count})
	wait(t, store, "zhao-more", "zhao")
	first[1].Count++
	require.Equal(t, first, gather(time.Second), "what nobody began to tell goes on being filled, under the same id")
	claimed(t, g, first)
	wait(t, store, "zhao-later", "zhao")
	require.Empty(t, gather(2*time.Second), "it is kept for who claimed it")
	again := gather(time.Minute)
	require.Equal(t, []int{1, many + 1}, []int{again[0].Count, again[1].Count}, "nothing is added to what may have been told")
	require.Equal(t, []string{first[0].ID, first[1].ID}, []string{again[0].ID, again[1].ID}, "what was not told is told under the same id")
	for _, gathered := range again {
		require.NoError(t, g.Settle(t.Context(), gathered, sent(), nil))
		_, ok, err := g.Claim(t.Context(), gathered, at().Add(time.Hour))
		require.NoError(t, err)
		require.False(t, ok, "it was told")
	}
	require.Empty(t, gather(2*time.Minute), "too soon for another one")
	later := gather(6 * time.Minute)
	require.Len(t, later, 1)
	require.Equal(t, 1, later[0].Count, "what came after the claim was not lost")
	require.NotEqual(t, first[1].ID, later[0].ID)
}

// claimed: of those who want to tell the same, one may.
func claimed(t *testing.T, g routing.GatherStore, due []routing.Telling) {
	t.Helper()
	var winners atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for _, gathered := range due {
				mine, ok, err := g.Claim(t.Context(), gathered, at().Add(time.Minute))
				if err == nil && ok && mine.Count == gathered.Count && mine.Attempts == 1 {
					winners.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, len(due), winners.Load())
}

// crowded: processes that gather at once count each notice once, and record each as sent once.
func crowded(t *testing.T, store routing.Store) {
	g, ok := store.(routing.GatherStore)
	require.True(t, ok)
	const many = 300 // More than one transaction records.
	for i := range many {
		complaint := "c-" + strconv.Itoa(i)
		_, err := store.Change(t.Context(), routing.Change{Complaint: complaint}, func(c *routing.Case) error {
			c.Changes.Complaint = &routing.Complaint{ID: complaint, Customer: "customers/k", Cycle: 2}
			c.Changes.Notice = &routing.Notice{
				ID: "1-callback@1", Complaint: complaint, Duty: "1-callback", Kind: policyv1.DutyKind_CALLBACK, Recipient: "zhao", DueTime: at(),
			}
			return nil
		})
		require.NoError(t, err)
	}
	none, err := g.Record(t.Context(), nil)
	require.NoError(t, err)
	require.False(t, none, "what was not told is not sent")
	atOnce(t, func() error { return g.Gather(t.Context(), at(), at().Add(-time.Minute), at().Add(time.Hour)) })
	due, err := g.Due(t.Context(), at())
	require.NoError(t, err)
	require.Len(t, due, 1)
	require.Equal(t, many, due[0].Count)
	require.NoError(t, g.Settle(t.Context(), due[0], sent(), nil))
	var mu sync.Mutex
	recorded := map[string]int{}
	atOnce(t, func() error {
		var events []string
		for more := true; more; {
			var err error
			var slice []string
			more, err = g.Record(t.Context(), func(n routing.Notice, cycle int32, o routing.Outcome) eventlog.Draft {
				if cycle == 2 && o.Time.Equal(at()) && n.DueTime.Equal(at()) && n.Kind == policyv1.DutyKind_CALLBACK && n.Name() == due[0].ID {
					slice = append(slice, n.Complaint)
				}
				return drafted(n)
			})
			if err != nil {
				return err
			}
			events = append(events, slice...)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, complaint := range events {
			recorded[complaint]++
		}
		return nil
	})
	require.Len(t, recorded, many)
	for complaint, times := range recorded {
		require.Equal(t, 1, times, complaint)
	}
}

// atOnce does the same several times at once.
func atOnce(t *testing.T, do func() error) {
	t.Helper()
	var all errgroup.Group
	for range 4 {
		all.Go(do)
	}
	require.NoError(t, all.Wait())
}
