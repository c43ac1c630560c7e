package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// keys makes the keys of an installation.
type keys struct {
	suite.Config
	settings.Program
}

// Uses implements settings.Selective.
func (keys) Uses(flag string) bool { return slices.Contains([]string{"data-dir", "config"}, flag) }

// Help implements kong's HelpProvider.
func (keys) Help() string {
	return `Makes vault.key, token.key and log.key in the data directory, with mode 0600, where they are to be handed to the processes in
another way than by the directory itself: as a Secret of Kubernetes, for one. A key that is there already stays as it is. It needs
neither a database nor Temporal. Keep a copy of vault.key apart from the database: without it no personal data can be read.`
}

func (c *keys) run(_ context.Context, in *surroundings) error {
	if err := suite.MakeKeys(c.DataDir); err != nil {
		return err
	}
	_, err := fmt.Fprintln(in.stdout, "ready: keys in", c.DataDir)
	return err
}
