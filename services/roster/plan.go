package roster

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Change is one resource that differs from what a file states.
type Change struct {
	// Before is as it is; nil for a resource that is to be added.
	Before Resource
	// After is as it shall be.
	After Resource
	// Fields are those that differ.
	Fields []protoreflect.FieldDescriptor
	// Leaves is true for somebody whom the file does not name, and who is to be made inactive.
	Leaves bool
}

// Plan compares what is there with a file. With prune, active people whom the file does not name leave.
func Plan(present []Resource, file []Entry, prune bool) []Change {
	known, named := map[string]Resource{}, map[string]bool{}
	for _, r := range present {
		known[r.GetName()] = r
	}
	var changes []Change
	for _, entry := range file {
		named[entry.Resource.GetName()] = true
		before := known[entry.Resource.GetName()]
		if before == nil {
			changes = append(changes, Change{After: entry.Resource, Fields: stated(entry)})
			continue
		}
		after, _ := proto.Clone(before).(Resource)
		if fields := overwrite(after, entry); len(fields) > 0 {
			changes = append(changes, Change{Before: before, After: after, Fields: fields})
		}
	}
	for _, r := range present {
		agent, ok := r.(*routingv1.Agent)
		if !prune || !ok || named[r.GetName()] || agent.Active != nil && !agent.GetActive() {
			continue
		}
		after := proto.CloneOf(agent)
		after.Active = proto.Bool(false)
		changes = append(changes, Change{
			Before: r, After: after, Leaves: true, Fields: []protoreflect.FieldDescriptor{agent.ProtoReflect().Descriptor().Fields().ByName("active")},
		})
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return byName(a.After, b.After) })
	return changes
}

// stated are the fields of a new resource that have a value.
func stated(entry Entry) []protoreflect.FieldDescriptor {
	return slices.DeleteFunc(slices.Clone(entry.Fields), func(f protoreflect.FieldDescriptor) bool { return !entry.Resource.ProtoReflect().Has(f) })
}

// overwrite puts what an entry states over a resource and tells which fields differed.
func overwrite(r Resource, entry Entry) (differ []protoreflect.FieldDescriptor) {
	to, from := r.ProtoReflect(), entry.Resource.ProtoReflect()
	for _, f := range entry.Fields {
		if f.Name() == "active" && isActive(r) == isActive(entry.Resource) {
			continue // Nothing said is true.
		}
		if to.Has(f) == from.Has(f) && to.Get(f).Equal(from.Get(f)) {
			continue
		}
		differ = append(differ, f)
		if from.Has(f) {
			to.Set(f, from.Get(f))
		} else {
			to.Clear(f)
		}
	}
	return differ
}

func isActive(r Resource) bool {
	agent, ok := r.(*routingv1.Agent)
	return ok && (agent.Active == nil || agent.GetActive())
}

// Lines tell a change to a person: "+ agents/mei", "~ agents/lin.capacity: 20 -> 30", "- agents/wu".
func (c Change) Lines() []string {
	name := c.After.GetName()
	switch {
	case c.Leaves:
		return []string{"- " + name}
	case c.Before == nil:
		var parts []string
		for _, f := range c.Fields {
			parts = append(parts, f.JSONName()+" "+show(c.After, f))
		}
		return []string{strings.TrimSuffix("+ "+name+": "+strings.Join(parts, ", "), ": ")}
	}
	var lines []string
	for _, f := range c.Fields {
		lines = append(lines, fmt.Sprintf("~ %s.%s: %s -> %s", name, f.JSONName(), show(c.Before, f), show(c.After, f)))
	}
	return lines
}

// show writes a field's value as JSON; "nothing" for none.
func show(r Resource, f protoreflect.FieldDescriptor) string {
	if !r.ProtoReflect().Has(f) {
		return "nothing"
	}
	only := r.ProtoReflect().New()
	only.Set(f, r.ProtoReflect().Get(f))
	text, err := protojson.Marshal(only.Interface())
	var fields map[string]json.RawMessage
	if err != nil || json.Unmarshal(text, &fields) != nil {
		return "?"
	}
	var compact bytes.Buffer
	if json.Compact(&compact, fields[f.JSONName()]) != nil {
		return "?"
	}
	return compact.String()
}

// kindOf is the name of the message that a resource of this name is; empty for no name of the directory.
func kindOf(name string) protoreflect.Name {
	parts := strings.Split(name, "/")
	switch {
	case len(parts) == 2 && parts[0] == "departments":
		return "Department"
	case len(parts) == 4 && parts[0] == "departments" && parts[2] == "teams":
		return "Team"
	case len(parts) == 2 && parts[0] == "agents":
		return "Agent"
	}
	return ""
}

// byName orders departments before teams before people, and each by name.
func byName(a, b Resource) int {
	rank := func(r Resource) int {
		return slices.Index([]protoreflect.Name{"Department", "Team", "Agent"}, r.ProtoReflect().Descriptor().Name())
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.GetName(), b.GetName()))
}
