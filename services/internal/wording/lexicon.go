package wording

import (
	"bytes"
	"fmt"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/dictionary"
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

// lexicon finds the words of the policy's lists. It never changes and is safe for concurrent use.
type lexicon struct {
	words *dictionary.Dictionary
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

// newLexicon reads the lists.
func newLexicon(lists []*policyv1.WordList) (*lexicon, error) {
	if len(lists) > len(set{})*64 {
		return nil, fmt.Errorf("wording: %d word lists are too many", len(lists))
	}
	builder, err := dictionary.NewBuilder()
	if err != nil {
		return nil, fmt.Errorf("wording: %w", err)
	}
	l := &lexicon{number: make(map[string]int)}
	for i, list := range lists {
		l.number[list.GetId()] = i
		for _, all := range [][]string{list.GetZh(), list.GetEn()} {
			for _, written := range all {
				forms, err := builder.Add(string(read(written).runes))
				if err != nil {
					return nil, fmt.Errorf("wording: %w", err)
				}
				for _, form := range forms {
					for form >= len(l.lists) {
						l.lists = append(l.lists, set{})
					}
					l.lists[form] = l.lists[form].with(i)
				}
			}
		}
	}
	if mask, ok := l.number[maskList]; ok {
		l.mask = l.mask.with(mask)
	}
	if l.words, err = builder.Build(); err != nil {
		return nil, fmt.Errorf("wording: %w", err)
	}
	return l, nil
}

// find returns all words of a text by their beginning. Words within others are found as well, unless a word of the mask is
// around them.
func (l *lexicon) find(t *text) []word {
	folded := string(t.runes)
	place := make([]int, len(folded)+1) // From bytes to characters.
	at := 0
	for i := range folded {
		place[i] = at
		at++
	}
	place[len(folded)] = at
	matches := l.words.Find(nil, []byte(folded), begins, ends)
	found := make([]word, len(matches))
	for i, m := range matches {
		found[i] = word{start: place[m.Start], end: place[m.End], lists: l.lists[m.Word]}
	}
	return l.unmask(found)
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

// begins tells whether no Latin word or number is cut at a place.
func begins(folded []byte, at int) bool {
	return dictionary.Parted(folded, at, func(before, after rune) bool { return isWord(before) && isWord(after) })
}

// ends is the same for the end of a word, which "'s" may follow.
func ends(folded []byte, at int) bool {
	if bytes.HasPrefix(folded[at:], []byte("'s")) {
		at += len("'s")
	}
	return begins(folded, at)
}
