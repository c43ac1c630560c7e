package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/redress-dev/redress/services/replay"
	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// replayGate replays the workflows that run.
type replayGate struct {
	suite.Config
	settings.Program

	Format   string `default:"table" enum:"table,json" help:"How it is told what was found: table or json."`
	Failures int    `default:"20" placeholder:"N" help:"How many failures are told; 0 for all."`
}

// Uses implements settings.Selective.
func (replayGate) Uses(flag string) bool {
	return slices.Contains([]string{
		"temporal-addr", "temporal-namespace", "config", "log-level", "log-format", "print-config", "format", "failures", "data-dir",
		"temporal-tls", "temporal-tls-cert", "temporal-tls-key", "temporal-tls-ca", "temporal-tls-server-name", "plaintext", "temporal-encryption",
	}, flag)
}

// Help implements kong's HelpProvider.
func (replayGate) Help() string {
	return `Reads the history of every workflow that runs from Temporal and replays it against the workflows of this binary: whether they would go on
where they are. Run it with the new binary before its workers start, or before their version is made the current one. It changes nothing.
Exit codes: 0 all go on, 1 some would not, or Temporal does not answer.`
}

func (c *replayGate) run(ctx context.Context, in *surroundings) error {
	c.Config = c.WithDefaults()
	if c.PrintConfig {
		return in.settings.Print(in.stdout)
	}
	if c.Failures < 0 {
		return misuse(fmt.Errorf("--failures %d is negative", c.Failures))
	}
	if err := c.Check(); err != nil {
		return misuse(err)
	}
	report, err := suite.ReplayGate(ctx, c.Config, c.Failures, slog.New(c.LogHandler(in.stderr)), time.Now)
	if err != nil {
		return err
	}
	if err := c.tell(in.stdout, report); err != nil {
		return err
	}
	if n := report.Failed(); n > 0 {
		return fmt.Errorf("%d workflows would not go on with this binary", n)
	}
	return nil
}

// tell writes what was found.
func (c *replayGate) tell(out io.Writer, report *replay.Report) error {
	if c.Format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TYPE\tREPLAYED\tFAILED")
	for _, count := range report.Counts {
		fmt.Fprintf(table, "%s\t%d\t%d\n", count.Type, count.Replayed, count.Failed)
	}
	for _, f := range report.Failures {
		fmt.Fprintf(table, "\n%s %s, run %s\n  %s\n", f.Type, f.Workflow, f.Run, f.Error)
	}
	return table.Flush()
}
