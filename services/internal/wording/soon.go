package wording

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// moment is a word list that says how soon.
type moment struct {
	list set
	long time.Duration
	// unit is true for words that need a number before them.
	unit bool
}

// due is a time in a draft.
type due struct {
	span
	clause int
	long   time.Duration
}

// newMoments reads the policy's times.
func (l *lexicon) newMoments(times []*policyv1.WordingTime) ([]moment, error) {
	var all []moment
	for _, written := range times {
		list, ok := l.number[written.GetId()]
		if !ok {
			return nil, fmt.Errorf("wording: there is no word list %q", written.GetId())
		}
		all = append(all, moment{set{}.with(list), written.GetLong().AsDuration(), written.GetUnit()})
	}
	return all, nil
}

// dues finds the times of a draft, by their beginning. A unit without a number is none: "within hours" may be any number of them.
func (v *view) dues(moments []moment) []due {
	var all []due
	for _, w := range v.words {
		for _, m := range moments {
			if !w.lists.meets(m.list) {
				continue
			}
			d := due{span{w.start, w.end}, v.clause[w.start], m.long}
			if m.unit {
				count, start, ok := v.count(w.start)
				if !ok {
					continue
				}
				d.start, d.long = start, time.Duration(count*float64(m.long))
			}
			all = append(all, d)
		}
	}
	return all
}

// nearest is the time in a clause that is nearest to a place, no further away than within; of two as near, the longer one; nil for
// none.
func (v *view) nearest(all []due, clause int, at span, within int) *due {
	var best *due
	least := within
	for i := range all {
		d := &all[i]
		distance := max(0, v.units[d.start]-v.units[at.end], v.units[at.start]-v.units[d.end])
		if d.clause == clause && distance <= least && (best == nil || distance < least || d.long > best.long) {
			best, least = d, distance
		}
	}
	return best
}

// longestNumber is how many characters a number in words may have, "a quarter of an".
const longestNumber = 16

// count reads the number that ends before a character, and tells where it begins.
func (v *view) count(end int) (value float64, start int, ok bool) {
	for end > 0 && strings.ContainsRune(" -个多", v.runes[end-1]) {
		end--
	}
	from := max(0, end-longestNumber)
	before := string(v.runes[from:end])
	for _, n := range numberWords() {
		head, found := strings.CutSuffix(before, n.word)
		if found && (head == "" && from == 0 || head != "" && !isLatin([]rune(head)[len([]rune(head))-1])) {
			return n.value, end - len([]rune(n.word)), true
		}
	}
	start = end
	for start > from && unicode.IsDigit(v.runes[start-1]) {
		start--
	}
	if value, err := strconv.ParseFloat(string(v.runes[start:end]), 64); err == nil {
		return value, start, true
	}
	for start > from && strings.ContainsRune(numerals, v.runes[start-1]) {
		start--
	}
	return numeral(v.runes[start:end]), start, start < end
}

// numberWord is a number in an English word.
type numberWord struct {
	word  string
	value float64
}

// numberWords are the numbers that times of a day are told with; longer ones before those that end them.
func numberWords() []numberWord {
	return []numberWord{
		{"half an", 0.5}, {"half a", 0.5}, {"quarter of an", 0.25}, {"a couple of", 2}, {"couple of", 2}, {"a few", 3}, {"few", 3}, {"several", 4},
		{"an", 1}, {"a", 1}, {"the", 1}, {"one", 1}, {"two", 2}, {"three", 3}, {"four", 4}, {"five", 5}, {"six", 6}, {"seven", 7}, {"eight", 8},
		{"nine", 9}, {"ten", 10}, {"twelve", 12}, {"fifteen", 15}, {"twenty", 20}, {"thirty", 30}, {"forty", 40}, {"forty-five", 45}, {"sixty", 60},
	}
}

// numerals are Chinese numbers, after their values from 0; "两" and those behind have values of their own.
const numerals = "零一二三四五六七八九十百两兩半几幾"

// numeral reads a Chinese number: 十五 is 15, 半 is a half, 几 is a few.
func numeral(written []rune) float64 {
	total, digit := 0.0, 0.0
	for _, r := range written {
		switch r {
		case '十':
			total += max(digit, 1) * 10
			digit = 0
		case '百':
			total += max(digit, 1) * 100
			digit = 0
		case '两', '兩':
			digit = 2
		case '半':
			digit = 0.5
		case '几', '幾':
			digit = 3
		default:
			digit = float64(len([]rune(numerals[:strings.IndexRune(numerals, r)])))
		}
	}
	return total + digit
}
