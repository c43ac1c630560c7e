package ids_test

import (
	"crypto/rand"
	"errors"
	"sort"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/services/internal/ids"
)

func fixed(t time.Time) func() time.Time { return func() time.Time { return t } }

// bits reads the id as the 16 bytes it stands for, by arithmetic of its own.
func bits(t require.TestingT, id string) uuid.UUID {
	var b [17]byte
	for _, c := range id {
		v := strings.IndexRune("0123456789abcdefghjkmnpqrstvwxyz", c)
		require.GreaterOrEqual(t, v, 0)
		carry := v
		for i := len(b) - 1; i >= 0; i-- {
			carry += int(b[i]) << 5
			b[i] = byte(carry)
			carry >>= 8
		}
	}
	return uuid.UUID(b[1:])
}

func TestIDIsAUUIDv7(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(0, 1<<48-1).Draw(t, "ms")).UTC()
		id := ids.New(fixed(at), rand.Reader).ID()
		require.Len(t, id, 26)
		u := bits(t, id)
		require.Equal(t, uuid.Version(7), u.Version())
		require.Equal(t, uuid.RFC4122, u.Variant())
		got, ok := ids.TimeOf(id)
		require.True(t, ok)
		require.Equal(t, at, got)
	})
}

func TestIDsGrow(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		now := start
		s := ids.New(func() time.Time { return now }, rand.Reader)
		last := ""
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "ms")) * time.Millisecond)
			for range rapid.SampledFrom([]int{1, 2, 5000}).Draw(t, "n") {
				id := s.ID()
				require.Greater(t, id, last)
				last = id
			}
		}
	})
}

func TestIDsOfManyGoroutinesDiffer(t *testing.T) {
	t.Parallel()
	s := ids.New(time.Now, rand.Reader)
	const workers, each = 8, 2000
	var wg sync.WaitGroup
	made := make([][]string, workers)
	for w := range workers {
		wg.Go(func() {
			for range each {
				made[w] = append(made[w], s.ID())
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, m := range made {
		require.True(t, sort.StringsAreSorted(m))
		for _, id := range m {
			seen[id] = true
		}
	}
	require.Len(t, seen, workers*each)
}

func TestTimeOfRefuses(t *testing.T) {
	t.Parallel()
	good := ids.New(time.Now, rand.Reader).ID()
	for name, id := range map[string]string{
		"empty": "", "short": good[1:], "long": good + "0", "upper case": strings.ToUpper(good), "beyond 128 bits": "8" + good[1:],
		"letter outside": "u" + good[1:], "version": good[:10] + "zzz" + good[13:], "all zero": strings.Repeat("0", 26), "not ASCII": good[:24] + "é",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, ok := ids.TimeOf(id)
			require.False(t, ok)
		})
	}
}

func TestNoRandomnessPanics(t *testing.T) {
	t.Parallel()
	s := ids.New(time.Now, iotest.ErrReader(errors.New("dry")))
	require.PanicsWithValue(t, "ids: no random bytes: dry", func() { s.ID() })
	require.Panics(t, func() { s.Reference() })
}
