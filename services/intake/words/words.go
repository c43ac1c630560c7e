// Package words takes texts apart into what they are found and compared by, in any language: traditional characters as simplified
// ones, letters as small ones, everything in its plainest form.
//
// Words of a script that is written with spaces are terms as a whole. Scripts without spaces, Chinese first, give every two
// characters that stand together: nobody has to know where a word ends, and a text has a phrase only if it has all its pairs.
package words

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/redress-dev/redress/services/internal/script"
)

// maxWord bounds the bytes of a term; what is longer is cut.
const maxWord = 64

// Splitter takes texts apart. It never changes and is safe for concurrent use.
type Splitter struct {
	simple map[rune]rune
}

// New loads the table of traditional characters, which takes a moment.
func New() (*Splitter, error) {
	const first, last = '\u4e00', '\u9fff'
	simple, err := script.Simplified(first, last)
	if err != nil {
		return nil, fmt.Errorf("words: %w", err)
	}
	return &Splitter{simple: simple}, nil
}

// Fold is a text in its plainest form: compatible forms of Unicode, small letters, simplified characters, nothing invisible.
func (s *Splitter) Fold(text string) string {
	return strings.Map(func(r rune) rune {
		if to, ok := s.simple[r]; ok {
			return to
		}
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(text))
}

// Terms are the different terms of a text, in the order of their first place.
func (s *Splitter) Terms(text string) []string {
	var terms []string
	seen := map[string]struct{}{}
	add := func(term string) {
		if _, known := seen[term]; !known {
			seen[term] = struct{}{}
			terms = append(terms, term)
		}
	}
	for _, p := range pieces(s.Fold(text)) {
		p.terms(add)
	}
	return terms
}

// piece is a word, or a run of characters that are written without spaces.
type piece struct {
	text string
	run  bool
}

// terms gives the terms of the piece.
func (p piece) terms(add func(string)) {
	if !p.run {
		add(cut(p.text))
		return
	}
	before := -1
	for at, r := range p.text {
		if before >= 0 {
			add(p.text[before : at+len(string(r))])
		}
		before = at
	}
}

// cut shortens a word that is none.
func cut(word string) string {
	if len(word) <= maxWord {
		return word
	}
	return strings.ToValidUTF8(word[:maxWord], "")
}

// pieces takes a folded text apart.
func pieces(folded string) []piece {
	var out []piece
	start, kind := 0, gap
	for at, r := range folded {
		if next := kindOf(r); next != kind {
			if kind != gap {
				out = append(out, piece{text: folded[start:at], run: kind == unspaced})
			}
			start, kind = at, next
		}
	}
	if kind != gap {
		out = append(out, piece{text: folded[start:], run: kind == unspaced})
	}
	return out
}

// The kinds of characters.
const (
	gap = iota
	spaced
	unspaced
)

// kindOf tells what a character is part of.
func kindOf(r rune) int {
	switch {
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Khmer, unicode.Lao, unicode.Myanmar):
		return unspaced
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return spaced
	default:
		return gap
	}
}
