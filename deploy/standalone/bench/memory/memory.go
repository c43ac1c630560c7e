// Package memory measures how long the product takes to start, and how much memory it has while nothing happens: with nothing on
// record, with open complaints whose workflows wait in Temporal, and with many more on record.
package memory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/fill"
	"github.com/redress-dev/redress/deploy/standalone/bench/report"
	"github.com/redress-dev/redress/deploy/standalone/bench/rig"
	"github.com/redress-dev/redress/deploy/standalone/bench/server"
)

// Config says what to measure. All fields are required.
type Config struct {
	rig.Rig

	// Starts is how often each start is timed.
	Starts int
	// Calm is for how many seconds nothing must have happened before the memory is looked at.
	Calm int
	// Running is how many open complaints are really filed, and have workflows.
	Running int
	// Open is how many open complaints there are in the end, not fewer than Running; what is missing are copies without workflows.
	Open int
}

// templates is how many of the running complaints copies are made of.
const templates = 100

// state is one row of the results.
type state struct {
	name   string
	starts []time.Duration
	// rest is the memory when nothing had happened for some seconds, need what was left when it was told to give back what it
	// does not need.
	rest, need server.Memory
	calm       bool
}

// Run measures on each engine in turn.
func Run(ctx context.Context, cfg Config) (tables []report.Table, err error) {
	for _, engine := range cfg.Engines {
		states, err := cfg.engine(ctx, engine)
		if err != nil {
			return nil, fmt.Errorf("memory on %s: %w", engine.Title(), err)
		}
		tables = append(tables, cfg.table(engine, states))
	}
	return tables, nil
}

func (cfg Config) table(engine database.Engine, states []state) report.Table {
	t := report.Table{
		Title: "Start and memory on " + engine.Title(),
		Lead: fmt.Sprintf("One process with everything in it: four services, REST edge, worker, embedded Temporal. Start is from the start of the process until /readyz answers 200, "+
			"the median of %d starts, and in brackets the quickest and the slowest; files are in the system's cache. At rest is the process's resident memory when it had used less than "+
			"15 %% of a processor for %d s on end after the last start; own is the part of it that no file stands for, heap and stacks, the rest being mostly the program; "+
			"needed is what was left of its own when it had collected its garbage and given it back.", cfg.Starts, cfg.Calm),
		Columns: []string{"on record", "start s", "(range)", "at rest", "own", "needed"},
	}
	for _, s := range states {
		starts := make([]float64, len(s.starts))
		for i, took := range s.starts {
			starts[i] = took.Seconds()
		}
		rest := bytes(s.rest.All)
		if !s.calm {
			rest += " (not at rest after two minutes)"
		}
		t.Add(s.name, report.Number(report.Median(starts)),
			fmt.Sprintf("(%s–%s)", report.Number(slices.Min(starts)), report.Number(slices.Max(starts))), rest, bytes(s.rest.Own), bytes(s.need.Own))
	}
	really := fmt.Sprintf("%d open complaints were really filed and have workflows, which wait.", cfg.Running)
	if cfg.Open > cfg.Running {
		really += " The others are copies of their rows, as for the lists, without workflows: what they cost Temporal is not in these numbers."
	}
	t.Notes = append(t.Notes, really)
	if engine == database.Postgres {
		t.Notes = append(t.Notes, "The memory of the PostgreSQL server is not counted.")
	}
	return t
}

// engine goes through the states in the order in which they come about.
func (cfg Config) engine(ctx context.Context, engine database.Engine) (states []state, err error) {
	fresh := state{name: "nothing, the first start: keys and tables are made"}
	for range cfg.Starts - 1 {
		if err := cfg.first(ctx, engine, &fresh); err != nil {
			return nil, err
		}
	}
	place, err := cfg.Maker.Make(ctx, engine)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, place.Remove(context.WithoutCancel(ctx))) }()
	if err := cfg.look(ctx, place, &fresh, 1, nil); err != nil {
		return nil, err
	}
	empty := state{name: "nothing"}
	if err := cfg.look(ctx, place, &empty, cfg.Starts, nil); err != nil {
		return nil, err
	}
	var from []fill.Template
	filed := state{name: strconv.Itoa(cfg.Running) + " open with workflows, just filed"}
	if err := cfg.look(ctx, place, &filed, 1, func(ctx context.Context, s *server.Server) (err error) {
		from, err = file(ctx, s, cfg.Running)
		return err
	}); err != nil {
		return nil, err
	}
	running := state{name: strconv.Itoa(cfg.Running) + " open with workflows"}
	if err := cfg.look(ctx, place, &running, cfg.Starts, nil); err != nil {
		return nil, err
	}
	states = []state{fresh, empty, filed, running}
	if cfg.Open == cfg.Running {
		return states, nil
	}
	filler, err := fill.New(ctx, place, from)
	if err != nil {
		return nil, err
	}
	if err := filler.To(ctx, int64(cfg.Open-cfg.Running)); err != nil {
		return nil, err
	}
	many := state{name: fmt.Sprintf("%d open, %d of them with workflows", cfg.Open, cfg.Running)}
	if err := cfg.look(ctx, place, &many, cfg.Starts, nil); err != nil {
		return nil, err
	}
	return append(states, many), nil
}

// first times the start on nothing at all.
func (cfg Config) first(ctx context.Context, engine database.Engine, s *state) (err error) {
	place, err := cfg.Maker.Make(ctx, engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, place.Remove(context.WithoutCancel(ctx))) }()
	product, err := server.Start(ctx, cfg.server(place), cfg.Now)
	if err != nil {
		return err
	}
	s.starts = append(s.starts, product.Took)
	return product.Stop()
}

// look starts the product so many times, and the last time lets something happen, and then looks at its memory.
func (cfg Config) look(ctx context.Context, place *database.Place, s *state, starts int, happen func(context.Context, *server.Server) error) error {
	for n := range starts {
		product, err := server.Start(ctx, cfg.server(place), cfg.Now)
		if err != nil {
			return err
		}
		s.starts = append(s.starts, product.Took)
		if n == starts-1 {
			if happen != nil {
				err = happen(ctx, product)
			}
			err = errors.Join(err, cfg.weigh(ctx, product, s))
			cfg.Tell("%s, %s: %v, %s at rest, %s needed", place.Engine.Title(), s.name, s.starts, report.Bytes(s.rest.All), report.Bytes(s.need.Own))
		}
		if err := errors.Join(err, product.Stop()); err != nil {
			return err
		}
	}
	return nil
}

func (cfg Config) server(place *database.Place) server.Config {
	return server.Config{Command: cfg.Command, Dir: place.Dir, Database: place.URL}
}

// weigh looks at the memory of a product at rest.
func (cfg Config) weigh(ctx context.Context, product *server.Server, s *state) (err error) {
	if s.calm, err = product.Rest(ctx, cfg.Calm); err != nil {
		return err
	}
	if s.rest, err = product.Memory(); err != nil {
		return known(err)
	}
	if err := product.Free(); err != nil {
		return err
	}
	s.need, err = product.Memory()
	return err
}

// known passes over the error of a system that does not tell the memory of a process: then the results say so.
func known(err error) error {
	if errors.Is(err, server.ErrNotLinux) {
		return nil
	}
	return err
}

// bytes is a size, or that it is not known.
func bytes(n int64) string {
	if n == 0 {
		return "unknown"
	}
	return report.Bytes(n)
}
