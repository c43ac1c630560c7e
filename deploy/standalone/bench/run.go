package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
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

	args     []string
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
		{"lists", (*bench).lists},
		{"memory", (*bench).memory},
		{"size", (*bench).size},
		{"lives", (*bench).live},
		{"lateness", (*bench).late},
	}
}

// measure measures part after part and writes the results. A part that fails is told in the results and does not end the others.
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
	first, err := machine.Describe(ctx, machine.Config{
		Dir: b.maker.Dir, Postgres: b.maker.URL, Command: strings.Join(append([]string{"bench"}, b.args...), " "), Now: b.now,
	})
	if err != nil {
		return err
	}
	tables := []report.Table{first}
	var failed []error
	for _, p := range b.parts {
		began := b.now()
		found, err := p.run(b, ctx)
		took := b.now().Sub(began).Round(time.Second).String()
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", p.name, err))
			took += ", not measured: " + err.Error()
		}
		tables = append(tables, found...)
		tables[0].Add("time for "+p.name, took)
		b.rig.Tell("%s took %s", p.name, took)
	}
	busy, err := machine.Busy(ctx)
	if err != nil {
		return errors.Join(append(failed, err)...)
	}
	tables[0].Add("processors in use by others, after", busy)
	if ctx.Err() != nil {
		// Interrupted: the results of the last run are worth more.
		return errors.Join(failed...)
	}
	return errors.Join(append(failed, b.write(tables))...)
}

// pick is full, or quick with --quick.
func pick[T any](b *bench, full, quick T) T {
	if b.quick {
		return quick
	}
	return full
}

func (b *bench) filing(ctx context.Context) ([]report.Table, error) {
	return filing.Run(ctx, filing.Config{
		Rig: b.rig, Callers: pick(b, b.callers, []int{2}), Rounds: pick(b, b.rounds, 1),
		WarmUp: pick(b, b.duration/4, 0), Duration: pick(b, b.duration, 200*time.Millisecond),
		Known: 30, Customers: pick(b, 500, 50), Profiles: b.profiles,
	})
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
		Every: pick(b, 200*time.Millisecond, 100*time.Millisecond), Notice: pick(b, 10*time.Second, 2*time.Second),
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

// written is the line below which the results are; what people wrote above it is kept.
const written = "<!-- What is below this line was written by `make bench`; change the program, not the text. -->"

// write writes the results.
func (b *bench) write(tables []report.Table) error {
	var text strings.Builder
	head := ""
	if b.file != "" {
		before, err := os.ReadFile(b.file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if above, _, ok := strings.Cut(string(before), written); ok {
			head = above
		}
	}
	if head == "" {
		head = "# Benchmarks\n\n"
	}
	fmt.Fprintf(&text, "%s%s\n\n", head, written)
	for _, t := range tables {
		if err := t.Write(&text); err != nil {
			return err
		}
	}
	if b.file == "" {
		_, err := io.WriteString(b.out, text.String())
		return err
	}
	return os.WriteFile(b.file, []byte(strings.TrimRight(text.String(), "\n")+"\n"), 0o644) //nolint:gosec // A document.
}
