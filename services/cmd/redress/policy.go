package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redress-dev/redress/services/internal/document"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/settings"
)

// policyCommands are what can be done with a policy.
type policyCommands struct {
	Check policyCheck `cmd:"" help:"Say what is wrong with a policy file, and what is doubtful."`
	Print policyPrint `cmd:"" help:"Print the policy that a file makes, whole."`
	Diff  policyDiff  `cmd:"" help:"Say in what two policies differ."`
}

// policySettings are those settings that say which policy is meant where no file is named.
type policySettings struct {
	settings.Program
}

// Uses implements settings.Selective.
func (policySettings) Uses(flag string) bool {
	return slices.Contains([]string{"policy", "config", "exit-code"}, flag)
}

// builtIn is what the default is called.
const builtIn = "the built-in default"

type policyCheck struct {
	policySettings

	File string `arg:"" optional:"" help:"A policy file; without one, that of the settings."`
}

// Help implements kong's HelpProvider.
func (policyCheck) Help() string {
	return `Every mistake is a line with file, line, column and field, and so is every doubt about a file without mistakes. What follows from a
value that cannot be read is told when it can: its section is checked no further than field by field, and a text that is no YAML not at all.
The exit code is 1 when the file would be refused.`
}

func (c *policyCheck) run(_ context.Context, in *surroundings) error {
	path := cmp.Or(c.File, c.Policy)
	p, err := policy.Load(path)
	var refused *policy.Error
	if errors.As(err, &refused) {
		fmt.Fprintln(in.stderr, refused)
		fmt.Fprintf(in.stderr, "redress: %s is refused: %s\n", path, count(len(refused.Problems), "mistake"))
		return silent{}
	}
	if err != nil {
		return err
	}
	var advice []string
	if path != "" {
		text, err := document.Load(path)
		if err != nil {
			return err
		}
		if advice, err = policy.Advice(text, path, time.Now()); err != nil {
			return err
		}
	}
	for _, line := range advice {
		fmt.Fprintln(in.stderr, "warning:", line)
	}
	doubts := ""
	if len(advice) > 0 {
		doubts = ", with " + count(len(advice), "doubt")
	}
	_, err = fmt.Fprintf(in.stdout, "%s is a policy: version %s%s\n", cmp.Or(path, builtIn), p.Version(), doubts)
	return err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// laid is how a policy file is read; docs/operations.md has more.
const laid = `What a file leaves out keeps its built-in value; what it states holds, be it 0; a stated list or map takes the place of the built-in one. ` +
	`In wording and risk it changes only the entries that it names, unless the section says "whole: true".`

type policyPrint struct {
	policySettings

	File string `arg:"" optional:"" help:"A policy file; without one, that of the settings, or else the built-in default."`
}

// Help implements kong's HelpProvider.
func (policyPrint) Help() string {
	return laid + ` What is printed states every field, 0 and empty lists too, so it depends on no built-in value.`
}

func (c *policyPrint) run(_ context.Context, in *surroundings) error {
	p, err := policy.Load(cmp.Or(c.File, c.Policy))
	if err != nil {
		return err
	}
	text, err := p.YAML()
	if err != nil {
		return err
	}
	_, err = in.stdout.Write(text)
	return err
}

type policyDiff struct {
	policySettings

	ExitCode bool     `name:"exit-code" help:"Exit with 1 when they differ."`
	Files    []string `arg:"" optional:"" name:"file" help:"The old policy file and the new one. With one file the old one is the built-in default; with none, the new one is that of the settings."`
}

// Help implements kong's HelpProvider.
func (policyDiff) Help() string {
	return `Each line is a field: ~ changed, + new, - gone. Clocks are known by their severity, departments and people by their id. What holds is compared, however it was written. ` + laid
}

func (c *policyDiff) run(_ context.Context, in *surroundings) error {
	var before, after string
	switch {
	case len(c.Files) == 0 && c.Policy != "":
		after = c.Policy
	case len(c.Files) == 1:
		after = c.Files[0]
	case len(c.Files) == 2:
		before, after = c.Files[0], c.Files[1]
	default:
		return misuse(errors.New("policy diff compares two policies: name one file for the built-in default and it, or two"))
	}
	old, err := policy.Load(before)
	if err != nil {
		return err
	}
	now, err := policy.Load(after)
	if err != nil {
		return err
	}
	differences := policy.Diff(old, now)
	for _, difference := range differences {
		if _, err := fmt.Fprintln(in.stdout, difference); err != nil {
			return err
		}
	}
	if c.ExitCode && len(differences) > 0 {
		return silent{}
	}
	return nil
}
