package risk

import (
	"math/bits"
	"unicode/utf8"
)

// token is a piece of a clause as the second opinion reads it: a character, a word, a
// number, a mark, or the part that a word of the lexicon plays. It is the FNV-1a of its
// spelling, which is what the weights are listed by.
type token uint64

const (
	offset64 = 14695981039346656037
	prime64  = 1099511628211
)

func tokenOf[T string | []byte](spelt T) token {
	id := token(offset64)
	for i := range len(spelt) {
		id = (id ^ token(spelt[i])) * prime64
	}
	return id
}

// chained is the id of a feature that goes on with one more token.
func chained(feature uint64, k token) uint64 {
	return (bits.RotateLeft64(feature, 23) ^ uint64(k)) * 0x9E3779B97F4A7C15
}

// seeds are the ids that the features of a kind begin with.
func seed(kind byte) uint64 { return chained(offset64, token(kind)) }

// spelling makes tokens of a text.
type spelling struct {
	// simple has the simplified form of a character, by its distance from firstHan.
	simple  []rune
	numbers map[string]bool
}

const firstHan, lastHan = '\u4e00', '\u9fff'

// next is where the token ends that begins at a place of the comparable form; false for a
// blank, which is none.
func (s *spelling) next(plain []byte, at, end int) (int, bool) {
	i := at
	switch c := plain[at]; {
	case alphabetic(c):
		for i < end && (alphabetic(plain[i]) || plain[i] == '\'') {
			i++
		}
	case numeric(c):
		for i < end && (numeric(plain[i]) || (plain[i] == '.' || plain[i] == ',') && i+1 < end && numeric(plain[i+1])) {
			i++
		}
	case c == ' ' || c == '\n':
		return at + 1, false
	default:
		_, size := utf8.DecodeRune(plain[at:])
		return at + size, true
	}
	return i, true
}

// spell is how the token is listed that a piece of text is: in simplified characters, and
// numbers that the lexicon does not know by their length. It has room for a character.
func (s *spelling) spell(piece, room []byte) []byte {
	switch c := piece[0]; {
	case alphabetic(c):
	case numeric(c) && !s.numbers[string(piece)]:
		if len(piece) < 5 {
			return append(room, "0"...)
		}
		return append(room, "00000"...)
	case c >= utf8.RuneSelf:
		if r, _ := utf8.DecodeRune(piece); firstHan <= r && r <= lastHan {
			return utf8.AppendRune(room, s.simple[r-firstHan])
		}
	}
	return piece
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
