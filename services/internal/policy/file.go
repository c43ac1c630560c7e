package policy

import (
	"fmt"
	"iter"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/document"
)

// form is what a policy's text is made of.
const form = `a policy is made of sections, such as "ladder:"`

// file is the text of a policy, taken apart only as far as its sections.
type file struct {
	*document.Document

	// stated are the sections that the text has.
	stated map[protoreflect.Name]bool
}

// read takes a text apart and lists its problems; there is no file for a text that cannot be taken apart. What protoyaml lets pass
// is refused here: a key that is written twice, an alias, a second document.
func read(text []byte, source string) (*file, []string) {
	read, problems := document.Read(text, source, form)
	if len(problems) > 0 {
		return nil, problems
	}
	f := &file{Document: read, stated: make(map[protoreflect.Name]bool)}
	if f.Root == nil {
		return f, nil
	}
	return f, f.sections()
}

// sections notes which sections are stated.
func (f *file) sections() []string {
	var problems []string
	fields := (&policyv1.Policy{}).ProtoReflect().Descriptor().Fields()
	for i := 0; i < len(f.Root.Content); i += 2 {
		key := f.Root.Content[i]
		field := fieldOf(fields, key.Value)
		switch {
		case field == nil:
			problems = append(problems, f.At(key, "%s: no such section; there are %s", key.Value, sectionNames(fields)))
		case f.stated[field.Name()]:
			problems = append(problems, f.At(key, "%s: stated twice", key.Value))
		default:
			f.stated[field.Name()] = true
		}
	}
	return problems
}

// stated are the fields that a mapping gives a value, be it nothing but 0 or an empty list, with the value. A key that nothing follows
// states nothing.
func stated(of protoreflect.MessageDescriptor, node *yaml.Node) iter.Seq2[protoreflect.FieldDescriptor, *yaml.Node] {
	return func(yield func(protoreflect.FieldDescriptor, *yaml.Node) bool) {
		if node == nil || node.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			field, value := fieldOf(of.Fields(), node.Content[i].Value), node.Content[i+1]
			if field != nil && value.Tag != "!!null" && !yield(field, value) {
				return
			}
		}
	}
}

// states tells whether the file gives a section a value, or a field of it.
func (f *file) states(path ...string) bool {
	of, node := (&policyv1.Policy{}).ProtoReflect().Descriptor(), f.Root
	for _, name := range path {
		found := false
		for field, value := range stated(of, node) {
			if string(field.Name()) == name {
				of, node, found = field.Message(), value, true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// fieldOf is the field that a key means, by either of its names; nil for none.
func fieldOf(fields protoreflect.FieldDescriptors, key string) protoreflect.FieldDescriptor {
	if field := fields.ByName(protoreflect.Name(key)); field != nil {
		return field
	}
	return fields.ByJSONName(key)
}

// sectionNames lists the sections of a policy for people.
func sectionNames(fields protoreflect.FieldDescriptors) string {
	names := make([]string, fields.Len())
	for i := range names {
		names[i] = string(fields.Get(i).Name())
	}
	return strings.Join(names, ", ")
}

// explain takes protoyaml's joined errors apart. Of each it keeps the line that
// says where and what, without the picture of the text below it.
func explain(err error) []string {
	if err == nil {
		return nil
	}
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
	rest, ok := strings.CutPrefix(problem, f.Source+":")
	match := regexp.MustCompile(`^(\d+):(\d+) (.*)$`).FindStringSubmatch(rest)
	if !ok || match == nil {
		return problem
	}
	line, _ := strconv.Atoi(match[1])
	column, _ := strconv.Atoi(match[2])
	if field, ok := fieldAt(f.Root, line, column); ok && field != "" {
		return fmt.Sprintf("%s:%d:%d %s: %s", f.Source, line, column, field, match[3])
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
