package words

import (
	"slices"
	"strings"
)

// Comparer compares texts by their terms, without those that nearly all texts have.
type Comparer struct {
	splitter *Splitter
	common   map[string]struct{}
}

// Comparer is one that takes no notice of some words, which are parted by spaces. Those of scripts without spaces stand for all
// their pairs of characters.
func (s *Splitter) Comparer(common string) *Comparer {
	c := &Comparer{splitter: s, common: map[string]struct{}{}}
	for _, word := range strings.Fields(common) {
		for _, term := range s.Terms(word) {
			c.common[term] = struct{}{}
		}
	}
	return c
}

// Terms are what a text is compared by.
func (c *Comparer) Terms(text string) []string {
	return slices.DeleteFunc(c.splitter.Terms(text), c.Common)
}

// Common tells whether a term says nothing about the matter.
func (c *Comparer) Common(term string) bool {
	_, common := c.common[term]
	return common
}

// Similarity is the share of the terms of both that both have (Jaccard's), and which those are, in the order of a.
func Similarity(a, b []string) (share float64, both []string) {
	if len(a) == 0 || len(b) == 0 {
		return 0, nil
	}
	in := make(map[string]struct{}, len(b))
	for _, term := range b {
		in[term] = struct{}{}
	}
	for _, term := range a {
		if _, ok := in[term]; ok {
			both = append(both, term)
		}
	}
	return float64(len(both)) / float64(len(a)+len(b)-len(both)), both
}

// Matter is how far two texts of one author are about one matter: their similarity without the clauses that both have word for word.
// People end whatever they write with the same words, and no list has all of these. A text of which most is said again is the same
// text, and is compared as a whole.
func (c *Comparer) Matter(a, b string) float64 {
	of, with := c.clauses(a), c.clauses(b)
	again := map[string]bool{}
	for _, clause := range of {
		again[clause] = slices.Contains(with, clause)
	}
	known := func(clause string) bool { return again[clause] }
	restOf, restWith := slices.DeleteFunc(slices.Clone(of), known), slices.DeleteFunc(slices.Clone(with), known)
	if 2*len(restOf) < len(of) || 2*len(restWith) < len(with) {
		restOf, restWith = of, with
	}
	share, _ := Similarity(c.Terms(strings.Join(restOf, "\n")), c.Terms(strings.Join(restWith, "\n")))
	return share
}

// clauses are the folded parts of a text between its marks that say anything about the matter.
func (c *Comparer) clauses(text string) (clauses []string) {
	for _, clause := range strings.FieldsFunc(c.splitter.Fold(text), func(r rune) bool { return strings.ContainsRune(",.;:!?。、;\n", r) }) {
		if len(c.Terms(clause)) > 0 {
			clauses = append(clauses, strings.TrimSpace(clause))
		}
	}
	return clauses
}
