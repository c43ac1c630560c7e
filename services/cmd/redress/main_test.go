package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/importer"
)

// TestHelp: every command says what it is for and which settings it has.
func TestHelp(t *testing.T) {
	t.Parallel()
	for args, want := range map[string][]string{
		"--help":              {"serve", "migrate", "policy check", "policy print", "policy diff", "token", "version"},
		"help serve":          {"redress serve intake", "--grpc-addr=HOST:PORT", "[$REDRESS_GRPC_ADDR]", "any order"},
		"serve --help":        {"redress serve intake", "--data-dir=DIR", "Default: var."},
		"migrate --help":      {"vault.key", "--temporal-retention", "[$REDRESS_DATABASE]"},
		"policy check --help": {"line, column and field", "--policy=FILE"},
		"policy diff --help":  {"--exit-code", "clocks are known by"},
		"token --help":        {"TOKEN=$(redress token)", "--lifetime"},
	} {
		got := call(t, strings.Fields(args))
		require.Zero(t, got.code, args)
		for _, text := range want {
			require.Contains(t, strings.ToLower(strings.Join(strings.Fields(got.out), " ")), strings.ToLower(text), args)
		}
	}
	require.NotContains(t, call(t, []string{"migrate", "--help"}).out, "--grpc-addr", "what a command does not use is not in its help")
	require.NotContains(t, call(t, []string{"token", "--help"}).out, "--database")
}

// TestMisuse: what is not understood is explained, with exit code 2.
func TestMisuse(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":                          `expected one of "serve", "migrate", "keys", "probe"`,
		"srve":                      `unexpected argument srve, did you mean "serve"?`,
		"serve":                     "name at least one role: intake, routing, remedy, followup, gateway, worker, review, or all",
		"serve intak":               `no role "intak": there are intake, routing`,
		"serve all --grpc-adr=x":    `did you mean "--grpc-addr"?`,
		"serve intake":              "needs PostgreSQL: give its URL with --database ($REDRESS_DATABASE)",
		"serve all --trace-ratio=2": "--trace-ratio 2 is not between 0 and 1",
		"serve all --print-config --trace-ratio=2":            "--trace-ratio 2 is not between 0 and 1",
		"serve intake --database=nonsense":                    `--database: it must begin with "postgres://"`,
		"serve intake --database=postgres://u:s3cret@h:port/": "--database: it is not of the form postgres://",
		"serve worker --intake-addr=one:9091,two":             `--intake-addr: "two" is no host:port`,
		"migrate --temporal-addr=nowhere":                     `--temporal-addr: "nowhere" is no host:port`,
		"migrate --grpc-addr=x":                               "unknown flag --grpc-addr",
		"token --roles=king":                                  `--roles: no role "king": there are agent`,
		"token --lifetime=-1h":                                "--lifetime:",
		"token --lifetime=long":                               `--lifetime: "long" is no duration`,
		"policy":                                              `expected one of "check", "print", "diff"`,
		"policy diff":                                         "name one file",
		"policy diff a b c":                                   "name one file",
		"version now":                                         "unexpected argument now",
	} {
		got := call(t, strings.Fields(args))
		require.Equal(t, 2, got.code, args)
		require.Contains(t, got.errors, "redress: ", args)
		require.Contains(t, got.errors, want, args)
		require.NotContains(t, got.errors, "s3cret")
	}
}

// TestImportOfColumnsThatMeanOneField: before anything is sent, with both named.
func TestImportOfColumnsThatMeanOneField(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, mapping := filepath.Join(dir, "old.csv"), filepath.Join(dir, "crm.yaml")
	require.NoError(t, os.WriteFile(file, []byte("id,short,long\n1,x,y\n"), 0o600))
	require.NoError(t, os.WriteFile(mapping, []byte("columns: {id: externalId, short: statement, long: statement}\n"), 0o600))
	got := call(t, []string{"import", file, "--token=x", "--source=crm", "--mapping=" + mapping})
	require.Equal(t, 2, got.code)
	require.Contains(t, got.errors, `the column "long" and the column "short" both mean the field "complaint.statement"`)
}

// TestImportWithoutSource: two systems that both number from 1 must not meet in one that has no name.
func TestImportWithoutSource(t *testing.T) {
	t.Parallel()
	got := call(t, []string{"import", write(t, "old.csv", "externalId,statement\n"), "--token=x"})
	require.Equal(t, 2, got.code)
	require.Contains(t, got.errors, "--source")
	got = call(t, []string{"import", write(t, "old.csv", "externalId,statement\n"), "--token=x", "--source= "})
	require.Equal(t, 2, got.code)
	require.Contains(t, got.errors, "--source")
}

// TestImportExit: who reads nothing but the exit code learns that not all rows are in.
func TestImportExit(t *testing.T) {
	t.Parallel()
	for text, s := range map[string]importer.Summary{
		"5 rows: 3 filed, 2 already there, 0 in conflict, 0 refused": {Rows: 5, Filed: 3, Already: 2},
		"5 rows: 3 filed, 1 already there, 1 in conflict, 0 refused": {Rows: 5, Filed: 3, Already: 2, Conflicts: 1},
		"5 rows: 3 filed, 1 already there, 0 in conflict, 1 refused": {Rows: 5, Filed: 3, Already: 1, Refused: 1},
	} {
		var out strings.Builder
		err := (&importing{}).conclude(&out, s, 0, time.Second, "x", nil)
		require.Contains(t, out.String(), text)
		if s.Conflicts+s.Refused == 0 {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, silent{}, err)
	}
	err := (&importing{}).conclude(io.Discard, importer.Summary{}, 0, time.Second, "x", &importer.FileError{Cause: io.ErrUnexpectedEOF})
	require.ErrorContains(t, err, "correct the file")
}

func TestVersion(t *testing.T) {
	t.Parallel()
	got := call(t, []string{"version"})
	require.Zero(t, got.code)
	require.Regexp(t, `^redress   \S+\ncontract  redress\.\w+\.v1, .*redress\.intake\.v1, .*redress\.routing\.v1\n`, got.out)
	require.Regexp(t, `\ngo        1\.\S+ \w+/\w+\n`, got.out)

	var out strings.Builder
	info := &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "834d958"}, {Key: "vcs.time", Value: "2026-11-22T03:00:00Z"}, {Key: "vcs.modified", Value: "true"},
	}}
	require.NoError(t, printVersion(&out, info, []string{"redress.intake.v1"}))
	require.Contains(t, out.String(), "redress   v1.2.3\ncontract  redress.intake.v1\n")
	require.Contains(t, out.String(), "commit    834d958, changed since (2026-11-22T03:00:00Z)\n")
}
