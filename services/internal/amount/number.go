package amount

import (
	"strings"

	"github.com/shopspring/decimal"
)

const (
	// longest is how many figures a number without a currency has that may be money; longer ones are of an order or a telephone.
	longest = 9
	// most is how many any has that is read.
	most = 15
)

// figures reads a number in figures: 5000, 5,000 or 49.50.
func figures(written string) (decimal.Decimal, bool) {
	written = strings.ReplaceAll(written, ",", "")
	whole, _, _ := strings.Cut(written, ".")
	if len(whole) > most || len(whole) > 1 && whole[0] == '0' {
		return decimal.Decimal{}, false
	}
	value, err := decimal.NewFromString(written)
	return value, err == nil
}

// scale is what a word behind a number makes of it; 1 for none.
func scale(word string) decimal.Decimal {
	switch word {
	case "百", "hundred":
		return decimal.New(1, 2)
	case "千", "k", "thousand":
		return decimal.New(1, 3)
	case "万":
		return decimal.New(1, 4)
	case "亿":
		return decimal.New(1, 8)
	case "million":
		return decimal.New(1, 6)
	default:
		return decimal.New(1, 0)
	}
}

// scales are the characters that make a number more than a figure.
const scales = "十百千万亿"

// chinese reads a number in Chinese characters: 五百, 一千二 (1200), 两万三千, 五〇〇.
func chinese(written string) (decimal.Decimal, bool) {
	if !strings.ContainsAny(written, scales) {
		return spelt(written)
	}
	var total, part, figure, unit int64
	zero := false
	for _, r := range written {
		switch {
		case strings.ContainsRune("零〇", r):
			zero, figure = true, 0
		case r == '两':
			figure = 2
		case digit(r) > 0:
			figure = digit(r)
		case r == '万' || r == '亿':
			unit = map[rune]int64{'万': 10_000, '亿': 100_000_000}[r]
			total, part, figure, zero = (total+part+figure)*unit, 0, 0, false
		default:
			unit = map[rune]int64{'十': 10, '百': 100, '千': 1000}[r]
			part, figure, zero = part+max(figure, 1)*unit, 0, false
		}
		if total+part > 1_000_000_000_000 || total < 0 {
			return decimal.Decimal{}, false
		}
	}
	if figure > 0 && unit >= 100 && !zero { // As one speaks: what follows a hundred alone is tens.
		figure *= unit / 10
	}
	return decimal.New(total+part+figure, 0), total+part+figure > 0
}

// spelt reads a number whose figures are written one by one.
func spelt(written string) (decimal.Decimal, bool) {
	var total, count int64
	for _, r := range written {
		value := digit(r)
		if r == '两' {
			value = 2
		}
		if total, count = total*10+value, count+1; count > longest {
			return decimal.Decimal{}, false
		}
	}
	return decimal.New(total, 0), total > 0
}

// digit is the value of a Chinese figure from 1 to 9; 0 for none.
func digit(r rune) int64 {
	at := strings.IndexRune("一二三四五六七八九", r)
	if at < 0 {
		return 0
	}
	return int64(at/len("一")) + 1
}

// english reads a number in English words: "five hundred", "one thousand two hundred and fifty".
func english(written string) (decimal.Decimal, bool) {
	var total, part int64
	values := smallNumbers()
	words := strings.FieldsFunc(written, func(r rune) bool { return r == ' ' || r == '-' })
	for i, word := range words {
		switch value, small := values[word]; {
		case word == "a" && i+1 < len(words) && values[words[i+1]] > 0: // It is of what comes behind: a five-hundred-yuan voucher.
		case small:
			part += value
		case word == "hundred":
			part = max(part, 1) * 100
		case word == "thousand":
			total, part = total+max(part, 1)*1000, 0
		}
		if total+part > 1_000_000_000 {
			return decimal.Decimal{}, false
		}
	}
	return decimal.New(total+part, 0), total+part > 0
}

// smallNumbers are the words below a hundred.
func smallNumbers() map[string]int64 {
	all := map[string]int64{"a": 1}
	for i, word := range strings.Fields("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen " +
		"seventeen eighteen nineteen") {
		all[word] = int64(i + 1)
	}
	for i, word := range strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety") {
		all[word] = int64(i+2) * 10
	}
	return all
}
