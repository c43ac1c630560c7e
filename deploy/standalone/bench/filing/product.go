package filing

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/redress-dev/redress/deploy/standalone/bench/client"
	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/floor"
	"github.com/redress-dev/redress/deploy/standalone/bench/server"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// product is a running product with clients.
type product struct {
	place  *database.Place
	server *server.Server
	grpc   *client.GRPC
	rest   *client.REST
	deck   *client.Deck
	// shape is what filing a complaint writes.
	shape *floor.Shape
}

// open starts the product on an empty database, observed and with deliveries paused or not as the configuration says, and files
// first complaints, among them those of the known customers.
func (cfg Config) open(ctx context.Context, engine database.Engine, as server.Config) (p *product, err error) {
	book := client.NewBook()
	book.Known, book.Customers = cfg.Known, cfg.Customers
	p = &product{deck: client.NewDeck(book)}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close(ctx))
		}
	}()
	if p.place, err = cfg.Maker.Make(ctx, engine); err != nil {
		return p, err
	}
	paused := as.Paused
	as.Command, as.Dir, as.Database, as.Paused = cfg.Command, p.place.Dir, p.place.URL, true
	p.server, err = server.Start(ctx, as, cfg.Now)
	if err != nil {
		return p, err
	}
	token, err := p.server.Token("frontends/bench", authv1.Role_PUBLIC)
	if err != nil {
		return p, err
	}
	if p.grpc, err = client.DialGRPC(p.server.GRPC, token); err != nil {
		return p, err
	}
	p.rest = client.NewREST(p.server.HTTP, token)
	file := p.grpc.File(p.deck)
	for range cfg.Customers {
		if err := file(ctx, 0); err != nil {
			return p, fmt.Errorf("file a first complaint: %w", err)
		}
	}
	p.shape, err = floor.Learn(ctx, p.place, cfg.Customers, func(ctx context.Context) error { return file(ctx, 0) })
	if err == nil && !paused {
		err = p.server.Resume()
	}
	return p, err
}

func (p *product) close(ctx context.Context) error {
	var failed []error
	if p.rest != nil {
		p.rest.Close()
	}
	if p.grpc != nil {
		failed = append(failed, p.grpc.Close())
	}
	if p.server != nil {
		failed = append(failed, p.server.Stop())
	}
	if p.place != nil {
		failed = append(failed, p.place.Remove(context.WithoutCancel(ctx)))
	}
	return errors.Join(failed...)
}

// floors are the three floors of either engine.
type floors interface {
	Rows(ctx context.Context, caller int) error
	Pair(ctx context.Context, caller int) error
	Statement(ctx context.Context, caller int) error
	Close(ctx context.Context) error
}

// openFloors makes empty tables beside those of the product.
func (p *product) openFloors(ctx context.Context, callers int) (floors, error) {
	if p.place.Engine == database.Postgres {
		return floor.NewPostgres(ctx, p.place, p.shape, callers)
	}
	return floor.NewSQLite(ctx, filepath.Join(p.place.Dir, fmt.Sprintf("floor-%d.db", callers)), p.shape)
}

// backlog says how far deliveries have come.
func (p *product) backlog(ctx context.Context) (string, error) {
	known, err := p.count(ctx, "followup", "complaints")
	if err != nil {
		return "", err
	}
	filed, err := p.count(ctx, "intake", "complaints")
	return fmt.Sprintf("When the last round ended, %d complaints were on record, and %d of them had reached followup, which opens the duties. "+
		"The others reach it later; due times count from receipt.", filed, known), err
}

func (p *product) count(ctx context.Context, service, table string) (n int64, err error) {
	db, err := p.place.Open(service)
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	return n, db.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n)
}

func (cfg Config) profile(p *product, engine database.Engine) error {
	if cfg.Profiles == "" {
		return nil
	}
	return p.server.Profile(filepath.Join(cfg.Profiles, fmt.Sprintf("filing-%s.pprof", engine)))
}

func (p *product) profileEnd(cfg Config) error {
	if cfg.Profiles == "" {
		return nil
	}
	return p.server.ProfileEnd()
}
