package roster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"buf.build/go/protoyaml"
	"go.yaml.in/yaml/v3"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/document"
)

// Resource is a department, a team or a person.
type Resource interface {
	proto.Message
	// GetName is its name.
	GetName() string
	// GetEtag is its etag.
	GetEtag() string
}

// Entry is what a file states of a resource.
type Entry struct {
	// Resource has the values.
	Resource Resource
	// Fields are those that the file states; the others are nobody's business.
	Fields []protoreflect.FieldDescriptor
}

// ParseYAML reads a file in the form of routingv1.DirectoryFile; the source is what errors call it. A field that is stated and empty is
// to be emptied. A key that is written twice, a second document and an alias are refused: half of what was meant would be done.
func ParseYAML(text []byte, source string) ([]Entry, error) {
	text = document.Unix(text)
	read, problems := document.Read(text, source, "a directory has departments, teams and agents")
	if len(problems) > 0 {
		return nil, errors.New(strings.Join(problems, "\n"))
	}
	if read.Root == nil {
		return nil, nil
	}
	file := &routingv1.DirectoryFile{}
	if err := (protoyaml.UnmarshalOptions{Path: source}).Unmarshal(text, file); err != nil {
		return nil, err
	}
	var keys map[string][]map[string]yaml.Node
	if err := yaml.Unmarshal(text, &keys); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	var entries []Entry
	for collection, resources := range map[string][]Resource{
		"departments": resources(file.GetDepartments()), "teams": resources(file.GetTeams()), "agents": resources(file.GetAgents()),
	} {
		for i, r := range resources {
			stated := keys[collection][i]
			entries = append(entries, Entry{Resource: r, Fields: slices.DeleteFunc(writable(r), func(f protoreflect.FieldDescriptor) bool {
				_, json := stated[f.JSONName()]
				_, plain := stated[string(f.Name())]
				return !json && !plain
			})})
		}
	}
	return checked(entries)
}

// checked wants each resource to have a name, and to be there once.
func checked(entries []Entry) ([]Entry, error) {
	seen := map[string]bool{}
	for _, entry := range entries {
		name := entry.Resource.GetName()
		switch {
		case name == "":
			return nil, errors.New("each department, team and agent needs a name")
		case seen[name]:
			return nil, fmt.Errorf("%s is there twice", name)
		case kindOf(name) != entry.Resource.ProtoReflect().Descriptor().Name():
			return nil, fmt.Errorf("%q is no name of a %s", name, entry.Resource.ProtoReflect().Descriptor().Name())
		}
		seen[name] = true
	}
	slices.SortFunc(entries, func(a, b Entry) int { return byName(a.Resource, b.Resource) })
	return entries, nil
}

func resources[T Resource](list []T) []Resource {
	out := make([]Resource, len(list))
	for i, r := range list {
		out[i] = r
	}
	return out
}

// writable lists the fields that a file may be about.
func writable(r Resource) []protoreflect.FieldDescriptor {
	var out []protoreflect.FieldDescriptor
	fields := r.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		behaviors, _ := proto.GetExtension(fields.Get(i).Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
		if fields.Get(i).Name() != "etag" && !slices.Contains(behaviors, annotations.FieldBehavior_IDENTIFIER) &&
			!slices.Contains(behaviors, annotations.FieldBehavior_OUTPUT_ONLY) {
			out = append(out, fields.Get(i))
		}
	}
	return out
}

// FormatYAML writes resources as a file that ParseYAML reads, without what is output only.
func FormatYAML(all []Resource) ([]byte, error) {
	file := &routingv1.DirectoryFile{}
	for _, r := range all {
		plain, _ := proto.Clone(r).(Resource)
		own := writable(plain)
		m := plain.ProtoReflect()
		m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
			if f.Name() != "name" && !slices.Contains(own, f) {
				m.Clear(f)
			}
			return true
		})
		switch r := plain.(type) {
		case *routingv1.Department:
			file.Departments = append(file.Departments, r)
		case *routingv1.Team:
			file.Teams = append(file.Teams, r)
		case *routingv1.Agent:
			file.Agents = append(file.Agents, r)
		}
	}
	text, err := protojson.Marshal(file)
	if err != nil {
		return nil, err
	}
	return document.FromJSON(text)
}
