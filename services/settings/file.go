package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"go.yaml.in/yaml/v3"

	"github.com/redress-dev/redress/services/internal/document"
)

// shape is what a file of settings is made of.
const shape = `settings are lines such as "data-dir: var"`

// file is what a file of settings states.
type file struct {
	entries map[string]entry // By the flag's name.
}

// entry is a value, its line in the file for those who ask where it came from, and its place for those who must correct it.
type entry struct {
	value, line, place string
}

// loadFile reads a file of settings. The origin is what named it, the names are those that it may state.
func loadFile(path, origin string, names []string) (*file, []string) {
	text, err := document.Load(path)
	if err != nil {
		return &file{}, []string{fmt.Sprintf("%s: cannot read the file of settings: %v", origin, err)}
	}
	return parseFile(text, path, names)
}

// parseFile reads the text of a file of settings. What it returns is usable also when there are problems.
func parseFile(text []byte, source string, names []string) (*file, []string) {
	f := &file{entries: make(map[string]entry)}
	read, problems := document.Read(text, source, shape)
	if len(problems) > 0 || read.Root == nil {
		return f, problems
	}
	for i := 0; i < len(read.Root.Content); i += 2 {
		key, value := read.Root.Content[i], read.Root.Content[i+1]
		switch {
		case !slices.Contains(names, key.Value):
			problems = append(problems, read.At(key, "%s: no such setting%s", key.Value, suggest(key.Value, names)))
		case value.Kind != yaml.ScalarNode:
			problems = append(problems, read.At(value, "%s: wants a single value; several are separated by commas", key.Value))
		case value.Tag == "!!null":
			problems = append(problems, read.At(key, `%s: has no value; write "" for an empty one, or take the line out`, key.Value))
		case !slices.Contains([]string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp", "!!merge"}, value.Tag):
			problems = append(problems, read.At(value, "%s: the tag %s is not supported; write the value alone", key.Value, value.Tag))
		default:
			f.entries[key.Value] = entry{value: value.Value, line: fmt.Sprintf("%s:%d", source, value.Line), place: read.At(value, "%s", key.Value)}
		}
	}
	return f, problems
}

// suggest ends an error about a name with those that may have been meant: the nearest of those that are written much the same, or
// begin with it, or that it begins with.
func suggest(name string, names []string) string {
	var near []string
	least := 0
	for _, candidate := range names {
		distance := levenshtein.Distance(plain(name), plain(candidate), nil)
		switch {
		case distance > 2 && !strings.HasPrefix(candidate, name) && !strings.HasPrefix(name, candidate), len(near) > 0 && distance > least:
			continue
		case distance < least:
			near = nil
		}
		near, least = append(near, candidate), distance
	}
	near = distinct(near)
	if name == "" || len(near) == 0 {
		return "; there are " + strings.Join(distinct(names), ", ")
	}
	return "; did you mean " + strings.Join(near, " or ") + "?"
}

// plain is a name without what people mix up.
func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "-")) }

// distinct sorts names and leaves out what is there twice.
func distinct(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}
