package followup_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/followup"
)

// TestBeginTime: each cycle began when its complaint was received or reopened.
func TestBeginTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	reopened := start().Add(time.Hour)
	d.clock.Set(reopened)
	d.happens(t, complaint, 2, d.reopened(t))
	service, err := followup.New(followup.Config{}, d.deps)
	require.NoError(t, err)
	for cycle, began := range map[int32]time.Time{1: start(), 2: reopened} {
		at, err := service.BeginTime(t.Context(), complaint, cycle)
		require.NoError(t, err)
		require.WithinDuration(t, began, at, time.Microsecond)
	}
	for _, unknown := range []string{"complaints/" + d.ids.ID(), "somewhere/else"} {
		_, err = service.BeginTime(t.Context(), unknown, 1)
		require.Error(t, err)
	}
	_, err = service.BeginTime(t.Context(), complaint, 3)
	require.Error(t, err)
}

// TestAWatchedChannelTellsOfFailures: each of them, and nothing else.
func TestAWatchedChannelTellsOfFailures(t *testing.T) {
	t.Parallel()
	var told []string
	inner := &channel{}
	watched := followup.Watched(inner, func(_ context.Context, channel, template string) { told = append(told, channel+" "+template) })
	require.Equal(t, "test", watched.Name())
	message := followup.Message{Notification: "complaints/a/notifications/ack-1", Template: "acknowledgement"}
	proof, err := watched.Send(t.Context(), message)
	require.NoError(t, err)
	require.Equal(t, "proof of complaints/a/notifications/ack-1", proof)
	require.Empty(t, told)
	inner.err = errBroken()
	_, err = watched.Send(t.Context(), message)
	require.EqualError(t, err, errBroken().Error(), "who asked is told as well")
	require.Equal(t, []string{"test acknowledgement"}, told)
}
