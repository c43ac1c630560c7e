package suite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	followupstore "github.com/redress-dev/redress/services/followup/sqlstore"
	intakestore "github.com/redress-dev/redress/services/intake/sqlstore"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	remedystore "github.com/redress-dev/redress/services/remedy/sqlstore"
	reviewstore "github.com/redress-dev/redress/services/review/sqlstore"
	routingstore "github.com/redress-dev/redress/services/routing/sqlstore"
)

// migration brings a service's tables up to date, or says that they are not.
type migration func(context.Context, *sqldb.DB) error

// migrations are those of the services that have tables.
func migrations() map[Role]migration {
	return map[Role]migration{
		Intake: intakestore.Migrate, Routing: routingstore.Migrate, Remedy: remedystore.Migrate, Followup: followupstore.Migrate,
		Review: reviewstore.Migrate,
	}
}

// openDatabase opens the database of a service with tables that are up to date; unless the configuration says Migrate, the
// error is sqldb.ErrBehind when they are not.
func openDatabase(ctx context.Context, cfg Config, role Role, migrate migration) (*sqldb.DB, error) {
	open := sqldb.Config{URL: "sqlite:" + filepath.Join(cfg.DataDir, string(role)+".db"), Frozen: !cfg.Migrate}
	if cfg.Database != "" {
		open = sqldb.Config{URL: cfg.Database, Schema: string(role), Frozen: !cfg.Migrate, MaxConns: cfg.DatabaseConns}
	}
	db, err := sqldb.Open(ctx, open)
	if err != nil {
		return nil, fmt.Errorf("database of %s: %w", role, err)
	}
	if err := errors.Join(eventlog.Migrate(ctx, db), migrate(ctx, db)); err != nil {
		return nil, errors.Join(fmt.Errorf("database of %s: %w", role, err), db.Close())
	}
	return db, nil
}
