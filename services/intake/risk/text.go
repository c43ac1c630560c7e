package risk

import (
	"strings"
	"unicode/utf8"

	"github.com/redress-dev/redress/services/internal/dictionary"
)

// text is a customer's text and its comparable form: lower case, half width, blanks
// single, invisible characters gone, hotline numbers in plain digits. Each byte of
// the comparable form knows the rune of the original it came from.
type text struct {
	runes []rune
	plain []byte
	at    []int32
	// folded are the runes of the comparable form before numbers are dialled, origins the places they came from.
	folded  []rune
	origins []int32
}

// fold makes a text comparable. The numbers are those of the lexicon: digits that
// are spelt apart or in Chinese are brought together when they make one of them.
func (t *text) fold(words string, numbers map[string]bool) {
	last := ' '
	for _, written := range words {
		t.runes = append(t.runes, written)
		r := dictionary.Fold(written)
		if r == 0 || r == ' ' && (last == ' ' || last == '\n') {
			continue
		}
		t.folded, t.origins, last = append(t.folded, r), append(t.origins, int32(len(t.runes)-1)), r
	}
	folded, origins := dial(t.folded, t.origins, numbers)
	for i, r := range folded {
		t.plain = utf8.AppendRune(t.plain, r)
		for len(t.at) < len(t.plain) {
			t.at = append(t.at, origins[i])
		}
	}
}

// origin is where a part of the comparable form stands in the original, in runes.
func (t *text) origin(start, end int) (int, int) {
	return int(t.at[start]), int(t.at[end-1]) + 1
}

// dial brings together the digits of hotline numbers: "1 2 3 1 5", "12-315", "一二三一五".
func dial(folded []rune, at []int32, numbers map[string]bool) ([]rune, []int32) {
	kept, keptAt := folded[:0], at[:0]
	var room [16]byte
	for i := 0; i < len(folded); {
		if digit(folded[i]) == 0 {
			kept, keptAt = append(kept, folded[i]), append(keptAt, at[i])
			i++
			continue
		}
		end, number := chain(folded[i:], room[:0])
		together := len(number) >= 3 && numbers[string(number)]
		for j := i; j < i+end; j++ {
			d := digit(folded[j])
			switch {
			case !together:
				d = folded[j]
			case d == 0:
				continue
			}
			kept, keptAt = append(kept, d), append(keptAt, at[j])
		}
		i += end
	}
	return kept, keptAt
}

// chain is how far digits go that at most one separator stands between, and what
// number they make, for which there is room. Chinese and other digits make no chain together.
func chain(folded []rune, number []byte) (int, []byte) {
	plain := folded[0] < utf8.RuneSelf
	end := 0
	for i, r := range folded {
		switch d := digit(r); {
		case d != 0 && r < utf8.RuneSelf == plain:
			number = append(number, byte(d))
			end = i + 1
		case d == 0 && end == i && strings.ContainsRune(" .·•・-_–—", r):
		default:
			return end, number
		}
	}
	return end, number
}

// digit is the plain form of a digit, 0 for what is none.
func digit(r rune) rune {
	switch r {
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return r
	case '零', '〇':
		return '0'
	case '一', '幺', '壹':
		return '1'
	case '二', '贰', '貳':
		return '2'
	case '三', '叁', '參':
		return '3'
	case '四', '肆':
		return '4'
	case '五', '伍':
		return '5'
	case '六', '陆', '陸':
		return '6'
	case '七', '柒':
		return '7'
	case '八', '捌':
		return '8'
	case '九', '玖':
		return '9'
	default:
		return 0
	}
}
