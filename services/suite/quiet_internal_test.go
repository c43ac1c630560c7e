package suite

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTheSameLineIsWrittenOnceAWhile proves that a flood of equal lines is cut down, counted, and does not hide other lines.
func TestTheSameLineIsWrittenOnceAWhile(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	logger := slog.New(newQuiet(slog.NewTextHandler(&out, nil), func() time.Time { return now }))
	for range 100 {
		logger.With("workflow", "complaint/1/1").Warn("an activity failed")
	}
	logger.Warn("something else")
	require.Equal(t, 2, strings.Count(out.String(), "\n"))
	now = now.Add(sameLine)
	logger.Warn("an activity failed")
	require.Contains(t, out.String(), "same_lines_omitted=99")
	logger.Warn("an activity failed")
	require.Equal(t, 3, strings.Count(out.String(), "\n"))
}
