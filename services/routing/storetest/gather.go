package storetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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

// gathering: what waits is told once, in one notice a person, and not sooner than the interval allows.
func gathering(t *testing.T, store routing.Store) {
	g, ok := store.(routing.GatherStore)
	require.True(t, ok)
	const many = 2500 // More than one transaction gathers.
	for i := range many {
		wait(t, store, "zhao-"+strconv.Itoa(i), "zhao")
	}
	wait(t, store, "sun-1", "sun")
	_, err := store.Change(t.Context(), routing.Change{Complaint: "sent"}, func(c *routing.Case) error {
		c.Changes.Notice = &routing.Notice{ID: "1-callback#1", Complaint: "sent", Recipient: "zhao", SendTime: at()}
		return nil
	})
	require.NoError(t, err)
	gather := func(after time.Duration) []routing.Gathered {
		now := at().Add(after)
		require.NoError(t, g.Gather(t.Context(), now, now.Add(-5*time.Minute)))
		untold, err := g.Untold(t.Context())
		require.NoError(t, err)
		return untold
	}
	first := gather(0)
	require.Len(t, first, 2)
	require.Equal(t, []string{"sun", "zhao"}, []string{first[0].Recipient, first[1].Recipient})
	require.Equal(t, []int{1, many}, []int{first[0].Count, first[1].Count})
	require.Equal(t, first, gather(time.Second), "what was not told is told under the same id")
	for _, gathered := range first {
		require.NoError(t, g.Tell(t.Context(), gathered.ID, at()))
	}
	require.Empty(t, gather(2*time.Second))
	wait(t, store, "zhao-later", "zhao")
	require.Empty(t, gather(time.Minute), "too soon for another one")
	later := gather(6 * time.Minute)
	require.Len(t, later, 1)
	require.Equal(t, 1, later[0].Count)
	require.NotEqual(t, first[1].ID, later[0].ID)
}
