package routing

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// QueueStore keeps what is owed and by when, the order of queues and their counts, all as of the last change of each complaint.
type QueueStore interface {
	// Owe takes note of followup's event, and of what it says is owed, once; first is false when it was noted before. The complaint need
	// not be known yet.
	Owe(ctx context.Context, e *eventv1.Event, owed Owed) (first bool, err error)
	// Queue reads open complaints in the order of queues: by next due time, the more severe first, by id.
	Queue(ctx context.Context, selection Selection) ([]Queued, error)
	// Count counts what is selected, up to the limit. After is ignored.
	Count(ctx context.Context, selection Selection) (int, error)
	// Standing tells how much is open in each department that has, or once had, something; that of the empty name are complaints that
	// are to be assigned. It is kept with each change: nothing is counted.
	Standing(ctx context.Context) (map[string]Standing, error)
	// Reassign is Store.Change for a command, which is carried out once: decide does not run when it was before. Without a command decide
	// always runs.
	Reassign(ctx context.Context, complaint string, cause eventlog.Cause, decide func(*Case) error) (repeated bool, err error)
}

// Step is what an event does to something that is owed.
type Step int

// The steps.
const (
	// Opened: it is owed from now on.
	Opened Step = iota
	// Moved: it is owed by another time. What is owed no more stays so.
	Moved
	// Done: it was kept or is not owed any more. What was missed is still owed.
	Done
)

// Owed is something that a complaint's customer is owed.
type Owed struct {
	// Complaint is the complaint's id.
	Complaint string
	// Duty is the duty's id within it.
	Duty string
	// Kind is what is owed.
	Kind policyv1.DutyKind
	// DueTime is by when; zero when it is done.
	DueTime time.Time
	// Step is what happened.
	Step Step
}

// Standing is how much is open in a department.
type Standing struct {
	// Open counts all.
	Open int
	// Waiting counts those that nobody is in charge of.
	Waiting int
}

// Selection says which open complaints are meant.
type Selection struct {
	// Assignees are the ids of the people whose complaints are meant; nil for everybody's, and for nobody's.
	Assignees []string
	// Departments are ids; nil for all. Either these or Assignees are given, or none.
	Departments []string
	// Waiting means only those that nobody is in charge of.
	Waiting bool
	// From and Before bound the next due time, if they are given: from the one on, before the other.
	From, Before time.Time
	// Severity means only those of it, if it is given.
	Severity policyv1.Severity
	// After is the last one of the page before; nil for the first page. Its id, severity and due time say where to go on.
	After *Queued
	// Limit is how many at most.
	Limit int
}

// Queued is an open complaint with what is due first.
type Queued struct {
	// Complaint is the complaint.
	Complaint Complaint
	// DueTime is when the first of what is owed is, or was, due; zero for nothing.
	DueTime time.Time
	// Duty is the id of what is due then; empty for nothing.
	Duty string
	// Kind is its kind.
	Kind policyv1.DutyKind
}

// OwedTypes are followup's events of which routing keeps when something is due next, and how the customer was called.
func OwedTypes() []string {
	return []string{"duty_opened", "duty_rescheduled", "duty_settled", "duty_released", "attempt_recorded"}
}

// owedBy reads what an event says is owed; nil for one that changes nothing about that.
func owedBy(p *eventv1.Payload) *Owed {
	var owed Owed
	var duty string
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_DutyOpened:
		duty, owed.Kind, owed.DueTime = k.DutyOpened.GetDuty(), k.DutyOpened.GetKind(), k.DutyOpened.GetDueTime().AsTime()
	case *eventv1.Payload_DutyRescheduled:
		owed.Step, duty, owed.DueTime = Moved, k.DutyRescheduled.GetDuty(), k.DutyRescheduled.GetDueTime().AsTime()
	case *eventv1.Payload_DutySettled:
		switch k.DutySettled.GetVerdict() {
		case policyv1.Verdict_MET, policyv1.Verdict_MET_LATE, policyv1.Verdict_MET_BY_NOTICE:
		default: // Missed is still owed (CALL-2), and what is released follows.
			return nil
		}
		owed.Step, duty = Done, k.DutySettled.GetDuty()
	case *eventv1.Payload_DutyReleased:
		owed.Step, duty = Done, k.DutyReleased.GetDuty()
	default:
		return nil
	}
	owed.Complaint, owed.Duty = dutyIDs(duty)
	return &owed
}
