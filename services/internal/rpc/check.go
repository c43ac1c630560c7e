package rpc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/shape"
)

// checker holds requests against the contract: that they could be decoded, and
// the rules that the proto files state for each field.
type checker struct {
	decoder   *decoder
	validator *Validator
}

// Validator holds messages against the rules that the proto files state for each
// field. It is safe for concurrent use.
type Validator struct{ rules protovalidate.Validator }

// NewValidator makes a validator, for whoever judges the parts of a request one by
// one. All have the rules of the process in common: to compile them takes long, and
// they are large.
func NewValidator() *Validator { return &Validator{rules: protovalidate.GlobalValidator} }

// Check returns INVALID_FIELD with every field that breaks a rule; nil when none
// does.
func (v *Validator) Check(message proto.Message) error {
	err := v.rules.Validate(message)
	if broken, ok := errors.AsType[*protovalidate.ValidationError](err); ok {
		return invalid(message, broken.Violations)
	}
	if err != nil {
		return err
	}
	if field := withNUL(message.ProtoReflect(), ""); field != "" {
		const what = "must not have the character U+0000"
		return errs.Invalid(errorv1.Reason_INVALID_FIELD.String(), "", "%s: %s.", field, what).Field("TEXT_NO_NUL", field, what)
	}
	return nil
}

// withNUL is the path of the first text with the character U+0000, which no text needs
// and not every database keeps; empty when there is none.
func withNUL(message protoreflect.Message, path string) (found string) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		at := path + string(field.Name())
		switch {
		case field.IsMap():
			value.Map().Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
				if found = nulIn(field.MapKey(), key.Value(), at); found == "" {
					found = nulIn(field.MapValue(), value, at)
				}
				return found == ""
			})
		case field.IsList():
			for i := 0; i < value.List().Len() && found == ""; i++ {
				found = nulIn(field, value.List().Get(i), fmt.Sprintf("%s[%d]", at, i))
			}
		default:
			found = nulIn(field, value, at)
		}
		return found == ""
	})
	return found
}

// nulIn is the same for one value.
func nulIn(field protoreflect.FieldDescriptor, value protoreflect.Value, path string) string {
	switch {
	case field.Kind() == protoreflect.StringKind && strings.ContainsRune(value.String(), 0):
		return path
	case field.Message() != nil:
		return withNUL(value.Message(), path+".")
	}
	return ""
}

func (c checker) unary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := c.check(request); err != nil {
		return nil, err
	}
	return handler(ctx, request)
}

func (c checker) stream(server any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return handler(server, &stream{ServerStream: ss, ctx: ss.Context(), check: c.check})
}

// check returns what is wrong with a request, nil when nothing is.
func (c checker) check(request any) error {
	message, ok := request.(proto.Message)
	if !ok {
		return fmt.Errorf("rpc: request of type %T", request)
	}
	if err := c.decoder.fault(message); err != nil {
		return err
	}
	return c.validator.Check(message)
}

// invalid lists the broken rules of a message, field by field; the message tells the first.
func invalid(in proto.Message, violations []*protovalidate.Violation) *errs.Error {
	bad := errs.Invalid(errorv1.Reason_INVALID_FIELD.String(), "", "The request breaks the contract.")
	for i, violation := range violations {
		field := protovalidate.FieldPathString(violation.Proto.GetField())
		what := shape.Problem(in, violation)
		if i == 0 {
			bad.Message = strings.TrimPrefix(field+": "+what, ": ")
			if more := len(violations) - 1; more > 0 {
				bad.Message += fmt.Sprintf(" (and %d more)", more)
			}
		}
		bad = bad.Field(upperSnake(violation.Proto.GetRuleId()), field, "%s", what)
	}
	return bad
}

// upperSnake writes the id of a rule, such as "string.max_len", as a reason.
func upperSnake(id string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '.' || r == '-' {
			return '_'
		}
		return r
	}, id))
}
