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
}

// newText makes a text comparable. The numbers are those of the lexicon: digits that
// are spelt apart or in Chinese are brought together when they make one of them.
func newText(words string, numbers map[string]bool) *text {
	t := &text{runes: []rune(words)}
	folded := make([]rune, 0, len(t.runes))
	at := make([]int32, 0, len(t.runes))
	for i, r := range t.runes {
		r = dictionary.Fold(r)
		blank := r == ' ' && (len(folded) == 0 || folded[len(folded)-1] == ' ' || folded[len(folded)-1] == '\n')
		if r == 0 || blank {
			continue
		}
		folded = append(folded, r)
		at = append(at, int32(i))
	}
	folded, at = dial(folded, at, numbers)
	t.plain = make([]byte, 0, 3*len(folded))
	t.at = make([]int32, 0, 3*len(folded))
	for i, r := range folded {
		before := len(t.plain)
		t.plain = utf8.AppendRune(t.plain, r)
		for range len(t.plain) - before {
			t.at = append(t.at, at[i])
		}
	}
	return t
}

// origin is where a part of the comparable form stands in the original, in runes.
func (t *text) origin(start, end int) (int, int) {
	return int(t.at[start]), int(t.at[end-1]) + 1
}

// dial brings together the digits of hotline numbers: "1 2 3 1 5", "12-315", "一二三一五".
func dial(folded []rune, at []int32, numbers map[string]bool) ([]rune, []int32) {
	kept, keptAt := folded[:0], at[:0]
	for i := 0; i < len(folded); {
		if digit(folded[i]) == 0 {
			kept, keptAt = append(kept, folded[i]), append(keptAt, at[i])
			i++
			continue
		}
		end, number := chain(folded[i:])
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
// number they make. Chinese and other digits make no chain together.
func chain(folded []rune) (int, []byte) {
	var number []byte
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
