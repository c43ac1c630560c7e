package risk

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/policy"
)

// TestNothingIsKept: a reader's memory is used again, and has nothing of the text before.
func TestNothingIsKept(t *testing.T) {
	t.Parallel()
	p, err := policy.Default()
	require.NoError(t, err)
	a, err := New(p.Proto().GetRisk())
	require.NoError(t, err)
	r := a.read("再不退款我就打１２３１５！！！")
	r.grammar()
	require.Len(t, r.signals, 2)
	r.release()
	require.Nil(t, r.Analyser)
	require.Positive(t, cap(r.runes))
	for _, all := range [][]rune{r.runes, r.folded} {
		require.Empty(t, strings.Trim(string(all[:cap(all)]), "\x00"))
	}
	require.Empty(t, strings.Trim(string(r.plain[:cap(r.plain)]), "\x00"))
	require.False(t, slices.ContainsFunc(r.signals[:cap(r.signals)], func(s Signal) bool { return s != Signal{} }))
}
