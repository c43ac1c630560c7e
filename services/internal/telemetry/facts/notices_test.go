package facts_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/telemetry/facts"
)

// queue has notices that wait and that were given up.
type queue struct{}

func (queue) CountNotices(context.Context) (int64, int64, error) { return 3, 2, nil }

func TestNoticesAreCounted(t *testing.T) {
	t.Parallel()
	seen := prometheus(t)
	counted, err := facts.New(seen.Meter())
	require.NoError(t, err)
	require.NoError(t, facts.Watch(seen.Meter(), facts.Sources{Notices: queue{}, Now: begin, Logger: slog.New(slog.DiscardHandler)}))
	for _, p := range []*eventv1.Payload{
		{Kind: &eventv1.Payload_NoticeSent{NoticeSent: &eventv1.NoticeSent{About: "HAND_OFF", Channel: policyv1.NoticeChannel_MAIL}}},
		{Kind: &eventv1.Payload_NoticeDelayed{NoticeDelayed: &eventv1.NoticeDelayed{About: "WARNING"}}},
		{Kind: &eventv1.Payload_NoticeGivenUp{NoticeGivenUp: &eventv1.NoticeGivenUp{About: "WARNING"}}},
	} {
		counted.Recorded(t.Context(), nil, p)
	}
	require.Equal(t, map[string]string{
		`redress_notices_sent_total{about="hand-off",channel="mail"}`: "1", `redress_notices_delayed_total{about="warning"}`: "1",
		`redress_notices_given_up_total{about="warning"}`: "1", "redress_notices_waiting": "3", "redress_notices_dead": "2",
	}, scrape(t, seen))
}
