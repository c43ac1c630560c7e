// Package database makes fresh databases for the product and looks into them from outside: what rows a call wrote, how many bytes
// they take, with which settings they are kept.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // The driver "pgx".
	_ "modernc.org/sqlite"             // The driver "sqlite", in pure Go, which the product uses, too.
)

// Engine is what keeps the data.
type Engine string

// The two engines, as they are called on the command line.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Title is the engine's own spelling.
func (e Engine) Title() string {
	if e == Postgres {
		return "PostgreSQL"
	}
	return "SQLite"
}

// Services are the names of the services, each of which has a file or a schema of its own.
func Services() []string { return []string{"intake", "routing", "remedy", "followup", "review"} }

// Maker makes places for data.
type Maker struct {
	// Dir is where directories are made.
	Dir string
	// URL is a PostgreSQL server on which databases may be made; needed for that engine only.
	URL string
}

// Place is where one run of the product keeps its data.
type Place struct {
	// Engine keeps the services' data. Temporal's are always in a SQLite file in Dir.
	Engine Engine
	// Dir is the data directory.
	Dir string
	// URL is the PostgreSQL database, made for this run; empty on SQLite.
	URL string

	maker Maker
	name  string
}

// Make makes an empty directory and, on PostgreSQL, an empty database of the same name.
func (m Maker) Make(ctx context.Context, engine Engine) (*Place, error) {
	dir, err := os.MkdirTemp(m.Dir, "bench-*")
	if err != nil {
		return nil, err
	}
	p := &Place{Engine: engine, Dir: dir, maker: m}
	if engine == SQLite {
		return p, nil
	}
	p.name = filepath.Base(dir)
	if err := p.admin(ctx, "CREATE DATABASE "+pgx.Identifier{p.name}.Sanitize()); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	at, err := url.Parse(m.URL)
	if err != nil {
		return nil, errors.Join(err, p.Remove(ctx))
	}
	at.Path = "/" + p.name
	p.URL = at.String()
	return p, nil
}

// Remove deletes the directory and the database.
func (p *Place) Remove(ctx context.Context) error {
	err := os.RemoveAll(p.Dir)
	if p.name != "" {
		err = errors.Join(err, p.admin(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{p.name}.Sanitize()+" WITH (FORCE)"))
	}
	return err
}

// admin runs a statement outside of the place's own database.
func (p *Place) admin(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, p.maker.URL)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

// Open opens the data of one service. On SQLite the file may be in use by the product, which sees one more reader or writer.
func (p *Place) Open(service string) (*sql.DB, error) {
	if p.Engine == SQLite {
		return OpenFile(p.File(service))
	}
	at, err := url.Parse(p.URL)
	if err != nil {
		return nil, err
	}
	query := at.Query()
	query.Set("search_path", service)
	at.RawQuery = query.Encode()
	return sql.Open("pgx", at.String())
}

// File is the SQLite file of a service.
func (p *Place) File(service string) string { return filepath.Join(p.Dir, service+".db") }

// OpenFile opens a SQLite file with one connection and the settings that the product asks for: a commit that returned survives
// power loss.
func OpenFile(path string) (*sql.DB, error) {
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// Connections is how many connections the product has to its PostgreSQL database now; 0 on SQLite.
func (p *Place) Connections(ctx context.Context) (n int, err error) {
	if p.Engine == SQLite {
		return 0, nil
	}
	conn, err := pgx.Connect(ctx, p.maker.URL)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return n, conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1", p.name).Scan(&n)
}
