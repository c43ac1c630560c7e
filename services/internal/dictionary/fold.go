package dictionary

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold is the comparable form of a character: lower case, half width, a blank for white space other than the end of a line; 0 for one
// that is invisible.
func Fold(r rune) rune {
	switch {
	case 0x4E00 <= r && r <= 0x9FFF:
		return r
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A'
	case r == '\n' || r > ' ' && r < utf8.RuneSelf:
		return r
	case r == '\r' || r == 0:
		return 0
	case 0xFF01 <= r && r <= 0xFF5E:
		return unicode.ToLower(r - 0xFEE0)
	case 0x3001 <= r && r <= 0x303F, r == '“', r == '”', r == '…', r == '—':
		return r
	case r == '‘' || r == '’' || r == '′':
		return '\''
	case unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Me, r), unicode.Is(unicode.Variation_Selector, r), r < ' ':
		return 0
	}
	var from, into [2 * utf8.UTFMax * 4]byte
	n := utf8.EncodeRune(from[:], r)
	if plain, size := utf8.DecodeRune(norm.NFKC.Append(into[:0], from[:n]...)); size > 0 && plain != utf8.RuneError {
		if compatible := norm.NFKC.Append(into[:0], from[:n]...); len(compatible) == size {
			r = plain
		}
	}
	return unicode.ToLower(r)
}
