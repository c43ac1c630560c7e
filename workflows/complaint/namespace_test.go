package complaint_test

import (
	"context"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/grpc"

	"github.com/redress-dev/redress/workflows/complaint"
)

// namespaces is an operator service that keeps search attributes by namespace.
type namespaces map[string]map[string]enumspb.IndexedValueType

func (n namespaces) ListSearchAttributes(_ context.Context, request *operatorservice.ListSearchAttributesRequest, _ ...grpc.CallOption) (*operatorservice.ListSearchAttributesResponse, error) {
	known, ok := n[request.GetNamespace()]
	if !ok {
		return nil, serviceerror.NewNamespaceNotFound(request.GetNamespace())
	}
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: known}, nil
}

func (n namespaces) AddSearchAttributes(_ context.Context, request *operatorservice.AddSearchAttributesRequest, _ ...grpc.CallOption) (*operatorservice.AddSearchAttributesResponse, error) {
	maps.Copy(n[request.GetNamespace()], request.GetSearchAttributes())
	return &operatorservice.AddSearchAttributesResponse{}, nil
}

// TestOnlyWhatANamespaceLacksIsAdded proves that what is there stays as it is, that callers hear what was added, and that they
// can tell a namespace that is not known yet, which is worth waiting for, from a search attribute of somebody else's.
func TestOnlyWhatANamespaceLacksIsAdded(t *testing.T) {
	t.Parallel()
	const keyword, number = enumspb.INDEXED_VALUE_TYPE_KEYWORD, enumspb.INDEXED_VALUE_TYPE_INT
	type kinds = map[string]enumspb.IndexedValueType
	temporal := namespaces{"fresh": {}, "shared": {"Theirs": number, "Stage": keyword}, "taken": {"Stage": number}}
	wanted := kinds{"Stage": keyword, "Level": number}
	add := func(namespace string) (kinds, error) {
		return complaint.AddSearchAttributes(t.Context(), temporal, namespace, wanted)
	}

	added, err := add("fresh")
	require.NoError(t, err)
	require.Equal(t, wanted, added)
	added, err = add("fresh")
	require.NoError(t, err)
	require.Empty(t, added, "all are there")

	added, err = add("shared")
	require.NoError(t, err)
	require.Equal(t, kinds{"Level": number}, added)
	require.Equal(t, kinds{"Theirs": number, "Stage": keyword, "Level": number}, temporal["shared"])

	_, err = add("taken")
	require.EqualError(t, err, "search attribute Stage of namespace taken is a Int and cannot become a Keyword")
	require.Equal(t, kinds{"Stage": number}, temporal["taken"], "nothing was added")

	_, err = add("unknown")
	var unknown *serviceerror.NamespaceNotFound
	require.ErrorAs(t, err, &unknown)
}
