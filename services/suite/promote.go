package suite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// deployment says to which version of which Worker Deployment a worker belongs; none for a worker without versions. All workflows go on with the
// current version (docs/adr/0020-versions-of-workers.md).
func (c Config) deployment() worker.DeploymentOptions {
	if c.WorkerDeployment == "" {
		return worker.DeploymentOptions{}
	}
	return worker.DeploymentOptions{
		UseVersioning:             true,
		Version:                   worker.WorkerDeploymentVersion{DeploymentName: c.WorkerDeployment, BuildID: c.WorkerBuild},
		DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	}
}

// Promote makes the configuration's version of the workers the current one: from then on it begins and goes on with all workflows. Temporal refuses
// one whose workers it has never seen, and one that does not serve what the current one serves. It is not the place of ReplayGate, which comes first.
func Promote(ctx context.Context, cfg Config, logger *slog.Logger, now func() time.Time) error {
	cfg = cfg.WithDefaults()
	if cfg.WorkerDeployment == "" || cfg.WorkerBuild == "" {
		return errors.New("suite: no version is named")
	}
	temporal, _, err := visitTemporal(cfg, logger, now)
	if err != nil {
		return err
	}
	defer temporal.Close()
	_, err = temporal.WorkerDeploymentClient().GetHandle(cfg.WorkerDeployment).SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{
		BuildID: cfg.WorkerBuild,
	})
	if err != nil {
		return fmt.Errorf("temporal at %s, namespace %s: make the build %s of %s the current one: %w",
			cfg.TemporalAddress, cfg.Namespace, cfg.WorkerBuild, cfg.WorkerDeployment, err)
	}
	return nil
}
