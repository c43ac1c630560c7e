package rpc_test

import (
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	_ "github.com/redress-dev/redress/gen/redress/followup/v1" // Its methods are in the contract too.
	_ "github.com/redress-dev/redress/gen/redress/gateway/v1"  // Its methods are in the contract too.
	_ "github.com/redress-dev/redress/gen/redress/intake/v1"   // Its methods are in the contract too.
	_ "github.com/redress-dev/redress/gen/redress/remedy/v1"   // Its methods are in the contract too.
	_ "github.com/redress-dev/redress/gen/redress/routing/v1"  // Its methods are in the contract too.
	"github.com/redress-dev/redress/services/internal/auth"
)

// methods calls do for each method of the contract.
func methods(do func(name string, method protoreflect.MethodDescriptor)) {
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				if strings.HasPrefix(string(service.FullName()), "redress.") {
					do("/"+string(service.FullName())+"/"+string(service.Methods().Get(j).Name()), service.Methods().Get(j))
				}
			}
		}
		return true
	})
}

func TestEveryMethodSaysWhoMayCall(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	access := auth.NewAccess(protoregistry.GlobalFiles)
	count := 0
	methods(func(name string, _ protoreflect.MethodDescriptor) {
		count++
		declared, ok := access.Of(name)
		require.True(t, ok, "%s does not say who may call it", name)
		require.Equal(t, declared.GetAnonymous(), len(declared.GetRoles()) == 0, "%s: either roles or anonymous", name)
		for _, role := range declared.GetRoles() {
			require.Contains(t, authv1.Role_name, int32(role), name)
			require.NotEqual(t, authv1.Role_ROLE_UNSPECIFIED, role, name)
		}
	})
	require.Greater(t, count, 40, "the contract was read")
}

// TestEveryRequestIsBounded: what comes from outside has a maximum, so that no
// caller can make a service store or hold more than it was built for.
func TestEveryRequestIsBounded(t *testing.T) {
	t.Parallel()
	var missing []string
	seen := make(map[protoreflect.FullName]bool)
	methods(func(_ string, method protoreflect.MethodDescriptor) {
		missing = append(missing, unbounded(method.Input(), seen)...)
	})
	require.Empty(t, missing, "fields of requests without a maximum")
	require.Greater(t, len(seen), 20, "the requests were read")
}

// unbounded lists the fields of a request, and of the messages in it, that
// callers may make as large as they like.
func unbounded(message protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) []string {
	if seen[message.FullName()] || !strings.HasPrefix(string(message.FullName()), "redress.") {
		return nil
	}
	seen[message.FullName()] = true
	var missing []string
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		if ignored(field) {
			continue
		}
		rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
		if !bounded(field, rules) {
			missing = append(missing, string(field.FullName()))
		}
		inner := field.Message()
		if field.IsMap() {
			inner = field.MapValue().Message()
		}
		if inner != nil {
			missing = append(missing, unbounded(inner, seen)...)
		}
	}
	return missing
}

// ignored tells whether services take nothing from the field.
func ignored(field protoreflect.FieldDescriptor) bool {
	behaviors, _ := proto.GetExtension(field.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	for _, behavior := range behaviors {
		if behavior == annotations.FieldBehavior_OUTPUT_ONLY {
			return true
		}
	}
	return false
}

func bounded(field protoreflect.FieldDescriptor, rules *validate.FieldRules) bool {
	switch {
	case field.IsMap():
		return rules.GetMap().GetMaxPairs() > 0 && boundedScalar(field.MapKey(), rules.GetMap().GetKeys()) &&
			boundedScalar(field.MapValue(), rules.GetMap().GetValues())
	case field.IsList():
		return rules.GetRepeated().GetMaxItems() > 0 && boundedScalar(field, rules.GetRepeated().GetItems())
	default:
		return boundedScalar(field, rules)
	}
}

func boundedScalar(field protoreflect.FieldDescriptor, rules *validate.FieldRules) bool {
	switch field.Kind() {
	case protoreflect.StringKind:
		text := rules.GetString()
		return text.HasMaxLen() || text.HasLen() || text.HasPattern() || len(text.GetIn()) > 0 || text.GetUuid()
	case protoreflect.BytesKind:
		return rules.GetBytes().HasMaxLen() || rules.GetBytes().HasLen()
	default:
		return true
	}
}
