package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/filing"
	"github.com/redress-dev/redress/deploy/standalone/bench/lists"
	"github.com/redress-dev/redress/deploy/standalone/bench/lives"
	"github.com/redress-dev/redress/deploy/standalone/bench/machine"
	"github.com/redress-dev/redress/deploy/standalone/bench/memory"
	"github.com/redress-dev/redress/deploy/standalone/bench/report"
	"github.com/redress-dev/redress/deploy/standalone/bench/rig"
	"github.com/redress-dev/redress/deploy/standalone/bench/size"
)

// bench is one run.
type bench struct {
	flags

	command  string
	parts    []part
	engines  []database.Engine
	callers  []int
	sizes    []int
	maker    database.Maker
	now      func() time.Time
	out      io.Writer
	progress io.Writer
	// rig is made of these when the measurement begins.
	rig rig.Rig
}

// part is one of the things to measure, by the name that --only takes.
type part struct {
	name string
	run  func(b *bench, ctx context.Context) ([]report.Table, error)
}

func parts() []part {
	return []part{
		{"filing", (*bench).filing},
		{"telemetry", (*bench).telemetry},
		{"lists", (*bench).lists},
		{"memory", (*bench).memory},
		{"size", (*bench).size},
		{"lives", (*bench).live},
		{"lateness", (*bench).late},
	}
}

// measure measures part after part, each on one database after the other, and writes the results of each when it has them. One that
// fails leaves its sections as they were and does not end the others.
func (b *bench) measure(ctx context.Context) (err error) {
	if b.maker.Dir, err = os.MkdirTemp(b.dir, "redress-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.maker.Dir)) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b.rig = rig.Rig{Engines: b.engines, Maker: b.maker, Command: []string{self, serveArgument}, Now: b.now, Progress: b.progress}
	described, err := machine.Describe(ctx, machine.Config{Dir: b.maker.Dir, Postgres: b.maker.URL, Now: b.now})
	if err != nil {
		return err
	}
	described.Measured = "Of the run that was last: " + b.called(b.now()) + "."
	if err := b.write(machinePart, []report.Table{described}); err != nil {
		return err
	}
	var failed []error
	for _, p := range b.parts {
		for _, engine := range b.engines {
			b.rig.Engines = []database.Engine{engine}
			if err := b.one(ctx, p, machine.Brief(described)); err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", p.name, err))
			}
		}
	}
	return errors.Join(failed...)
}

// one measures one part on one database and writes the results, with when, how and on what it was measured and how busy the machine was.
func (b *bench) one(ctx context.Context, p part, brief string) error {
	before, err := machine.Busy(ctx)
	if err != nil {
		return err
	}
	began, load, use := b.now(), machine.Load(), machine.Used()
	tables, err := p.run(b, ctx)
	took, meanwhile := b.now().Sub(began).Round(time.Second), use.Since()
	b.rig.Tell("%s took %s", p.name, took)
	if err != nil {
		return err
	}
	after, err := machine.Busy(ctx)
	if err != nil {
		return err
	}
	for i := range tables {
		tables[i].Measured = fmt.Sprintf("Measured by %s, in %s. Before: load %s, %s of the processors in use by others; meanwhile used: %s; after: %s in use. %s.",
			b.called(began), took, load, before, meanwhile, after, brief)
	}
	return b.write(p.name, tables)
}

// called is how, when and on what source the program was called.
func (b *bench) called(at time.Time) string {
	return fmt.Sprintf("`%s`, %s, commit %s", b.command, at.UTC().Format("2006-01-02 15:04 MST"), cmp.Or(b.commit, revision()))
}

// revision is the commit that the program was built from, where the build says so.
func revision() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}

// pick is full, or quick with --quick.
func pick[T any](b *bench, full, quick T) T {
	if b.quick {
		return quick
	}
	return full
}

func (b *bench) filingConfig() filing.Config {
	return filing.Config{
		Rig: b.rig, Callers: pick(b, b.callers, []int{2}), Rounds: pick(b, b.rounds, 1),
		WarmUp: pick(b, b.duration/4, 0), Duration: pick(b, b.duration, 200*time.Millisecond),
		Known: 30, Customers: pick(b, 500, 50), Profiles: b.profiles,
	}
}

func (b *bench) filing(ctx context.Context) ([]report.Table, error) {
	return filing.Run(ctx, b.filingConfig())
}

// telemetry has more and shorter rounds than filing, since the difference looked for is small.
func (b *bench) telemetry(ctx context.Context) ([]report.Table, error) {
	cfg := b.filingConfig()
	cfg.Rounds, cfg.Duration, cfg.WarmUp = pick(b, 4*cfg.Rounds, 1), pick(b, cfg.Duration*2/3, cfg.Duration), cfg.WarmUp/2
	return filing.Telemetry(ctx, cfg)
}

func (b *bench) lists(ctx context.Context) ([]report.Table, error) {
	return lists.Run(ctx, lists.Config{
		Rig: b.rig, Sizes: pick(b, b.sizes, []int{leastSize}), Ended: pick(b, 270, 18), Open: pick(b, 30, 6), Callers: 2,
		WarmUp: pick(b, b.duration/6, 0), Duration: pick(b, b.duration*2/3, 50*time.Millisecond), Deep: pick(b, 200, 2),
	})
}

func (b *bench) memory(ctx context.Context) ([]report.Table, error) {
	return memory.Run(ctx, memory.Config{
		Rig: b.rig, Starts: pick(b, 5, 1), Calm: pick(b, 3, 1), Running: pick(b, b.running, 10), Open: pick(b, b.open, 200),
	})
}

func (b *bench) size(ctx context.Context) ([]report.Table, error) {
	return size.Run(ctx, size.Config{Rig: b.rig, Lives: pick(b, b.lives, 10), First: pick(b, 200, 5)})
}

func (b *bench) livesConfig() lives.Config {
	return lives.Config{
		Rig: b.rig,
		Load: pick(b, lives.Load{Lives: b.lives, Warm: max(128, b.lives/4), Concurrency: 128, Pause: time.Second},
			lives.Load{Lives: 10, Warm: 2, Concurrency: 4, Pause: 10 * time.Millisecond}), Rounds: pick(b, min(b.rounds, 3), 1),
		Filed: pick(b, b.burst, 10), Due: pick(b, b.due, 10), Spread: pick(b, 200, 5),
		Every: pick(b, 200*time.Millisecond, 100*time.Millisecond), Notice: pick(b, 10*time.Second, 2*time.Second), Begin: b.begin,
		Profiles: b.profiles,
	}
}

func (b *bench) live(ctx context.Context) ([]report.Table, error) {
	tables, err := lives.Run(ctx, b.livesConfig())
	if err != nil {
		return nil, err
	}
	burst, err := lives.Burst(ctx, b.livesConfig())
	return append(tables, burst...), err
}

func (b *bench) late(ctx context.Context) ([]report.Table, error) {
	return lives.Late(ctx, b.livesConfig())
}

// machinePart is what the description of the machine belongs to.
const machinePart = "machine"

// write writes the results of one part.
func (b *bench) write(part string, tables []report.Table) error {
	if b.file != "" {
		return report.Update(b.file, append([]string{machinePart}, names()...), part, tables)
	}
	for _, t := range tables {
		if err := t.Write(b.out); err != nil {
			return err
		}
	}
	return nil
}
