package embedded

import (
	"context"
	"errors"
	"fmt"
	"time"

	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/redress-dev/redress/workflows/complaint"
)

const (
	// namespaceRefresh is how often each service reads the namespaces again.
	namespaceRefresh = 2 * time.Second
	// pollInterval is the pause between two looks at a server that is starting.
	pollInterval = 20 * time.Millisecond
	// probeID is the id of a workflow that nobody starts.
	probeID = "embedded-readiness-probe"
)

// awaitReady returns when a request has made the whole way from a client
// through the frontend to the store: the history service then says that it does
// not know a workflow. Until that, other errors are part of starting.
func awaitReady(ctx context.Context, c client.Client) error {
	for {
		_, err := c.DescribeWorkflowExecution(ctx, probeID, "")
		var unknown *serviceerror.NotFound
		if errors.As(err, &unknown) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("temporal did not become ready: %w", errors.Join(ctx.Err(), err))
		case <-time.After(pollInterval):
		}
	}
}

// reconcile brings a namespace of an earlier start to the present configuration
// and returns its id.
func reconcile(ctx context.Context, c client.Client, cfg Config) (string, error) {
	found, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: cfg.Namespace})
	if err != nil {
		return "", fmt.Errorf("read namespace %s: %w", cfg.Namespace, err)
	}
	if found.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() != cfg.Retention {
		_, err := c.WorkflowService().UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
			Namespace: cfg.Namespace,
			Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(cfg.Retention)},
		})
		if err != nil {
			return "", fmt.Errorf("change the retention of namespace %s: %w", cfg.Namespace, err)
		}
	}
	return found.GetNamespaceInfo().GetId(), addSearchAttributes(ctx, c, cfg)
}

// addSearchAttributes adds those that the namespace does not have yet and
// returns when every service knows them.
func addSearchAttributes(ctx context.Context, c client.Client, cfg Config) error {
	added, err := complaint.AddSearchAttributes(ctx, c.OperatorService(), cfg.Namespace, cfg.SearchAttributes)
	if err != nil || len(added) == 0 {
		return err
	}
	// The services learn of it at their next refresh, and there is no way to ask
	// the history service whether it has. A workflow that used an attribute
	// before that would fail its task and try again.
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(namespaceRefresh + namespaceRefresh/4):
	}
	// Adding again adds nothing, unless they have not appeared.
	added, err = complaint.AddSearchAttributes(ctx, c.OperatorService(), cfg.Namespace, cfg.SearchAttributes)
	if err == nil && len(added) > 0 {
		err = fmt.Errorf("search attributes did not appear in namespace %s: %v", cfg.Namespace, added)
	}
	return err
}
