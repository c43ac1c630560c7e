// Package filing measures how fast complaints are accepted: over gRPC and over REST, beside the floors of the same database in the
// same run, with deliveries to the other services and to Temporal paused, and with all of that running beside it.
package filing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/load"
	"github.com/redress-dev/redress/deploy/standalone/bench/report"
	"github.com/redress-dev/redress/deploy/standalone/bench/rig"
	"github.com/redress-dev/redress/deploy/standalone/bench/server"
)

// Config says what to measure. All fields are required but Profiles.
type Config struct {
	rig.Rig

	// Callers are the concurrencies.
	Callers []int
	// Rounds is how often each thing is measured, by turns with the others.
	Rounds int
	// WarmUp and Duration are those of one measurement.
	WarmUp, Duration time.Duration
	// Known is how many of a hundred complaints are of customers who complained before, and Customers how many those are.
	Known, Customers int
	// Profiles is a directory for profiles of the product's processor time while it files; empty for none.
	Profiles string
}

// The things that take turns.
const (
	overGRPC  = "filing over gRPC"
	overREST  = "filing over REST"
	rowsFloor = "floor: a statement a row"
	pairFloor = "floor: two rows"
	oneFloor  = "floor: one statement"
)

func names() []string { return []string{overGRPC, overREST, rowsFloor, pairFloor, oneFloor} }

// Run measures on each engine in turn.
func Run(ctx context.Context, cfg Config) ([]report.Table, error) {
	var tables []report.Table
	for _, engine := range cfg.Engines {
		found, err := cfg.engine(ctx, engine)
		if err != nil {
			return nil, fmt.Errorf("filing on %s: %w", engine.Title(), err)
		}
		tables = append(tables, found...)
	}
	return tables, nil
}

// engine measures on one engine: first with deliveries paused, then, in a new database, with deliveries running.
func (cfg Config) engine(ctx context.Context, engine database.Engine) ([]report.Table, error) {
	tables, paused, err := cfg.paused(ctx, engine)
	if err != nil {
		return nil, err
	}
	running, err := cfg.running(ctx, engine, paused)
	return append(tables, running...), err
}

// paused measures rates and latencies with deliveries paused. It returns the rates, too.
func (cfg Config) paused(ctx context.Context, engine database.Engine) (tables []report.Table, all map[int]rounds, err error) {
	p, err := cfg.open(ctx, engine, server.Config{Paused: true})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, p.close(ctx)) }()
	if err := cfg.profile(p, engine); err != nil {
		return nil, nil, err
	}
	all = map[int]rounds{}
	connections := 0
	for _, callers := range cfg.Callers {
		if all[callers], err = cfg.compare(ctx, p, callers); err != nil {
			return nil, nil, err
		}
		n, err := p.place.Connections(ctx)
		if err != nil {
			return nil, nil, err
		}
		connections = max(connections, n)
	}
	latencies := cfg.latencies(ctx, p, all)
	tables = []report.Table{cfg.shapeTable(engine, p.shape, connections)}
	for _, callers := range cfg.Callers {
		tables = append(tables, cfg.rateTable(engine, callers, all[callers]), cfg.latencyTable(engine, callers, latencies, false))
	}
	return tables, all, errors.Join(ctx.Err(), p.profileEnd(cfg))
}

// compare lets the product and the floors take turns at one concurrency. The order moves on by one each round, so that what one
// leaves behind does not always fall to the same other.
func (cfg Config) compare(ctx context.Context, p *product, callers int) (found rounds, err error) {
	f, err := p.openFloors(ctx, callers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(ctx)) }()
	calls := map[string]load.Call{
		overGRPC: p.grpc.File(p.deck), overREST: p.rest.File(p.deck), rowsFloor: f.Rows, pairFloor: f.Pair, oneFloor: f.Statement,
	}
	found = rounds{}
	for round := range cfg.Rounds {
		order := slices.Concat(names()[round%len(calls):], names()[:round%len(calls)])
		for _, name := range order {
			r, err := cfg.turn(ctx, p, callers, calls[name])
			if err != nil {
				return nil, err
			}
			found[name] = append(found[name], r)
			cfg.Tell("%s, %d callers, %s: %s", p.place.Engine.Title(), callers, name, say(r.Result))
		}
	}
	return found, ctx.Err()
}

// turn is one closed loop, with the product's processor time for each complaint that was filed in it.
func (cfg Config) turn(ctx context.Context, p *product, callers int, call load.Call) (r turn, err error) {
	dealt := p.deck.Dealt()
	before, err := p.server.ProcessorTime()
	if err != nil && !errors.Is(err, server.ErrNotLinux) {
		return r, err
	}
	r.Result = load.Closed{Callers: callers, WarmUp: cfg.WarmUp, Duration: cfg.Duration, Now: cfg.Now}.Run(ctx, call)
	after, err := p.server.ProcessorTime()
	if err != nil && !errors.Is(err, server.ErrNotLinux) {
		return r, err
	}
	if filed := p.deck.Dealt() - dealt; filed > 0 {
		r.processor = (after - before) / time.Duration(filed)
	}
	return r, nil
}

// waiting is the answers on one concurrency that a user waits for, over one protocol.
type waiting struct {
	callers int
	name    string
	load.Result
	rate float64
}

const (
	// openShare is how much of a closed loop's rate an open loop is asked for.
	openShare = 0.5
	// openTimes is how much longer an open loop is, since it is run once.
	openTimes = 3
)

// latencies sends complaints at half the rate that a closed loop got done.
func (cfg Config) latencies(ctx context.Context, p *product, all map[int]rounds) []waiting {
	var list []waiting
	calls := map[string]load.Call{overGRPC: p.grpc.File(p.deck), overREST: p.rest.File(p.deck)}
	for _, callers := range cfg.Callers {
		for _, name := range []string{overGRPC, overREST} {
			rate := all[callers].rate(name) * openShare
			if rate == 0 {
				continue
			}
			w := waiting{callers: callers, name: name, rate: rate, Result: load.Open{
				Rate: rate, WarmUp: cfg.WarmUp, Duration: cfg.Duration * openTimes, Waiting: 4096, Seed: uint64(callers), Now: cfg.Now,
			}.Run(ctx, calls[name])}
			list = append(list, w)
			cfg.Tell("%s, %s, open loop of %.0f/s: %s, p99 %s", p.place.Engine.Title(), name, rate, say(w.Result), w.Latency(0.99))
		}
	}
	return list
}

// running measures with deliveries to services and workflows running in the same process, on the same processors.
func (cfg Config) running(ctx context.Context, engine database.Engine, paused map[int]rounds) (tables []report.Table, err error) {
	p, err := cfg.open(ctx, engine, server.Config{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close(ctx)) }()
	callers := slices.Max(cfg.Callers)
	found := rounds{}
	calls := map[string]load.Call{overGRPC: p.grpc.File(p.deck), overREST: p.rest.File(p.deck)}
	for range cfg.Rounds {
		for _, name := range []string{overGRPC, overREST} {
			r, err := cfg.turn(ctx, p, callers, calls[name])
			if err != nil {
				return nil, err
			}
			found[name] = append(found[name], r)
			cfg.Tell("%s, deliveries running, %s: %s", engine.Title(), name, say(r.Result))
		}
	}
	backlog, err := p.backlog(ctx)
	if err != nil {
		return nil, err
	}
	only := cfg
	only.Callers = []int{callers}
	latencies := only.latencies(ctx, p, map[int]rounds{callers: found})
	return []report.Table{
		cfg.runningTable(engine, callers, found, paused[callers], backlog), cfg.latencyTable(engine, callers, latencies, true),
	}, ctx.Err()
}
