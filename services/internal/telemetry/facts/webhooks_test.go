package facts_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/telemetry/facts"
)

// outside has events that wait for outside systems, the oldest for a minute and a half, and some that were given up.
type outside struct{}

func (outside) CountDeliveries(context.Context) (waiting, dead int64, oldest time.Time, err error) {
	return 4, 1, begin().Add(-90 * time.Second), nil
}

func TestWebhooksAreCounted(t *testing.T) {
	t.Parallel()
	seen := prometheus(t)
	counted, err := facts.New(seen.Meter())
	require.NoError(t, err)
	require.NoError(t, facts.Watch(seen.Meter(), facts.Sources{Deliveries: outside{}, Now: begin, Logger: slog.New(slog.DiscardHandler)}))
	counted.WebhookTried(t.Context(), "delivered")
	counted.WebhookTried(t.Context(), "given-up")
	require.Equal(t, map[string]string{
		`redress_webhook_attempts_total{outcome="delivered"}`: "1", `redress_webhook_attempts_total{outcome="given-up"}`: "1",
		"redress_webhook_deliveries_waiting": "4", "redress_webhook_deliveries_dead": "1", "redress_webhook_deliveries_oldest_age_seconds": "90",
	}, scrape(t, seen))
}
