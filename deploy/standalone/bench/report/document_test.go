package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/bench/report"
)

// written is a document as it is checked in: what people wrote stands before, between and behind what was measured.
const written = `# Benchmarks

By hand.

<!-- bench machine: Machine -->

## Machine

old machine

<!-- /bench -->

By hand, too.

<!-- bench filing: Filing on SQLite -->

## Filing on SQLite

old SQLite

<!-- /bench -->

<!-- bench filing: Filing on PostgreSQL -->

## Filing on PostgreSQL

old PostgreSQL

<!-- /bench -->

## Written by hand

Last words.
`

func parts() []string { return []string{"machine", "filing", "memory", "lives"} }

// put writes tables with the lead "new" into a file with the text and returns what it then has.
func put(t *testing.T, text, part string, titles ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "results.md")
	if text != "" {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	var tables []report.Table
	for _, title := range titles {
		tables = append(tables, report.Table{Title: title, Lead: "new"})
	}
	require.NoError(t, report.Update(path, parts(), part, tables))
	now, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(now)
}

// TestUpdateReplacesWhatWasMeasured proves that a run changes its own sections and no other byte, whatever their order.
func TestUpdateReplacesWhatWasMeasured(t *testing.T) {
	t.Parallel()
	require.Equal(t, strings.Replace(written, "old PostgreSQL", "new", 1), put(t, written, "filing", "Filing on PostgreSQL"))
	both := strings.Replace(strings.Replace(written, "old PostgreSQL", "new", 1), "old SQLite", "new", 1)
	require.Equal(t, both, put(t, written, "filing", "Filing on PostgreSQL", "Filing on SQLite"))
	require.Equal(t, both, put(t, both, "filing", "Filing on SQLite", "Filing on PostgreSQL"), "once more changes nothing")
}

// TestUpdateAddsWhatIsNew proves where a section stands that was never measured: with those of its part, and otherwise in the
// order of the parts.
func TestUpdateAddsWhatIsNew(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		what, part string
		titles     []string
		order      []string
	}{
		{
			"behind the one measured before it", "filing", []string{"Filing on SQLite", "Latency on SQLite"},
			[]string{"Machine", "Filing on SQLite", "Latency on SQLite", "Filing on PostgreSQL", "Written by hand"},
		},
		{
			"behind its part", "filing", []string{"Floor", "Ceiling"},
			[]string{"Machine", "Filing on SQLite", "Filing on PostgreSQL", "Floor", "Ceiling", "Written by hand"},
		},
		{
			"behind the parts before it", "lives", []string{"Lives"},
			[]string{"Machine", "Filing on SQLite", "Filing on PostgreSQL", "Lives", "Written by hand"},
		},
	} {
		t.Run(test.what, func(t *testing.T) {
			t.Parallel()
			text := put(t, written, test.part, test.titles...)
			require.Equal(t, test.order, headings(text))
			for _, kept := range []string{"By hand.", "By hand, too.", "old machine", "Last words."} {
				require.Contains(t, text, kept)
			}
		})
	}
	text := put(t, put(t, written, "lives", "Lives"), "memory", "Memory")
	require.Equal(t, []string{"Machine", "Filing on SQLite", "Filing on PostgreSQL", "Memory", "Lives", "Written by hand"}, headings(text))
	require.Equal(t, []string{"Machine", "Lives"}, headings(put(t, put(t, "", "lives", "Lives"), "machine", "Machine")))
}

// headings are those of the second level, in their order.
func headings(text string) (list []string) {
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			list = append(list, strings.TrimSpace(title))
		}
	}
	return list
}

// TestReadRefusesWhatItDoesNotUnderstand proves that nothing is written into a document whose lines do not match: text of people's
// could be lost.
func TestReadRefusesWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	for what, text := range map[string]string{
		"no end":       "<!-- bench filing: A -->\n\ntext\n",
		"within":       "<!-- bench filing: A -->\n<!-- bench filing: B -->\n<!-- /bench -->\n",
		"no beginning": "text\n<!-- /bench -->\n",
		"twice":        strings.Repeat("<!-- bench filing: A -->\n<!-- /bench -->\n", 2),
	} {
		_, err := report.Read(text, parts())
		require.ErrorContains(t, err, "report: ", what)
	}
}
