package wording

import (
	"strings"
	"unicode"
)

// Blank tells whether a text has nothing that anybody can see: as the contract has it, no
// white space, separators, controls or unassigned characters, nor one of the letters and
// symbols of Unicode that are drawn as nothing.
func Blank(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		switch r {
		case '\u115f', '\u1160', '\u2800', '\u3164', '\uffa0':
			return false
		}
		return unicode.IsGraphic(r) && !unicode.IsSpace(r)
	}) < 0
}
