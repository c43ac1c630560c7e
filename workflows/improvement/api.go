package improvement

import (
	"strings"

	"go.temporal.io/sdk/temporal"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

const (
	// WorkflowName is the type under which Improvement is registered. WorkflowType="Improvement" AND ExecutionStatus="Running" finds what waits.
	WorkflowName = "Improvement"
	// SignalName is the signal that carries facts, each a redress.workflow.v1.ImprovementSignal.
	SignalName = "event"
)

// WorkflowID names the workflow of an improvement: "improvement/{improvement}" for "improvements/{improvement}".
func WorkflowID(improvement string) string {
	return "improvement/" + strings.TrimPrefix(improvement, "improvements/")
}

// StartAttributes returns the search attributes that a workflow is started with.
func StartAttributes() temporal.SearchAttributes {
	return temporal.NewSearchAttributes(complaint.StageKey.ValueSet(reviewv1.Improvement_OPEN.String()))
}
