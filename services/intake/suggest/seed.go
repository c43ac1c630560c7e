package suggest

import (
	"math"
	"slices"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// lexicon finds the policy's words in texts. It never changes.
type lexicon struct {
	// labels are those that have words.
	labels []string
	// beginning lists the words by their first two characters, those of one by it.
	beginning map[[2]rune][]seed
}

// seed is a folded word that speaks for a label.
type seed struct {
	word  string
	label string
}

// add takes words in. Those that are not Chinese are beginnings of words.
func (l *lexicon) add(r *reader, label string, words []string) {
	if !slices.Contains(l.labels, label) {
		l.labels = append(l.labels, label)
	}
	for _, word := range words {
		folded := strings.TrimSpace(r.fold(word))
		if folded == "" {
			continue
		}
		if kindOf([]rune(folded)[0]) != han {
			folded = " " + folded
		}
		runes := append([]rune(folded), 0)
		at := [2]rune{runes[0], runes[1]}
		l.beginning[at] = append(l.beginning[at], seed{folded, label})
	}
}

// lexicons folds the words of the policy.
func (r *reader) lexicons(cfg *policyv1.Suggestions) (scenarios, causes *lexicon) {
	scenarios, causes = &lexicon{beginning: map[[2]rune][]seed{}}, &lexicon{beginning: map[[2]rune][]seed{}}
	for _, s := range cfg.GetScenarios() {
		scenarios.add(r, s.GetScenario().String(), s.GetWords())
	}
	for _, c := range cfg.GetCauses() {
		causes.add(r, c.GetCause().String(), c.GetWords())
	}
	return scenarios, causes
}

// found lists the words in a folded text by label, each once, in their order.
func (l *lexicon) found(folded string) map[string][]string {
	out := map[string][]string{}
	look := func(at [2]rune, rest string) {
		for _, s := range l.beginning[at] {
			word := strings.TrimSpace(s.word)
			if strings.HasPrefix(rest, s.word) && !slices.Contains(out[s.label], word) {
				out[s.label] = append(out[s.label], word)
			}
		}
	}
	var before rune
	start := 0
	for i, c := range folded {
		if i > 0 {
			look([2]rune{before, c}, folded[start:])
			look([2]rune{before, 0}, folded[start:])
		}
		before, start = c, i
	}
	return out
}

// votes are what the words say: for each label, the more of them the more, with ever
// less for each further one.
func votes(found map[string][]string) map[string]float64 {
	out := map[string]float64{}
	for label, words := range found {
		out[label] = math.Log1p(float64(len(words)))
	}
	return out
}
