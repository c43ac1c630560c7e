package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// promoting makes a version of the workers the current one.
type promoting struct {
	suite.Config
	settings.Program

	SkipGate bool `help:"Do not replay the workflows that run before, as for going back to a version that was the current one."`
}

// Uses implements settings.Selective.
func (promoting) Uses(flag string) bool {
	return slices.Contains([]string{
		"temporal-addr", "temporal-namespace", "worker-deployment", "worker-build", "config", "log-level", "log-format", "print-config", "skip-gate", "data-dir",
		"temporal-tls", "temporal-tls-cert", "temporal-tls-key", "temporal-tls-ca", "temporal-tls-server-name", "plaintext", "temporal-encryption",
	}, flag)
}

// Help implements kong's HelpProvider.
func (promoting) Help() string {
	return `Replays the workflows that run against this binary, as redress replay-gate does, and if all of them go on makes the version that
--worker-deployment and --worker-build name the current one: from then on its workers begin and go on with all workflows. Call it with the
binary that those workers are, once they run. Going back is the same with the name of the version before, and --skip-gate.`
}

func (c *promoting) run(ctx context.Context, in *surroundings) error {
	c.Config = c.WithDefaults()
	if c.PrintConfig {
		return in.settings.Print(in.stdout)
	}
	if err := c.Check(); err != nil {
		return misuse(err)
	}
	if c.WorkerDeployment == "" {
		return misuse(errors.New("--worker-deployment and --worker-build: which version?"))
	}
	if !c.SkipGate {
		gate := replayGate{Config: c.Config, Program: c.Program}
		if err := gate.run(ctx, in); err != nil {
			return err
		}
	}
	if err := suite.Promote(ctx, c.Config, slog.New(c.LogHandler(in.stderr)), time.Now); err != nil {
		return err
	}
	_, err := fmt.Fprintf(in.stdout, "ready: %s is the current version of %s\n", c.WorkerBuild, c.WorkerDeployment)
	return err
}
