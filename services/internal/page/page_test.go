package page_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/page"
)

func codec(t require.TestingT, fill byte) *page.Codec {
	c, err := page.New(bytes.Repeat([]byte{fill}, 32))
	require.NoError(t, err)
	return c
}

func TestNewRefusesAShortKey(t *testing.T) {
	t.Parallel()
	_, err := page.New(make([]byte, 31))
	require.ErrorContains(t, err, "31 bytes")
}

func TestNewKeepsItsOwnKey(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{1}, 32)
	c, err := page.New(key)
	require.NoError(t, err)
	token := c.Encode([]string{"a"}, "")
	clear(key)
	_, err = c.Decode(token, "")
	require.NoError(t, err)
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	c := codec(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		cursor := rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "cursor")
		bind := rapid.String().Draw(t, "bind")
		token := c.Encode(cursor, bind)
		got, err := c.Decode(token, bind)
		require.NoError(t, err)
		require.Equal(t, cursor, got)

		_, err = c.Decode(token, bind+"x")
		require.ErrorIs(t, err, page.ErrToken, "bound to the call")
		_, err = codec(t, 2).Decode(token, bind)
		require.ErrorIs(t, err, page.ErrToken, "bound to the key")

		raw, err := base64.RawURLEncoding.DecodeString(token)
		require.NoError(t, err)
		raw[rapid.IntRange(0, len(raw)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		_, err = c.Decode(base64.RawURLEncoding.EncodeToString(raw), bind)
		require.ErrorIs(t, err, page.ErrToken, "any flipped bit is noticed")
	})
}

func TestFirstAndLastPage(t *testing.T) {
	t.Parallel()
	c := codec(t, 1)
	require.Empty(t, c.Encode(nil, "x"))
	cursor, err := c.Decode("", "x")
	require.NoError(t, err)
	require.Nil(t, cursor)
}

func TestAfter(t *testing.T) {
	t.Parallel()
	c := codec(t, 1)
	after, err := c.After("", "list")
	require.NoError(t, err)
	require.Empty(t, after)
	after, err = c.After(c.Encode([]string{"id"}, "list"), "list")
	require.NoError(t, err)
	require.Equal(t, "id", after)
	for _, token := range []string{c.Encode([]string{"a", "b"}, "list"), c.Encode([]string{"id"}, "another list"), "made up"} {
		_, err = c.After(token, "list")
		require.ErrorIs(t, err, page.ErrToken)
	}
}

func TestForgedToken(t *testing.T) {
	t.Parallel()
	c := codec(t, 1)
	good := c.Encode([]string{"a", "b"}, "complaints")
	for name, token := range map[string]string{
		"not base64":     "???",
		"padded":         good + "=",
		"cut":            good[:len(good)-1],
		"too short":      "AQ",
		"new line":       good + "\n",
		"made up":        base64.RawURLEncoding.EncodeToString(make([]byte, 40)),
		"much too long":  strings.Repeat("A", 1<<20),
		"with an offset": "100",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.Decode(token, "complaints")
			require.ErrorIs(t, err, page.ErrToken)
			require.Equal(t, codes.InvalidArgument, errs.Status(err).Code())
			require.Equal(t, "PAGE_TOKEN_INVALID", errs.Reason(err))
		})
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ requested, want int32 }{{0, 30}, {1, 1}, {100, 100}, {101, 100}, {1<<31 - 1, 100}} {
		got, err := page.Size(tc.requested, 30, 100)
		require.NoError(t, err)
		require.Equal(t, tc.want, got)
	}
	_, err := page.Size(-1, 30, 100)
	require.Equal(t, "PAGE_SIZE_INVALID", errs.Reason(err))
}

func FuzzDecode(f *testing.F) {
	c := codec(f, 1)
	f.Add(c.Encode([]string{"a", ""}, "b"), "b")
	f.Add("", "")
	f.Add("AQ", "x")
	f.Fuzz(func(t *testing.T, token, bind string) {
		cursor, err := c.Decode(token, bind)
		if err != nil {
			require.ErrorIs(t, err, page.ErrToken)
			return
		}
		require.Equal(t, token, c.Encode(cursor, bind), "only what Encode gives out is accepted")
	})
}
