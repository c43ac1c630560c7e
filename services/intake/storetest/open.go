package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/intake"
)

// openCycles lists complaints that have not ended, each once, in pages.
func openCycles(t *testing.T, s Subject) {
	t.Helper()
	states := []intake.State{intake.Received, intake.Active, intake.Resolving, intake.Resolved, intake.Closed}
	for n, state := range states {
		mustFile(t, s, n+1, []string{"a"}, func(c *intake.Complaint) { c.State, c.Cycle = state, 2 })
	}
	found := map[string]int32{}
	for after, more := "", true; more; more = after != "" {
		page, next, err := s.OpenCycles(t.Context(), after, 2)
		require.NoError(t, err)
		for _, w := range page {
			require.Equal(t, w.GetName(), w.GetSubject())
			require.NotContains(t, found, w.GetName())
			found[w.GetName()] = w.GetCycle()
		}
		after = next
	}
	require.Len(t, found, 3)
	for _, cycle := range found {
		require.EqualValues(t, 2, cycle)
	}
}
