package suite

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/redress-dev/redress/services/internal/telemetry"
	"github.com/redress-dev/redress/services/replay"
	"github.com/redress-dev/redress/workflows"
)

// ReplayGate replays the history of every workflow that runs against the workflows of this binary; see package replay. It changes nothing, and needs
// nothing but Temporal. The error is for one that does not answer.
func ReplayGate(ctx context.Context, cfg Config, mostFailures int, logger *slog.Logger, now func() time.Time) (*replay.Report, error) {
	cfg = cfg.WithDefaults()
	temporal, err := temporalClient(cfg, logger, now, telemetry.None())
	if err != nil {
		return nil, err
	}
	defer temporal.Close()
	report, err := replay.Gate(ctx, replay.Config{
		Namespace: cfg.Namespace, Converter: workflows.DataConverter(), AtOnce: runtime.GOMAXPROCS(0), MostFailures: mostFailures,
	}, temporal)
	if err != nil {
		return nil, fmt.Errorf("temporal at %s, namespace %s: %w", cfg.TemporalAddress, cfg.Namespace, err)
	}
	return report, nil
}
