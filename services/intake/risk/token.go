package risk

import (
	"math/bits"
	"unicode/utf8"
)

// token is a piece of a clause as the second opinion reads it: a character, a word, a
// number, a mark, or the part that a word of the lexicon plays. Only its id is needed
// to read a text; the rest spells it when weights are learned.
type token struct {
	id         uint64
	fixed      string
	char       rune
	start, end int
}

// FNV-1a of a token's spelling, which is what the weights are listed by.
const (
	offset64 = 14695981039346656037
	prime64  = 1099511628211
)

func spelled(text string) token { return token{id: idOf(text), fixed: text} }

func idOf(text string) uint64 {
	id := uint64(offset64)
	for i := range len(text) {
		id = (id ^ uint64(text[i])) * prime64
	}
	return id
}

// spell is the text of a token.
func (t *text) spell(k token) string {
	switch {
	case k.fixed != "":
		return k.fixed
	case k.char != 0:
		return string(k.char)
	}
	return string(t.plain[k.start:k.end])
}

// chained is the id of a feature that goes on with one more token.
func chained(feature, token uint64) uint64 {
	return (bits.RotateLeft64(feature, 23) ^ token) * 0x9E3779B97F4A7C15
}

// seeds are the ids that the features of a kind begin with.
func seed(kind byte) uint64 { return chained(offset64, uint64(kind)) }

// spelling makes tokens of a text.
type spelling struct {
	// simple has the simplified form of a character, by its distance from firstHan.
	simple  []rune
	numbers map[string]bool
}

const firstHan, lastHan = '\u4e00', '\u9fff'

// next is the token at a place of the comparable form and where the following one may
// begin; its id is 0 for a blank.
func (s *spelling) next(plain []byte, at, end int) (token, int) {
	c := plain[at]
	switch {
	case alphabetic(c):
		id, i := uint64(offset64), at
		for ; i < end && (alphabetic(plain[i]) || plain[i] == '\''); i++ {
			id = (id ^ uint64(plain[i])) * prime64
		}
		return token{id: id, start: at, end: i}, i
	case numeric(c):
		i := at
		for i < end && (numeric(plain[i]) || (plain[i] == '.' || plain[i] == ',') && i+1 < end && numeric(plain[i+1])) {
			i++
		}
		switch {
		case s.numbers[string(plain[at:i])]:
			return token{id: idOf(string(plain[at:i])), start: at, end: i}, i
		case i-at < 5:
			return spelled("0"), i
		}
		return spelled("00000"), i
	case c == ' ' || c == '\n':
		return token{}, at + 1
	}
	r, size := utf8.DecodeRune(plain[at:])
	if firstHan <= r && r <= lastHan {
		r = s.simple[r-firstHan]
	}
	var spelt [utf8.UTFMax]byte
	id := uint64(offset64)
	for _, b := range spelt[:utf8.EncodeRune(spelt[:], r)] {
		id = (id ^ uint64(b)) * prime64
	}
	return token{id: id, char: r}, at + size
}

// about is the set of targets that a word has in any of its parts.
func (w *word) about() uint64 {
	var set uint64
	for _, all := range w.targets {
		for _, target := range all {
			if target != 0 {
				set |= 1 << target
			}
		}
	}
	return set
}
