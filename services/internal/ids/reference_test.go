package ids_test

import (
	"bytes"
	"crypto/rand"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/services/internal/ids"
)

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func drawReference(t *rapid.T) string {
	random := rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "random")
	return ids.New(time.Now, bytes.NewReader(random)).Reference()
}

func TestReferenceForm(t *testing.T) {
	t.Parallel()
	s := ids.New(time.Now, rand.Reader)
	form := regexp.MustCompile(`^R-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]$`)
	for range 100 {
		require.Regexp(t, form, s.Reference())
	}
}

// TestReferenceIsStable: references on paper must stay readable for years.
func TestReferenceIsStable(t *testing.T) {
	t.Parallel()
	require.Equal(t, "R-0123-4567-Y", ids.New(time.Now, bytes.NewReader([]byte{0, 1, 2, 3, 4, 5, 6, 7})).Reference())
}

func TestParseReferenceAsPeopleWrite(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"R-0123-4567-Y", "r01234567y", "01234567Y", " r 0123 4567 y ", "R-O I 2 3-4567-Y", "Rol234567y", "Ｒ－０１２３－４５６７－Ｙ", "R–0123–4567–Y", "R　0123　4567　Y"} {
		got, err := ids.ParseReference(s)
		require.NoError(t, err, s)
		require.Equal(t, "R-0123-4567-Y", got)
	}
	for _, s := range []string{"", "R", "R-0123-4567", "R-0123-4567-Q", "X-0123-4567-Y", "R-0123-4567-YY", "R-U123-4567-Y", "R_0123_4567_Y", strings.Repeat(" ", 1000) + "01234567Y", "\xff01234567"} {
		_, err := ids.ParseReference(s)
		require.ErrorIs(t, err, ids.ErrReference, s)
	}
}

func TestReferenceNoticesErrors(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ref := drawReference(t)
		got, err := ids.ParseReference(ref)
		require.NoError(t, err)
		require.Equal(t, ref, got)

		chars := []byte(strings.ReplaceAll(ref, "-", ""))
		for i := 1; i < len(chars); i++ {
			was := chars[i]
			for _, c := range []byte(crockford) {
				if c == was {
					continue
				}
				chars[i] = c
				_, err := ids.ParseReference(string(chars))
				require.ErrorIs(t, err, ids.ErrReference, "%s for %s", chars, ref)
			}
			chars[i] = was
			for j := 1; j < i; j++ {
				if chars[i] == chars[j] {
					continue
				}
				chars[i], chars[j] = chars[j], chars[i]
				_, err := ids.ParseReference(string(chars))
				require.ErrorIs(t, err, ids.ErrReference, "%s swapped in %s", chars, ref)
				chars[i], chars[j] = chars[j], chars[i]
			}
		}
	})
}

func FuzzParseReference(f *testing.F) {
	f.Add("R-0123-4567-Y")
	f.Add("ro1234567y")
	f.Add("Ｒ－０１２３")
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := ids.ParseReference(s)
		if err != nil {
			require.ErrorIs(t, err, ids.ErrReference)
			require.Empty(t, ref)
			return
		}
		again, err := ids.ParseReference(ref)
		require.NoError(t, err)
		require.Equal(t, ref, again)
	})
}
