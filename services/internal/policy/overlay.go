package policy

import (
	"errors"
	"fmt"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/shape"
)

// layered tells whether lists and maps of a section are laid over the built-in ones entry by entry: those of the long sections, of which
// a firm changes a word.
func layered(field protoreflect.FieldDescriptor) bool {
	return field.Name() == "wording" || field.Name() == "risk" || field.Name() == "playbooks"
}

// overlay is the validator that protoyaml calls with what a file says. It lays it over the base, field by field: what the file leaves
// out keeps the base's value, what it states holds, be it 0 or an empty list. Then it checks the whole; protoyaml finds the lines.
type overlay struct {
	base    *policyv1.Policy
	file    *file
	version string
	merged  *policyv1.Policy
	// origin has, for each list that is laid over, "wording.words" or "playbooks.playbooks[2].plays", the place that entries of the merged
	// one have in the file.
	origin map[string]map[int]int
	// unread are the sections with a value that could not be read. They are held against the contract, field by field, and no
	// further: what such a value is to others is not known.
	unread map[string]bool
}

// Validate implements protoyaml.Validator.
func (o *overlay) Validate(message proto.Message) error {
	o.merged = proto.CloneOf(o.base)
	o.origin = make(map[string]map[int]int)
	from, to := message.ProtoReflect(), o.merged.ProtoReflect()
	for field, node := range stated(from.Descriptor(), o.file.Root) {
		switch {
		case layered(field):
			o.section(field, to, from, node)
		default:
			o.put(field, to, from, node)
		}
	}
	if o.version != "" {
		o.merged.Version = o.version
	}
	refused := &protovalidate.ValidationError{}
	if err := protovalidate.Validate(o.merged); err != nil && !errors.As(err, &refused) {
		return err
	}
	broken := make(map[string]bool)
	for _, violation := range refused.Violations {
		broken[protovalidate.FieldPathString(violation.Proto.GetField())] = true
		violation.Proto.SetMessage(shape.Problem(o.merged, violation))
	}
	for _, violation := range check(o.merged, broken) {
		if !o.unread[violation.Proto.GetField().GetElements()[0].GetFieldName()] {
			refused.Violations = append(refused.Violations, violation)
		}
	}
	if len(refused.Violations) == 0 {
		sortSeries(o.merged)
		return nil
	}
	o.place(refused.Violations)
	return refused
}

// put has a field hold what the file states: of a message, those fields that it states; of series those of the severities that it states; of all
// else, the whole value.
func (o *overlay) put(field protoreflect.FieldDescriptor, to, from protoreflect.Message, node *yaml.Node) {
	switch {
	case nested(field):
		into := to.Mutable(field).Message()
		for inner, value := range stated(field.Message(), node) {
			o.put(inner, into, from.Get(field).Message(), value)
		}
	case !from.Has(field):
		to.Clear(field)
	case field.FullName() == seriesField:
		laySeries(to.Interface(), from.Interface(), node)
	default:
		to.Set(field, from.Get(field))
	}
}

// nested tells whether a field is a message that is laid over field by field. A duration is a value.
func nested(field protoreflect.FieldDescriptor) bool {
	return field.Message() != nil && !field.IsList() && !field.IsMap() && field.Message().FullName().Parent() != "google.protobuf"
}

// section lays a section over that of the base, or puts it in its place when it says that it is whole. The merged one never says
// so: it is what holds, however it was written.
func (o *overlay) section(field protoreflect.FieldDescriptor, to, from protoreflect.Message, node *yaml.Node) {
	section := from.Get(field).Message()
	whole := field.Message().Fields().ByName("whole")
	if !to.Has(field) || section.Get(whole).Bool() {
		to.Set(field, protoreflect.ValueOfMessage(proto.Clone(section.Interface()).ProtoReflect()))
	} else {
		o.lay(string(field.Name()), to.Mutable(field).Message(), section, node)
	}
	to.Mutable(field).Message().Clear(whole)
}

// lay changes what a message states and leaves the rest. Entries of lists are told apart by their key, those of maps by theirs;
// lists without keys are replaced, and an empty list or map empties it.
func (o *overlay) lay(at string, to, from protoreflect.Message, node *yaml.Node) {
	for i := range from.Descriptor().Fields().Len() {
		if list := from.Descriptor().Fields().Get(i); list.IsList() && keyed(list.Message()) {
			o.origin[at+"."+string(list.Name())] = nil // Until the file states one, all entries are the base's.
		}
	}
	for field, value := range stated(from.Descriptor(), node) {
		here := at + "." + string(field.Name())
		switch {
		case !from.Has(field) && !nested(field):
			to.Clear(field)
		case field.IsMap():
			o.layMap(here, to.Mutable(field).Map(), from.Get(field).Map(), field.MapValue(), value)
		case field.IsList() && keyed(field.Message()):
			o.layList(here, to.Mutable(field).List(), from.Get(field).List(), value)
		case nested(field):
			o.lay(here, to.Mutable(field).Message(), from.Get(field).Message(), value)
		default:
			to.Set(field, from.Get(field))
		}
	}
}

func (o *overlay) layMap(at string, to, from protoreflect.Map, of protoreflect.FieldDescriptor, node *yaml.Node) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := protoreflect.ValueOfString(node.Content[i].Value).MapKey()
		switch {
		case !from.Has(key):
		case of.Message() != nil && to.Has(key):
			o.lay(fmt.Sprintf("%s[%q]", at, node.Content[i].Value), to.Mutable(key).Message(), from.Get(key).Message(), node.Content[i+1])
		default:
			to.Set(key, from.Get(key))
		}
	}
}

// layList changes the entries that the list has, and adds the others. One that is stated twice is added, so that the checks find it.
func (o *overlay) layList(at string, to, from protoreflect.List, node *yaml.Node) {
	places := make(map[string]int)
	for i := range to.Len() {
		places[key(to.Get(i).Message())] = i
	}
	origin := make(map[int]int)
	for i := range from.Len() {
		entry := from.Get(i).Message()
		place, known := places[key(entry)]
		if _, twice := origin[place]; known && !twice {
			o.lay(fmt.Sprintf("%s[%d]", at, place), to.Get(place).Message(), entry, node.Content[i])
			origin[place] = i
			continue
		}
		origin[to.Len()] = i
		to.Append(from.Get(i))
	}
	o.origin[at] = origin
}

// keyFields are the fields that tell entries of a list apart, of those kinds of entries that have them.
func keyFields(of protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	if of == nil {
		return nil
	}
	if id := of.Fields().ByName("id"); id != nil {
		return []protoreflect.FieldDescriptor{id}
	}
	target := of.Fields().ByName("target")
	for _, name := range []protoreflect.Name{"role", "kind"} {
		if field := of.Fields().ByName(name); field != nil && target != nil {
			return []protoreflect.FieldDescriptor{field, target}
		}
	}
	return nil
}

// keyed tells whether entries of a kind can be told apart.
func keyed(of protoreflect.MessageDescriptor) bool { return len(keyFields(of)) > 0 }

// key tells an entry apart.
func key(entry protoreflect.Message) string {
	var parts []string
	for _, field := range keyFields(entry.Descriptor()) {
		value := entry.Get(field)
		switch {
		case field.Enum() == nil:
			parts = append(parts, value.String())
		case value.Enum() != 0: // Named as diff names it.
			parts = append(parts, valueNode(field, value).Value)
		}
	}
	return strings.Join(parts, " ")
}

// place says where in the file each problem of the merged policy is: an entry that the file does not state is told by its key, at
// the innermost thing around it that the file states.
func (o *overlay) place(violations []*protovalidate.Violation) {
	for _, violation := range violations {
		violation.Proto = proto.CloneOf(violation.Proto) // Problems of one entry share the element that is to be changed.
		elements := violation.Proto.GetField().GetElements()
		if len(elements) < 2 {
			continue
		}
		section, name := elements[0].GetFieldName(), elements[1].GetFieldName()
		if !elements[0].HasIndex() && o.file.states(section) && !o.file.states(section, name) {
			violation.Proto.SetMessage(violation.Proto.GetMessage() + " (the built-in value: the file states no " + name + ")")
		}
		o.placeEntries(violation, elements)
	}
}

// placeEntries turns the numbers of entries of the merged policy into those that they have in the file.
func (o *overlay) placeEntries(violation *protovalidate.Violation, elements []*validate.FieldPathElement) {
	at := elements[0].GetFieldName()
	section := o.merged.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(at))
	if section == nil || !nested(section) || !layered(section) {
		return
	}
	told, entry := at, o.merged.ProtoReflect().Get(section).Message()
	places := make(map[int]int)
	for i := 1; i < len(elements); i++ {
		element := elements[i]
		at, told = at+"."+element.GetFieldName(), told+"."+element.GetFieldName()
		list := entry.Descriptor().Fields().ByName(protoreflect.Name(element.GetFieldName()))
		if list == nil || !element.HasIndex() || !keyed(list.Message()) {
			break
		}
		index := int(element.GetIndex())
		entry = entry.Get(list).List().Get(index).Message()
		told += "[" + key(entry) + "]"
		if origin, layered := o.origin[at]; layered {
			place, stated := origin[index]
			if !stated {
				violation.Proto.SetMessage(fmt.Sprintf("%s: %s", told, violation.Proto.GetMessage()))
				violation.Proto.SetField(validate.FieldPath_builder{Elements: elements[:i]}.Build())
				break
			}
			places[i] = place
		}
		at += fmt.Sprintf("[%d]", index)
	}
	for i, place := range places {
		elements[i].SetIndex(uint64(place))
	}
}
