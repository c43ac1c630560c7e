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
	table, err := machine.Describe(t.Context(), machine.Config{Dir: t.TempDir(), Command: "bench --quick", Now: time.Now})
	require.NoError(t, err)
	told := map[string]string{}
	for _, row := range table.Rows {
		require.NotEmpty(t, row[1], row[0])
		told[row[0]] = row[1]
	}
	require.Contains(t, told["command"], "bench --quick")
	require.Contains(t, told["SQLite"], "synchronous=FULL")
	require.Regexp(t, `^([0-9]+ %|unknown)$`, told["processors in use by others, before"])
	require.Regexp(t, `^p50 [0-9.]+ ms, p99 [0-9.]+ ms$`, told["write of 4 KiB and fsync there"])
}
