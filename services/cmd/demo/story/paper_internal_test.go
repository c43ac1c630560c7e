package story

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLinesBreakWhereReadersExpect(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text    string
		columns int
		want    []string
	}{
		"words":                        {"one two three", 8, []string{"one two", "three"}},
		"fits exactly":                 {"one two", 7, []string{"one two"}},
		"Chinese":                      {"一二三四", 4, []string{"一二", "三四"}},
		"a full stop never begins one": {"一二。三", 4, []string{"一", "二。", "三"}},
		"nor does a bracket end one":   {"一（二三", 4, []string{"一", "（二", "三"}},
		"numbers stay whole":           {"交1100元", 6, []string{"交1100", "元"}},
		"a word that is too long":      {"a https://example.com b", 5, []string{"a", "https://example.com", "b"}},
		"nothing":                      {"", 5, []string{""}},
	} {
		require.Equal(t, test.want, breakLines(test.text, test.columns), name)
	}
}

// TestBreakingLosesNothing proves that lines hold every character of the text but the blanks at their ends.
func TestBreakingLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab1 。，（）“”中文—")), 0, 60, -1).Draw(t, "text")
		columns := rapid.IntRange(1, 20).Draw(t, "columns")
		strip := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		require.Equal(t, strip(text), strip(strings.Join(breakLines(text, columns), "")))
	})
}

func TestColumnsStand(t *testing.T) {
	t.Parallel()
	require.Equal(t, 6, wide("王先生"))
	require.Equal(t, "王先生      ", fill("王先生", whoColumns))
	require.Equal(t, "Mr Wang     ", fill("Mr Wang", whoColumns))

	var out strings.Builder
	p := &paper{out: &out, columns: 43}
	p.line("+1.0s", markOf("act"), "王先生", "one two three four")
	require.Equal(t, "      +1.0s > 王先生        one two three\n"+strings.Repeat(" ", 28)+"four\n", out.String())
	require.NotContains(t, out.String(), "\x1b")
	out.Reset()
	p.colour = true
	p.line("+1.0s", markOf("duty_settled.MISSED"), "x", "broken")
	require.Contains(t, out.String(), "\x1b[31mbroken\x1b[0m")
}
