// Package script knows both ways to write Chinese. Its tables take a moment to load, so
// they are made once, when a process starts, and never for a text.
package script

import (
	"fmt"
	"strings"
	"sync"

	"github.com/longbridgeapp/opencc"
)

// Writer writes simplified Chinese in traditional characters. It is safe for concurrent use.
type Writer struct{ traditional, taiwan, hongKong *opencc.OpenCC }

// NewWriter loads the tables. It fails when they cannot be read.
func NewWriter() (*Writer, error) {
	w := &Writer{}
	for config, converter := range map[string]**opencc.OpenCC{"s2t": &w.traditional, "t2tw": &w.taiwan, "t2hk": &w.hongKong} {
		var err error
		if *converter, err = opencc.New(config); err != nil {
			return nil, fmt.Errorf("script: %w", err)
		}
	}
	return w, nil
}

// Forms are the traditional ones of a simplified text: of the standard, of Taiwan and
// of Hong Kong, in this order. They may be alike.
func (w *Writer) Forms(simplified string) ([]string, error) {
	traditional, err := w.traditional.Convert(simplified)
	if err != nil {
		return nil, fmt.Errorf("script: %q: %w", simplified, err)
	}
	forms := []string{traditional}
	for _, converter := range []*opencc.OpenCC{w.taiwan, w.hongKong} {
		form, err := converter.Convert(traditional)
		if err != nil {
			return nil, fmt.Errorf("script: %q: %w", simplified, err)
		}
		forms = append(forms, form)
	}
	return forms, nil
}

// The characters that are Chinese: the table has the simplified forms of all of them.
const firstHan, lastHan = '\u3400', '\u9fff'

// han is the table of a process: to make it takes longer than most of what is done with it, and several readers of texts want it.
//
//nolint:gochecknoglobals // It is made once, and parts of it are handed out as copies.
var han = sync.OnceValues(func() (map[rune]rune, error) { return simplified(firstHan, lastHan) })

// Simplified are the simplified forms of the traditional characters from first to last,
// each for itself: a phrase must not change how its characters are read. Characters that
// stay as they are, or become several, are left out.
func Simplified(first, last rune) (map[rune]rune, error) {
	if first < firstHan || last > lastHan {
		return simplified(first, last)
	}
	table, err := han()
	if err != nil {
		return nil, err
	}
	simple := make(map[rune]rune, len(table))
	for traditional, to := range table {
		if first <= traditional && traditional <= last {
			simple[traditional] = to
		}
	}
	return simple, nil
}

func simplified(first, last rune) (map[rune]rune, error) {
	converter, err := opencc.New("t2s")
	if err != nil {
		return nil, fmt.Errorf("script: %w", err)
	}
	var all strings.Builder
	for c := first; c <= last; c++ {
		all.WriteRune(c)
		all.WriteByte('\n') // No phrases, only characters.
	}
	converted, err := converter.Convert(all.String())
	if err != nil {
		return nil, fmt.Errorf("script: %w", err)
	}
	simple := map[rune]rune{}
	c := first
	for line := range strings.Lines(converted) {
		if to := []rune(line); len(to) == 2 && to[0] != c {
			simple[c] = to[0]
		}
		c++
	}
	return simple, nil
}
