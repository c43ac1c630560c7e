package suggest

import (
	"hash/fnv"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/redress-dev/redress/services/internal/script"
)

const (
	// longestRead bounds how many characters of a text are read: the matter of a long
	// letter is said by then.
	longestRead = 4000
	// longestGram is the longest sequence of Chinese characters that is a term, and
	// stem how much of an English word is a term besides the word.
	longestGram, stem = 3, 5
	// money is the term of an amount, whatever the amount.
	money = "¤"
)

// reader cuts texts into terms. It never changes.
type reader struct {
	// simplified are the simplified forms of traditional characters.
	simplified map[rune]rune
}

// newReader makes the table of characters once: the converter itself is too slow
// for every text.
func newReader() (*reader, error) {
	const first, last = '\u3400', '\u9fff'
	simplified, err := script.Simplified(first, last)
	if err != nil {
		return nil, err
	}
	return &reader{simplified: simplified}, nil
}

// fold brings a text into the form in which it is read: lower case, half width,
// simplified, every word and every number behind a space.
func (r *reader) fold(text string) string {
	var out strings.Builder
	last, n := ' ', 0
	for _, c := range width.Fold.String(text) {
		if n++; n > longestRead {
			break
		}
		c = unicode.ToLower(c)
		if to, ok := r.simplified[c]; ok {
			c = to
		}
		kind := kindOf(c)
		switch {
		case kind == other:
			c = ' '
		case kind != kindOf(last) && last != ' ':
			out.WriteByte(' ')
		}
		if c != ' ' || last != ' ' {
			out.WriteRune(c)
		}
		last = c
	}
	return " " + strings.TrimSpace(out.String()) + " "
}

// What a character is.
const (
	other = iota
	han
	letter
	digit
	currency
)

func kindOf(c rune) int {
	switch {
	case unicode.Is(unicode.Han, c):
		return han
	case unicode.IsLetter(c) || c == '\'':
		return letter
	case unicode.IsDigit(c):
		return digit
	case unicode.Is(unicode.Sc, c):
		return currency
	default:
		return other
	}
}

// terms lists the terms of a folded text, each once, sorted.
func terms(folded string) []string {
	var out []string
	words := strings.Fields(folded)
	before := ""
	for i, word := range words {
		kind := kindOf([]rune(word)[0])
		switch kind {
		case han:
			out = append(out, grams(word)...)
		case letter:
			out = append(out, word, before+" "+word)
			if len(word) > stem {
				out = append(out, word[:boundary(word, stem)]+"…")
			}
		case digit:
			if amount(words, i) {
				out = append(out, money)
			}
		}
		before = ""
		if kind == letter {
			before = word
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// grams are the sequences of characters in a run of Chinese.
func grams(run string) (out []string) {
	runes := []rune(run)
	for n := 1; n <= longestGram; n++ {
		for i := 0; i+n <= len(runes); i++ {
			out = append(out, string(runes[i:i+n]))
		}
	}
	return out
}

// boundary is the first place at or behind n where a character begins.
func boundary(word string, n int) int {
	for n < len(word) && word[n]&0xc0 == 0x80 {
		n++
	}
	return n
}

// amount tells whether a number has a currency beside it.
func amount(words []string, i int) bool {
	if i > 0 && kindOf([]rune(words[i-1])[0]) == currency {
		return true
	}
	if i+1 == len(words) {
		return false
	}
	for _, unit := range []string{"元", "块", "万", "圆", "dollar", "pound", "euro", "yuan"} {
		if strings.HasPrefix(words[i+1], unit) {
			return true
		}
	}
	return kindOf([]rune(words[i+1])[0]) == currency
}

// hash is what is kept of a term.
func hash(term string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(term))
	return h.Sum32()
}
