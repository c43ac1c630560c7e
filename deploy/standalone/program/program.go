// Package program is the standalone as a value: what main runs and the end-to-end tests start. New opens everything that can
// fail, in the order in which a newcomer's mistakes are cheapest, and undoes what it opened when something fails; Run serves;
// Close lets go.
package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/embedded"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/suite"
	"github.com/redress-dev/redress/workflows/complaint"
)

// Namespace is Temporal's namespace for Redress.
const Namespace = "redress"

// Deps are what the program needs from its surroundings. All are required.
type Deps struct {
	// Now is the clock that due times and verdicts are decided by.
	Now func() time.Time
	// Stderr is where the log goes.
	Stderr io.Writer
}

// Program is all of Redress in one process.
type Program struct {
	cfg      Config
	deps     Deps
	suite    *suite.Suite
	temporal *embedded.Server
}

// New opens keys, databases and listeners and starts Temporal. On error nothing is left behind but files.
func New(ctx context.Context, cfg Config, deps Deps) (*Program, error) {
	policy, err := suite.LoadPolicy(cfg.Policy)
	if err != nil {
		return nil, err
	}
	logger := slog.New(cfg.LogHandler(deps.Stderr))
	suiteConfig := cfg.Suite.WithDefaults()
	// One process has all roles, and nobody else makes its keys and tables.
	suiteConfig.Roles, suiteConfig.Migrate, suiteConfig.Namespace = suite.Roles(), true, Namespace
	if !cfg.Suite.TLS.Plaintext && !suite.IsLoopback(cfg.UIAddress) {
		return nil, fmt.Errorf("--temporal-ui-addr %s: Temporal's interface speaks plaintext, and asks nobody who they are; allow it beyond this host with --plaintext", cfg.UIAddress)
	}
	// A port in use is the commonest reason not to start, and the quickest to find out.
	listeners, err := suite.Listen(suiteConfig)
	if err != nil {
		return nil, err
	}
	suite.TuneMemory(suiteConfig) // Before Temporal's own workers are there.
	p := &Program{cfg: cfg, deps: deps}
	p.temporal, err = embedded.Start(ctx, embedded.Config{
		Dir:              cfg.Suite.DataDir,
		FrontendAddress:  suiteConfig.TemporalAddress,
		UIAddress:        cfg.UIAddress,
		Namespace:        Namespace,
		SearchAttributes: complaint.SearchAttributes(),
	}, embedded.Deps{Logger: logger})
	if err != nil {
		return nil, errors.Join(err, listeners.Close())
	}
	suiteConfig.TemporalAddress, suiteConfig.TemporalID = p.temporal.FrontendAddress(), p.temporal.NamespaceID()
	p.suite, err = suite.New(ctx, suiteConfig, suite.Deps{Policy: policy, Now: deps.Now, Logger: logger, Listeners: listeners})
	if err != nil {
		return nil, errors.Join(err, listeners.Close(), p.temporal.Close())
	}
	return p, nil
}

// Run serves until ctx ends, or Temporal or a part of the suite fails.
func (p *Program) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case err := <-p.temporal.Failed():
			cancel(fmt.Errorf("temporal: %w", err))
		case <-ctx.Done():
		}
	}()
	err := p.suite.Run(ctx)
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = errors.Join(err, cause)
	}
	return err
}

// Close stops what New started. Call it after Run returned.
func (p *Program) Close() error {
	return errors.Join(p.suite.Close(), p.temporal.Close())
}

// HTTPAddress is where the REST edge listens.
func (p *Program) HTTPAddress() string { return p.suite.HTTPAddress() }

// GRPCAddress is where the services listen.
func (p *Program) GRPCAddress() string { return p.suite.GRPCAddress() }

// AdminAddress is where operators read metrics and health; empty when that is off.
func (p *Program) AdminAddress() string { return p.suite.AdminAddress() }

// TemporalAddress is where the embedded Temporal listens.
func (p *Program) TemporalAddress() string { return p.temporal.FrontendAddress() }

// UIAddress is where Temporal's web interface listens; empty for none.
func (p *Program) UIAddress() string { return p.temporal.UIAddress() }

// PauseDeliveries stops the relays from delivering events; accepting goes on. For tests.
func (p *Program) PauseDeliveries() { p.suite.PauseDeliveries() }

// ResumeDeliveries ends PauseDeliveries.
func (p *Program) ResumeDeliveries() { p.suite.ResumeDeliveries() }

// Token mints a development token for one of the directory's people with the given roles.
func (p *Program) Token(subject string, roles ...authv1.Role) (string, error) {
	return suite.DevelopmentToken(p.cfg.Suite.DataDir, subject, roles, 24*time.Hour, p.deps.Now)
}
