package rulebook

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"buf.build/go/protovalidate"
	"buf.build/go/protoyaml"
	"go.yaml.in/yaml/v3"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/document"
	"github.com/redress-dev/redress/services/internal/shape"
	"github.com/redress-dev/redress/services/routing/rule"
)

// File is a file of rules that was read.
type File struct {
	// Set has the rules, and the etag if the file states one.
	Set *routingv1.RuleSet

	document *document.Document
}

// MistakesError is what is wrong with a file.
type MistakesError struct {
	// Lines has each of them, "file:line:column what is wrong", as they come in the file.
	Lines []string
}

// Error puts each mistake on a line of its own.
func (m *MistakesError) Error() string { return strings.Join(m.Lines, "\n") }

// mistake is one, with its place.
type mistake struct {
	line, column int
	text         string
}

// Parse reads a file in the form of routingv1.RuleSet: its rules, and its etag if only that set may be replaced. The source is what
// mistakes call the text. A file with mistakes is refused with a *MistakesError, which has all of them.
func Parse(text []byte, source string) (*File, error) {
	read, problems := document.Read(text, source, "a file of rules is a mapping: rules: [{id: …, condition: …, department: …}]")
	if len(problems) > 0 {
		return nil, &MistakesError{Lines: problems}
	}
	if read.Root == nil {
		return nil, &MistakesError{Lines: []string{source + ": states no rules; rules: [] is a set without any"}}
	}
	f := &File{Set: &routingv1.RuleSet{}, document: read}
	found := f.keys()
	unreadable := reading((protoyaml.UnmarshalOptions{Path: source}).Unmarshal(text, f.Set), source)
	found = append(found, unreadable...)
	for _, m := range slices.Concat(f.bounds(), f.doubles(), f.conditions(text)) {
		// What follows from a value that could not be read is no mistake of its own.
		if !slices.ContainsFunc(unreadable, func(u mistake) bool { return u.line == m.line && u.column == m.column }) {
			found = append(found, m)
		}
	}
	if len(found) == 0 {
		return f, nil
	}
	slices.SortStableFunc(found, func(a, b mistake) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column)) })
	refused := &MistakesError{}
	for _, m := range slices.Compact(found) {
		refused.Lines = append(refused.Lines, fmt.Sprintf("%s:%d:%d %s", source, m.line, m.column, m.text))
	}
	return nil, refused
}

// keys finds what is said beside rules and etag: the server says it, and would not heed it.
func (f *File) keys() (found []mistake) {
	rules := false
	for i := 0; i < len(f.document.Root.Content); i += 2 {
		switch key := f.document.Root.Content[i]; key.Value {
		case "rules":
			rules = true
		case "etag":
		case "name", "current", "createTime", "create_time", "activateTime", "activate_time":
			found = append(found, at(key, "%s is the server's to say; a file has rules, and an etag if it wants", key.Value))
		}
	}
	if !rules {
		found = append(found, at(f.document.Root, "rules: missing; rules: [] is a set without any"))
	}
	return found
}

// reading are the mistakes that protoyaml finds; all but the first line of each repeats the file.
func reading(err error, source string) (found []mistake) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, one := range joined.Unwrap() {
		first, _, _ := strings.Cut(one.Error(), "\n")
		m := mistake{line: 1, column: 1, text: first}
		place := regexp.MustCompile(`^(\d+):(\d+) (.*)$`).FindStringSubmatch(strings.TrimPrefix(first, source+":"))
		if len(place) > 0 {
			m.line, _ = strconv.Atoi(place[1])
			m.column, _ = strconv.Atoi(place[2])
			m.text = place[3]
		}
		found = append(found, m)
	}
	return found
}

// bounds finds what the contract does not allow.
func (f *File) bounds() (found []mistake) {
	var broken *protovalidate.ValidationError
	if err := protovalidate.Validate(f.Set); !errors.As(err, &broken) {
		return nil
	}
	for _, violation := range broken.Violations {
		path := protovalidate.FieldPathString(violation.Proto.GetField())
		found = append(found, at(f.node(path), "%s: %s", path, shape.Problem(f.Set, violation)))
	}
	return found
}

// doubles finds rules with one id, and skills that a rule wants twice.
func (f *File) doubles() (found []mistake) {
	rules := map[string]bool{}
	for i, r := range f.Set.GetRules() {
		if id := r.GetId(); id != "" && rules[id] {
			found = append(found, at(f.node(fmt.Sprintf("rules[%d].id", i)), "rules[%d].id: there is another rule %s", i, id))
		}
		rules[r.GetId()] = true
		skills := map[string]bool{}
		for j, skill := range r.GetSkills() {
			if name := skill.GetName(); name != "" && skills[name] {
				found = append(found, at(f.node(fmt.Sprintf("rules[%d].skills[%d]", i, j)), "rules[%d].skills[%d]: the skill %s is wanted before", i, j, name))
			}
			skills[skill.GetName()] = true
		}
	}
	return found
}

// conditions finds what is wrong with each condition, where it stands in the file.
func (f *File) conditions(text []byte) (found []mistake) {
	set := proto.CloneOf(f.Set)
	set.Rules = slices.Clone(set.GetRules())
	compiled, err := rule.Compile(set)
	if err != nil {
		return []mistake{at(f.document.Root, "%v", err)}
	}
	for _, p := range compiled.Problems() {
		if set.GetRules()[p.Index].GetCondition() == "" {
			continue // The contract's bounds say so.
		}
		node := f.node(fmt.Sprintf("rules[%d].condition", p.Index))
		m := at(node, "rules[%d].condition: %s", p.Index, p.Text)
		if line, column, ok := within(string(text), node, p.Line, p.Column); ok {
			m.line, m.column = line, column
		} else if p.Line > 0 {
			m.text = fmt.Sprintf("rules[%d].condition, its line %d, column %d: %s", p.Index, p.Line, p.Column, p.Text)
		}
		found = append(found, m)
	}
	return found
}

// Refused tells what a server finds wrong with the rules in the file's lines; nil when it is about something else.
func (f *File) Refused(err error) *MistakesError {
	refused := &MistakesError{}
	for _, detail := range status.Convert(err).Details() {
		bad, ok := detail.(*errdetails.BadRequest)
		if !ok {
			continue
		}
		for _, violation := range bad.GetFieldViolations() {
			if path, ok := strings.CutPrefix(violation.GetField(), "rule_set."); ok {
				m := at(f.node(path), "%s", violation.GetDescription())
				refused.Lines = append(refused.Lines, fmt.Sprintf("%s:%d:%d %s: %s", f.document.Source, m.line, m.column, path, m.text))
			}
		}
	}
	if len(refused.Lines) == 0 {
		return nil
	}
	return refused
}

// Format writes a set as a file that Parse reads, with where it is from.
func Format(set *routingv1.RuleSet) ([]byte, error) {
	text, err := protojson.Marshal(&routingv1.RuleSet{Rules: set.GetRules(), Etag: set.GetEtag()})
	if err != nil {
		return nil, err
	}
	body, err := document.FromJSON(text)
	if err != nil {
		return nil, err
	}
	if len(set.GetRules()) == 0 {
		body = append([]byte("rules: []\n"), bytes.TrimPrefix(body, []byte("{}\n"))...)
	}
	state := "not the current set"
	if set.GetCurrent() {
		state = "the current set"
	}
	return append(fmt.Appendf(nil, "# %s, %s. With its etag the file replaces this set and no later one; leave it out to replace any.\n", set.GetName(), state), body...), nil
}

// at is a mistake at a node.
func at(node *yaml.Node, format string, args ...any) mistake {
	return mistake{line: node.Line, column: node.Column, text: fmt.Sprintf(format, args...)}
}
