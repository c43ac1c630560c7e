package risk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/policy"
)

// TestWordsThatOverlap: of each two words of the policy of which one begins with what the other ends with, both are read
// where they stand in one another: "booking reference" and "reference number".
func TestWordsThatOverlap(t *testing.T) {
	t.Parallel()
	a := analyser(t)
	words := lexicon(t)
	begins := make(map[string][]string)
	for _, word := range words {
		for at := range word {
			if at > 0 && apart(word, at) {
				begins[word[:at]] = append(begins[word[:at]], word)
			}
		}
	}
	count := 0
	for _, first := range words {
		for at := range first {
			if at == 0 || !apart(first, at) {
				continue
			}
			common := strings.TrimPrefix(first[at:], " ")
			var text strings.Builder
			for _, second := range begins[common] {
				text.WriteString(first + second[len(common):] + "\n")
				count++
			}
			require.NotPanics(t, func() { a.Analyse(text.String()) }, text.String())
		}
	}
	require.Greater(t, count, 1000)
}

// apart tells whether a word may be parted there: between characters, or where a blank is.
func apart(word string, at int) bool {
	return word[at] == ' ' || word[at] >= 0x80 && word[at-1] >= 0x80
}

// lexicon lists the words of the built-in policy.
func lexicon(t *testing.T) []string {
	t.Helper()
	p, err := policy.Default()
	require.NoError(t, err)
	var all []string
	for _, group := range p.Proto().GetRisk().GetWords() {
		for _, word := range strings.FieldsFunc(group.GetZh()+"\n"+group.GetEn(), func(r rune) bool { return strings.ContainsRune(",，、\n", r) }) {
			if word = strings.TrimSpace(word); word != "" {
				all = append(all, word)
			}
		}
	}
	return all
}
