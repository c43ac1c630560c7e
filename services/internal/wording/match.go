package wording

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// maxWord is how long a word of a policy may be.
const maxWord = 60

// pattern is a sequence of words in one clause.
type pattern struct {
	steps []set
}

// newPattern reads "we accept|bear liability".
func (l *lexicon) newPattern(written string) (pattern, error) {
	var p pattern
	for step := range strings.FieldsSeq(written) {
		var lists set
		for name := range strings.SplitSeq(step, "|") {
			list, ok := l.number[name]
			if !ok {
				return pattern{}, fmt.Errorf("wording: there is no word list %q", name)
			}
			lists = lists.with(list)
		}
		p.steps = append(p.steps, lists)
	}
	if len(p.steps) == 0 || len(p.steps) > maxSteps {
		return pattern{}, fmt.Errorf("wording: the pattern %q has %d words", written, len(p.steps))
	}
	return p, nil
}

// maxSteps is how many words a pattern may have.
const maxSteps = 6

// span is a piece of a text.
type span struct{ start, end int }

// meeting is a place where a pattern is met, with the words that met it.
type meeting struct {
	span
	words [maxSteps]span
}

// has tells whether a word is one that met the pattern, or within one.
func (m *meeting) has(w word) bool {
	for _, met := range m.words {
		if met.start <= w.start && w.end <= met.end {
			return true
		}
	}
	return false
}

// find calls found for each place where the pattern is met by the words of one clause. No two words of a pattern are further
// apart than within. The places do not overlap, and each is as short as it can be. Time is linear in the words.
func (p pattern) find(t *text, words []word, within int, found func(meeting)) {
	chains := make([]chain, len(p.steps))
	last := len(p.steps) - 1
	from := 0 // What was found before ends here.
	for _, w := range words {
		if w.start < from {
			continue
		}
		for step := last; step >= 0; step-- {
			if !w.lists.meets(p.steps[step]) {
				continue
			}
			m := meeting{span: span{w.start, w.end}}
			if step > 0 {
				before := chains[step-1].before(w)
				if before == nil || t.units[w.start]-t.units[before.end] > within {
					continue
				}
				m.start, m.words = before.start, before.words
			}
			m.words[step] = span{w.start, w.end}
			if step == last {
				found(m)
				clear(chains)
				from = w.end
				break
			}
			chains[step].add(m)
		}
	}
}

// chain has the last ways to have come to a step of a pattern: the one that ends last, and the one before it, for a word that
// begins within the first, as in 您的意思是 after 您的 and 您. An end of 0 is none.
type chain [2]meeting

func (c *chain) add(m meeting) {
	switch {
	case m.end > c[0].end:
		c[0], c[1] = m, c[0]
	case m.end > c[1].end && m.end < c[0].end:
		c[1] = m
	}
}

// before is the last way that ends before a word; nil when there is none.
func (c *chain) before(w word) *meeting {
	for i := range c {
		if c[i].end > 0 && c[i].end <= w.start {
			return &c[i]
		}
	}
	return nil
}

// view is a text with its words, ready to be searched.
type view struct {
	*text
	words []word
	// clauses are the words of each clause.
	clauses [][]word
	// inClause and inSentence are the lists that have a word there.
	inClause, inSentence []set
}

// newView finds the words of a text and sorts them by clause.
func (l *lexicon) newView(t *text) *view {
	v := &view{text: t, words: l.find(t)}
	v.clauses = make([][]word, len(t.sentence))
	v.inClause = make([]set, len(t.sentence))
	v.inSentence = make([]set, t.sentence[len(t.sentence)-1]+1)
	for i := 0; i < len(v.words); {
		clause := t.clause[v.words[i].start]
		end := i
		for end < len(v.words) && t.clause[v.words[end].start] == clause {
			v.inClause[clause] = v.inClause[clause].or(v.words[end].lists)
			end++
		}
		v.clauses[clause] = v.words[i:end]
		sentence := t.sentence[clause]
		v.inSentence[sentence] = v.inSentence[sentence].or(v.inClause[clause])
		i = end
	}
	return v
}

// saysOnly tells whether a text has nothing but words of some lists in it.
func (v *view) saysOnly(lists set) bool {
	end := 0 // Words may lie within others and overlap; they come by their beginning.
	silent := func(from, to int) bool {
		return !slices.ContainsFunc(v.runes[min(from, to):to], func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
	}
	for _, w := range v.words {
		if !w.lists.meets(lists) {
			continue
		}
		if !silent(end, w.start) {
			return false
		}
		end = max(end, w.end)
	}
	return silent(end, len(v.runes))
}

// each calls found for every place where one of the patterns is met.
func (v *view) each(patterns []pattern, within int, found func(clause int, at meeting)) {
	for clause, words := range v.clauses {
		if len(words) == 0 {
			continue
		}
		for _, p := range patterns {
			if slices.ContainsFunc(p.steps, func(step set) bool { return !step.meets(v.inClause[clause]) }) {
				continue
			}
			p.find(v.text, words, within, func(at meeting) { found(clause, at) })
		}
	}
}

// stands tells whether a word of a context stands where it counts.
func (v *view) stands(c context, clause int, at *meeting, within int) bool {
	switch c.scope {
	case policyv1.WordingRule_BEFORE:
		return v.before(clause, at, within, c.list)
	case policyv1.WordingRule_CLAUSE:
		return v.inClause[clause].meets(c.list)
	case policyv1.WordingRule_SENTENCE:
		return v.inSentence[v.sentence[clause]].meets(c.list)
	default:
		return v.nearby(v.sentence[clause], c.list)
	}
}

// before tells whether a word of the lists stands between those that met a pattern, or before them no further away than within.
func (v *view) before(clause int, at *meeting, within int, lists set) bool {
	words := v.clauses[clause]
	// The first word that could: none is longer than a policy may have it.
	first := v.units[at.start] - within - 2*maxWord
	from, _ := slices.BinarySearchFunc(words, first, func(w word, units int) int { return cmp.Compare(v.units[w.start], units) })
	for _, w := range words[from:] {
		if w.start >= at.end {
			break
		}
		if w.end <= at.end && w.lists.meets(lists) && !at.has(w) && v.units[at.start]-v.units[min(w.end, at.start)] <= within {
			return true
		}
	}
	return false
}

// nearby tells whether a word of the lists stands in the sentence, the one before or the one after.
func (v *view) nearby(sentence int, lists set) bool {
	for i := max(sentence-1, 0); i <= min(sentence+1, len(v.inSentence)-1); i++ {
		if v.inSentence[i].meets(lists) {
			return true
		}
	}
	return false
}
