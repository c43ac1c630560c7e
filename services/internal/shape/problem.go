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

// Problem says what is wrong. For enums, protovalidate lists numbers, and for patterns it shows them; callers write names.
func Problem(violation *protovalidate.Violation) string {
	field := violation.FieldDescriptor
	switch {
	case field != nil && field.Enum() != nil:
		return "must be one of " + strings.Join(EnumNames(field), ", ")
	case violation.Proto.GetRuleId() == "string.pattern":
		return words(violation.RuleValue.String())
	default:
		return violation.Proto.GetMessage()
	}
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
