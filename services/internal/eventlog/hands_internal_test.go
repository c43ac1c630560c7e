package eventlog

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHandsDoEveryJobAndAreNoMoreThanAskedFor gives jobs as a session does: fewer than most are under way when one is given.
func TestHandsDoEveryJobAndAreNoMoreThanAskedFor(t *testing.T) {
	t.Parallel()
	const most, jobs = 4, 1000
	h := newHands(most)
	var done atomic.Int32
	results := make(chan struct{}, most)
	for given := range jobs {
		if given >= most {
			<-results
		}
		h.run(func() {
			done.Add(1)
			results <- struct{}{}
		})
		require.LessOrEqual(t, h.count, most)
	}
	h.end()
	require.EqualValues(t, jobs, done.Load())
}
