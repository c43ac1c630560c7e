package e2e_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// metrics is what operators read.
func (w *world) metrics() string {
	w.t.Helper()
	response, err := http.Get("http://" + w.program.AdminAddress() + "/metrics")
	require.NoError(w.t, err)
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	return string(page)
}

// TestMetricsAreThereFromTheStart: whatever docs/operations.md tells to watch is there before anything has happened, so that rates see
// the first event and alerts can be tried; but for the one of which the page says that it is not.
func TestMetricsAreThereFromTheStart(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir(), demoPolicy)
	listed := regexp.MustCompile("(?m)^\\| `(redress_[a-z_]+)` \\|").FindAllStringSubmatch(pages(t)["docs/operations.md"], -1)
	require.Greater(t, len(listed), 15)
	page := w.metrics()
	for _, row := range listed {
		if name := row[1]; name != "redress_time_to_contact_seconds" {
			require.Regexp(t, `(?m)^`+name+`(\{.*\})? \d`, page, name)
		}
	}
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "redress_") && strings.Contains(line, "_total{") {
			require.True(t, strings.HasSuffix(line, " 0\n"), line)
		}
	}
}
