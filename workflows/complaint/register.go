package complaint

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// Register makes a worker of TaskQueue work off this workflow and its activities. Activities need all their clients.
func Register(registry worker.Registry, a *Activities) {
	registry.RegisterWorkflowWithOptions(Complaint, workflow.RegisterOptions{Name: WorkflowName})
	registry.RegisterActivity(a)
}
