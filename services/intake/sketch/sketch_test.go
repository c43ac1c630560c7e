package sketch_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/services/intake/sketch"
)

func terms(from, to int) (out []string) {
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf("term %d", i))
	}
	return out
}

// A sketch tells how similar two sets of terms are, whatever their size.
func TestSimilarity(t *testing.T) {
	t.Parallel()
	key := sketch.NewKey([]byte("secret"))
	for _, size := range []int{10, 100, 1000} {
		for _, shared := range []float64{0, 0.3, 0.6, 1} {
			common := int(2 * float64(size) * shared / (1 + shared))
			a := sketch.Of(key.Hashes(terms(0, size)))
			b := sketch.Of(key.Hashes(terms(size-common, 2*size-common)))
			require.InDelta(t, shared, a.Similarity(&b), 0.2, "%d terms", size)
		}
	}
	a := sketch.Of(key.Hashes(terms(0, 50)))
	stored, ok := sketch.Parse(a.Bytes())
	require.True(t, ok)
	require.Equal(t, a, stored)
	_, ok = sketch.Parse([]byte("x"))
	require.False(t, ok)
	other := sketch.Of(sketch.NewKey([]byte("other")).Hashes(terms(0, 50)))
	require.InDelta(t, 0, a.Similarity(&other), 0.2, "another key gives another sketch")
}

// A signature has all its terms, and hardly any other.
func TestSignature(t *testing.T) {
	t.Parallel()
	key := sketch.NewKey([]byte("secret"))
	for _, count := range []int{1, 64, 65, 500, 16_384} {
		hashes := key.Hashes(terms(0, count))
		shelf := sketch.ShelfOf(count)
		signature := shelf.Signature(hashes)
		require.Len(t, signature, shelf.Bits()/8)
		require.Zero(t, shelf.Fold()%8)
		require.Zero(t, shelf.Block()%shelf.Fold())
		for _, hash := range hashes[:min(count, 200)] {
			require.True(t, sketch.Has(signature, shelf.Probe([]uint64{hash}, 24)))
		}
		false1 := 0
		for _, hash := range key.Hashes(terms(100_000, 120_000)) {
			if sketch.Has(signature, shelf.Probe([]uint64{hash}, 24)) {
				false1++
			}
		}
		require.LessOrEqual(t, false1, 6, "%d terms", count)
	}
	require.Equal(t, sketch.Shelf(sketch.Shelves-1), sketch.ShelfOf(1<<30))
}

func TestProbe(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hashes := rapid.SliceOfN(rapid.Uint64(), 1, 40).Draw(t, "hashes")
		most := rapid.IntRange(1, 30).Draw(t, "most")
		shelf := sketch.Shelf(rapid.IntRange(0, sketch.Shelves-1).Draw(t, "shelf"))
		probe := shelf.Probe(hashes, most)
		require.LessOrEqual(t, len(probe), most)
		require.True(t, sketch.Has(shelf.Signature(hashes), probe))
	})
}
