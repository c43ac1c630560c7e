package shape

import (
	"regexp"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"

	_ "github.com/redress-dev/redress/gen/redress/followup/v1" // Its methods are in the contract too.
	_ "github.com/redress-dev/redress/gen/redress/gateway/v1"  // Its methods are in the contract too.
	_ "github.com/redress-dev/redress/gen/redress/intake/v1"   // Its methods are in the contract too.
	_ "github.com/redress-dev/redress/gen/redress/remedy/v1"   // Its methods are in the contract too.
	_ "github.com/redress-dev/redress/gen/redress/routing/v1"  // Its methods are in the contract too.
)

// TestPatternsAreToldInWords: whatever pattern a request of any method has, or a policy, who breaks it reads what is wanted, with an example that
// the pattern takes, and no regular expression.
func TestPatternsAreToldInWords(t *testing.T) {
	t.Parallel()
	patterns := make(map[string]protoreflect.FullName)
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			for j := range file.Services().Get(i).Methods().Len() {
				collect(patterns, file.Services().Get(i).Methods().Get(j).Input(), make(map[protoreflect.FullName]bool))
			}
		}
		return true
	})
	collect(patterns, (&policyv1.Policy{}).ProtoReflect().Descriptor(), make(map[protoreflect.FullName]bool))
	require.Greater(t, len(patterns), 15, "the contract was read")
	quoted := regexp.MustCompile(`"([^"]*)"`)
	for pattern, field := range patterns {
		told := words(pattern)
		require.True(t, strings.HasPrefix(told, "must be "), "%s: %s has no words in shape.go", field, pattern)
		require.NotRegexp(t, `[\\^$*+?|(){}\[\]]`, told, field)
		examples := quoted.FindAllStringSubmatch(told, -1)
		require.NotEmpty(t, examples, field)
		for _, example := range examples {
			require.Regexp(t, pattern, example[1], field)
		}
	}
	require.Equal(t, "has not the form that the contract wants", words("^[a-z]+$"), "a pattern is shown in no case")
}

// collect finds the patterns of a message's fields, and of those of the messages in it.
func collect(patterns map[string]protoreflect.FullName, of protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) {
	if seen[of.FullName()] {
		return
	}
	seen[of.FullName()] = true
	for i := range of.Fields().Len() {
		field := of.Fields().Get(i)
		rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
		for _, text := range []*validate.StringRules{
			rules.GetString(), rules.GetRepeated().GetItems().GetString(), rules.GetMap().GetKeys().GetString(), rules.GetMap().GetValues().GetString(),
		} {
			if text.GetPattern() != "" {
				patterns[text.GetPattern()] = field.FullName()
			}
		}
		if field.Message() != nil {
			collect(patterns, field.Message(), seen)
		}
	}
}
