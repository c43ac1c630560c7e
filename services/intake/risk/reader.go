package risk

import (
	"slices"

	"github.com/redress-dev/redress/services/internal/dictionary"
)

// reader is one text while it is read.
type reader struct {
	*Analyser
	text

	matches []dictionary.Match
	hits    []hit
	clauses []clause
	quotes  []span
	// opened are quotation marks that wait for their partner, open the candidates to be judged.
	opened []opening
	open   []candidate

	signals []Signal
	// places are where the signals stand in the comparable form.
	places []span
	// undecided are the clauses of candidates that were judged to be nothing.
	undecided []int
	// turning tells whether the text has any word of turning elsewhere; nil before anybody asked.
	turning *bool
	// messages is the set of kinds of messages that the second opinion holds it to be.
	messages uint64
	// words are the tokens of the clause that is looked at, shown those of the feature.
	words, shown []token
	// names spell tokens for who learns from the text; nil when it is only read.
	names map[token]string
	// scores, beliefs and found are by clause: what the second opinion holds of it, and the labels that it confirms.
	scores  []int32
	beliefs [][labels]float64
	found   []uint64
}

// read prepares a text: comparable, cut, with its words found.
func (a *Analyser) read(words string) *reader {
	r, _ := a.readers.Get().(*reader)
	r.Analyser = a
	r.fold(words, a.lexicon.numbers)
	r.find()
	r.cut()
	return r
}

// roomy is how many runes a text has whose memory is not worth keeping.
const roomy = 1 << 14

// release leaves the memory of a reader to the next text, and in it nothing of what the customer wrote.
func (r *reader) release() {
	if len(r.runes) > roomy {
		return
	}
	clear(r.runes)
	clear(r.folded)
	clear(r.plain)
	clear(r.matches)
	clear(r.hits[:cap(r.hits)])
	clear(r.words[:cap(r.words)])
	clear(r.signals[:cap(r.signals)]) // Some were dropped.
	readers := r.readers
	*r = reader{
		text:    text{runes: r.runes[:0], folded: r.folded[:0], origins: r.origins[:0], plain: r.plain[:0], at: r.at[:0]},
		matches: r.matches[:0], hits: r.hits[:0], clauses: r.clauses[:0], quotes: r.quotes[:0], opened: r.opened[:0], open: r.open[:0],
		signals: r.signals[:0], places: r.places[:0], undecided: r.undecided[:0], words: r.words[:0], shown: r.shown[:0],
		scores: r.scores[:0], beliefs: r.beliefs[:0], found: r.found[:0],
	}
	readers.Put(r)
}

// zeros are n of them, in the memory of before where it suffices.
func zeros[T any](before []T, n int) []T {
	all := slices.Grow(before[:0], n)[:n]
	clear(all)
	return all
}
