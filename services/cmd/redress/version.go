package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// version prints what this program is made of.
type version struct{}

func (version) run(_ context.Context, in *surroundings) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{Main: debug.Module{Version: "unknown"}}
	}
	return printVersion(in.stdout, info, contracts())
}

func printVersion(out io.Writer, info *debug.BuildInfo, contracts []string) error {
	settings := make(map[string]string)
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	rows := [][2]string{
		{"redress", info.Main.Version},
		{"contract", strings.Join(contracts, ", ")},
		{"go", strings.TrimPrefix(runtime.Version(), "go") + " " + runtime.GOOS + "/" + runtime.GOARCH},
	}
	if commit := settings["vcs.revision"]; commit != "" {
		if settings["vcs.modified"] == "true" {
			commit += ", changed since"
		}
		rows = append(rows, [2]string{"commit", commit + " (" + settings["vcs.time"] + ")"})
	}
	for _, row := range rows {
		if _, err := fmt.Fprintf(out, "%-9s %s\n", row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

// contracts lists the packages of the contract that have services.
func contracts() []string {
	var packages []string
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		name := string(file.Package())
		if strings.HasPrefix(name, "redress.") && file.Services().Len() > 0 {
			packages = append(packages, name)
		}
		return true
	})
	slices.Sort(packages)
	return slices.Compact(packages)
}
