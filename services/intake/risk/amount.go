package risk

import (
	"strconv"
	"unicode/utf8"
)

// amount is the first number between two places.
func (r *reader) amount(from, to int) (float64, bool) {
	for i := from; i < to; i++ {
		if value := chineseNumber(r.plain[i:to]); value > 0 {
			return value, true
		}
		if !numeric(r.plain[i]) {
			continue
		}
		end := i
		for end < to && (numeric(r.plain[end]) || r.plain[end] == '.' || r.plain[end] == ',') {
			end++
		}
		var digits []byte
		for _, b := range r.plain[i:min(end, i+18)] {
			if b != ',' {
				digits = append(digits, b)
			}
		}
		for len(digits) > 0 && digits[len(digits)-1] == '.' {
			digits = digits[:len(digits)-1]
		}
		value, err := strconv.ParseFloat(string(digits), 64)
		return value, err == nil
	}
	return 0, false
}

// chineseNumber is the number in Chinese characters that a text begins with, of ten and more; 0 for none.
func chineseNumber(plain []byte) float64 {
	total, part, figure, round := 0.0, 0.0, 0.0, false
	for len(plain) > 0 {
		c, size := utf8.DecodeRune(plain)
		unit := map[rune]float64{'十': 10, '百': 100, '千': 1000}[c]
		switch d := digit(c); {
		case c == '两' || c == '兩':
			figure = 2
		case d != 0 && size > 1:
			figure = float64(d - '0')
		case unit > 0:
			part, figure, round = part+max(figure, 1)*unit, 0, true
		case (c == '万' || c == '萬') && part+figure > 0:
			total, part, figure, round = (total+part+figure)*10000, 0, 0, true
		default:
			plain = nil
			continue
		}
		plain = plain[size:]
	}
	if !round {
		return 0
	}
	return total + part + figure
}
