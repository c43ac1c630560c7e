package intake_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/sketch"
)

// counted is an index that tells how many texts each transaction had.
type counted struct {
	intake.TextIndex

	mu    sync.Mutex
	sizes []int
}

// Index implements intake.TextIndex.
func (c *counted) Index(ctx context.Context, texts []intake.Text) ([]sketch.Shelf, error) {
	c.mu.Lock()
	c.sizes = append(c.sizes, len(texts))
	c.mu.Unlock()
	return c.TextIndex.Index(ctx, texts)
}

func (c *counted) all() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]int(nil), c.sizes...)
}

// TestTextsAreIndexedTogether: the first at once, and those that come within the pause when it ends, or when there are enough.
func TestTextsAreIndexedTogether(t *testing.T) {
	t.Parallel()
	const enough = 16
	var index *counted
	f := newFixtureWith(t, func(deps *intake.Deps) {
		index = &counted{TextIndex: deps.Texts}
		deps.Texts = index
	})
	var names []string
	for i := range enough + 2 {
		names = append(names, f.complain(fmt.Sprintf("139000000%02d", i), "The invoice was charged twice").GetName())
	}
	f.indexer.Pause(time.Hour)
	f.indexed(names[0])
	require.Equal(t, []int{1}, index.all(), "alone it does not wait")
	var group sync.WaitGroup
	for _, name := range names[1 : enough+1] {
		require.Equal(t, []int{1}, index.all(), "the others do")
		group.Go(func() { f.indexed(name) })
	}
	group.Wait()
	require.Equal(t, []int{1, enough}, index.all())
	f.indexer.Pause(time.Millisecond)
	f.indexer.Resume()
	f.indexed(names[enough+1])
	f.indexed(names[enough+1])
	require.Equal(t, []int{1, enough, 1, 1}, index.all(), "each pause ends")
	require.Len(t, f.search("invoice", 30), enough+2)
}
