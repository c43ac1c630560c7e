package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// serve runs roles until it is told to stop.
type serve struct {
	suite.Config
	settings.Program

	Names []string `arg:"" optional:"" name:"role" help:"intake, routing, remedy, followup, gateway, worker or review; all for every one of them."`
}

// Help implements kong's HelpProvider.
func (serve) Help() string {
	return `Any number of processes may run the same role, with the same database and the same keys. They may start in any order, and before
"redress migrate": each waits for what is not there yet, and says so in its log and at /readyz. Ctrl-C or SIGTERM stops it once
the calls in flight are answered.

The six roles on one machine, each in a terminal of its own, with the same REDRESS_DATABASE, REDRESS_DATA_DIR and REDRESS_POLICY:

    redress migrate
    redress serve intake
    redress serve routing
    redress serve remedy
    redress serve followup
    redress serve gateway
    redress serve worker`
}

func (c *serve) run(ctx context.Context, in *surroundings) error {
	roles, err := suite.ParseRoles(c.Names)
	if err != nil {
		return misuse(err)
	}
	c.Roles = roles
	c.Config = c.WithDefaults()
	if c.PrintConfig {
		return errors.Join(in.settings.Print(in.stdout), misuse(c.Check()), c.CheckPlaintext())
	}
	if err := c.Check(); err != nil {
		return misuse(err)
	}
	err = c.serve(ctx, in)
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return nil // Stopped while it was still waiting for something.
	}
	return err
}

func (c *serve) serve(ctx context.Context, in *surroundings) error {
	policy, err := suite.LoadPolicy(c.Policy)
	if err != nil {
		return err
	}
	logger := slog.New(c.LogHandler(in.stderr))
	listeners, err := suite.Listen(c.Config)
	if err != nil {
		return err
	}
	s, err := suite.New(ctx, c.Config, suite.Deps{Policy: policy, Now: time.Now, Logger: logger, Listeners: listeners})
	if err != nil {
		return errors.Join(err, listeners.Close())
	}
	fmt.Fprintln(in.stdout, c.announcement(s))
	if err := errors.Join(s.Run(ctx), s.Close()); err != nil {
		return err
	}
	fmt.Fprintln(in.stdout, "redress: stopped")
	return nil
}

// announcement says in a line what runs where.
func (c *serve) announcement(s *suite.Suite) string {
	names := make([]string, len(c.Roles))
	for i, role := range c.Roles {
		names[i] = string(role)
	}
	line := "redress: serving " + strings.Join(names, ", ")
	for _, at := range []struct{ what, scheme, address string }{
		{"gRPC", "", s.GRPCAddress()}, {"REST", c.TLS.Scheme() + "://", s.HTTPAddress()}, {"operators", c.TLS.Scheme() + "://", s.AdminAddress()},
	} {
		if at.address != "" {
			line += "; " + at.what + " at " + at.scheme + at.address
		}
	}
	return line
}
