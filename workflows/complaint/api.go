package complaint

import (
	"fmt"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
)

const (
	// TaskQueue is where workflows and activities of Redress are worked off.
	TaskQueue = "redress"
	// WorkflowName is the type under which Complaint is registered.
	WorkflowName = "Complaint"
	// SignalName is the signal that carries facts, each a redress.workflow.v1.ComplaintSignal.
	SignalName = "event"
)

// The search attributes of the workflow, and of Approval. They hold no personal data; SearchAttributes lists them for registration.
var (
	// ComplaintKey is the complaint: "complaints/{complaint}".
	ComplaintKey = temporal.NewSearchAttributeKeyKeyword("RedressComplaint")
	// StageKey is the complaint's state by its name in intake: RECEIVED, ACTIVE, RESOLVING, RESOLVED, CLOSED. Of an approval it is "level-1",
	// "level-2" … while it waits, and then its state by its name in remedy.
	StageKey = temporal.NewSearchAttributeKeyKeyword("RedressStage")
	// SeverityKey is the severity by its name in the policy.
	SeverityKey = temporal.NewSearchAttributeKeyKeyword("RedressSeverity")
	// DepartmentKey is the department in charge: "departments/{department}".
	DepartmentKey = temporal.NewSearchAttributeKeyKeyword("RedressDepartment")
	// AssigneeKey is the agent in charge: "agents/{agent}"; absent while the complaint waits in a queue. Of an approval it is who decides.
	AssigneeKey = temporal.NewSearchAttributeKeyKeyword("RedressAssignee")
	// DutyKey lists the kinds of duties still owed, such as "callback" and "first-response".
	DutyKey = temporal.NewSearchAttributeKeyKeywordList("RedressDuty")
	// BreachKey lists the kinds of duties that are broken and still owed: RedressBreach = "callback" finds exactly the
	// missed callbacks that are still owed (CALL-2).
	BreachKey = temporal.NewSearchAttributeKeyKeywordList("RedressBreach")
	// DueTimeKey is the next due time among the duties that are not broken.
	DueTimeKey = temporal.NewSearchAttributeKeyTime("RedressDueTime")
	// WaitsForKey lists whose answer is awaited: the "departments/{department}" that a hand-off is offered to, the "agents/{agent}" who is
	// meant there, and whom the ladder told last of what is broken, asked for or seen and still climbs or is owed.
	WaitsForKey = temporal.NewSearchAttributeKeyKeywordList("RedressWaitsFor")
	// LevelKey is the highest level of the ladder that was told (ROUTE-4). Of an approval it is the level that decides (APPR-3).
	LevelKey = temporal.NewSearchAttributeKeyInt64("RedressEscalationLevel")
	// AmountKey is the most that an option costs which waits for approval, in whole units of the policy's currency.
	AmountKey = temporal.NewSearchAttributeKeyInt64("RedressAmount")
)

// SearchAttributes returns what a namespace must know before the first workflow starts.
func SearchAttributes() map[string]enumspb.IndexedValueType {
	keys := []temporal.SearchAttributeKey{
		ComplaintKey, StageKey, SeverityKey, DepartmentKey, AssigneeKey, DutyKey, BreachKey, WaitsForKey, DueTimeKey, LevelKey, AmountKey,
	}
	types := make(map[string]enumspb.IndexedValueType, len(keys))
	for _, key := range keys {
		types[key.GetName()] = key.GetValueType()
	}
	return types
}

// WorkflowID names the workflow of one cycle of a complaint: "complaint/{id}/{cycle}" for "complaints/{id}".
func WorkflowID(complaint string, cycle int32) string {
	return fmt.Sprintf("complaint/%s/%d", strings.TrimPrefix(complaint, "complaints/"), cycle)
}
