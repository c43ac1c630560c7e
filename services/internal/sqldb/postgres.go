package sqldb

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	defaultConns   = 16
	connectTimeout = 5 * time.Second
)

// openPostgres makes one pool whose every connection works in the schema.
func openPostgres(ctx context.Context, cfg Config) (*DB, error) {
	pooled, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("sqldb: open PostgreSQL: %w", err)
	}
	conf := pooled.ConnConfig
	if conf.ConnectTimeout == 0 {
		conf.ConnectTimeout = connectTimeout
	}
	if cfg.Schema != "" {
		if !regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`).MatchString(cfg.Schema) {
			return nil, fmt.Errorf("sqldb: schema %q: only lower-case letters, digits and underscores, at most 63", cfg.Schema)
		}
		if !cfg.Frozen {
			if err := ensureSchema(ctx, conf, cfg.Schema); err != nil {
				return nil, fmt.Errorf("sqldb: open PostgreSQL: %w", err)
			}
		}
		conf.RuntimeParams["search_path"] = cfg.Schema
	}
	conns := cfg.MaxConns
	if conns <= 0 {
		conns = defaultConns
	}
	pooled.MaxConns = int32(conns)
	pool, err := pgxpool.NewWithConfig(ctx, pooled)
	if err != nil {
		return nil, fmt.Errorf("sqldb: open PostgreSQL: %w", err)
	}
	return newDB(Postgres, &pgEngine{pool: pool, begins: conns + 1}), nil
}

// ensureSchema makes the schema unless it is there: a role that may not create
// schemas can work in one that was made for it.
func ensureSchema(ctx context.Context, conf *pgx.ConnConfig, schema string) error {
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", schema).Scan(&exists); err != nil || exists {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{schema}.Sanitize())
	// Another replica may have been quicker, which IF NOT EXISTS does not cover.
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && (pg.Code == "23505" || pg.Code == "42P06") {
		return nil
	}
	return err
}
