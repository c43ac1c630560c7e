// Package size measures what a complaint's life leaves behind: bytes in each database, and events.
package size

import (
	"context"
	"errors"
	"fmt"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/lives"
	"github.com/redress-dev/redress/deploy/standalone/bench/report"
	"github.com/redress-dev/redress/deploy/standalone/bench/rig"
	"github.com/redress-dev/redress/deploy/standalone/bench/server"
	"github.com/redress-dev/redress/deploy/standalone/program"
)

// Config says what to measure. All fields are required.
type Config struct {
	rig.Rig

	// Lives are counted, after so many others in First, which make pages and files that are there from then on.
	Lives, First int
}

const (
	// concurrency is how many lives go on at a time.
	concurrency = 16
	// calm is for how many seconds nothing must have happened before what is left behind is looked at.
	calm = 1
)

// state is what a place holds.
type state struct {
	bytes, events map[string]int64
	temporal      int64
}

// Run measures on each engine in turn.
func Run(ctx context.Context, cfg Config) (tables []report.Table, err error) {
	for _, engine := range cfg.Engines {
		t := cfg.table(engine)
		if err := cfg.engine(ctx, engine, &t); err != nil {
			return nil, fmt.Errorf("bytes on %s: %w", engine.Title(), err)
		}
		tables = append(tables, t)
	}
	return tables, nil
}

func (cfg Config) table(engine database.Engine) report.Table {
	return report.Table{
		Title: "Bytes and events of a life on " + engine.Title(),
		Lead: fmt.Sprintf("A life is filed → acknowledged and assigned → called back → resolved. The files or tables with their indexes, and the event logs, "+
			"before and after %d lives (%d others had been lived before), divided by them; everything at rest and the product stopped.", cfg.Lives, cfg.First),
		Columns: []string{"of", "bytes a life", "events a life"},
		Notes: []string{"Temporal's data are in a SQLite file of the embedded server in either case; the histories of ended workflows are kept for 90 days. " +
			"Its events are those of one workflow's history."},
	}
}

func (cfg Config) engine(ctx context.Context, engine database.Engine, t *report.Table) (err error) {
	place, err := cfg.Maker.Make(ctx, engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, place.Remove(context.WithoutCancel(ctx))) }()
	if _, err := cfg.live(ctx, place, cfg.First); err != nil {
		return err
	}
	before, err := look(ctx, place)
	if err != nil {
		return err
	}
	result, err := cfg.live(ctx, place, cfg.Lives)
	if err != nil {
		return err
	}
	after, err := look(ctx, place)
	if err != nil {
		return err
	}
	cfg.Tell("%s, %d lives: before %v, after %v", engine.Title(), cfg.Lives, before, after)
	total, events := int64(0), 0.0
	each := func(a, b int64) float64 { return float64(a-b) / float64(cfg.Lives) }
	for _, service := range database.Services() {
		bytes, count := after.bytes[service]-before.bytes[service], each(after.events[service], before.events[service])
		t.Add(service, report.Bytes(bytes/int64(cfg.Lives)), fmt.Sprintf("%.2f", count))
		total, events = total+bytes, events+count
	}
	t.Add("all services", report.Bytes(total/int64(cfg.Lives)), fmt.Sprintf("%.2f", events))
	t.Add("Temporal", report.Bytes((after.temporal-before.temporal)/int64(cfg.Lives)), fmt.Sprintf("%.1f", result.Work.Events))
	return nil
}

// live has so many lives lived, and stops the product when it has come to rest.
func (cfg Config) live(ctx context.Context, place *database.Place, n int) (result lives.Result, err error) {
	s, err := server.Start(ctx, server.Config{Command: cfg.Command, Dir: place.Dir, Database: place.URL}, cfg.Now)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	target := lives.Target{GRPC: s.GRPC, Temporal: s.Temporal, Namespace: program.Namespace, Dir: s.Dir(), PID: s.PID(), Now: cfg.Now}
	if result, err = lives.Redress(ctx, target, lives.Load{Lives: n, Concurrency: concurrency}); err != nil {
		return result, err
	}
	rested, err := s.Rest(ctx, calm)
	if err == nil && !rested {
		err = errors.New("the product does not come to rest after the last life")
	}
	return result, err
}

// look measures a place.
func look(ctx context.Context, place *database.Place) (s state, err error) {
	s = state{bytes: map[string]int64{}, events: map[string]int64{}}
	for _, service := range database.Services() {
		if s.bytes[service], err = place.Bytes(ctx, service); err != nil {
			return s, err
		}
		db, err := place.Open(service)
		if err != nil {
			return s, err
		}
		var n int64
		err = db.QueryRowContext(ctx, "SELECT count(*) FROM events").Scan(&n)
		if err = errors.Join(err, db.Close()); err != nil {
			return s, err
		}
		s.events[service] = n
	}
	s.temporal, err = place.TemporalBytes(ctx)
	return s, err
}
