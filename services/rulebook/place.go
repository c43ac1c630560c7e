package rulebook

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// node is where a field stands in the file, or as near to it as the file goes: a field that is missing stands where its rule does.
func (f *File) node(path string) *yaml.Node {
	node := f.document.Root
	for _, step := range regexp.MustCompile(`[a-z_]+|\[\d+\]`).FindAllString(path, -1) {
		next := child(node, step)
		if next == nil {
			return node
		}
		node = next
	}
	return node
}

// child is a value within a node by its field's name, as the contract or as JSON writes it, or by its "[number]"; nil for none.
func child(node *yaml.Node, step string) *yaml.Node {
	if index, ok := strings.CutPrefix(step, "["); ok {
		i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		if err != nil || node.Kind != yaml.SequenceNode || i >= len(node.Content) {
			return nil
		}
		return node.Content[i]
	}
	if node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if strings.EqualFold(strings.ReplaceAll(node.Content[i].Value, "_", ""), strings.ReplaceAll(step, "_", "")) {
			return node.Content[i+1]
		}
	}
	return nil
}

// within is where in the file the character stands that a text of it has at a line and column, both from 1. YAML may have put lines
// together and taken their indentation away, so the two are walked through side by side, and blanks count as equal however many they
// are. False when they do not go together, as where the file writes a character as an escape.
func within(text string, node *yaml.Node, line, column int) (fileLine, fileColumn int, ok bool) {
	if line < 1 || column < 1 || node.Kind != yaml.ScalarNode {
		return 0, 0, false
	}
	w := &walk{text: []rune(text), line: 1, column: 1}
	for w.more() && (w.line < node.Line || w.line == node.Line && w.column < node.Column) {
		w.step()
	}
	switch node.Style {
	case yaml.LiteralStyle, yaml.FoldedStyle:
		for begun := w.line; w.more() && w.line == begun; {
			w.step()
		}
		w.blanks()
	case yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle:
		w.step()
	default: // It is written without anything around it.
	}
	before := []rune(node.Value)[:offset(node.Value, line, column)]
	for i, r := range before {
		if unicode.IsSpace(r) {
			if i == 0 || !unicode.IsSpace(before[i-1]) {
				w.blanks()
			}
			continue
		}
		if !w.more() || w.text[w.at] != r {
			return 0, 0, false
		}
		w.step()
	}
	if len(before) > 0 && unicode.IsSpace(before[len(before)-1]) {
		w.blanks()
	}
	return w.line, w.column, true
}

// offset is how many characters of a text stand before a line and column, at most all of them.
func offset(text string, line, column int) int {
	before := 0
	for n, content := range strings.Split(text, "\n") {
		length := len([]rune(content))
		if n+1 == line {
			return before + min(column-1, length)
		}
		before += length + 1
	}
	return min(before, len([]rune(text)))
}

// walk goes through a text and knows where it is.
type walk struct {
	text             []rune
	at, line, column int
}

func (w *walk) more() bool { return w.at < len(w.text) }

func (w *walk) step() {
	if w.text[w.at] == '\n' {
		w.line, w.column = w.line+1, 0
	}
	w.at++
	w.column++
}

func (w *walk) blanks() {
	for w.more() && unicode.IsSpace(w.text[w.at]) {
		w.step()
	}
}
