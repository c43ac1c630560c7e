package machine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/bench/machine"
)

// TestDescribe proves that what decides the results is told.
func TestDescribe(t *testing.T) {
	t.Parallel()
	used := machine.Used()
	table, err := machine.Describe(t.Context(), machine.Config{Dir: t.TempDir(), Now: time.Now})
	require.NoError(t, err)
	told := map[string]string{}
	for _, row := range table.Rows {
		require.NotEmpty(t, row[1], row[0])
		told[row[0]] = row[1]
	}
	require.Contains(t, told["SQLite"], "synchronous=FULL")
	require.Regexp(t, `^p50 [0-9.]+ ms, p99 [0-9.]+ ms$`, told["write of 4 KiB and fsync there"])
	brief := machine.Brief(table)
	for _, what := range []string{told["file system of the data"], told["Go"], "SQLite 3", "synchronous=FULL", "a write and fsync p50"} {
		require.Contains(t, brief, what)
	}
	require.Regexp(t, `^([0-9]+ % of the processors by load generator and product, [0-9]+ % by others, PostgreSQL among them|unknown)$`, used.Since())
	busy, err := machine.Busy(t.Context())
	require.NoError(t, err)
	require.Regexp(t, `^([0-9]+ %|unknown)$`, busy)
	require.Regexp(t, `^([0-9. ]+|unknown)$`, machine.Load())
}
