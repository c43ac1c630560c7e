package remedy

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// ApprovalStore reads approvals. They are written by Store.Change.
type ApprovalStore interface {
	// Approval reads one with its steps; ErrUnknown when there is none.
	Approval(ctx context.Context, id string) (Approval, error)
	// Approvals lists approvals with their steps, the next due first, as they are on record. FILTER_INVALID for a filter that makes no sense.
	Approvals(ctx context.Context, query ApprovalQuery) ([]Approval, error)
	// OpenApprovals lists those that are pending, by id, from after one (eventlog.Open).
	OpenApprovals(ctx context.Context, after string, limit int) (work []*eventv1.OpenWork, next string, err error)
}

// ApprovalQuery selects approvals.
type ApprovalQuery struct {
	// Filter is the caller's, AIP-160.
	Filter string
	// Digits is how many digits the currency has: amounts are compared by it.
	Digits int32
	// After is where the page before ended; nil for the first page.
	After *ApprovalPosition
	// Limit is how many to read at most.
	Limit int
}

// ApprovalPosition is a place in the order of approvals.
type ApprovalPosition struct {
	// DueTime is the due time of the approval there.
	DueTime time.Time
	// ID is its id.
	ID string
}
