// Package train learns the weights of the risk analyser's second opinion from letters
// that people have labelled, and measures what may be expected of them. The same letters
// give the same weights, on any machine.
package train

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Letter is what a customer wrote, and what a person says is in it.
type Letter struct {
	ID string `json:"id"`
	// Text is the letter.
	Text string `json:"text"`
	// Signals are the labels of the whole text; Kind is what it is as a further message.
	Signals []string `json:"signals"`
	Kind    string   `json:"kind"`
	// Spans are the places that carry the labels of escalation.
	Spans []Span `json:"spans"`
	// Author is whose it is, by the file it is in.
	Author string `json:"-"`
}

// Span is the shortest piece of a letter that carries a label.
type Span struct {
	Label string `json:"label"`
	Quote string `json:"quote"`
}

// Read reads letters, one JSON object a line. The name of the file is the author's.
func Read(path string) ([]Letter, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	author := strings.TrimSuffix(filepath.Base(path), ".jsonl")
	var all []Letter
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		l := Letter{Author: author}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s, after %d letters: %w", path, len(all), err)
		}
		all = append(all, l)
	}
	return all, lines.Err()
}
