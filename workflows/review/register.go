package review

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// Register makes a worker work off this workflow and its activities, which need their client.
func Register(registry worker.Registry, a *Activities) {
	registry.RegisterWorkflowWithOptions(Review, workflow.RegisterOptions{Name: WorkflowName})
	registry.RegisterActivity(a)
}
