package dictionary_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/services/internal/dictionary"
)

// TestForms: a Chinese word is found in both scripts, under numbers of its own, and what is known keeps its number.
func TestForms(t *testing.T) {
	t.Parallel()
	b, err := dictionary.NewBuilder()
	require.NoError(t, err)
	for written, want := range map[string][]string{
		"责任": {"責任", "责任"}, "后台": {"后台", "後台", "後臺"}, "系统里": {"系統裏", "系統裡", "系统里"}, "保证100%": {"保證100%", "保证100%"}, "plain": {"plain"}, "": {},
	} {
		numbers, err := b.Add(written)
		require.NoError(t, err)
		forms := []string{}
		for _, n := range numbers {
			forms = append(forms, b.Words()[n])
		}
		require.ElementsMatch(t, want, forms, written)
		again, err := b.Add(written)
		require.NoError(t, err)
		require.Equal(t, numbers, again)
	}
}

// TestFind: words within others are found, longer ones first, and none that is cut.
func TestFind(t *testing.T) {
	t.Parallel()
	b, err := dictionary.NewBuilder()
	require.NoError(t, err)
	none, err := b.Build()
	require.NoError(t, err)
	require.Empty(t, none.Find(nil, []byte("x"), anywhere, anywhere), "no words, nothing found")
	for _, word := range []string{"保证", "保证金", "we", "we are"} {
		_, err := b.Add(word)
		require.NoError(t, err)
	}
	l, err := b.Build()
	require.NoError(t, err)
	parted := func(text []byte, at int) bool {
		return dictionary.Parted(text, at, func(before, after rune) bool {
			return unicode.Is(unicode.Latin, before) && unicode.Is(unicode.Latin, after)
		})
	}
	found := func(text string) (words []string) {
		for _, m := range l.Find(nil, []byte(text), parted, parted) {
			require.Equal(t, text[m.Start:m.End], b.Words()[m.Word])
			words = append(words, text[m.Start:m.End])
		}
		return words
	}
	require.Equal(t, []string{"保证金", "保证", "we are", "we"}, found("保证金we are"))
	require.Equal(t, []string{"保證"}, found("他保證tower wear weé"))
	require.Empty(t, found(""))
}

func anywhere([]byte, int) bool { return true }

// TestFindsAll: just the words that a search for each of them finds, whatever they have in common and whatever the bytes of the text.
func TestFindsAll(t *testing.T) {
	t.Parallel()
	b, err := dictionary.NewBuilder()
	require.NoError(t, err)
	part := rapid.StringOfN(rapid.SampledFrom([]rune("abc1 不部一\x00")), 0, 4, -1)
	for _, word := range rapid.SliceOfN(part, 1000, 1000).Example(1) {
		_, err := b.Add(word)
		require.NoError(t, err)
	}
	l, err := b.Build()
	require.NoError(t, err)
	number := make(map[string]int)
	for n, word := range b.Words() {
		number[word] = n
	}
	texts := rapid.SliceOf(rapid.OneOf(part, rapid.SampledFrom([]string{"\xe4", "\xb8\x8d", "\xff"})))
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(texts.Draw(t, "text"), "")
		var want []dictionary.Match
		for start := range len(text) {
			for end := len(text); end > start; end-- {
				if n, is := number[text[start:end]]; is && !strings.Contains(text[start:end], "\x00") {
					want = append(want, dictionary.Match{Start: start, End: end, Word: n})
				}
			}
		}
		require.Equal(t, want, l.Find(nil, []byte(text), anywhere, anywhere))
	})
}

func TestFold(t *testing.T) {
	t.Parallel()
	for from, want := range map[rune]rune{
		'Ａ': 'a', 'Z': 'z', '　': ' ', '\n': '\n', '\t': ' ', '\u200b': 0, '\ufe0f': 0, '\r': 0, '’': '\'', '，': ',', '。': '。', '责': '责', 'É': 'é', '①': '1', '½': '½',
	} {
		require.Equal(t, want, dictionary.Fold(from), "%q", from)
	}
}
