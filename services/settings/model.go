package settings

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// configFlag names the file; it cannot be set in it.
const configFlag = "config"

// isSetting tells whether a flag may also be set in the environment and in the file.
func isSetting(flag *kong.Flag) bool { return len(flag.Envs) > 0 && flag.Name != configFlag }

// isSecret tells whether a flag's tag is secret:"true", a URL with a password in it or the like, or secret:"whole", of which nothing is shown.
func isSecret(flag *kong.Flag) bool { return flag.Tag.Get("secret") != "" }

// prepare adapts a node of kong's model and all below: flags that are not used are taken out, and kong is kept from reading the
// environment itself, where a file would win over it.
func (s *Settings) prepare(node *kong.Node) error {
	var used []*kong.Flag
	for _, flag := range node.Flags {
		flag.Tag.Envs = nil // Flag.Envs stays.
		if fallback, ok := s.from.Defaults[flag.Name]; ok {
			flag.Default, flag.HasDefault = fallback, true
		}
		if flag.Group != nil {
			flag.Group.Title = title(flag.Group.Key)
		}
		selective, ok := node.Target.Addr().Interface().(Selective)
		if ok && flag.Name != "help" && !selective.Uses(flag.Name) {
			if err := flag.Reset(); err != nil {
				return fmt.Errorf("settings: default of %w", err)
			}
			continue
		}
		used = append(used, flag)
	}
	// The flags of a group stay together in the help and in print.
	slices.SortStableFunc(used, func(a, b *kong.Flag) int {
		return slices.Index(groups(used), group(a)) - slices.Index(groups(used), group(b))
	})
	node.Flags = used
	for _, child := range node.Children {
		if err := s.prepare(child); err != nil {
			return err
		}
	}
	return nil
}

// group is the key of a flag's group; empty for none.
func group(flag *kong.Flag) string {
	if flag.Group == nil {
		return ""
	}
	return flag.Group.Key
}

// groups lists the groups of flags in the order in which they first appear.
func groups(flags []*kong.Flag) []string {
	var keys []string
	for _, flag := range flags {
		if !slices.Contains(keys, group(flag)) {
			keys = append(keys, group(flag))
		}
	}
	return keys
}

// title is a group's heading.
func title(key string) string {
	first, size := utf8.DecodeRuneInString(key)
	return string(unicode.ToUpper(first)) + key[size:] + ":"
}

// explain words the help of a value: what it is, its default unless the left column has it, and its variable.
func explain(value *kong.Value) string {
	text := value.Help
	if value.Flag == nil {
		return text
	}
	if value.HasDefault && value.Default != "" && value.Flag.PlaceHolder != "" {
		text += " Default: " + value.Default + "."
	}
	if value.Enum != "" {
		text += " One of " + strings.Join(value.EnumSlice(), ", ") + "."
	}
	if len(value.Flag.Envs) > 0 {
		text += " [$" + value.Flag.Envs[0] + "]"
	}
	return text
}
