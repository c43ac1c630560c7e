package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// progressEvery is how often it is told how far a reindexing is.
const progressEvery = 5 * time.Second

// reindex makes the index of texts anew.
type reindex struct {
	suite.Config
	settings.Program

	Restart bool `help:"Begin anew, whatever an earlier start has done; not beside another one."`
}

// Uses implements settings.Selective.
func (reindex) Uses(flag string) bool {
	return slices.Contains([]string{"data-dir", "database", "policy", "config", "log-level", "log-format", "print-config", "restart"}, flag)
}

// Help implements kong's HelpProvider.
func (reindex) Help() string {
	return `Empties the index that complaints are searched for by words and compared by, and makes it anew from what is on record. Everything else
stays as it is, and the roles may go on running: what is not in the index yet is not found until it is. One that was interrupted goes on
where it was when it is started again, unless the index is empty by then or the policy indexes otherwise, or with --restart.

It needs vault.key in the data directory, since what customers said is sealed. Use the policy that intake has.`
}

func (c *reindex) run(ctx context.Context, in *surroundings) error {
	c.Config = c.WithDefaults()
	if c.PrintConfig {
		return in.settings.Print(in.stdout)
	}
	if err := c.Check(); err != nil {
		return misuse(err)
	}
	policy, err := suite.LoadPolicy(c.Policy)
	if err != nil {
		return err
	}
	shown := &share{out: in.stdout, now: time.Now}
	if err := suite.Reindex(ctx, c.Config, policy, c.Restart, slog.New(c.LogHandler(in.stderr)), time.Now, shown.show); err != nil {
		return err
	}
	return shown.end()
}

// share tells how far a reindexing is, now and then.
type share struct {
	out    io.Writer
	now    func() time.Time
	told   time.Time
	newest suite.Reindexed
}

func (s *share) show(at suite.Reindexed) {
	first := s.told.IsZero()
	s.newest = at
	if now := s.now(); first || now.Sub(s.told) >= progressEvery {
		s.told = now
		switch {
		case first && at.Texts > 0:
			_, _ = fmt.Fprintf(s.out, "going on with an earlier start: %d of %d texts are indexed\n", at.Texts, at.Of)
		default:
			_, _ = fmt.Fprintf(s.out, "%d of %d texts\n", at.Texts, at.Of) // Progress that cannot be told is no reason to stop.
		}
	}
}

func (s *share) end() error {
	_, err := fmt.Fprintf(s.out, "ready: the index, of %d texts\n", s.newest.Texts)
	return err
}
