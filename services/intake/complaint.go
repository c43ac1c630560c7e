package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redress-dev/redress/services/internal/policy"
)

// State is where a complaint stands. The numbers are those of the contract.
type State int32

// The states of a complaint.
const (
	Received State = iota + 1
	Active
	Resolving
	Resolved
	Closed
)

// String is the state's name in the contract.
func (s State) String() string {
	names := []string{"RECEIVED", "ACTIVE", "RESOLVING", "RESOLVED", "CLOSED"}
	if s < Received || s > Closed {
		return fmt.Sprintf("State(%d)", int32(s))
	}
	return names[s-1]
}

// Outcome is how a complaint ended. The numbers are those of the contract.
type Outcome int32

// The outcomes that the rules here decide by; a resolution may ask for others.
const (
	NoOutcome     Outcome = 0
	RefusedDemand Outcome = 3
	Withdrawn     Outcome = 4
	Merged        Outcome = 5
	NotAComplaint Outcome = 6
	Unreachable   Outcome = 7
)

// Phase is what became of a requested resolution.
type Phase int32

// The phases of a requested resolution.
const (
	NoRequest Phase = iota
	Pending
	Confirmed
	Refused
	// Abandoned is a request whose complaint was withdrawn meanwhile.
	Abandoned
)

// Request is the last request to resolve a complaint.
type Request struct {
	ID      string
	Outcome Outcome
	Time    time.Time
	Phase   Phase
}

// Money is an amount in one currency.
type Money struct {
	Currency string
	Units    int64
	Nanos    int32
}

// Complaint is what is on record of a complaint but the words. Its methods are
// the only way from one state to another; each leaves the complaint as it was
// when it returns an error.
type Complaint struct {
	ID        string
	Reference string
	// Customer is "customers/{customer}".
	Customer string
	State    State
	Outcome  Outcome
	Cycle    int32
	// Version grows with every change.
	Version int64
	// Severity, Channel and TargetKind are numbers of the contract's enums.
	Severity, Channel, TargetKind int32
	// Department and Assignee are resource names, empty when there is none.
	Department, Assignee string
	Language             string
	PolicyVersion        string
	// ReceiveTime is when the firm received the complaint.
	ReceiveTime time.Time
	// CycleTime is what the clocks of the current cycle count from.
	CycleTime                                      time.Time
	CreateTime, UpdateTime, ResolveTime, CloseTime time.Time
	// Targets are those declared for the current cycle.
	Targets policy.Targets
	Request Request
	// Demanded is what is demanded in the currency that was named first; further ones
	// are among the details.
	Demanded    Money
	DemandCount int32
	// ChaseCount is how often the customer asked for progress since the last
	// substantive answer (RISK-3).
	ChaseCount int32
	// OpenItems is how many items of the record are open (REC-3).
	OpenItems int32
	// MergedInto names the complaint that it went on in, empty unless it was merged (REC-6).
	MergedInto string
	// RepeatCount is how often the matter had been complained of before (REC-6).
	RepeatCount int32
	// AuthorityDueTime is by when the authority that forwarded the complaint wants
	// an answer, and AuthorityAnswerTime when it got one; zero for neither.
	AuthorityDueTime, AuthorityAnswerTime time.Time
	// Scenario and Established are those of the last assessment, Ruling is who
	// answers for it by the last ruling or the decision on its appeal: numbers of the
	// contract's enums, 0 before (ASSESS-1…4). Reopening leaves them.
	Scenario, Established, Ruling int32
}

// StateError is returned when a complaint's state does not allow a change.
type StateError struct {
	State  State
	Wanted []State
}

// Error names the state and those that would allow it.
func (e *StateError) Error() string {
	return fmt.Sprintf("the complaint is %s; this needs %s", e.State, e.wanted())
}

// wanted lists the states that would allow the change.
func (e *StateError) wanted() string {
	names := make([]string, len(e.Wanted))
	for i, state := range e.Wanted {
		names[i] = state.String()
	}
	return strings.Join(names, ", ")
}

// advice says what to do first when only an open complaint would do; empty otherwise.
func (e *StateError) advice() string {
	ended := func(state State) bool { return state == Resolved || state == Closed }
	if !ended(e.State) || slices.ContainsFunc(e.Wanted, ended) {
		return ""
	}
	return " Reopen it first."
}

// ErrNotPending is returned when a resolution is confirmed or refused that is not
// the one that was requested last, or that was dealt with otherwise.
var ErrNotPending = errors.New("intake: this resolution is not pending")

// Name is the complaint's resource name.
func (c *Complaint) Name() string { return complaintName(c.ID) }

// Open tells whether the complaint is being worked on in its current cycle.
func (c *Complaint) Open() bool { return c.State != Resolved && c.State != Closed }

// Assign notes who is in charge. A received complaint becomes active by it; in
// any other state only the names change. Activated says which it was.
func (c *Complaint) Assign(department, assignee string, now time.Time) (activated bool) {
	if c.Department == department && c.Assignee == assignee && c.State != Received {
		return false
	}
	c.Department, c.Assignee = department, assignee
	activated = c.State == Received
	if activated {
		c.State = Active
	}
	c.touch(now)
	return activated
}

// RequestResolution notes that an agent asks to resolve with this outcome. The
// time of the request decides the duty; the outcome waits for the confirmation.
func (c *Complaint) RequestResolution(request string, outcome Outcome, now time.Time) error {
	if err := c.want(Received, Active); err != nil {
		return err
	}
	c.State = Resolving
	c.Request = Request{ID: request, Outcome: outcome, Time: now, Phase: Pending}
	c.touch(now)
	return nil
}

// ConfirmResolution resolves the complaint as the pending request asked.
// Confirming it again changes nothing, whatever has happened since.
func (c *Complaint) ConfirmResolution(request string, now time.Time) error {
	if c.Request.ID == request && c.Request.Phase == Confirmed {
		return nil
	}
	if c.Request.ID != request || c.Request.Phase != Pending {
		return ErrNotPending
	}
	c.State, c.Outcome, c.ResolveTime, c.Request.Phase = Resolved, c.Request.Outcome, now, Confirmed
	c.touch(now)
	return nil
}

// RefuseResolution has the work on the complaint go on because the owners of open
// duties object. A complaint that nobody was put in charge of is received again,
// so that the assignment activates it. Refusing it again changes nothing.
func (c *Complaint) RefuseResolution(request string, now time.Time) error {
	if c.Request.ID == request && c.Request.Phase == Refused {
		return nil
	}
	if c.Request.ID != request || c.Request.Phase != Pending {
		return ErrNotPending
	}
	c.State, c.Request.Phase = Active, Refused
	if c.Department == "" {
		c.State = Received
	}
	c.touch(now)
	return nil
}

// Close ends a resolved complaint, which keeps its outcome, or with
// NotAComplaint one that turned out to be none.
func (c *Complaint) Close(outcome Outcome, now time.Time) error {
	wanted := []State{Resolved}
	if outcome == NotAComplaint {
		wanted = []State{Received, Active}
	}
	if err := c.want(wanted...); err != nil {
		return err
	}
	if outcome == NotAComplaint {
		c.Outcome = outcome
	}
	c.State, c.CloseTime = Closed, now
	c.touch(now)
	return nil
}

// Withdraw ends an open complaint because the customer takes it back (CLK-4). A
// resolution that was requested meanwhile can no longer be confirmed.
func (c *Complaint) Withdraw(now time.Time) error {
	if err := c.want(Received, Active, Resolving); err != nil {
		return err
	}
	if c.Request.Phase == Pending {
		c.Request.Phase = Abandoned
	}
	c.State, c.Outcome, c.CloseTime = Closed, Withdrawn, now
	c.touch(now)
	return nil
}

// Lapse ends an open complaint because the customer did not answer what was offered
// (REM-4). A resolution that was requested meanwhile can no longer be confirmed. False:
// it has ended already.
func (c *Complaint) Lapse(now time.Time) bool {
	if !c.Open() {
		return false
	}
	if c.Request.Phase == Pending {
		c.Request.Phase = Abandoned
	}
	c.State, c.Outcome, c.CloseTime = Closed, Unreachable, now
	c.touch(now)
	return true
}

// Reopen begins the next cycle, with clocks of its own that count from now
// (CLK-4). Who is in charge stays; the last cycle's outcome is in the log.
func (c *Complaint) Reopen(targets policy.Targets, now time.Time) error {
	if err := c.want(Resolved, Closed); err != nil {
		return err
	}
	c.State, c.Outcome, c.Cycle = Active, NoOutcome, c.Cycle+1
	c.CycleTime, c.Targets = now, targets
	c.ResolveTime, c.CloseTime = time.Time{}, time.Time{}
	c.touch(now)
	return nil
}

// want refuses any other state.
func (c *Complaint) want(states ...State) error {
	if slices.Contains(states, c.State) {
		return nil
	}
	return &StateError{State: c.State, Wanted: states}
}

// touch marks a change.
func (c *Complaint) touch(now time.Time) {
	c.Version++
	c.UpdateTime = now
}
