// Package lists measures how long one waits for a page of a list, and for a complaint's own lists, while the number of complaints
// on record grows.
package lists

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/fill"
	"github.com/redress-dev/redress/deploy/standalone/bench/load"
	"github.com/redress-dev/redress/deploy/standalone/bench/report"
	"github.com/redress-dev/redress/deploy/standalone/bench/rig"
	"github.com/redress-dev/redress/deploy/standalone/bench/server"
)

// Config says what to measure. All fields are required.
type Config struct {
	rig.Rig

	// Sizes are how many complaints there are, growing.
	Sizes []int
	// Ended and Open are how many real complaints the copies are made of.
	Ended, Open int
	// Callers is how many read at a time.
	Callers int
	// WarmUp and Duration are those of each list.
	WarmUp, Duration time.Duration
	// Deep is how many pages of 200 are turned to get to a deep one.
	Deep int
}

// least is how many calls each caller makes of a list that is slower than expected.
const least = 5

// measured is what one list gave at one size.
type measured struct {
	load.Result
	entries int
}

// Run measures on each engine in turn.
func Run(ctx context.Context, cfg Config) ([]report.Table, error) {
	var tables []report.Table
	for _, engine := range cfg.Engines {
		table, err := cfg.engine(ctx, engine)
		if err != nil {
			return nil, fmt.Errorf("lists on %s: %w", engine.Title(), err)
		}
		tables = append(tables, table)
	}
	return tables, nil
}

func (cfg Config) engine(ctx context.Context, engine database.Engine) (table report.Table, err error) {
	place, err := cfg.Maker.Make(ctx, engine)
	if err != nil {
		return table, err
	}
	defer func() { err = errors.Join(err, place.Remove(context.WithoutCancel(ctx))) }()
	originals, err := cfg.live(ctx, place)
	if err != nil {
		return table, err
	}
	filler, err := fill.New(ctx, place, originals.templates)
	if err != nil {
		return table, err
	}
	before, err := filler.Counts(ctx)
	if err != nil {
		return table, err
	}
	found := map[int][]measured{}
	var starts []string
	var order []list
	for _, size := range cfg.Sizes {
		began := cfg.Now()
		if err := filler.To(ctx, int64(size-len(originals.templates))); err != nil {
			return table, err
		}
		counts, err := filler.Counts(ctx)
		if err != nil {
			return table, err
		}
		if want := filler.Expected(before); !maps.Equal(counts, want) {
			return table, fmt.Errorf("after filling there are %v rows, and there should be %v", counts, want)
		}
		cfg.Tell("%s, %d complaints filled in %s: %v", engine.Title(), size, cfg.Now().Sub(began).Round(time.Second), counts)
		var took time.Duration
		if order, found[size], took, err = cfg.size(ctx, place, originals); err != nil {
			return table, fmt.Errorf("%d complaints: %w", size, err)
		}
		starts = append(starts, fmt.Sprintf("%s s at %s", report.Seconds(took), count(size)))
	}
	return cfg.table(engine, order, found, starts), nil
}

// size starts the product on what is there and reads each list.
func (cfg Config) size(ctx context.Context, place *database.Place, originals *originals) (order []list, found []measured, took time.Duration, err error) {
	s, err := server.Start(ctx, cfg.server(place), cfg.Now)
	if err != nil {
		return nil, nil, 0, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	r, err := newReader(s)
	if err != nil {
		return nil, nil, 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if err := r.compare(ctx, originals); err != nil {
		return nil, nil, 0, err
	}
	if order, err = r.lists(ctx, originals, cfg.Deep); err != nil {
		return nil, nil, 0, err
	}
	for _, l := range order {
		entries, err := l.read(ctx)
		if err != nil {
			return nil, nil, 0, fmt.Errorf("%s: %w", l.name, err)
		}
		m := measured{entries: entries, Result: load.Closed{
			Callers: cfg.Callers, WarmUp: cfg.WarmUp, Duration: cfg.Duration, Least: least, Now: cfg.Now,
		}.Run(ctx, func(ctx context.Context, _ int) error {
			n, err := l.read(ctx)
			if err == nil && n != entries {
				err = fmt.Errorf("%d entries now, %d before", n, entries)
			}
			return err
		})}
		found = append(found, m)
		cfg.Tell("%s, %s: %d calls, p50 %s, p99 %s, %d errors %v",
			place.Engine.Title(), l.name, m.Calls, m.Latency(0.5), m.Latency(0.99), m.Errors, m.Problem)
	}
	return order, found, s.Took, ctx.Err()
}

func (cfg Config) server(place *database.Place) server.Config {
	return server.Config{Command: cfg.Command, Dir: place.Dir, Database: place.URL}
}

// table has a row for each list and two columns for each size.
func (cfg Config) table(engine database.Engine, order []list, found map[int][]measured, starts []string) report.Table {
	t := report.Table{
		Title: "Lists on " + engine.Title(),
		Lead: fmt.Sprintf("Milliseconds for one page of 30 over gRPC, as an agent who sees personal data, %d callers at a time in a closed loop for %s each after %s that is not counted; "+
			"at least %d calls of each.", cfg.Callers, cfg.Duration, cfg.WarmUp, least*cfg.Callers),
		Columns: []string{"list", "entries"},
	}
	for _, size := range cfg.Sizes {
		t.Columns = append(t.Columns, count(size)+": p50 ms", "p99 ms")
	}
	t.Columns = append(t.Columns, "calls", "errors")
	for i, l := range order {
		row := []string{l.name, strconv.Itoa(found[cfg.Sizes[len(cfg.Sizes)-1]][i].entries)}
		calls, failed := 0, 0
		for _, size := range cfg.Sizes {
			m := found[size][i]
			row = append(row, report.Milliseconds(m.Latency(0.5)), report.Milliseconds(m.Latency(0.99)))
			calls, failed = calls+m.Calls, failed+m.Errors
			if m.Problem != nil {
				t.Notes = append(t.Notes, fmt.Sprintf("The first error of %s at %s: %v", l.name, count(size), m.Problem))
			}
		}
		t.Add(append(row, strconv.Itoa(calls), strconv.Itoa(failed))...)
	}
	total := cfg.Ended + cfg.Open
	t.Notes = append(t.Notes, fmt.Sprintf("%d complaints were really lived (%d resolved, %d open, half of these with an attempt and its note); the others are copies of their rows in each service's "+
		"database with new ids, references and times, sealed anew so that they open. The open ones were received within the last three days, the others within two years. "+
		"Copies have no events and no workflows, and belong to the customers of the originals, who come to have some thousands at the largest size. The timeline, the duties and the callbacks "+
		"of one complaint are those of a real one.", total, cfg.Ended, cfg.Open),
		"Before measuring, the rows of all tables are counted, and copies are read through the API and compared with their originals.",
		"The first row reads no database: what it takes is the way there and back, and how busy the machine was with other things. Entries are those of the page, at the largest size. From the start of the process until it was ready: "+join(starts)+".",
	)
	if engine == database.Postgres {
		t.Notes = append(t.Notes, "VACUUM ANALYZE and CHECKPOINT ran after filling, which PostgreSQL does by itself in time.")
	}
	return t
}

// count is a number as people say it.
func count(n int) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return fmt.Sprintf("%d M", n/1_000_000)
	case n >= 1000 && n%1000 == 0:
		return fmt.Sprintf("%d k", n/1000)
	default:
		return strconv.Itoa(n)
	}
}

func join(list []string) string {
	text := ""
	for i, s := range list {
		if i > 0 {
			text += ", "
		}
		text += s
	}
	return text
}
