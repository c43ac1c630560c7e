package policy

import (
	"fmt"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// layered tells whether a section is laid over the built-in one entry by entry: the long ones, of which a firm changes a word.
func layered(field protoreflect.FieldDescriptor) bool {
	return field.Name() == "wording" || field.Name() == "risk"
}

// overlay is the validator that protoyaml calls with what a file says. It lays
// it over the base and checks the whole; protoyaml finds the lines.
type overlay struct {
	base    *policyv1.Policy
	stated  map[protoreflect.Name]bool
	values  map[protoreflect.FullName]bool
	version string
	merged  *policyv1.Policy
	// origin has, for each list of a layered section, "wording.words", the place that entries of the merged one have in the file.
	origin map[string]map[int]int
}

// Validate implements protoyaml.Validator.
func (o *overlay) Validate(message proto.Message) error {
	o.merged = proto.CloneOf(o.base)
	o.origin = make(map[string]map[int]int)
	from, to := message.ProtoReflect(), o.merged.ProtoReflect()
	fields := from.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		switch {
		case !o.stated[field.Name()]:
		case layered(field):
			o.section(field, to, from)
		case from.Has(field) && field.Message() != nil && !field.IsList():
			section := proto.Clone(from.Get(field).Message().Interface()).ProtoReflect()
			o.complete(section, to.Get(field).Message())
			to.Set(field, protoreflect.ValueOfMessage(section))
		case from.Has(field):
			to.Set(field, from.Get(field))
		default:
			to.Clear(field)
		}
	}
	if o.version != "" {
		o.merged.Version = o.version
	}
	// The contract first: the other checks rely on it.
	if err := protovalidate.Validate(o.merged); err != nil {
		return o.placed(err)
	}
	return o.placed(check(o.merged))
}

// complete has a section that replaces the base's keep single values of it: those that it must have and leaves out. So a file that was
// written before the contract wanted a value means what it meant. Lists are the file's alone, and so is what may be left out.
func (o *overlay) complete(section, base protoreflect.Message) {
	wanted := make(map[string]bool)
	if refused, ok := protovalidate.Validate(section.Interface()).(*protovalidate.ValidationError); ok { //nolint:errorlint // It is returned as it is.
		for _, violation := range refused.Violations {
			if elements := violation.Proto.GetField().GetElements(); len(elements) == 1 {
				wanted[elements[0].GetFieldName()] = true
			}
		}
	}
	base.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		missing := !field.IsList() && !field.IsMap() && !section.Has(field) && !o.values[field.FullName()]
		if missing && (field.Message() != nil || wanted[string(field.Name())]) {
			section.Set(field, value)
		}
		return true
	})
}

// section lays a section over that of the base, or puts it in its place when it says that it is whole. The merged one never says
// so: it is what holds, however it was written.
func (o *overlay) section(field protoreflect.FieldDescriptor, to, from protoreflect.Message) {
	stated := from.Get(field).Message()
	whole := field.Message().Fields().ByName("whole")
	if !to.Has(field) || stated.Get(whole).Bool() {
		to.Set(field, protoreflect.ValueOfMessage(proto.Clone(stated.Interface()).ProtoReflect()))
	} else {
		for i := range stated.Descriptor().Fields().Len() {
			if list := stated.Descriptor().Fields().Get(i); list.IsList() && keyed(list.Message()) {
				o.origin[string(field.Name()+"."+list.Name())] = nil // Until the file states one, all entries are the base's.
			}
		}
		o.lay(string(field.Name()), to.Mutable(field).Message(), stated)
	}
	to.Mutable(field).Message().Clear(whole)
}

// lay changes what a message states and leaves the rest. Entries of lists are told apart by their key, those of maps by theirs;
// lists without keys are replaced.
func (o *overlay) lay(at string, to, from protoreflect.Message) {
	from.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
			o.layMap(at, to.Mutable(field).Map(), value.Map(), field.MapValue())
		case field.IsList() && keyed(field.Message()):
			o.layList(at+"."+string(field.Name()), to.Mutable(field).List(), value.List())
		case field.Message() != nil && !field.IsList() && field.Message().FullName().Parent() != "google.protobuf":
			o.lay(at, to.Mutable(field).Message(), value.Message())
		default:
			to.Set(field, value)
		}
		return true
	})
}

func (o *overlay) layMap(at string, to, from protoreflect.Map, of protoreflect.FieldDescriptor) {
	from.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		if of.Message() != nil && to.Has(key) {
			o.lay(at, to.Mutable(key).Message(), value.Message())
		} else {
			to.Set(key, value)
		}
		return true
	})
}

// layList changes the entries that the list has, and adds the others. One that is stated twice is added, so that the checks find it.
func (o *overlay) layList(at string, to, from protoreflect.List) {
	places := make(map[string]int)
	for i := range to.Len() {
		places[key(to.Get(i).Message())] = i
	}
	origin := make(map[int]int)
	for i := range from.Len() {
		entry := from.Get(i).Message()
		place, known := places[key(entry)]
		if _, twice := origin[place]; known && !twice {
			o.lay(at, to.Get(place).Message(), entry)
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

// placed says where in the file each problem of the merged policy is: an entry that the file does not state is told by its key, at
// the section that it goes wrong with.
func (o *overlay) placed(err error) error {
	refused, ok := err.(*protovalidate.ValidationError) //nolint:errorlint // Both validators return it as it is.
	if !ok {
		return err
	}
	for _, violation := range refused.Violations {
		elements := violation.Proto.GetField().GetElements()
		if len(elements) < 2 || !elements[1].HasIndex() {
			continue
		}
		list := elements[0].GetFieldName() + "." + elements[1].GetFieldName()
		origin, layered := o.origin[list]
		if !layered {
			continue
		}
		if place, stated := origin[int(elements[1].GetIndex())]; stated {
			elements[1].SetIndex(uint64(place))
			continue
		}
		violation.Proto.SetMessage(fmt.Sprintf("%s[%s]: %s", list, o.name(elements), violation.Proto.GetMessage()))
		violation.Proto.SetField(validate.FieldPath_builder{Elements: elements[:1]}.Build())
	}
	return refused
}

// name is the key of the entry of the merged policy that a path leads to.
func (o *overlay) name(elements []*validate.FieldPathElement) string {
	at := o.merged.ProtoReflect()
	section := at.Descriptor().Fields().ByName(protoreflect.Name(elements[0].GetFieldName()))
	at = at.Get(section).Message()
	list := at.Descriptor().Fields().ByName(protoreflect.Name(elements[1].GetFieldName()))
	return key(at.Get(list).List().Get(int(elements[1].GetIndex())).Message())
}
