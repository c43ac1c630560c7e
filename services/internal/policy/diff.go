package policy

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
)

// Difference is a place in which two policies differ.
type Difference struct {
	// Path is the field: clocks[NORMAL].callback.within.
	Path string
	// Old and New are the values; empty for a field or an entry that is there on one side only.
	Old, New string
}

// String puts it on one line, or on three when the values are long.
func (d Difference) String() string {
	switch {
	case d.Old == "":
		return "+ " + d.Path + ": " + d.New
	case d.New == "":
		return "- " + d.Path + ": " + d.Old
	case len(d.Old)+len(d.New) < lineWidth/2:
		return "~ " + d.Path + ": " + d.Old + " -> " + d.New
	default:
		return "~ " + d.Path + ":\n    - " + d.Old + "\n    + " + d.New
	}
}

// Diff lists the fields in which two policies differ, in the order of the
// contract; none when they mean the same.
func Diff(before, after *Policy) []Difference {
	if proto.Equal(before.message, after.message) {
		return nil
	}
	return diff("", nodeOf(before.message.ProtoReflect()), nodeOf(after.message.ProtoReflect()))
}

// diff compares the nodes of two policies; nil stands for one that is absent.
func diff(path string, before, after *yaml.Node) []Difference {
	if before == nil || after == nil || !divisible(before) || !divisible(after) {
		if old, now := inline(before), inline(after); old != now {
			return []Difference{{Path: path, Old: old, New: now}}
		}
		return nil
	}
	olds, order := parts(before)
	news, added := parts(after)
	for _, key := range added {
		if olds[key] == nil {
			order = append(order, key)
		}
	}
	var all []Difference
	for _, key := range order {
		all = append(all, diff(strings.TrimPrefix(path+key, "."), olds[key], news[key])...)
	}
	return all
}

// divisible tells whether a node is compared part by part: a list of plain values
// is compared whole.
func divisible(node *yaml.Node) bool {
	return node.Kind == yaml.MappingNode || node.Kind == yaml.SequenceNode && len(node.Content) > 0 && node.Content[0].Kind == yaml.MappingNode
}

// parts are the parts of a node by what is added to its path, and their order.
// Entries of lists are known by their id or severity where they have one.
func parts(node *yaml.Node) (map[string]*yaml.Node, []string) {
	all := make(map[string]*yaml.Node)
	var order []string
	add := func(key string, part *yaml.Node) {
		all[key] = part
		order = append(order, key)
	}
	if node.Kind == yaml.MappingNode {
		for i := 0; i < len(node.Content); i += 2 {
			add("."+node.Content[i].Value, node.Content[i+1])
		}
		return all, order
	}
	for i, entry := range node.Content {
		key := fmt.Sprintf("[%d]", i)
		if len(entry.Content) > 0 && (entry.Content[0].Value == "id" || entry.Content[0].Value == "severity") {
			key = "[" + entry.Content[1].Value + "]"
		}
		add(key, entry)
	}
	return all, order
}

// inline writes a node on one line; empty for an absent one.
func inline(node *yaml.Node) string {
	if node == nil {
		return ""
	}
	flow := *node
	flow.Style = yaml.FlowStyle
	if node.Kind == yaml.ScalarNode {
		flow.Style = 0
		if node.Style == yaml.LiteralStyle {
			flow.Style = yaml.DoubleQuotedStyle
		}
	}
	text, err := yaml.Marshal(&flow)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text))
}
