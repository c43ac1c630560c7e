package suite

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/complaint"
)

// workerRetry is how long the suite waits before it asks again for a Temporal that cannot be reached.
const workerRetry = time.Second

// temporalClient returns a client that connects when it is first used, so that the suite starts without Temporal.
func temporalClient(cfg Config, logger *slog.Logger) (client.Client, error) {
	return client.NewLazyClient(client.Options{
		HostPort:  cfg.TemporalAddress,
		Namespace: cfg.Namespace,
		// The converter that histories were written with.
		DataConverter: workflows.DataConverter(),
		Logger:        log.NewStructuredLogger(logger),
	})
}

// runWorker carries out workflows and activities until ctx ends. While Temporal cannot be reached it tries again; nothing
// depends on it but time.
func (s *Suite) runWorker(ctx context.Context) error {
	for {
		failed := make(chan error, 1)
		w := worker.New(s.temporal, complaint.TaskQueue, worker.Options{
			WorkerStopTimeout:           s.cfg.DrainTime,
			DisableRegistrationAliasing: true,
			OnFatalError:                func(err error) { failed <- err },
		})
		complaint.Register(w, s.activities)
		if err := w.Start(); err != nil {
			s.deps.Logger.Warn("the worker cannot reach Temporal; complaints are still accepted", "address", s.cfg.TemporalAddress, "error", err)
		} else {
			select {
			case <-ctx.Done():
				w.Stop()
				return nil
			case err := <-failed: // The worker has stopped itself.
				s.deps.Logger.Error("the worker stopped", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(workerRetry):
		}
	}
}
