package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/bench/report"
)

// TestMain lets the test's binary be the product, as the program's is.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == serveArgument {
		if err := run(context.Background(), os.Args[1:], time.Now, os.Stdin, os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// kept stands in the file before the program runs: what people wrote, and a result that is not measured again.
const kept = "# Kept\n\n<!-- bench lists: Measured long ago -->\n\n## Measured long ago\n\n<!-- /bench -->\n\n## By hand\n\nKept, too.\n"

// quick runs the program in small sizes and returns what it wrote. No call may have failed, and what stood there must still stand.
func quick(t *testing.T, args ...string) string {
	t.Helper()
	database := "sqlite"
	if os.Getenv(postgresVariable) != "" {
		database = "both"
	}
	path := filepath.Join(t.TempDir(), "results.md")
	require.NoError(t, os.WriteFile(path, []byte(kept), 0o600))
	args = append([]string{"--quick", "--commit", "abc", "--database", database, "--out", path}, args...)
	require.NoError(t, run(t.Context(), args, time.Now, nil, t.Output(), t.Output()))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, paragraph := range strings.Split(kept, "\n\n") {
		require.Contains(t, string(text), paragraph)
	}
	require.NotContains(t, string(text), "The first error")
	return string(text)
}

// TestFiling proves that each protocol and each floor gets something done, and that the shares fit the rates. The numbers mean
// nothing.
func TestFiling(t *testing.T) {
	t.Parallel()
	text := quick(t, "--only", "filing")
	for _, title := range []string{
		"Filing on SQLite: rows written, and the floors", "Filing on SQLite, 2 callers: rate", "Filing on SQLite, 2 callers: latency",
		"Filing on SQLite, 2 callers: rate with deliveries running", "Filing on SQLite, 2 callers: latency with deliveries running",
	} {
		require.Regexp(t, "\n## "+title+"\n\nMeasured by `bench --database (sqlite|both) --only filing --quick`, 20.* UTC, commit abc, in ", text)
	}
	_, text, _ = strings.Cut(text, "\n## Filing on SQLite, 2 callers: rate\n")
	rates, shares := map[string]float64{}, map[string]float64{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\S.*?) +\| ([0-9.]+) +\| \(.*\) +\| 0 +\| *([0-9]*) ?%?`).FindAllStringSubmatch(text, 5) {
		var err error
		rates[row[1]], err = strconv.ParseFloat(row[2], 64)
		require.NoError(t, err)
		require.Positive(t, rates[row[1]], row[1])
		if row[3] != "" {
			shares[row[1]], err = strconv.ParseFloat(row[3], 64)
			require.NoError(t, err)
		}
	}
	require.Len(t, rates, 5)
	require.InDelta(t, 100*rates["filing over gRPC"]/rates["floor: a statement a row"], shares["filing over gRPC"], 3)
	require.InDelta(t, 100*rates["filing over REST"]/rates["floor: a statement a row"], shares["filing over REST"], 3)
}

// TestTelemetry proves that products can be told apart by their telemetry, and nothing fails meanwhile. The numbers mean nothing.
func TestTelemetry(t *testing.T) {
	t.Parallel()
	text := quick(t, "--only", "telemetry")
	for _, row := range []string{"none: ", "as by default: ", "metrics, and every trace sent: "} {
		require.Regexp(t, `\n\| `+row+`.*\| [1-9][0-9.]* +\| \([0-9]+–[0-9]+\) +\| 0 +\| [0-9]\.[0-9]{3} `, text)
	}
}

// TestOtherParts proves that everything else that is measured can be, and that the results are complete.
func TestOtherParts(t *testing.T) {
	t.Parallel()
	text := quick(t, "--only", "lists,memory,size,lives,lateness")
	for _, title := range []string{
		"Lists on SQLite", "Start and memory on SQLite", "Bytes and events of a life on SQLite", "Lives a second on SQLite, beside a bare workflow",
		"A burst on SQLite", "Lateness on SQLite",
	} {
		require.Contains(t, text, "\n## "+title+"\n")
	}
}

// TestDocument proves that the results which are checked in can be replaced one by one: somebody's hand has not broken the lines
// between which they stand, and each has the name that it will be replaced by.
func TestDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/benchmarks.md")
	require.NoError(t, err)
	document, err := report.Read(string(text), names())
	require.NoError(t, err)
	require.NoError(t, document.Put(machinePart, nil))
	var same strings.Builder
	require.NoError(t, document.Write(&same))
	require.Equal(t, string(text), same.String())
	for _, section := range regexp.MustCompile(`(?m)^<!-- bench ([a-z]+): (.*) -->\n\n## (.*)$`).FindAllStringSubmatch(string(text), -1) {
		require.Contains(t, append(names(), machinePart), section[1])
		require.Equal(t, section[2], section[3])
	}
}

// TestFlags proves that mistakes on the command line are told before anything is measured.
func TestFlags(t *testing.T) {
	t.Setenv(postgresVariable, "")
	for _, test := range []struct{ args, says string }{
		{"--only filing,nonsense", `no part "nonsense"`},
		{"--database oracle", `"oracle" is none of`},
		{"--database postgres", postgresVariable},
		{"--callers 1,none --database sqlite", `"none" is no positive number`},
		{"--sizes 100000,10000 --database sqlite", "not growing"},
		{"--rounds 0 --database sqlite", "must be positive"},
	} {
		_, err := parse(strings.Fields(test.args))
		require.ErrorContains(t, err, test.says)
	}
}
