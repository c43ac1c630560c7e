package suite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/serviceerror"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/telemetry"
	"github.com/redress-dev/redress/services/reconcile"
	"github.com/redress-dev/redress/workflows/dispatch"
	reviewflow "github.com/redress-dev/redress/workflows/review"
)

// Reconciling says how Reconcile goes about it.
type Reconciling struct {
	// DryRun only looks.
	DryRun bool
	// Patience is how long after the first look the second one is made.
	Patience time.Duration
	// Retell has Temporal told all events again first.
	Retell bool
}

// visitor is an installation as seen by a command that runs beside it: nothing is served, all services are reached where the configuration says.
// It needs token.key. Close it.
func visitor(ctx context.Context, cfg Config, deps Deps, subject string) (*Suite, error) {
	cfg = cfg.WithDefaults()
	cfg.Roles, cfg.AdminAddress = []Role{Worker}, off // It has no log of its own, and every service is elsewhere.
	s := &Suite{cfg: cfg, deps: deps, telemetry: telemetry.None(), namespace: newNamespace(""), sealing: newSealing()}
	err := s.openTransport()
	if err == nil {
		s.keys, err = openKeys(cfg)
	}
	if err != nil {
		return nil, err
	}
	if s.conn, err = s.dialAs(subject); err == nil {
		err = s.buildTemporal(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Reconcile compares the services with Temporal and with each other, and repairs what it finds; see package reconcile. It may run at any time
// beside everything else, and needs token.key. The error is for services and a Temporal that do not answer.
func Reconcile(ctx context.Context, cfg Config, p *Policy, how Reconciling, logger *slog.Logger, now func() time.Time) (report *reconcile.Report, err error) {
	s, err := visitor(ctx, cfg, Deps{Policy: p, Now: now, Logger: logger}, "services/reconcile")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	todo := reconcile.Config{DryRun: how.DryRun, Patience: how.Patience, Namespace: s.cfg.Namespace}
	if how.Retell {
		id, err := s.namespaceID(ctx)
		if err != nil {
			return nil, fmt.Errorf("temporal at %s: namespace %s: %w", s.cfg.TemporalAddress, s.cfg.Namespace, err)
		}
		todo.Retell = toWorkflows{s.dispatcher, id}.Name()
	}
	return reconcile.Run(ctx, todo, reconcile.Deps{
		Services: []reconcile.Service{
			{Name: string(Intake), Recovery: intakev1.NewRecoveryServiceClient(s.conn), Log: intakev1.NewEventLogServiceClient(s.conn)},
			{Name: string(Routing), Recovery: routingv1.NewRecoveryServiceClient(s.conn), Log: routingv1.NewEventLogServiceClient(s.conn)},
			{Name: string(Remedy), Recovery: remedyv1.NewRecoveryServiceClient(s.conn), Log: remedyv1.NewEventLogServiceClient(s.conn)},
			{Name: string(Followup), Recovery: followupv1.NewRecoveryServiceClient(s.conn), Log: followupv1.NewEventLogServiceClient(s.conn)},
			{Name: string(Review), Recovery: reviewv1.NewRecoveryServiceClient(s.conn), Log: reviewv1.NewEventLogServiceClient(s.conn)},
		},
		Temporal:   s.temporal,
		Dispatcher: func(t dispatch.Temporal) (reconcile.Deliverer, error) { return s.dispatcherTo(t) },
		Schedules:  schedules{s},
		Wait:       pauseFor,
		Logger:     logger,
	})
}

// pauseFor returns after a time, or with an error when ctx ends before.
func pauseFor(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// schedules are those by which periods are reviewed.
type schedules struct{ suite *Suite }

// Missing names those that Temporal does not have.
func (s schedules) Missing(ctx context.Context) ([]string, error) {
	var missing []string
	for _, kind := range reviewflow.Kinds() {
		id := reviewflow.ScheduleID(kind)
		_, err := s.suite.temporal.ScheduleClient().GetHandle(ctx, id).Describe(ctx)
		var unknown *serviceerror.NotFound
		if errors.As(err, &unknown) {
			missing = append(missing, id)
		} else if err != nil {
			return nil, fmt.Errorf("describe the schedule %s: %w", id, err)
		}
	}
	return missing, nil
}

// Make makes them by the policy.
func (s schedules) Make(ctx context.Context) error { return s.suite.schedule(ctx) }
