package train

import (
	"slices"
	"strings"
	"unicode/utf8"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake/risk"
)

// corpus are letters as the second opinion sees them.
type corpus struct {
	letters []letter
	// names are all features; their places are their ids.
	names []string
	ids   map[string]int32
}

// letter is one, cut into clauses.
type letter struct {
	Letter

	clauses []clause
	// has tells which labels the whole letter has.
	has [labels]bool
	// found tells which of them the grammar finds.
	found [labels]bool
}

// clause is what is learned from.
type clause struct {
	// features are their ids; near are those that its neighbours see as well.
	features, near []int32
	// is tells which labels the clause has; unknown those of which only the letter is known.
	is, unknown [labels]bool
}

// newCorpus shows letters to an analyser. Letters of authors that the grammar was made
// from do not show what the grammar found: it is right there more often than elsewhere.
func newCorpus(a *risk.Analyser, letters []Letter) *corpus {
	c := &corpus{ids: make(map[string]int32)}
	for _, l := range letters {
		read := letter{Letter: l}
		for i, label := range risk.Labels() {
			read.has[i] = slices.Contains(l.Signals, label.Name()) || l.Kind == label.Name()
		}
		for _, seen := range a.Observe(l.Text) {
			var one clause
			for _, name := range seen.Features {
				if name[0] == 'v' && familiar(l.Author) {
					continue
				}
				id := c.id(name)
				one.features = append(one.features, id)
				if name[0] != 'x' {
					one.near = append(one.near, id)
				}
			}
			for _, kind := range seen.Found {
				if i := labelOf(kind); i >= 0 {
					read.found[i] = true
				}
			}
			read.clauses = append(read.clauses, one)
			read.point(len(read.clauses)-1, seen)
		}
		c.letters = append(c.letters, read)
	}
	return c
}

func (c *corpus) id(name string) int32 {
	id, ok := c.ids[name]
	if !ok {
		id = int32(len(c.names))
		c.ids[name] = id
		c.names = append(c.names, name)
	}
	return id
}

// spanned counts the labels that have spans; those after it are known of letters only.
const spanned = 6

// point notes the labels of a clause: by the spans it shares, else by what the grammar found.
func (l *letter) point(at int, seen risk.Clause) {
	c := &l.clauses[at]
	for i, label := range risk.Labels() {
		if !l.has[i] {
			continue
		}
		if i >= spanned {
			c.is[i] = slices.ContainsFunc(seen.Found, func(k policyv1.SignalKind) bool { return labelOf(k) == i })
			c.unknown[i] = !c.is[i]
			continue
		}
		for _, s := range l.Spans {
			if s.Label == label.Name() && shares(l.Text, s.Quote, seen.Start, seen.End) {
				c.is[i] = true
			}
		}
	}
}

// shares tells whether a clause has enough of a quotation: half of either, or six characters.
func shares(text, quote string, start, end int) bool {
	at := strings.Index(text, quote)
	if at < 0 {
		return false
	}
	from := utf8.RuneCountInString(text[:at])
	length := utf8.RuneCountInString(quote)
	common := min(end, from+length) - max(start, from)
	return common > 0 && (2*common >= end-start || 2*common >= length || common >= 6)
}

// labelOf is the place of a kind among the labels, or -1.
func labelOf(kind policyv1.SignalKind) int {
	return slices.IndexFunc(risk.Labels(), func(l risk.Label) bool { return l.Kind == kind && kind != 0 })
}
