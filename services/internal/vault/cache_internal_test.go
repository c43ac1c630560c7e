package vault

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	cache := NewCache(time.Minute, func() time.Time { return now }, func(_ context.Context, customer string) (*DataKey, error) {
		return &DataKey{customer: customer}, nil
	})
	fill := func(prefix string, n int) {
		for i := range n {
			_, err := cache.Key(t.Context(), prefix+strconv.Itoa(i))
			require.NoError(t, err)
		}
	}
	fill("a", cacheSize)
	require.Len(t, cache.keys, cacheSize)
	fill("b", 1)
	require.Len(t, cache.keys, cacheSize/2+1, "live keys make room for new ones")
	now = now.Add(time.Hour)
	fill("c", cacheSize)
	require.LessOrEqual(t, len(cache.keys), cacheSize)
}
