// Package document reads the files that people write by hand: YAML, one document, a mapping. It is stricter than YAML, for what
// YAML lets pass silently is mostly a mistake: a key that is written twice, a second document, an alias, bytes that are no text.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxBytes is the size up to which a file is read; one that is larger was hardly written by hand.
const MaxBytes = 4 << 20

// Document is a text that was read, taken apart no further than YAML does.
type Document struct {
	// Source is what problems call the text, usually the name of a file.
	Source string
	// Root is the mapping; nil when the text states nothing.
	Root *yaml.Node
}

// Load reads at most MaxBytes+1 bytes of a file, so that Read can tell that there are more.
func Load(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, MaxBytes+1))
}

// Unix has line breaks of one kind, so that everybody counts the same lines, and one at the end: what a last key has no value of stands
// there, and whoever shows the line must find it.
func Unix(text []byte) []byte {
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	if bytes.HasSuffix(text, []byte("\n")) {
		return text
	}
	return append(text, '\n')
}

// Read takes a text apart, or lists its problems, "source:line:column what is wrong". The shape says what such a text is made
// of, for one that is a list or a word.
func Read(text []byte, source, shape string) (*Document, []string) {
	d := &Document{Source: source}
	switch {
	case len(text) > MaxBytes:
		return nil, []string{fmt.Sprintf("%s: larger than %d bytes", source, MaxBytes)}
	case !utf8.Valid(text):
		return nil, []string{source + ": not valid UTF-8"}
	case bytes.ContainsAny(text, "\u0085\u2028\u2029"):
		// Line breaks to YAML, but to hardly an editor: line numbers would be wrong.
		return nil, []string{source + ": has a line break other than the usual ones (U+0085, U+2028 or U+2029)"}
	}
	var document, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return d, nil
	} else if err != nil {
		return nil, []string{d.syntax(err)}
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, []string{d.At(&second, "a second document; there can be only one")}
	} else if !errors.Is(err, io.EOF) {
		return nil, []string{d.syntax(err)}
	}
	root := document.Content[0]
	if root.Tag == "!!null" {
		return d, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, []string{d.At(root, "%s", shape)}
	}
	d.Root = root
	if problems := d.twice(root); len(problems) > 0 {
		return nil, problems
	}
	return d, nil
}

// twice reports the keys that a mapping has twice, and aliases.
func (d *Document) twice(node *yaml.Node) []string {
	if node.Kind == yaml.AliasNode {
		return []string{d.At(node, "aliases (*%s) are not supported; write it out", node.Value)}
	}
	var problems []string
	seen := make(map[string]bool)
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			if seen[child.Value] {
				problems = append(problems, d.At(child, "%s: stated twice", child.Value))
			}
			seen[child.Value] = true
		}
		problems = append(problems, d.twice(child)...)
	}
	return problems
}

// At begins a problem with its place.
func (d *Document) At(node *yaml.Node, format string, args ...any) string {
	return fmt.Sprintf("%s:%d:%d ", d.Source, node.Line, node.Column) + fmt.Sprintf(format, args...)
}

// syntax words an error of the YAML reader in the form of the others.
func (d *Document) syntax(err error) string {
	text := strings.ReplaceAll(strings.TrimPrefix(err.Error(), "yaml: "), "\n", " ")
	if match := regexp.MustCompile(`^line (\d+): (.*)$`).FindStringSubmatch(text); match != nil {
		return d.Source + ":" + match[1] + ": " + match[2]
	}
	return d.Source + ": " + text
}

// FromJSON writes a JSON text as YAML, as people write it: without brackets and with no quotes but where they are needed.
func FromJSON(text []byte) ([]byte, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return nil, err
	}
	plain(&node)
	return yaml.Marshal(&node)
}

func plain(node *yaml.Node) {
	node.Style = 0
	if strings.Contains(node.Value, "\n") && strings.TrimLeft(node.Value, " \t\n") != node.Value {
		node.Style = yaml.DoubleQuotedStyle // The library miscounts the indentation of a block that begins with a blank.
	}
	for _, child := range node.Content {
		plain(child)
	}
}
