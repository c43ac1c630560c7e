package limit_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/limit"
)

func TestSoManyTimesInSoLong(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	l := limit.New(func() time.Time { return now }, 5, 15*time.Minute, 10)
	for range 5 {
		require.Zero(t, l.Allow("a"))
	}
	require.Equal(t, 3*time.Minute, l.Allow("a"))
	require.Equal(t, 3*time.Minute, l.Allow("a"), "what was refused is not counted")
	require.Zero(t, l.Allow("b"), "another key has a limit of its own")
	now = now.Add(3 * time.Minute)
	require.Zero(t, l.Allow("a"))
	require.Positive(t, l.Allow("a"))
	now = now.Add(time.Hour)
	for range 5 {
		require.Zero(t, l.Allow("a"), "never more than the burst is saved up")
	}
	require.Positive(t, l.Allow("a"))
}

func TestMemoryIsBoundedAndKeysInUseStay(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	l := limit.New(func() time.Time { return now }, 1, time.Hour, 100)
	require.Zero(t, l.Allow("victim"))
	for i := range 1000 {
		require.Zero(t, l.Allow(strconv.Itoa(i)))
		require.Positive(t, l.Allow("victim"), "others cannot push a key out that is asked for")
	}
}
