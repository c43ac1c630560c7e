package check

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// Dockerfile checks a Dockerfile: BuildKit understands it and its linter has nothing to say, Go has the version of the workspace, and
// every image that can run begins from nothing, is not root's, starts a program without a shell, and can be asked how it is.
func Dockerfile(text []byte, goVersion string) error {
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return err
	}
	var wrong []error
	lint := linter.New(&linter.Config{Warn: func(rule, _, _, message string, _ []parser.Range) {
		wrong = append(wrong, fmt.Errorf("%s: %s", rule, message))
	}})
	stages, args, err := instructions.Parse(parsed.AST, lint)
	if err != nil {
		return err
	}
	if !declares(args, "GO_VERSION", goVersion) {
		wrong = append(wrong, fmt.Errorf("GO_VERSION is not %s, which the workspace is built with", goVersion))
	}
	byName := map[string]instructions.Stage{}
	for _, stage := range stages {
		byName[stage.Name] = stage
	}
	for _, stage := range stages {
		if all := lineage(stage, byName); has[*instructions.EntrypointCommand](all) {
			wrong = append(wrong, image(stage.Name, all))
		}
	}
	last := stages[len(stages)-1]
	if !has[*instructions.EntrypointCommand](lineage(last, byName)) {
		wrong = append(wrong, fmt.Errorf("the last stage, %s, starts nothing", last.Name))
	}
	return errors.Join(wrong...)
}

// declares tells whether an argument before the first stage has a value.
func declares(args []instructions.ArgCommand, name, value string) bool {
	for _, arg := range args {
		for _, pair := range arg.Args {
			if pair.Key == name && pair.Value != nil && *pair.Value == value {
				return true
			}
		}
	}
	return false
}

// lineage is a stage and those it is made from, itself last.
func lineage(stage instructions.Stage, byName map[string]instructions.Stage) []instructions.Stage {
	if parent, ok := byName[stage.BaseName]; ok && stage.BaseName != stage.Name {
		return append(lineage(parent, byName), stage)
	}
	return []instructions.Stage{stage}
}

// has tells whether any stage has a command of a kind.
func has[C instructions.Command](stages []instructions.Stage) bool {
	_, ok := last[C](stages)
	return ok
}

// last is the command of a kind that counts: the last one.
func last[C instructions.Command](stages []instructions.Stage) (found C, ok bool) {
	for _, stage := range stages {
		for _, command := range stage.Commands {
			if c, is := command.(C); is {
				found, ok = c, true
			}
		}
	}
	return found, ok
}

// image checks an image that can run.
func image(name string, stages []instructions.Stage) error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(name+": "+format, args...)) }
	if base := stages[0].BaseName; base != "scratch" {
		say("begins from %s, not from scratch", base)
	}
	user, ok := last[*instructions.UserCommand](stages)
	if !ok || !regexp.MustCompile(`^[1-9]\d*(:[1-9]\d*)?$`).MatchString(user.User) {
		say("USER must be a number other than 0, by which Kubernetes can tell that it is not root")
	}
	if start, _ := last[*instructions.EntrypointCommand](stages); start.PrependShell {
		say("ENTRYPOINT wants a shell, and there is none")
	}
	health, ok := last[*instructions.HealthCheckCommand](stages)
	if !ok || health.Health == nil || len(health.Health.Test) < 2 || health.Health.Test[0] != "CMD" {
		say("HEALTHCHECK must run a program, without a shell")
	}
	for _, stage := range stages {
		for _, command := range stage.Commands {
			if run, is := command.(*instructions.RunCommand); is && stage.BaseName == "scratch" {
				say("RUN %s: there is nothing to run it", strings.Join(run.CmdLine, " "))
			}
		}
	}
	return errors.Join(wrong...)
}

// Ignored returns which of files .dockerignore keeps out of a build.
func Ignored(ignore []byte, files []string) (out []string, err error) {
	patterns, err := ignorefile.ReadAll(bytes.NewReader(ignore))
	if err != nil {
		return nil, err
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		ignored, err := matcher.MatchesOrParentMatches(file)
		if err != nil {
			return nil, err
		}
		if ignored {
			out = append(out, file)
		}
	}
	return out, nil
}
