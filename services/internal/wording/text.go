package wording

import (
	"strings"
	"unicode"

	"github.com/redress-dev/redress/services/internal/dictionary"
)

// text is a draft, folded and cut. Positions are those of folded characters.
type text struct {
	runes []rune
	// origin is the place of each character in the draft, with one more entry for its end.
	origin []int
	// clause is the number of the clause that each character belongs to; what ends a clause belongs to it.
	clause []int
	// sentence is the number of the sentence of each clause.
	sentence []int
	// units counts, up to each character, how far words are apart: a Chinese character is one, a Latin word or a number two.
	units []int
	// foreign marks characters that are not the draft's own words, such as lines of the customer's mail.
	foreign []bool
}

// read folds and cuts a draft.
func read(draft string) *text {
	t := &text{}
	t.fold([]rune(draft))
	t.cut()
	t.measure()
	return t
}

// fold drops what nobody sees and makes alike what reads alike.
func (t *text) fold(draft []rune) {
	quoted, begin := false, true // Mail quotes the customer by lines that begin with ">".
	for i := 0; i < len(draft); {
		if begin && !unicode.IsSpace(draft[i]) {
			quoted, begin = draft[i] == '>', false
		}
		switch r := draft[i]; {
		case unicode.IsSpace(r):
			end := i
			for end < len(draft) && (unicode.IsSpace(draft[end]) || dictionary.Fold(draft[end]) == 0) {
				begin = begin || draft[end] == '\n'
				end++
			}
			if blank := t.blank(draft[i:end], draft[end:]); blank != 0 {
				t.add(blank, i, quoted)
			}
			i = end
		default:
			if folded := dictionary.Fold(r); folded != 0 { // What is invisible is dropped.
				t.add(folded, i, quoted)
			}
			i++
		}
	}
	t.origin = append(t.origin, len(draft))
}

func (t *text) add(r rune, origin int, foreign bool) {
	t.runes, t.origin, t.foreign = append(t.runes, r), append(t.origin, origin), append(t.foreign, foreign)
}

// blank says what a run of white space is: the end of a sentence for an empty line, and for the end of a line unless an English
// sentence goes on in the next; nothing between Chinese characters; a space otherwise.
func (t *text) blank(run, next []rune) rune {
	if len(t.runes) == 0 || len(next) == 0 {
		return 0
	}
	last, first := t.runes[len(t.runes)-1], dictionary.Fold(next[0])
	switch strings.Count(string(run), "\n") {
	case 0:
		if unicode.Is(unicode.Han, last) && unicode.Is(unicode.Han, first) {
			return 0
		}
		return ' '
	case 1:
		if (isLatin(last) || last == ',') && isLatin(first) {
			return ' '
		}
	}
	return '\n'
}

func isLatin(r rune) bool { return r == '\'' || unicode.Is(unicode.Latin, r) }

// isWord tells whether a character is part of a Latin word or a number.
func isWord(r rune) bool { return isLatin(r) || unicode.IsDigit(r) }

// cut numbers clauses and sentences.
func (t *text) cut() {
	t.clause = make([]int, len(t.runes))
	t.sentence = []int{0}
	current, empty := 0, true
	for i, r := range t.runes {
		t.clause[i] = current
		ends, sentence := t.ends(i, r)
		switch {
		case empty && current > 0 && (ends || r == ' '):
			// "?!" and a space behind it belong to the clause before: they are no clause of their own.
			t.clause[i] = current - 1
			if sentence && t.sentence[current] == t.sentence[current-1] {
				t.sentence[current]++
			}
		case ends:
			next := t.sentence[current]
			if sentence {
				next++
			}
			t.sentence = append(t.sentence, next)
			current, empty = current+1, true
		default:
			empty = false
		}
	}
}

// ends tells whether a character ends a clause, and whether it ends a sentence.
func (t *text) ends(i int, r rune) (clause, sentence bool) {
	switch r {
	case '。', '!', '?', ';', '\n':
		return true, true
	case '.':
		after := i + 1
		for after < len(t.runes) && strings.ContainsRune(`"”)'`, t.runes[after]) {
			after++
		}
		stop := after == len(t.runes) || t.runes[after] == ' ' || t.runes[after] == '\n'
		return stop, stop
	case ',', ':', '(', ')', '—', '–', '…':
		return true, false
	}
	return false, false
}

// measure counts units.
func (t *text) measure() {
	t.units = make([]int, len(t.runes)+1)
	for i, r := range t.runes {
		unit := 0
		switch {
		case unicode.Is(unicode.Han, r):
			unit = 1
		case isWord(r) && (i == 0 || !isWord(t.runes[i-1])):
			unit = 2
		}
		t.units[i+1] = t.units[i] + unit
	}
}
