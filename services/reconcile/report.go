package reconcile

import "strings"

// Problem is what can be found.
type Problem string

// The problems.
const (
	// NotRunning: a record is open, and no workflow keeps its time.
	NotRunning Problem = "not running"
	// NoRecord: a workflow runs for what is not on record, as after a database was restored.
	NoRecord Problem = "no record"
	// Ended: a workflow runs although its record is not open any more: it missed the end, or is about to end.
	Ended Problem = "record ended"
	// Unheard: a service does not know events that were delivered to it, as after its database was restored.
	Unheard Problem = "unheard"
	// NotScheduled: Temporal has no schedule by which periods are reviewed.
	NotScheduled Problem = "not scheduled"
)

// Finding is one thing that was found, and what became of it.
type Finding struct {
	// Problem is what is wrong.
	Problem Problem `json:"problem"`
	// Workflow is the id of the workflow; empty where it is about none.
	Workflow string `json:"workflow,omitempty"`
	// Record is what the workflow keeps the time of.
	Record string `json:"record,omitempty"`
	// Cycle is the complaint's; 0 where there is none.
	Cycle int32 `json:"cycle,omitempty"`
	// Service is whose events were not heard, and Subscriber who has not.
	Service    string `json:"service,omitempty"`
	Subscriber string `json:"subscriber,omitempty"`
	// Events is how many.
	Events int64 `json:"events,omitempty"`
	// Detail says more for people.
	Detail string `json:"detail,omitempty"`
	// Action is what repairs it.
	Action string `json:"action"`
	// Done is true once that was done.
	Done bool `json:"done"`
	// Error is why it could not be.
	Error string `json:"error,omitempty"`

	// subject is whose events tell of the record, first the event to deliver from.
	subject string
	first   int64
}

// key tells findings of one look from those of another.
func (f *Finding) key() string {
	return strings.Join([]string{string(f.Problem), f.Workflow, f.Service, f.Subscriber}, "\n")
}

// Report is what was looked at and found.
type Report struct {
	// DryRun is true when nothing was repaired.
	DryRun bool `json:"dryRun"`
	// OpenWork is how many records are open, Running how many workflows Temporal lists, and Events how many events were asked for.
	OpenWork int   `json:"openWork"`
	Running  int   `json:"running"`
	Events   int64 `json:"events"`
	// Findings are what was found, in a stable order.
	Findings []*Finding `json:"findings"`
}

// Failed counts what could not be repaired.
func (r *Report) Failed() int {
	n := 0
	for _, f := range r.Findings {
		if f.Error != "" {
			n++
		}
	}
	return n
}
