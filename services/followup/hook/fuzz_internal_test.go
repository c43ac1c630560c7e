package hook

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzCheck: whatever is given as a URL, what is let through is one that a request can be made for, and leads to no address inside.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"https://public.example", "http://127.1", "https://[::1%25lo]/", "https://0x7f.1/", "https://127.0.0.1:0", "https://a@b", "https://\u2460.example"} {
		f.Add(seed)
	}
	g, err := newGuard([]string{"10.20.0.0/16"})
	require.NoError(f, err)
	lookup := func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no such host") }
	f.Fuzz(func(t *testing.T, text string) {
		if g.check(t.Context(), text, lookup) != nil {
			return
		}
		target, err := g.parse(text)
		require.NoError(t, err)
		require.Contains(t, []string{"http", "https"}, target.Scheme)
		if address, ok := literal(target.Hostname()); ok {
			require.NoError(t, g.control(target.Scheme == "http")("tcp", netip.AddrPortFrom(address[0], 443).String(), nil))
			require.False(t, address[0].Unmap().IsLoopback())
		}
	})
}

// FuzzAnswer: whatever the other side answers, the snippet is text, and the wait is bounded.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("taken\xff\x00"), "17")
	f.Add([]byte(""), "Fri, 31 Dec 1999 23:59:59 GMT")
	f.Add([]byte("\x1b[31m"), "-1")
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body []byte, after string) {
		text := snippet(body)
		require.True(t, utf8.ValidString(text))
		require.LessOrEqual(t, len(text), len(body))
		wait := retryAfter(after, now)
		require.GreaterOrEqual(t, wait, time.Duration(0))
		require.LessOrEqual(t, wait, 366*24*time.Hour)
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "x": 0, "-5": 0, "120": 2 * time.Minute, now.Add(time.Hour).Format(http.TimeFormat): time.Hour,
		now.Add(-time.Hour).Format(http.TimeFormat): 0, "99999999999999999999": 0,
	} {
		require.Equal(t, want, retryAfter(text, now), text)
	}
}
