package complaint

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"google.golang.org/grpc"
)

// Operator is the part of Temporal's operator service that reads and adds search attributes.
type Operator interface {
	ListSearchAttributes(context.Context, *operatorservice.ListSearchAttributesRequest, ...grpc.CallOption) (*operatorservice.ListSearchAttributesResponse, error)
	AddSearchAttributes(context.Context, *operatorservice.AddSearchAttributesRequest, ...grpc.CallOption) (*operatorservice.AddSearchAttributesResponse, error)
}

// AddSearchAttributes adds those of the wanted search attributes that the namespace lacks, and returns them: none when all were
// there. Others that the namespace has stay. Temporal's services learn of what was added a little later; a caller that starts
// workflows at once waits for that. One that is there with another type is an error, and then nothing is added: it belongs to
// somebody else. A namespace that Temporal does not know yet is a *serviceerror.NamespaceNotFound.
func AddSearchAttributes(ctx context.Context, operator Operator, namespace string, wanted map[string]enumspb.IndexedValueType) (added map[string]enumspb.IndexedValueType, err error) {
	known, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, fmt.Errorf("read the search attributes of namespace %s: %w", namespace, err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, want := range wanted {
		have, ok := known.GetCustomAttributes()[name]
		switch {
		case !ok:
			missing[name] = want
		case have != want:
			return nil, fmt.Errorf("search attribute %s of namespace %s is a %s and cannot become a %s", name, namespace, have, want)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if err != nil {
		return nil, fmt.Errorf("add search attributes to namespace %s: %w", namespace, err)
	}
	return missing, nil
}
