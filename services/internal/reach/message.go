package reach

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	collection = "complaints/"
	idLength   = 26
)

// complaint is that to which a resource name belongs: itself, or what it begins
// with; empty for other names and texts.
func complaint(text string) string {
	id, ok := strings.CutPrefix(text, collection)
	if !ok || len(id) < idLength || len(id) > idLength && id[idLength] != '/' {
		return ""
	}
	if strings.Trim(id[:idLength], "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	return text[:len(collection)+idLength]
}

// named are all complaints that a request names, wherever it does.
func named(m protoreflect.Message) (all []string) {
	walk(m, func(_ protoreflect.FieldDescriptor, text string) {
		if name := complaint(text); name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	})
	return all
}

// told are the complaints that an answer has something of, each once.
func told(m protoreflect.Message) []string {
	seen := make(map[string]bool)
	var all []string
	walk(m, func(field protoreflect.FieldDescriptor, text string) {
		name := complaint(text)
		if name != "" && !seen[name] && (field.IsList() || isSubject(field)) {
			seen[name] = true
			all = append(all, name)
		}
	})
	return all
}

// subjects are the fields that say of which complaint a message tells, the first
// that does.
func subjects() []protoreflect.Name {
	return []protoreflect.Name{"name", "complaint", "parent", "subject", "duty", "remedy", "callback", "promise"}
}

func isSubject(field protoreflect.FieldDescriptor) bool {
	return slices.Contains(subjects(), field.Name())
}

// subject is the complaint that a message tells of; empty for none.
func subject(m protoreflect.Message) string {
	for _, name := range subjects() {
		field := m.Descriptor().Fields().ByName(name)
		if field == nil || field.Kind() != protoreflect.StringKind || field.Cardinality() == protoreflect.Repeated {
			continue
		}
		if found := complaint(m.Get(field).String()); found != "" {
			return found
		}
	}
	return ""
}

// walk calls do for every text in a message and below.
func walk(m protoreflect.Message, do func(field protoreflect.FieldDescriptor, text string)) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
			value.Map().Range(func(_ protoreflect.MapKey, value protoreflect.Value) bool {
				walkValue(field.MapValue(), value, do)
				return true
			})
		case field.IsList():
			for i := range value.List().Len() {
				walkValue(field, value.List().Get(i), do)
			}
		default:
			walkValue(field, value, do)
		}
		return true
	})
}

func walkValue(field protoreflect.FieldDescriptor, value protoreflect.Value, do func(protoreflect.FieldDescriptor, string)) {
	switch {
	case field.Kind() == protoreflect.StringKind:
		do(field, value.String())
	case field.Message() != nil:
		walk(value.Message(), do)
	}
}

// narrow takes out of a message what tells of hidden complaints: entries of lists,
// and single parts.
func narrow(m protoreflect.Message, hidden map[string]bool) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
		case field.IsList() && (field.Message() != nil || field.Kind() == protoreflect.StringKind):
			keep(field, value.List(), hidden)
		case field.Message() != nil && !field.IsList():
			if hidden[subject(value.Message())] {
				m.Clear(field)
			} else {
				narrow(value.Message(), hidden)
			}
		}
		return true
	})
}

// keep leaves in a list what may be seen.
func keep(field protoreflect.FieldDescriptor, list protoreflect.List, hidden map[string]bool) {
	kept := 0
	for i := range list.Len() {
		value := list.Get(i)
		if hidden[about(field, value)] {
			continue
		}
		if field.Message() != nil {
			narrow(value.Message(), hidden)
		}
		list.Set(kept, value)
		kept++
	}
	list.Truncate(kept)
}

// about is the complaint that an entry of a list tells of, or names; empty for none.
func about(field protoreflect.FieldDescriptor, value protoreflect.Value) string {
	if field.Message() == nil {
		return complaint(value.String())
	}
	return subject(value.Message())
}
