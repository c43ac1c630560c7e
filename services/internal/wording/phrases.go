package wording

import (
	"fmt"
	"slices"
	"strings"

	"github.com/redress-dev/redress/services/internal/dictionary"
)

// Phrases finds phrases word for word, such as what a playbook says never to say. Case, width and blanks make no difference, nor do the
// two ways to write Chinese, nor 您 and 你. English phrases are whole words. It never changes and is safe for concurrent use.
type Phrases struct {
	words *dictionary.Dictionary
	// lists are those that each word is in.
	lists [][]int
}

// Phrase is a phrase that was found.
type Phrase struct {
	// Start and End are offsets in characters of the text; End is the one after the last.
	Start, End int
	// Quote is what stands there.
	Quote string
	// Lists are the numbers of the lists it is in.
	Lists []int
}

// NewPhrases reads lists of phrases; a list is told by its number. It fails when the tables of Chinese characters cannot be read.
func NewPhrases(lists [][]string) (*Phrases, error) {
	builder, err := dictionary.NewBuilder()
	if err != nil {
		return nil, fmt.Errorf("wording: %w", err)
	}
	p := &Phrases{}
	for i, list := range lists {
		for _, written := range list {
			folded := Plain(written)
			for _, form := range []string{folded, strings.ReplaceAll(folded, "您", "你")} {
				numbers, err := builder.Add(form)
				if err != nil {
					return nil, fmt.Errorf("wording: %w", err)
				}
				p.note(numbers, i)
			}
		}
	}
	if p.words, err = builder.Build(); err != nil {
		return nil, fmt.Errorf("wording: %w", err)
	}
	return p, nil
}

// note puts words into a list.
func (p *Phrases) note(words []int, list int) {
	for _, word := range words {
		for word >= len(p.lists) {
			p.lists = append(p.lists, nil)
		}
		if !slices.Contains(p.lists[word], list) {
			p.lists[word] = append(p.lists[word], list)
		}
	}
}

// Plain is a phrase as it is looked for: folded, without blanks and marks around it. It is empty for what has no words, which nothing
// is found by.
func Plain(phrase string) string {
	return strings.Trim(string(read(phrase).runes), " \n.,!?;:。、…—–()\"'“”「」『』")
}

// In finds the phrases of a text that are in one of the lists, in order. Of those that overlap the first is told, and of those that
// begin together the longest.
func (p *Phrases) In(text string, lists ...int) []Phrase {
	return p.in(read(text), []rune(text), lists)
}

// Said is In without what the text quotes somebody else with: what follows "您说", lines of the customer's mail.
func (c *Checker) Said(p *Phrases, text string, lists ...int) []Phrase {
	t := read(text)
	c.reported(c.lexicon.newView(t))
	return p.in(t, []rune(text), lists)
}

func (p *Phrases) in(t *text, written []rune, lists []int) []Phrase {
	folded := string(t.runes)
	place := make([]int, len(folded)+1) // From bytes to characters.
	at := 0
	for i := range folded {
		place[i] = at
		at++
	}
	place[len(folded)] = at
	var found []Phrase
	end := 0
	for _, m := range p.words.Find(nil, []byte(folded), begins, ends) {
		first, last := place[m.Start], place[m.End]
		if first < end || t.foreign[first] || !slices.ContainsFunc(p.lists[m.Word], func(list int) bool { return slices.Contains(lists, list) }) {
			continue
		}
		end = last
		start, after := t.origin[first], t.origin[last-1]+1
		found = append(found, Phrase{Start: start, End: after, Quote: string(written[start:after]), Lists: p.lists[m.Word]})
	}
	return found
}
