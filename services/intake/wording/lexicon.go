package wording

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	ahocorasick "github.com/petar-dambovaliev/aho-corasick"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/script"
)

// maskList is the word list whose words hide shorter ones in them: "保证金" is no promise.
const maskList = "other"

// set is a set of word lists, by their number.
type set [4]uint64

func (s set) with(list int) set {
	s[list/64] |= 1 << (list % 64)
	return s
}

func (s set) or(other set) set {
	for i := range s {
		s[i] |= other[i]
	}
	return s
}

// meets tells whether the sets have a list in common.
func (s set) meets(other set) bool {
	for i := range s {
		if s[i]&other[i] != 0 {
			return true
		}
	}
	return false
}

// lexicon finds words. It never changes and is safe for concurrent use.
type lexicon struct {
	automaton ahocorasick.AhoCorasick
	// lists are those that each word is in.
	lists  []set
	number map[string]int
	mask   set
}

// word is one that was found, from start to before end.
type word struct {
	start, end int
	lists      set
}

// newLexicon reads the lists and expands their Chinese words.
func newLexicon(lists []*policyv1.WordList) (*lexicon, error) {
	if len(lists) > len(set{})*64 {
		return nil, fmt.Errorf("wording: %d word lists are too many", len(lists))
	}
	writer, err := script.NewWriter()
	if err != nil {
		return nil, err
	}
	l := &lexicon{number: make(map[string]int)}
	of := make(map[string]set)
	for i, list := range lists {
		l.number[list.GetId()] = i
		for _, written := range list.GetZh() {
			forms, err := expand(writer, written)
			if err != nil {
				return nil, err
			}
			for _, form := range forms {
				of[form] = of[form].with(i)
			}
		}
		for _, written := range list.GetEn() {
			form := string(read(written).runes)
			of[form] = of[form].with(i)
		}
	}
	if mask, ok := l.number[maskList]; ok {
		l.mask = l.mask.with(mask)
	}
	var patterns []string
	for form := range of {
		if form != "" {
			patterns = append(patterns, form)
		}
	}
	slices.Sort(patterns)
	for _, form := range patterns {
		l.lists = append(l.lists, of[form])
	}
	// The NFA needs a tenth of the memory of the DFA and twice its time, which is still a fraction of a millisecond for a letter.
	builder := ahocorasick.NewAhoCorasickBuilder(ahocorasick.Opts{MatchKind: ahocorasick.StandardMatch})
	l.automaton = builder.Build(patterns)
	return l, nil
}

// find returns all words of a text by their beginning. Words within others are found as well, unless a word of the mask is
// around them.
func (l *lexicon) find(t *text) []word {
	if len(l.lists) == 0 || len(t.runes) == 0 {
		return nil
	}
	folded := string(t.runes)
	place := make([]int, len(folded)+1) // From bytes to characters.
	at := 0
	for i := range folded {
		place[i] = at
		at++
	}
	place[len(folded)] = at
	var words []word
	iter := l.automaton.IterOverlapping(folded)
	for match := iter.Next(); match != nil; match = iter.Next() {
		w := word{start: place[match.Start()], end: place[match.End()], lists: l.lists[match.Pattern()]}
		if whole(t.runes, w.start, w.end) {
			words = append(words, w)
		}
	}
	slices.SortFunc(words, func(a, b word) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	return l.unmask(words)
}

// unmask drops words that are within one of the mask.
func (l *lexicon) unmask(words []word) []word {
	end := 0
	kept := words[:0]
	for _, w := range words {
		if w.lists.meets(l.mask) {
			end = max(end, w.end)
		} else if w.end > end {
			kept = append(kept, w)
		}
	}
	return kept
}

// whole tells whether no Latin word or number is cut. "'s" may follow a word.
func whole(runes []rune, start, end int) bool {
	cutBefore := start > 0 && isWord(runes[start-1]) && isWord(runes[start])
	cutAfter := end < len(runes) && isWord(runes[end]) && isWord(runes[end-1])
	if cutAfter && runes[end] == '\'' && end+1 < len(runes) && runes[end+1] == 's' {
		cutAfter = end+2 < len(runes) && isWord(runes[end+2])
	}
	return !cutBefore && !cutAfter
}

// expand returns a word as it is, and as it is written in traditional characters, in Taiwan and in Hong Kong.
func expand(writer *script.Writer, written string) ([]string, error) {
	forms := []string{string(read(written).runes)}
	if !strings.ContainsFunc(written, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return forms, nil
	}
	traditional, err := writer.Forms(forms[0])
	if err != nil {
		return nil, fmt.Errorf("wording: %w", err)
	}
	forms = append(forms, traditional...)
	slices.Sort(forms)
	return slices.Compact(forms), nil
}
