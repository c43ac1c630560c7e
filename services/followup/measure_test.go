package followup_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/followup"
)

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
