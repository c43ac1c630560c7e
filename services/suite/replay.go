package suite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/redress-dev/redress/services/internal/envelope"
	"github.com/redress-dev/redress/services/internal/telemetry"
	"github.com/redress-dev/redress/services/replay"
)

// ReplayGate replays the history of every workflow that runs against the workflows of this binary; see package replay. It changes nothing, and needs
// nothing but Temporal, and temporal.key where workflows are encrypted. The error is for a Temporal that does not answer.
func ReplayGate(ctx context.Context, cfg Config, mostFailures int, logger *slog.Logger, now func() time.Time) (*replay.Report, error) {
	cfg = cfg.WithDefaults()
	temporal, codec, err := visitTemporal(cfg, logger, now)
	if err != nil {
		return nil, err
	}
	defer temporal.Close()
	report, err := replay.Gate(ctx, replay.Config{
		Namespace: cfg.Namespace, Converter: dataConverter(codec), AtOnce: runtime.GOMAXPROCS(0), MostFailures: mostFailures,
	}, temporal)
	if err != nil {
		return nil, fmt.Errorf("temporal at %s, namespace %s: %w", cfg.TemporalAddress, cfg.Namespace, err)
	}
	return report, nil
}

// visitTemporal connects a command that runs beside an installation to its Temporal, and opens what is sealed there; the codec is nil where
// nothing is.
func visitTemporal(cfg Config, logger *slog.Logger, now func() time.Time) (client.Client, *envelope.Codec, error) {
	// It speaks to nobody else.
	only := Config{Roles: []Role{Worker}, AdminAddress: off, TemporalAddress: cfg.TemporalAddress, TLS: cfg.TLS}
	if err := errors.Join(only.TLS.check(), only.CheckPlaintext()); err != nil {
		return nil, nil, err
	}
	way, err := openTransport(cfg.TLS, now, logger)
	if err != nil {
		return nil, nil, err
	}
	opened := &keys{}
	if cfg.seals() != envelope.Off {
		if opened.temporal, err = loadTemporalKey(cfg); err != nil {
			return nil, nil, err
		}
	}
	codec := opened.codec(cfg)
	temporal, err := temporalClient(cfg, way.temporal, logger, now, telemetry.None(), codec)
	return temporal, codec, err
}
