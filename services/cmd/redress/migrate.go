package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// migrate prepares an installation.
type migrate struct {
	suite.Config
	settings.Program
}

// Uses implements settings.Selective.
func (migrate) Uses(flag string) bool {
	return slices.Contains([]string{
		"data-dir", "database", "temporal-addr", "temporal-namespace", "temporal-retention", "config", "log-level", "log-format", "print-config",
		"temporal-tls", "temporal-tls-cert", "temporal-tls-key", "temporal-tls-ca", "temporal-tls-server-name", "plaintext",
	}, flag)
}

// Help implements kong's HelpProvider.
func (migrate) Help() string {
	return `Makes what the processes of an installation share: the keys in the data directory, with mode 0600; the tables of each service in
its schema of the database; the namespace in Temporal, with its search attributes. What is there already stays as it is, so it
may be run again at any time, and after an upgrade it must be.

Keep a copy of vault.key apart from the database: without it no personal data can be read. Processes on other machines need the
same keys.`
}

func (c *migrate) run(ctx context.Context, in *surroundings) error {
	c.Config = c.WithDefaults()
	if c.PrintConfig {
		return errors.Join(in.settings.Print(in.stdout), c.CheckPlaintext())
	}
	if err := c.Check(); err != nil {
		return misuse(err)
	}
	tell := func(step string) { fmt.Fprintln(in.stdout, "ready:", step) }
	return suite.Migrate(ctx, c.Config, slog.New(c.LogHandler(in.stderr)), time.Now, tell)
}
