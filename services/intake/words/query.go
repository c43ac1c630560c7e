package words

import (
	"strings"
	"unicode/utf8"
)

// Query is what texts are searched for.
type Query struct {
	// Terms are those that a text must have.
	Terms []string
	// words must stand in the text as words, runs as they are.
	words, runs []string
}

// Query reads what somebody searches for. It has no terms when there is nothing to search for: a single character of a script
// without spaces is in too many texts.
func (s *Splitter) Query(text string) Query {
	var q Query
	folded := s.Fold(text)
	for _, p := range pieces(folded) {
		switch {
		case !p.run:
			q.words = append(q.words, cut(p.text))
		default:
			q.runs = append(q.runs, p.text)
		}
	}
	if !q.long() {
		return Query{}
	}
	q.Terms = s.Terms(text)
	return q
}

// long tells whether a piece gives a term.
func (q *Query) long() bool {
	for _, run := range q.runs {
		if utf8.RuneCountInString(run) > 1 {
			return true
		}
	}
	return len(q.words) > 0
}

// In tells whether a text has all that is searched for.
func (s *Splitter) In(text string, q Query) bool {
	folded := s.Fold(text)
	for _, run := range q.runs {
		if !strings.Contains(folded, run) {
			return false
		}
	}
	if len(q.words) == 0 {
		return true
	}
	has := map[string]struct{}{}
	for _, p := range pieces(folded) {
		if !p.run {
			has[cut(p.text)] = struct{}{}
		}
	}
	for _, word := range q.words {
		if _, ok := has[word]; !ok {
			return false
		}
	}
	return true
}
