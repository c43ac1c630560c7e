package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRun: weights from a file of letters, and what may be expected of two authors.
func TestRun(t *testing.T) {
	t.Parallel()
	const letter = `{"id": "1", "text": "不退款我就打12315", "signals": ["THREAT"], "kind": "THREATENS", "spans": [{"label": "THREAT", "quote": "我就打12315"}]}` + "\n"
	one, other := filepath.Join(t.TempDir(), "one.jsonl"), filepath.Join(t.TempDir(), "other.jsonl")
	for _, path := range []string{one, other} {
		require.NoError(t, os.WriteFile(path, []byte(letter+letter+letter+letter), 0o600))
	}
	var weights, table bytes.Buffer
	require.NoError(t, run([]string{one}, false, &weights))
	require.Contains(t, weights.String(), "\nw 我 就\tT+")
	require.NoError(t, run([]string{one, other}, true, &table))
	require.Contains(t, table.String(), "| THREAT | 8 | 1.00 | 1.00 | 1.00 |")

	require.Error(t, run([]string{filepath.Join(t.TempDir(), "none")}, false, &weights))
	require.NoError(t, os.WriteFile(other, []byte("no JSON\n"), 0o600))
	require.Error(t, run([]string{other}, false, &weights))
}
