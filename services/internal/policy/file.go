package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// file is the text of a policy, taken apart only as far as its sections.
type file struct {
	source string
	root   *yaml.Node
	// stated are the sections that the text has.
	stated map[protoreflect.Name]bool
}

// read takes a text apart, or lists its problems. What protoyaml lets pass is
// refused here: a key that is written twice, a second document, bytes that are
// no text.
func read(text []byte, source string) (*file, []string) {
	f := &file{source: source, stated: make(map[protoreflect.Name]bool)}
	switch {
	case len(text) > maxBytes:
		return nil, []string{fmt.Sprintf("%s: larger than %d bytes", source, maxBytes)}
	case !utf8.Valid(text):
		return nil, []string{source + ": not valid UTF-8"}
	case bytes.ContainsAny(text, "\u0085\u2028\u2029"):
		// Line breaks to YAML, but to hardly an editor: line numbers would be wrong.
		return nil, []string{source + ": has a line break other than the usual ones (U+0085, U+2028 or U+2029)"}
	}
	var document, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return f, nil
	} else if err != nil {
		return nil, []string{f.syntax(err)}
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, []string{f.at(&second, "a second document; a policy is one")}
	} else if !errors.Is(err, io.EOF) {
		return nil, []string{f.syntax(err)}
	}
	f.root = document.Content[0]
	if f.root.Tag == "!!null" {
		return f, nil
	}
	if f.root.Kind != yaml.MappingNode {
		return nil, []string{f.at(f.root, `a policy is made of sections, such as "ladder:"`)}
	}
	if problems := f.twice(f.root); len(problems) > 0 {
		return nil, problems
	}
	return f, f.sections()
}

// sections notes which sections are stated.
func (f *file) sections() []string {
	var problems []string
	fields := (&policyv1.Policy{}).ProtoReflect().Descriptor().Fields()
	for i := 0; i < len(f.root.Content); i += 2 {
		key := f.root.Content[i]
		field := fields.ByName(protoreflect.Name(key.Value))
		if field == nil {
			field = fields.ByJSONName(key.Value)
		}
		switch {
		case field == nil:
			problems = append(problems, f.at(key, "%s: no such section; there are %s", key.Value, sectionNames(fields)))
		case f.stated[field.Name()]:
			problems = append(problems, f.at(key, "%s: stated twice", key.Value))
		default:
			f.stated[field.Name()] = true
		}
	}
	return problems
}

// sectionNames lists the sections of a policy for people.
func sectionNames(fields protoreflect.FieldDescriptors) string {
	names := make([]string, fields.Len())
	for i := range names {
		names[i] = string(fields.Get(i).Name())
	}
	return strings.Join(names, ", ")
}

// twice reports the keys that a mapping has twice, and aliases, which protoyaml
// would misunderstand.
func (f *file) twice(node *yaml.Node) []string {
	if node.Kind == yaml.AliasNode {
		return []string{f.at(node, "aliases (*%s) are not supported; write it out", node.Value)}
	}
	var problems []string
	seen := make(map[string]bool)
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			if seen[child.Value] {
				problems = append(problems, f.at(child, "%s: stated twice", child.Value))
			}
			seen[child.Value] = true
		}
		problems = append(problems, f.twice(child)...)
	}
	return problems
}

// at begins a problem with its place.
func (f *file) at(node *yaml.Node, format string, args ...any) string {
	return fmt.Sprintf("%s:%d:%d ", f.source, node.Line, node.Column) + fmt.Sprintf(format, args...)
}

// syntax words an error of the YAML reader in the form of the others.
func (f *file) syntax(err error) string {
	text := strings.ReplaceAll(strings.TrimPrefix(err.Error(), "yaml: "), "\n", " ")
	if match := regexp.MustCompile(`^line (\d+): (.*)$`).FindStringSubmatch(text); match != nil {
		return f.source + ":" + match[1] + ": " + match[2]
	}
	return f.source + ": " + text
}

// explain takes protoyaml's joined errors apart. Of each it keeps the line that
// says where and what, without the picture of the text below it.
func explain(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var problems []string
		for _, each := range joined.Unwrap() {
			problems = append(problems, explain(each)...)
		}
		return problems
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return []string{first}
}

// name adds the field to a problem that has only a place.
func (f *file) name(problem string) string {
	rest, ok := strings.CutPrefix(problem, f.source+":")
	match := regexp.MustCompile(`^(\d+):(\d+) (.*)$`).FindStringSubmatch(rest)
	if !ok || match == nil {
		return problem
	}
	line, _ := strconv.Atoi(match[1])
	column, _ := strconv.Atoi(match[2])
	if field, ok := fieldAt(f.root, line, column); ok && field != "" {
		return fmt.Sprintf("%s:%d:%d %s: %s", f.source, line, column, field, match[3])
	}
	return problem
}

// fieldAt names the innermost field whose value, or one of whose keys, begins at
// a position: clocks[2].callback. It is false when nothing begins there.
func fieldAt(node *yaml.Node, line, column int) (string, bool) {
	for i, child := range node.Content {
		var name string
		switch {
		case node.Kind == yaml.SequenceNode:
			name = "[" + strconv.Itoa(i) + "]"
		case i%2 == 1:
			name = node.Content[i-1].Value
		}
		if inner, ok := fieldAt(child, line, column); ok {
			if inner != "" && !strings.HasPrefix(inner, "[") {
				name += "."
			}
			return name + inner, true
		}
		if child.Line == line && child.Column == column {
			return name, true
		}
	}
	return "", false
}
