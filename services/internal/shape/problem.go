// Package shape tells people which rule of the proto files a message breaks: in the words of whoever writes it, with the names of
// enums and an example in place of numbers and regular expressions.
package shape

import (
	"slices"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Problem says what is wrong in a message. For enums, protovalidate lists numbers, and for patterns it shows them; callers write names.
func Problem(in proto.Message, violation *protovalidate.Violation) string {
	field := violation.FieldDescriptor
	if field == nil { // It is in an item of a list.
		field = at(in.ProtoReflect().Descriptor(), violation.Proto.GetField().GetElements())
	}
	switch {
	case field != nil && field.Enum() != nil && (!field.IsList() || strings.HasPrefix(violation.Proto.GetRuleId(), "enum.")):
		return "must be one of " + strings.Join(EnumNames(field), ", ")
	case violation.Proto.GetRuleId() == "string.pattern":
		return words(violation.RuleValue.String())
	default:
		return violation.Proto.GetMessage()
	}
}

// at is the field at a path; nil for none, and for one within a map.
func at(message protoreflect.MessageDescriptor, path []*validate.FieldPathElement) (field protoreflect.FieldDescriptor) {
	for _, element := range path {
		if message == nil {
			return nil
		}
		if field = message.Fields().ByNumber(protoreflect.FieldNumber(element.GetFieldNumber())); field == nil || field.IsMap() {
			return nil
		}
		message = field.Message()
	}
	return field
}

// EnumNames are the values of an enum that a field may have: those that the contract neither excludes nor leaves out, and never the one
// that says that it is not set.
func EnumNames(field protoreflect.FieldDescriptor) []string {
	rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
	enum := rules.GetEnum()
	if field.IsList() {
		enum = rules.GetRepeated().GetItems().GetEnum()
	}
	var names []string
	values := field.Enum().Values()
	for i := range values.Len() {
		number := int32(values.Get(i).Number())
		if number != 0 && !slices.Contains(enum.GetNotIn(), number) && (len(enum.GetIn()) == 0 || slices.Contains(enum.GetIn(), number)) {
			names = append(names, string(values.Get(i).Name()))
		}
	}
	return names
}
