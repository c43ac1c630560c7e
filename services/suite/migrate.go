package suite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/redress-dev/redress/services/internal/telemetry"
	"github.com/redress-dev/redress/workflows/complaint"
)

// Migrate prepares an installation for the processes that share it, whatever their roles: keys in the data directory, tables in
// the database, and Temporal's namespace with its search attributes. What is there already stays. tell hears of each step that
// is done. On error, what was prepared before stays, and the next call goes on from there.
func Migrate(ctx context.Context, cfg Config, logger *slog.Logger, now func() time.Time, tell func(string)) error {
	cfg = cfg.WithDefaults()
	cfg.Roles, cfg.Migrate = Roles(), true
	if err := errors.Join(cfg.TLS.check(), cfg.CheckPlaintext()); err != nil {
		return err
	}
	way, err := openTransport(cfg.TLS, now, logger)
	if err != nil {
		return err
	}
	if err := prepareDir(cfg.DataDir); err != nil {
		return fmt.Errorf("the data directory cannot be used; choose another one with --data-dir: %w", err)
	}
	if err := makeKeys(cfg.DataDir); err != nil {
		return err
	}
	tell("keys in " + cfg.DataDir)
	for _, role := range Roles() {
		if !role.stores() {
			continue
		}
		db, err := openDatabase(ctx, cfg, role, migrations()[role])
		if err != nil {
			return err
		}
		if err := db.Close(); err != nil {
			return err
		}
		tell("tables of " + string(role))
	}
	temporal, err := temporalClient(cfg, way.temporal, logger, now, telemetry.None(), nil)
	if err != nil {
		return err
	}
	defer temporal.Close()
	if err := prepareTemporal(ctx, cfg, temporal); err != nil {
		return fmt.Errorf("temporal at %s: %w", cfg.TemporalAddress, err)
	}
	tell("namespace " + cfg.Namespace + " in Temporal, with its search attributes")
	return nil
}

// knownWithin is how long Temporal's services may take to learn of a new namespace; by default they look every ten seconds.
const knownWithin = 30 * time.Second

// preparedWithin bounds all of it: a Temporal that takes connections and says nothing must not hold an upgrade up for ever.
const preparedWithin = 3 * time.Minute

// prepareTemporal makes the namespace unless it is there, and adds the search attributes that it lacks.
func prepareTemporal(ctx context.Context, cfg Config, temporal client.Client) error {
	ctx, end := context.WithTimeout(ctx, preparedWithin)
	defer end()
	_, err := temporal.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        cfg.Namespace,
		Description:                      "Redress: one workflow for each cycle of a complaint.",
		WorkflowExecutionRetentionPeriod: durationpb.New(cfg.HistoryRetention),
	})
	var exists *serviceerror.NamespaceAlreadyExists
	if err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("make the namespace %s: %w", cfg.Namespace, err)
	}
	given, cancel := context.WithTimeout(ctx, knownWithin)
	defer cancel()
	for {
		_, err := complaint.AddSearchAttributes(ctx, temporal.OperatorService(), cfg.Namespace, complaint.SearchAttributes())
		var unknown *serviceerror.NamespaceNotFound
		if !errors.As(err, &unknown) {
			return err
		}
		select {
		case <-given.Done():
			return err
		case <-time.After(waitStep / 2):
		}
	}
}
