package review

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/review/figures"
	"github.com/redress-dev/redress/services/review/period"
)

// PeriodStore keeps reviews and sums up what they are made of. Each method is one transaction.
type PeriodStore interface {
	// Sum adds up the records whose cycles ended in a period, in the version that was the last by the query's highest sequence. Complaints
	// that were merged, and what was none, are left out.
	Sum(ctx context.Context, query SumQuery) (figures.Sums, error)
	// Examples names the latest complaints of a case in a period.
	Examples(ctx context.Context, query SumQuery, of figures.CaseCell, limit int) ([]string, error)
	// AddReview writes the next version of a review, opens what is proposed unless it is open or the review has opened it before, and records the
	// events. Finish is told the
	// version and what became of each proposal, and returns what is kept; it must not call the store. Nothing is written when the command
	// was carried out before, and with once also when the period has a review of the whole of it: then done is repeated.
	AddReview(ctx context.Context, change Change, draft PeriodDraft, finish func(version int32, opened []Opening) ([]byte, error)) (Done, error)
	// Review reads a version of a review, 0 for the highest; ErrUnknown when there is none.
	Review(ctx context.Context, id string, version int32) ([]byte, error)
	// MadeBy tells which version of a review a command made, by the result that it was to have; 0 for none.
	MadeBy(ctx context.Context, id, result string) (version int32, err error)
	// Reviews lists reviews in their highest versions, the latest first.
	Reviews(ctx context.Context, query PeriodQuery) ([]PeriodRow, error)
	// Reviewed tells which periods of a kind that begin at a time or later have a review of the whole of them, and when the first cycle of
	// all ended; zero for none.
	Reviewed(ctx context.Context, kind reviewv1.Review_Kind, from time.Time) (ids []string, first time.Time, err error)
}

// SumQuery says what is summed up, and how it is divided.
type SumQuery struct {
	// Period is summed up.
	Period period.Period
	// Highest is the highest sequence that counts; 0 for that which is the highest now.
	Highest int64
	// Handling and Contact are the times between which records are counted, rising.
	Handling, Contact []time.Duration
	// Weeks are summed up by category beside it.
	Weeks []period.Period
	// UsualFrom is where the periods before begin.
	UsualFrom time.Time
	// Cases counts by category and cause.
	Cases bool
}

// PeriodDraft is a review that is about to be written.
type PeriodDraft struct {
	// Period is what it is of, Complete whether that has ended.
	Period   period.Period
	Complete bool
	// Records is how many it counts, Highest the highest sequence among all.
	Records, Highest int64
	// Author has it made, at CreateTime.
	Author     string
	CreateTime time.Time
	// Proposed is what is to be improved.
	Proposed []Improvement
	// Once writes nothing if the period has a review of the whole of it.
	Once bool
}

// Name is "reviews/{review}".
func (d *PeriodDraft) Name() string { return reviewName(d.Period.ID()) }

// Draft is the event of a version.
func (d *PeriodDraft) Draft(version int32, opened []Opening) eventlog.Draft {
	told := &eventv1.ReviewDone{
		Review: d.Name(), Version: version, Kind: d.Period.Kind.String(), RecordCount: d.Records, HighestSequence: d.Highest,
	}
	for _, o := range opened {
		if o.Now {
			told.Opened = append(told.Opened, o.Improvement)
		}
	}
	return eventlog.Draft{
		Subject: d.Name(), Actor: d.Author, RecordTime: d.CreateTime, Payload: &eventv1.Payload{Kind: &eventv1.Payload_ReviewDone{ReviewDone: told}},
	}
}

// Opening is what became of a proposed improvement.
type Opening struct {
	// Improvement is "improvements/{improvement}": the new one, or that which was open.
	Improvement string
	// Now is true for the new one; Own when this review opened it, now or in a version before.
	Now, Own bool
}

// PeriodQuery selects reviews.
type PeriodQuery struct {
	// Kind is theirs; unset for all.
	Kind reviewv1.Review_Kind
	// After is where the page before ended; nil for the first page.
	After *PeriodPosition
	// Limit is how many to read at most.
	Limit int
}

// PeriodPosition is a place in the order of reviews.
type PeriodPosition struct {
	// StartTime is when the period there begins, ID the review's id.
	StartTime time.Time
	ID        string
}

// PeriodRow is a review in a list.
type PeriodRow struct {
	PeriodPosition

	// Kept is what AddReview was given to keep.
	Kept []byte
}

func reviewName(id string) string { return "reviews/" + id }
