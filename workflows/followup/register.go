package followup

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// Register makes a worker work off this workflow and its activities, which need all their clients.
func Register(registry worker.Registry, a *Activities) {
	registry.RegisterWorkflowWithOptions(FollowUp, workflow.RegisterOptions{Name: WorkflowName})
	registry.RegisterActivity(a)
}
