package policy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/document"
)

// lineWidth is up to where a message is written on one line.
const lineWidth = 120

// YAML writes the whole policy as a file that Parse reads back as the same one:
// every field of every section is stated, be it 0 or an empty list, and the long sections say that they are whole, so it depends on no
// default.
func (p *Policy) YAML() ([]byte, error) {
	printed := proto.CloneOf(p.message)
	printed.Wording.Whole, printed.Risk.Whole, printed.Playbooks.Whole = true, true, true
	root := policyNode(printed.ProtoReflect())
	for i := 2; i < len(root.Content); i += 2 {
		if root.Content[i+1].Kind != yaml.ScalarNode {
			root.Content[i].HeadComment = "\n" // A blank line before each section.
		}
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "# Policy %s, whole: it depends on no built-in value.\n\n", p.Version())
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return out.Bytes(), encoder.Close()
}

// FormatYears writes years of a calendar as they stand in a policy file, below the openings of the calendar that they belong to.
func FormatYears(years []*policyv1.CalendarYear) ([]byte, error) {
	root := nodeOf((&policyv1.Calendar{Years: years}).ProtoReflect())
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	var indented strings.Builder
	for line := range strings.Lines(out.String()) {
		indented.WriteString("      " + line)
	}
	return []byte(indented.String()), encoder.Close()
}

// policyNode is a policy in YAML, with those fields of its sections too that are 0 or empty: left out, they would be the built-in ones.
func policyNode(message protoreflect.Message) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode}
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		value := message.Get(field)
		name := scalar(string(field.Name()))
		switch {
		case nested(field) && layered(field):
			node.Content = append(node.Content, name, nodeOf(value.Message()))
		case nested(field):
			node.Content = append(node.Content, name, policyNode(value.Message()))
		case field.HasPresence() && !message.Has(field): // A duration, which an absent one does not state.
		default:
			node.Content = append(node.Content, name, fieldNode(field, value))
		}
	}
	return compact(node)
}

// nodeOf is a message in YAML, in the order of the contract and without what is
// not set, but for a series of no contacts: left out, they would be the built-in ones.
func nodeOf(message protoreflect.Message) *yaml.Node {
	if duration, ok := message.Interface().(*durationpb.Duration); ok {
		return scalar(document.Duration(duration.AsDuration()))
	}
	node := &yaml.Node{Kind: yaml.MappingNode}
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		if field := fields.Get(i); message.Has(field) || field.FullName() == contactsField {
			node.Content = append(node.Content, scalar(string(field.Name())), fieldNode(field, message.Get(field)))
		}
	}
	return compact(node)
}

// fieldNode is the value of a field.
func fieldNode(field protoreflect.FieldDescriptor, value protoreflect.Value) *yaml.Node {
	switch {
	case field.IsList():
		node := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range value.List().Len() {
			node.Content = append(node.Content, valueNode(field, value.List().Get(i)))
		}
		return compact(node)
	case field.IsMap():
		node := &yaml.Node{Kind: yaml.MappingNode}
		var keys []string
		value.Map().Range(func(key protoreflect.MapKey, _ protoreflect.Value) bool {
			keys = append(keys, key.String())
			return true
		})
		slices.Sort(keys)
		for _, key := range keys {
			entry := value.Map().Get(protoreflect.ValueOfString(key).MapKey())
			node.Content = append(node.Content, scalar(key), valueNode(field.MapValue(), entry))
		}
		return compact(node)
	default:
		return valueNode(field, value)
	}
}

// valueNode is a single value.
func valueNode(field protoreflect.FieldDescriptor, value protoreflect.Value) *yaml.Node {
	switch field.Kind() {
	case protoreflect.MessageKind:
		return nodeOf(value.Message())
	case protoreflect.EnumKind:
		if known := field.Enum().Values().ByNumber(value.Enum()); known != nil {
			return scalar(string(known.Name()))
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(value.Enum())}
	case protoreflect.StringKind:
		return scalar(value.String())
	default:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: value.String()}
	}
}

// scalar is a text. One of several lines is written as such.
func scalar(text string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if strings.Contains(text, "\n") {
		node.Style = yaml.LiteralStyle
	}
	return node
}

// compact puts on one line what has no parts of its own and is short enough.
func compact(node *yaml.Node) *yaml.Node {
	width := 0
	for _, child := range node.Content {
		width += len(child.Value) + 2
		nested := child.Kind != yaml.ScalarNode && child.Style != yaml.FlowStyle
		if nested || child.Style == yaml.LiteralStyle || node.Kind == yaml.SequenceNode && child.Kind == yaml.MappingNode {
			return node
		}
		for _, part := range child.Content {
			width += len(part.Value) + 2
		}
	}
	if width <= lineWidth {
		node.Style = yaml.FlowStyle
	}
	return node
}
