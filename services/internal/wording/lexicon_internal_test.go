package wording

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// The library finds what looking for each word by itself finds: overlapping ones, ones within others, all of them, where they are.
func TestAutomatonFindsAllWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom([]rune("我们保a b"))
		list := rapid.SliceOfNDistinct(rapid.StringOfN(letters, 1, 4, -1), 1, 12, rapid.ID[string]).Draw(t, "words")
		l, err := newLexiconOf(list)
		require.NoError(t, err)
		folded := read(rapid.StringOfN(letters, 0, 40, -1).Draw(t, "text"))
		found := make(map[span]bool)
		for _, w := range l.find(folded) {
			found[span{w.start, w.end}] = true
		}
		want := make(map[span]bool)
		text := string(folded.runes)
		for _, written := range list {
			needle := read(written).runes
			for i := 0; len(needle) > 0 && i+len(needle) <= len(folded.runes); i++ {
				if string(folded.runes[i:i+len(needle)]) == string(needle) &&
					begins([]byte(text), len(string(folded.runes[:i]))) && ends([]byte(text), len(string(folded.runes[:i+len(needle)]))) {
					want[span{i, i + len(needle)}] = true
				}
			}
		}
		require.Equal(t, want, found)
	})
}

// newLexiconOf has each word in one list. Chinese characters of the test are the same in both scripts but one.
func newLexiconOf(words []string) (*lexicon, error) {
	return newLexicon([]*policyv1.WordList{{Id: "all", En: words}})
}

// Whatever the draft, each character keeps its place, and clauses and sentences go on one by one.
func FuzzRead(f *testing.F) {
	for _, draft := range []string{"", "我们。 好?! ok.", "a\r\nb", "“a.” b", "> x\n\ny", "...,,,", "\u200b\u00ad", "a.b 1.5"} {
		f.Add(draft)
	}
	f.Fuzz(func(t *testing.T, draft string) {
		read := read(draft)
		require.Len(t, read.origin, len(read.runes)+1)
		require.Len(t, read.units, len(read.runes)+1)
		require.Equal(t, len([]rune(draft)), read.origin[len(read.runes)])
		for i := range read.runes {
			require.Less(t, read.origin[i], read.origin[i+1])
			require.False(t, strings.ContainsRune("\u200b\u00ad", read.runes[i]))
			if i > 0 {
				require.LessOrEqual(t, read.clause[i-1], read.clause[i])
				require.LessOrEqual(t, read.sentence[read.clause[i-1]], read.sentence[read.clause[i]])
			}
			require.Less(t, read.clause[i], len(read.sentence))
		}
	})
}
