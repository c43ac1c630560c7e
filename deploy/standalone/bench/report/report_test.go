package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/bench/report"
)

// TestWrite proves the form that is checked in.
func TestWrite(t *testing.T) {
	t.Parallel()
	table := report.Table{Title: "Filing", Measured: "When.", Lead: "How.", Columns: []string{"what", "calls/s"}, Notes: []string{"A note."}}
	table.Add("a|b", "1")
	table.Add("longer than that", report.Rate(300, 2*time.Second))
	var b strings.Builder
	require.NoError(t, table.Write(&b))
	require.Equal(t, `## Filing

When.

How.

| what             | calls/s |
| ---------------- | ------- |
| a\|b             | 1       |
| longer than that | 150     |

- A note.

`, b.String())

	table.Add("a cell is missing")
	require.ErrorContains(t, table.Write(&b), "row 3")
}

// TestNumbers proves that numbers are written with the digits they deserve, and with their unit.
func TestNumbers(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"0", "0.25", "12.3", "1235"}, []string{
		report.Number(0), report.Number(0.25), report.Number(12.34), report.Number(1234.6),
	})
	require.Equal(t, []float64{0, 3, 2.5}, []float64{report.Median(nil), report.Median([]float64{9, 1, 3}), report.Median([]float64{4, 2, 1, 3})})
	require.Equal(t, "none", report.Rate(1, 0))
	require.Equal(t, "1.50", report.Milliseconds(1500*time.Microsecond))
	require.Equal(t, "90.0", report.Seconds(90*time.Second))
	require.Equal(t, []string{"900 B", "1.5 KiB", "2.0 GiB"}, []string{report.Bytes(900), report.Bytes(1536), report.Bytes(2 << 30)})
}
