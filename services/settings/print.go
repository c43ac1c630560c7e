package settings

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// Print writes the settings of the command that was called as a file that could be given back with --config, each with where it
// came from. It reads the target anew, so values that were filled in after Read are shown. Secrets are masked.
func (s *Settings) Print(out io.Writer) error {
	root := &yaml.Node{Kind: yaml.MappingNode}
	before := ""
	for _, flag := range s.flags() {
		key := &yaml.Node{Kind: yaml.ScalarNode, Value: flag.Name}
		if now := group(flag); now != before {
			key.HeadComment, before = title(cmp.Or(now, "others")), now
			if len(root.Content) > 0 {
				key.HeadComment = "\n" + key.HeadComment
			}
		}
		root.Content = append(root.Content, key, s.node(flag))
	}
	if len(root.Content) == 0 {
		_, err := fmt.Fprintln(out, "# There are no settings.")
		return err
	}
	if _, err := fmt.Fprintf(out, "# Settings of %s, each with where it came from. Secrets are masked.\n\n", s.title()); err != nil {
		return err
	}
	encoder := yaml.NewEncoder(out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return err
	}
	return encoder.Close()
}

// title is the program with its command.
func (s *Settings) title() string {
	if selected := s.ctx.Selected(); selected != nil {
		return selected.FullPath()
	}
	return s.from.Program
}

// node is a value with its origin.
func (s *Settings) node(flag *kong.Flag) *yaml.Node {
	text := format(flag.Target)
	comment := s.origin(flag)
	if masked := conceal(flag, text); masked != text {
		text = masked
		comment += ", masked"
	}
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	// Line breaks and the like are written as \n, on one line with the comment.
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		node.Style = yaml.DoubleQuotedStyle
	}
	// A number or a boolean is written without quotation marks; it is read back the same.
	if flag.IsBool() || flag.Target.CanInt() || flag.Target.CanUint() || flag.Target.CanFloat() {
		node.Tag = ""
	}
	node.LineComment = strings.Join(strings.Fields(comment), " ")
	return node
}
