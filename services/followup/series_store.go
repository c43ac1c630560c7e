package followup

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// SeriesStore reads what follows a resolution. Each method is one transaction.
type SeriesStore interface {
	// Touch reads one touch; ErrUnknown when there is none.
	Touch(ctx context.Context, complaint string, cycle, number int32) (Touch, error)
	// Touches reads touches by due time, then complaint, cycle and number, with the names of those that go with them. A filter that cannot be
	// understood answers FILTER_INVALID.
	Touches(ctx context.Context, query TouchQuery) ([]TouchRow, error)
	// OpenSeries lists the series that are not over, and the cycles in which an authority's reply is owed, from after a place in their order
	// (eventlog.Open).
	OpenSeries(ctx context.Context, after string, limit int) (work []*eventv1.OpenWork, next string, err error)
	// Survey reads the touch for which a token was made, by the token's keyed hash; ErrUnknown when there is none.
	Survey(ctx context.Context, hash string) (Touch, error)
}

// TouchRow is a touch as lists have it.
type TouchRow struct {
	// Touch is the touch.
	Touch Touch
	// Merged are the names of touches of other complaints that go with it.
	Merged []string
}

// TouchQuery selects touches.
type TouchQuery struct {
	// Complaint is a complaint's id, or empty for all.
	Complaint string
	// Filter is an AIP-160 filter over state, mode, overdue, due_time and cycle.
	Filter string
	// Now is the moment for which overdue is computed.
	Now time.Time
	// After is where the page before ended; nil for the first page.
	After *TouchPosition
	// Limit is how many to read at most.
	Limit int
}

// TouchPosition is a place in the order of touches.
type TouchPosition struct {
	// DueTime is the due time of the touch there.
	DueTime time.Time
	// Complaint is its complaint's id.
	Complaint string
	// Cycle and Number are its own.
	Cycle, Number int32
}
