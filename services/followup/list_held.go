package followup

import (
	"context"
	"strconv"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// HeldPosition is a place in the order of attempts that wait for a supervisor.
type HeldPosition struct {
	// RecordTime is when the attempt there was recorded.
	RecordTime time.Time
	// Complaint is its complaint's id.
	Complaint string
	// Cycle is its cycle.
	Cycle int32
	// ID is its id.
	ID string
}

// ListHeldAttempts lists attempts that wait for a supervisor, the one that waits longest first, with what was said to those who may read it.
// Errors: PAGE_TOKEN_INVALID.
func (s *Service) ListHeldAttempts(ctx context.Context, req *followupv1.ListHeldAttemptsRequest) (*followupv1.ListHeldAttemptsResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	const bind = "held-attempts"
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	after, err := heldPosition(cursor)
	if err != nil {
		return nil, err
	}
	// One more than asked for tells whether there is another page.
	list, err := s.deps.Records.Held(ctx, after, int(size)+1)
	if err != nil {
		return nil, err
	}
	res := &followupv1.ListHeldAttemptsResponse{}
	if len(list) > int(size) {
		list = list[:size]
		last := &list[size-1]
		res.NextPageToken = s.deps.Pages.Encode(
			[]string{strconv.FormatInt(last.RecordTime.UnixMicro(), 10), last.Complaint, number(last.Cycle), last.ID}, bind)
	}
	for i := range list {
		res.Attempts = append(res.Attempts, attemptMessage(&list[i]))
	}
	return res, s.addNotes(ctx, list, res.GetAttempts())
}

// heldPosition reads what a page token says; nil for the first page.
func heldPosition(cursor []string) (*HeldPosition, error) {
	if cursor == nil {
		return nil, nil
	}
	if len(cursor) != 4 {
		return nil, page.ErrToken
	}
	recorded, err := strconv.ParseInt(cursor[0], 10, 64)
	if err != nil {
		return nil, page.ErrToken
	}
	cycle, err := strconv.ParseInt(cursor[2], 10, 32)
	if err != nil {
		return nil, page.ErrToken
	}
	return &HeldPosition{RecordTime: time.UnixMicro(recorded).UTC(), Complaint: cursor[1], Cycle: int32(cycle), ID: cursor[3]}, nil
}
