package lives

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/report"
)

// Run measures how many lives a second the product gets through on each engine, beside the bare workflow.
func Run(ctx context.Context, cfg Config) (tables []report.Table, err error) {
	for _, engine := range cfg.Engines {
		t, err := cfg.rate(ctx, engine)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// rate measures on one engine.
func (cfg Config) rate(ctx context.Context, engine database.Engine) (report.Table, error) {
	t := report.Table{
		Title: "Lives a second on " + engine.Title() + ", beside a bare workflow",
		Lead: fmt.Sprintf("A life is filed → acknowledged and assigned → called back %s later → resolved; %d at a time, %d of them after %d others, on empty data. The bare "+
			"workflow has the same timers, signals, search attributes and payloads, and local activities that return at once, on the same embedded "+
			"Temporal with the same worker; no database, no services, nothing filed. By turns, %d rounds; the share is the median of the rounds'.",
			cfg.Load.Pause, cfg.Load.Concurrency, cfg.Load.Lives, cfg.Load.Warm, cfg.Rounds),
		Columns: []string{
			"lives/s", "bare/s", "share", "processor ms a life", "bare", "p50 until acknowledged, ms", "p99, ms",
			"workflow tasks", "bare", "events", "bare", "state changes", "bare",
		},
		Notes: []string{
			"Without the pause Temporal would have less to do for a bare workflow: what is upserted is not written any more when the " +
				"workflow has ended by then, which a bare one has and a complaint's has not.",
			"Temporal's data are in a SQLite file with synchronous=FULL in either case.",
			"Processor time is that of all processes but PostgreSQL's: load generator, services, Temporal. Workflow tasks, history events and " +
				"changes of a workflow's state that Temporal wrote are a life's, counted in the histories of some.",
		},
	}
	var ours, bare []Result
	for round := range cfg.Rounds {
		a, err := cfg.redress(ctx, engine)
		if err != nil {
			return t, fmt.Errorf("lives on %s: %w", engine.Title(), err)
		}
		b, err := cfg.bare(ctx)
		if err != nil {
			return t, fmt.Errorf("lives, bare: %w", err)
		}
		cfg.Tell("lives on %s, round %d: %.1f/s (%.1f ms), bare %.1f/s (%.1f ms)", engine.Title(), round+1,
			a.Rate(), milliseconds(a.Processor), b.Rate(), milliseconds(b.Processor))
		ours, bare = append(ours, a), append(bare, b)
	}
	t.Add(row(ours, bare)...)
	return t, nil
}

func (cfg Config) redress(ctx context.Context, engine database.Engine) (result Result, err error) {
	err = cfg.with(ctx, "lives", engine, "", func(t Target) error {
		result, err = Redress(ctx, t, cfg.Load)
		return err
	})
	return result, err
}

func (cfg Config) bare(ctx context.Context) (result Result, err error) {
	dir, err := os.MkdirTemp(cfg.Maker.Dir, "bare-*")
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return Bare(ctx, dir, cfg.Load, cfg.Now)
}

// row is the median round.
func row(ours, bare []Result) []string {
	share := make([]float64, len(ours))
	for i := range ours {
		share[i] = ours[i].Rate() / bare[i].Rate()
	}
	a, b := middle(ours), middle(bare)
	pair := func(of func(Work) float64) []string { return []string{one(of(a.Work)), one(of(b.Work))} }
	cells := []string{
		one(a.Rate()), one(b.Rate()), fmt.Sprintf("%.2f", report.Median(share)),
		one(milliseconds(a.Processor)), one(milliseconds(b.Processor)), report.Milliseconds(a.Acknowledged.P50), report.Milliseconds(a.Acknowledged.P99),
	}
	cells = append(cells, pair(func(w Work) float64 { return w.Tasks })...)
	cells = append(cells, pair(func(w Work) float64 { return w.Events })...)
	return append(cells, pair(func(w Work) float64 { return w.Transitions })...)
}

// middle is the round whose rate is the median.
func middle(rounds []Result) Result {
	sorted := slices.SortedFunc(slices.Values(rounds), func(a, b Result) int { return int(1000 * (a.Rate() - b.Rate())) })
	return sorted[len(sorted)/2]
}

func one(v float64) string { return fmt.Sprintf("%.1f", v) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
