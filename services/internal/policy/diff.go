package policy

import (
	"fmt"
	"slices"
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
	return diff("", policyNode(before.message.ProtoReflect()), policyNode(after.message.ProtoReflect()))
}

// diff compares the nodes of two policies; nil stands for one that is absent.
func diff(path string, before, after *yaml.Node) []Difference {
	if before != nil && after != nil && strings.HasPrefix(path, "risk.words[") && before.Kind == yaml.ScalarNode {
		return changed(path, before, after)
	}
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

// changed lists the words that only one of two lexica has. Their order means nothing.
func changed(path string, before, after *yaml.Node) []Difference {
	only := func(in, other *yaml.Node) string {
		known := Words(other.Value)
		return strings.Join(slices.DeleteFunc(Words(in.Value), func(word string) bool { return slices.Contains(known, word) }), ", ")
	}
	var all []Difference
	if gone := only(before, after); gone != "" {
		all = append(all, Difference{Path: path, Old: gone})
	}
	if come := only(after, before); come != "" {
		all = append(all, Difference{Path: path, New: come})
	}
	return all
}

// parts are the parts of a node by what is added to its path, and their order.
// Entries of lists are known by their id, severity, year or date where they have
// one, words and weights by what they are for.
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
		if len(entry.Content) > 0 && slices.Contains([]string{"id", "severity", "year", "date"}, entry.Content[0].Value) {
			key = "[" + entry.Content[1].Value + "]"
		}
		if purpose := purpose(entry); purpose != "" {
			key = "[" + purpose + "]"
		}
		add(key, entry)
	}
	return all, order
}

// purpose is what an entry of the lexicon is for, such as "BODY REGULATOR"; empty for all other entries.
func purpose(entry *yaml.Node) string {
	of := make(map[string]string)
	for i := 0; i+1 < len(entry.Content); i += 2 {
		of[entry.Content[i].Value] = entry.Content[i+1].Value
	}
	_, chinese := of["zh"]
	_, english := of["en"]
	_, weight := of["weight"]
	if !chinese && !english && !weight {
		return ""
	}
	return strings.TrimSpace(of["role"] + of["kind"] + " " + of["target"])
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
