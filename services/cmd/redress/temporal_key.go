package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// temporalCommands are about what Temporal keeps.
type temporalCommands struct {
	Key temporalKeyCommands `cmd:"" help:"List, add and promote keys."`
}

// temporalKeyCommands rotate the key that workflows are encrypted with.
type temporalKeyCommands struct {
	List    temporalKeyList    `cmd:"" help:"Print the ids of the keys; the one that encrypts comes first."`
	Add     temporalKeyAdd     `cmd:"" help:"Add a key that does not encrypt yet, and print its id."`
	Promote temporalKeyPromote `cmd:"" help:"Have a key encrypt from the next start on."`
}

// temporalKeyFile says where the keys are.
type temporalKeyFile struct {
	suite.Config
	settings.Program
}

// Uses implements settings.Selective.
func (temporalKeyFile) Uses(flag string) bool {
	return slices.Contains([]string{"config", "data-dir"}, flag)
}

type temporalKeyList struct{ temporalKeyFile }

func (c *temporalKeyList) run(_ context.Context, in *surroundings) error {
	ids, err := suite.TemporalKeys(c.DataDir)
	for _, id := range ids {
		fmt.Fprintln(in.stdout, id)
	}
	return err
}

type temporalKeyAdd struct{ temporalKeyFile }

// Help implements kong's HelpProvider.
func (temporalKeyAdd) Help() string {
	return `Copy temporal.key to all processes of the installation and restart them; only then promote the new key, copy and restart again. So nobody
meets what it cannot read. Keys are never removed here: what was encrypted with them stays in Temporal until its retention has passed.`
}

func (c *temporalKeyAdd) run(_ context.Context, in *surroundings) error {
	id, err := suite.AddTemporalKey(c.DataDir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(in.stdout, id)
	return err
}

type temporalKeyPromote struct {
	temporalKeyFile

	ID string `arg:"" name:"id" help:"The key, as list prints it."`
}

func (c *temporalKeyPromote) run(_ context.Context, in *surroundings) error {
	if err := suite.PromoteTemporalKey(c.DataDir, c.ID); err != nil {
		return err
	}
	_, err := fmt.Fprintln(in.stdout, "ready: key", c.ID, "encrypts from the next start on")
	return err
}
