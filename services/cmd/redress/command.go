package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/redress-dev/redress/services/settings"
)

const about = "Redress, a backend for handling customer complaints. Settings are read from flags, else from variables, else from " +
	"the file of --config."

// Exit codes.
const (
	done    = 0
	failed  = 1
	misused = 2
)

// commands are all commands, with their settings.
type commands struct {
	Serve      serve             `cmd:"" help:"Run one or several roles."`
	Migrate    migrate           `cmd:"" help:"Prepare keys, tables and Temporal's namespace, before the first start and after an upgrade."`
	Keys       keys              `cmd:"" help:"Make the keys of an installation alone."`
	Probe      probe             `cmd:"" help:"Ask the process on this host whether it is ready."`
	Policy     policyCommands    `cmd:"" help:"Check, print and compare policies."`
	Token      token             `cmd:"" help:"Mint a development token."`
	Import     importing         `cmd:"" help:"File complaints that were received elsewhere, from a file."`
	Reindex    reindex           `cmd:"" help:"Make the index anew that complaints are searched for and compared by."`
	Directory  directoryCommands `cmd:"" help:"Read and write departments, teams and people."`
	Reconcile  reconciling       `cmd:"" help:"Compare services and Temporal, and repair what does not fit."`
	ReplayGate replayGate        `cmd:"" help:"Replay all workflows that run against this binary, before its workers are promoted."`
	Promote    promoting         `cmd:"" help:"Make a version of the workers the current one."`
	Rules      ruleCommands      `cmd:"" help:"Read, check, change and explain the rules by which complaints find their department."`
	Calendar   calendarCommands  `cmd:"" help:"Read holidays and make-up workdays for a policy."`
	Review     reviewCommands    `cmd:"" help:"Fetch a review as a page or a table, into a file."`
	Evidence   evidenceCommands  `cmd:"" help:"Check the file of a complaint that a regulator gets, and print the key that signs it."`
	Temporal   temporalCommands  `cmd:"" help:"Rotate the key that workflows are encrypted with."`
	Version    version           `cmd:"" help:"Print the version."`
}

// command is what each of them can do.
type command interface {
	// run returns what went wrong. A *settings.Error is a wrong use of the command.
	run(ctx context.Context, in *surroundings) error
}

// surroundings are what a command works in.
type surroundings struct {
	settings       *settings.Settings
	stdin          io.Reader
	stdout, stderr io.Writer
}

// silent is a failure that has been told already.
type silent struct{}

// Error implements error.
func (silent) Error() string { return "" }

// misuse makes an error one of wrong use.
func misuse(err error) error {
	if err == nil {
		return nil
	}
	return &settings.Error{Problems: []string{err.Error()}}
}

// run carries out a command line and returns the exit code: 0, 1 when the command failed, 2 when it was not understood, 3 when
// a comparison found something.
func run(ctx context.Context, args []string, env settings.Environment, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:len(args):len(args)], "--help")
	}
	var all commands
	read, err := settings.Read(&all, settings.Source{
		Program: "redress", About: about, Args: args, Env: env, Out: stdout, Others: []string{"REDRESS_TEMPORAL_UI_ADDR"}, // The standalone's.
	})
	if errors.Is(err, settings.ErrPrinted) {
		return done
	}
	if err == nil {
		err = read.Command().(command).run(ctx, &surroundings{settings: read, stdin: stdin, stdout: stdout, stderr: stderr})
	}
	var misunderstood *settings.Error
	switch {
	case err == nil:
		return done
	case errors.As(err, &misunderstood):
		for _, problem := range misunderstood.Problems {
			fmt.Fprintln(stderr, "redress:", problem)
		}
		fmt.Fprintln(stderr, "redress --help, and --help after a command, say what there is.")
		return misused
	case errors.Is(err, silent{}):
		return failed
	case errors.Is(err, found{}):
		return somethingFound
	default:
		fmt.Fprintln(stderr, "redress:", err)
		return failed
	}
}
