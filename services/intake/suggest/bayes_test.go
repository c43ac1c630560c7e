package suggest_test

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// bayes is the naive Bayes that the suggestions are compared with: single Chinese characters, their pairs, and words.
type bayes struct {
	texts, terms map[string]float64
	counts       map[string]map[string]float64
	vocabulary   map[string]bool
}

func newBayes(of []letter) *bayes {
	b := &bayes{texts: map[string]float64{}, terms: map[string]float64{}, counts: map[string]map[string]float64{}, vocabulary: map[string]bool{}}
	for _, l := range of {
		b.texts[l.Scenario]++
		if b.counts[l.Scenario] == nil {
			b.counts[l.Scenario] = map[string]float64{}
		}
		for _, term := range plainTerms(l.Text) {
			b.counts[l.Scenario][term]++
			b.terms[l.Scenario]++
			b.vocabulary[term] = true
		}
	}
	return b
}

func (b *bayes) guess(text string) string {
	best, highest := "", math.Inf(-1)
	for label, texts := range b.texts {
		sum := math.Log(texts)
		for _, term := range plainTerms(text) {
			if b.vocabulary[term] {
				sum += math.Log((b.counts[label][term] + 1) / (b.terms[label] + float64(len(b.vocabulary))))
			}
		}
		if sum > highest {
			best, highest = label, sum
		}
	}
	return best
}

func plainTerms(text string) (out []string) {
	split := func(r rune) bool { return !unicode.IsLetter(r) }
	for _, word := range strings.FieldsFunc(strings.ToLower(text), split) {
		runes := []rune(word)
		if !unicode.Is(unicode.Han, runes[0]) {
			out = append(out, word)
			continue
		}
		for i := range runes {
			out = append(out, string(runes[i:i+1]), string(runes[i:min(i+2, len(runes))]))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
