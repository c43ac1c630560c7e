package risk

import (
	"maps"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Clause is a piece of a text with all that the second opinion looks at in it.
type Clause struct {
	// Start and End bound it in runes of the text as it was given.
	Start, End int
	// Features are spelled as the weights list them. One that occurs twice is listed twice.
	Features []string
	// Found are the kinds of signals that the grammar found in it.
	Found []policyv1.SignalKind
}

// Observe shows a text as the second opinion sees it, to learn from it.
func (a *Analyser) Observe(words string) []Clause {
	r := a.read(words)
	r.grammar()
	all := make([]Clause, len(r.clauses))
	for i, c := range r.clauses {
		all[i].Start, all[i].End = r.origin(c.start, c.end)
	}
	for n, s := range r.signals {
		if len(all) == 0 {
			break // Marks alone.
		}
		c := &all[r.clauseAt(r.places[n].start)]
		c.Found = append(c.Found, s.Kind)
	}
	r.names = maps.Clone(r.fixed)
	for _, s := range r.signals {
		r.names[tokenOf(s.Rule)] = s.Rule
	}
	r.observe(func(clause int, kind byte, _ uint64, part []token) bool {
		spelt := append(make([]byte, 0, 32), kind)
		for _, k := range part {
			spelt = append(append(spelt, ' '), r.names[k]...)
		}
		from, to := clause, clause+1
		if clause == everywhere {
			from, to = 0, len(all)
		}
		for i := range all[from:to] {
			all[from+i].Features = append(all[from+i].Features, string(spelt))
		}
		return true
	})
	return all
}
