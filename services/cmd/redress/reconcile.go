package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/redress-dev/redress/services/reconcile"
	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// somethingFound is the exit code of a comparison that found something, repaired or not.
const somethingFound = 3

// found is a failure that has been told already, with an exit code of its own.
type found struct{}

// Error implements error.
func (found) Error() string { return "" }

// reconciling compares services and Temporal.
type reconciling struct {
	suite.Config
	settings.Program

	Server   string        `env:"REDRESS_SERVER" placeholder:"HOST:PORT" help:"Where all services answer, when they do so at one address, as those of a standalone do."`
	DryRun   bool          `help:"Only say what would be done."`
	Format   string        `default:"table" enum:"table,json" help:"How it is told what was found: table or json."`
	Patience time.Duration `default:"5s" placeholder:"TIME" help:"How long something must be amiss to count: what is on its way is not."`
	Retell   bool          `help:"First have Temporal told all events again, as one must be that was restored from a backup. Workflows ignore what they know."`
}

// Uses implements settings.Selective.
func (reconciling) Uses(flag string) bool {
	return slices.Contains([]string{
		"data-dir", "intake-addr", "routing-addr", "remedy-addr", "followup-addr", "review-addr", "temporal-addr", "temporal-namespace",
		"policy", "config", "log-level", "log-format", "print-config", "server", "dry-run", "format", "patience", "retell",
		"tls-cert", "tls-key", "tls-ca", "tls-server-name",
		"temporal-tls", "temporal-tls-cert", "temporal-tls-key", "temporal-tls-ca", "temporal-tls-server-name", "plaintext", "temporal-encryption",
	}, flag)
}

// Help implements kong's HelpProvider.
func (reconciling) Help() string {
	return `Compares what the services have on record with Temporal and with each other. A record that is open and whose workflow does not run gets
one, which asks for the duties as they stand, with their due times and verdicts. A workflow for which there is no record is terminated; one
whose record has ended is told so. Events that a service was told and does not know are delivered to it again. Schedules that are missing are
made.

It may run at any time, beside everything else, as often as you like; run it again until it finds nothing. It needs token.key in the data
directory, and the policy that the services have. Exit codes: 0 nothing was found, 3 something was found, and repaired unless with
--dry-run, 1 it could not look, or not repair all.`
}

func (c *reconciling) run(ctx context.Context, in *surroundings) error {
	if c.Server != "" {
		c.IntakeAddress, c.RoutingAddress, c.RemedyAddress, c.FollowupAddress, c.ReviewAddress = c.Server, c.Server, c.Server, c.Server, c.Server
	}
	c.Config = c.WithDefaults()
	if c.PrintConfig {
		return in.settings.Print(in.stdout)
	}
	if err := c.Check(); err != nil {
		return misuse(err)
	}
	if c.Patience < 0 {
		return misuse(errors.New("--patience is negative"))
	}
	policy, err := suite.LoadPolicy(c.Policy)
	if err != nil {
		return err
	}
	report, err := suite.Reconcile(ctx, c.Config, policy, suite.Reconciling{DryRun: c.DryRun, Patience: c.Patience, Retell: c.Retell},
		slog.New(c.LogHandler(in.stderr)), time.Now)
	if err != nil {
		return err
	}
	if err := c.tell(in.stdout, report); err != nil {
		return err
	}
	switch {
	case report.Failed() > 0:
		return fmt.Errorf("%d of %d findings could not be repaired", report.Failed(), len(report.Findings))
	case len(report.Findings) > 0:
		return found{}
	default:
		return nil
	}
}

// tell writes what was found.
func (c *reconciling) tell(out io.Writer, report *reconcile.Report) error {
	if c.Format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(report.Findings) > 0 {
		fmt.Fprintln(table, "PROBLEM\tWHAT\tRECORD\tDETAIL\tACTION\tOUTCOME")
	}
	for _, f := range report.Findings {
		what := f.Workflow
		if f.Subscriber != "" {
			what = f.Service + " to " + f.Subscriber + ", " + strconv.FormatInt(f.Events, 10) + " events"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Problem, orDash(what), orDash(f.Record), f.Detail, f.Action, outcomeOf(f, report.DryRun))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%d open records, %d workflows that run, %d events: %d findings\n",
		report.OpenWork, report.Running, report.Events, len(report.Findings))
	return err
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// outcomeOf is what became of a finding.
func outcomeOf(f *reconcile.Finding, dryRun bool) string {
	switch {
	case dryRun:
		return "would be done"
	case f.Done:
		return "done"
	default:
		return "failed: " + f.Error
	}
}
