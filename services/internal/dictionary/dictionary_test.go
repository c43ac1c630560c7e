package dictionary_test

import (
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

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
	require.Empty(t, b.Build().Find([]byte("x"), nil), "no words, nothing found")
	for _, word := range []string{"保证", "保证金", "we", "we are"} {
		_, err := b.Add(word)
		require.NoError(t, err)
	}
	l := b.Build()
	found := func(text string) (words []string) {
		for _, m := range l.Find([]byte(text), func(text []byte, start, end int) bool {
			return dictionary.Whole(text, start, end, func(before, after rune) bool {
				return unicode.Is(unicode.Latin, before) && unicode.Is(unicode.Latin, after)
			})
		}) {
			require.Equal(t, text[m.Start:m.End], b.Words()[m.Word])
			words = append(words, text[m.Start:m.End])
		}
		return words
	}
	require.Equal(t, []string{"保证金", "保证", "we are", "we"}, found("保证金we are"))
	require.Equal(t, []string{"保證"}, found("他保證tower wear weé"))
	require.Empty(t, found(""))
}

func TestFold(t *testing.T) {
	t.Parallel()
	for from, want := range map[rune]rune{
		'Ａ': 'a', 'Z': 'z', '　': ' ', '\n': '\n', '\t': ' ', '\u200b': 0, '\ufe0f': 0, '\r': 0, '’': '\'', '，': ',', '。': '。', '责': '责', 'É': 'é', '①': '1', '½': '½',
	} {
		require.Equal(t, want, dictionary.Fold(from), "%q", from)
	}
}
