// Package dictionary finds words in a text: all of them in one pass over a trie, Chinese ones in both scripts, none that is cut out of
// a longer Latin word or a number. Words and texts are compared folded. What a word means is for whom asks. It is pure.
package dictionary

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vcaesar/cedar"

	"github.com/redress-dev/redress/services/internal/script"
)

// Builder collects words.
type Builder struct {
	writer *script.Writer
	number map[string]int
	words  []string
}

// NewBuilder makes a builder without words. It fails when the tables of the scripts cannot be loaded.
func NewBuilder() (*Builder, error) {
	writer, err := script.NewWriter()
	if err != nil {
		return nil, fmt.Errorf("dictionary: %w", err)
	}
	return &Builder{writer: writer, number: make(map[string]int)}, nil
}

// Add adds a word, folded, and returns the numbers of all its forms, which count from 0: as it is, and if it is Chinese, which is
// written in simplified characters, as it is written in traditional ones, in Taiwan and in Hong Kong. A word or form that was added
// before keeps its number. An empty word is none.
func (b *Builder) Add(word string) ([]int, error) {
	if word == "" {
		return nil, nil
	}
	forms := []string{word}
	if strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		traditional, err := b.writer.Forms(word)
		if err != nil {
			return nil, fmt.Errorf("dictionary: %w", err)
		}
		forms = append(forms, traditional...)
	}
	var numbers []int
	for _, form := range forms {
		n, known := b.number[form]
		if !known {
			n = len(b.words)
			b.number[form], b.words = n, append(b.words, form)
		}
		if !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

// Words are all words and forms by their numbers.
func (b *Builder) Words() []string { return b.words }

// Dictionary finds words. It never changes and is safe for concurrent use.
type Dictionary struct{ trie *cedar.Cedar }

// Build compiles the words. It fails when the trie refuses one, which it has no reason for.
func (b *Builder) Build() (*Dictionary, error) {
	trie := cedar.New()
	for n, word := range b.words {
		if strings.ContainsRune(word, 0) {
			continue // No folded text has it.
		}
		if err := trie.Insert([]byte(word), n); err != nil {
			return nil, fmt.Errorf("dictionary: %q: %w", word, err)
		}
	}
	return &Dictionary{trie}, nil
}

// Match is a word in a text: its bytes from Start to before End, and its number.
type Match struct{ Start, End, Word int }

// Edge tells whether a word may begin, or end, at a place of a text.
type Edge func(text []byte, at int) bool

// Find appends to all the words of a folded text that are whole, by their beginning and longer ones first. Words within others are
// found, too.
func (l *Dictionary) Find(all []Match, text []byte, begins, ends Edge) []Match {
	// Words are short, so to begin anew at each character is faster than an automaton that never goes back, and finds them in order.
	for start := 0; start < len(text); start += width(text[start:]) {
		if !begins(text, start) {
			continue
		}
		first := len(all)
		for node, end := 0, start; end < len(text) && text[end] != 0; { // The trie keeps 0 for itself.
			to := end + width(text[end:])
			next, err := l.trie.Jump(text[end:to], node)
			if err != nil {
				break
			}
			node, end = next, to
			if word, err := l.trie.Value(node); err == nil && ends(text, end) {
				all = append(all, Match{start, end, word})
			}
		}
		slices.Reverse(all[first:])
	}
	return all
}

// width is how many bytes the first character of a text takes.
func width(text []byte) int {
	_, size := utf8.DecodeRune(text)
	return size
}

// Parted tells whether the characters before and after a place do not go on, as the caller sees it.
func Parted(text []byte, at int, goesOn func(before, after rune) bool) bool {
	if at == 0 || at == len(text) {
		return true
	}
	before, _ := utf8.DecodeLastRune(text[:at])
	after, _ := utf8.DecodeRune(text[at:])
	return !goesOn(before, after)
}
