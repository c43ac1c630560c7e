package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"google.golang.org/grpc"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/roster"
)

// directoryCommands read and write routing's directory.
type directoryCommands struct {
	Apply  directoryApply  `cmd:"" help:"Bring departments, teams and people into line with a file, after showing the difference."`
	Export directoryExport `cmd:"" help:"Write departments, teams and people as a file."`
}

// directoryServer says where the directory is.
type directoryServer struct {
	remote
}

// with reads the whole directory of the server, and hands it over while the connection is open.
func (c *directoryServer) with(ctx context.Context, use func(client routingv1.DirectoryServiceClient, present []roster.Resource) error) error {
	return c.connect(ctx, func(ctx context.Context, conn *grpc.ClientConn) error {
		client := routingv1.NewDirectoryServiceClient(conn)
		present, err := roster.Read(ctx, client)
		if err != nil {
			return err
		}
		return use(client, present)
	})
}

// directoryApply applies a file.
type directoryApply struct {
	directoryServer

	Path   string `arg:"" name:"file" help:"The file: .yaml of departments, teams and agents, or .csv of agents."`
	DryRun bool   `help:"Show the difference and change nothing."`
	Prune  bool   `help:"Make inactive whom the file does not name."`
}

// Uses implements settings.Selective.
func (directoryApply) Uses(flag string) bool {
	return slices.Contains(remoteFlags("dry-run", "prune"), flag)
}

// Help implements kong's HelpProvider.
func (directoryApply) Help() string {
	return `Each line is a difference: + new, ~ changed, - inactive from now on. What the file does not state stays as it is. A second run
has nothing to change. docs/directory.md tells what a file looks like.`
}

func (c *directoryApply) run(ctx context.Context, in *surroundings) error {
	file, err := c.read()
	if err != nil {
		return misuse(err)
	}
	return c.with(ctx, func(client routingv1.DirectoryServiceClient, present []roster.Resource) error {
		return c.apply(ctx, in, client, roster.Plan(present, file, c.Prune))
	})
}

// apply tells the changes and makes them.
func (c *directoryApply) apply(ctx context.Context, in *surroundings, client routingv1.DirectoryServiceClient, changes []roster.Change) error {
	var lines []string
	for _, change := range changes {
		lines = append(lines, change.Lines()...)
	}
	end := count(len(changes), "change") + " made"
	switch {
	case len(changes) == 0:
		end = "nothing to change"
	case c.DryRun:
		end = count(len(changes), "change") + " to make; this was a dry run"
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(in.stdout, line); err != nil {
			return err
		}
	}
	if !c.DryRun {
		if err := roster.Apply(ctx, client, changes); err != nil {
			return fmt.Errorf("not all could be changed; what was is, and another run goes on: %w", err)
		}
	}
	_, err := fmt.Fprintln(in.stdout, end)
	return err
}

// read reads the file.
func (c *directoryApply) read() ([]roster.Entry, error) {
	text, err := os.ReadFile(c.Path)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(filepath.Ext(c.Path)) {
	case ".yaml", ".yml":
		return roster.ParseYAML(text, c.Path)
	case ".csv":
		return roster.ParseCSV(strings.NewReader(string(text)), c.Path)
	default:
		return nil, fmt.Errorf("%s: neither .yaml nor .csv", c.Path)
	}
}

// directoryExport writes the directory.
type directoryExport struct {
	directoryServer
}

// Uses implements settings.Selective.
func (directoryExport) Uses(flag string) bool {
	return slices.Contains(remoteFlags(), flag)
}

func (c *directoryExport) run(ctx context.Context, in *surroundings) error {
	return c.with(ctx, func(_ routingv1.DirectoryServiceClient, present []roster.Resource) error {
		text, err := roster.FormatYAML(present)
		if err != nil {
			return err
		}
		_, err = in.stdout.Write(text)
		return err
	})
}
