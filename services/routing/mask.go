package routing

import (
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// masked lists the fields of a resource that an update changes: those of the mask, all for "*", or, without one, those that are set.
// The gateway makes the mask from the body, which says by name and etag what is meant; a path into a field means the field.
func masked(sent proto.Message, mask []string) ([]protoreflect.FieldDescriptor, error) {
	message := sent.ProtoReflect()
	var all, set []protoreflect.FieldDescriptor
	for i := range message.Descriptor().Fields().Len() {
		field := message.Descriptor().Fields().Get(i)
		if !updatable(field) {
			continue
		}
		all = append(all, field)
		if message.Has(field) {
			set = append(set, field)
		}
	}
	if len(mask) == 0 {
		return set, nil
	}
	var fields []protoreflect.FieldDescriptor
	for _, path := range mask {
		if path == "*" {
			return all, nil
		}
		top, _, _ := strings.Cut(path, ".")
		if top == "name" || top == "etag" {
			continue
		}
		at := slices.IndexFunc(all, func(field protoreflect.FieldDescriptor) bool { return string(field.Name()) == top })
		if at < 0 {
			return nil, errs.Invalid(errorv1.Reason_FIELD_NOT_UPDATABLE.String(), "update_mask", "The field %q cannot be changed.", path).
				With("field", path)
		}
		fields = append(fields, all[at])
	}
	return fields, nil
}

// updatable tells whether callers set a field.
func updatable(field protoreflect.FieldDescriptor) bool {
	behaviors, _ := proto.GetExtension(field.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return field.Name() != "etag" && !slices.Contains(behaviors, annotations.FieldBehavior_IDENTIFIER) &&
		!slices.Contains(behaviors, annotations.FieldBehavior_OUTPUT_ONLY)
}

// copyFields copies fields of one message into another one of its kind.
func copyFields(to, from proto.Message, fields []protoreflect.FieldDescriptor) {
	source := proto.Clone(from).ProtoReflect()
	for _, field := range fields {
		if source.Has(field) {
			to.ProtoReflect().Set(field, source.Get(field))
		} else {
			to.ProtoReflect().Clear(field)
		}
	}
}
