package followup

import (
	"context"
	"errors"
	"strconv"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// GetCallback reads one callback with its attempts, as it stands now. Errors: CALLBACK_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) GetCallback(ctx context.Context, req *followupv1.GetCallbackRequest) (*followupv1.Callback, error) {
	complaint, cycle, ok := callbackIDs(req.GetName())
	if !ok {
		return nil, callbackNotFound(req.GetName())
	}
	if _, err := s.known(ctx, complaint); err != nil {
		return nil, err
	}
	c, err := s.deps.Store.Callback(ctx, complaint, cycle)
	if errors.Is(err, ErrUnknown) {
		return nil, callbackNotFound(req.GetName())
	}
	if err != nil {
		return nil, err
	}
	answer := s.callbackMessage(&c, s.now())
	return answer, s.addNotes(ctx, c.Attempts, answer.GetAttempts())
}

// ListCallbacks lists callbacks, the next due first, with their attempts.
// Overdue, also in the filter, is exact at the moment of reading (CLK-1).
// Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, FILTER_INVALID,
// PAGE_TOKEN_INVALID.
func (s *Service) ListCallbacks(ctx context.Context, req *followupv1.ListCallbacksRequest) (*followupv1.ListCallbacksResponse, error) {
	of, err := s.listing(ctx, "callbacks", req)
	if err != nil {
		return nil, err
	}
	query := CallbackQuery{Complaint: of.complaint, Filter: req.GetFilter(), Limit: of.limit(), Now: s.now()}
	if query.After, err = position(of.cursor); err != nil {
		return nil, err
	}
	list, err := s.deps.Store.Callbacks(ctx, query)
	if err != nil {
		return nil, err
	}
	res := &followupv1.ListCallbacksResponse{}
	if len(list) > of.size {
		list = list[:of.size]
		res.NextPageToken = s.deps.Pages.Encode(cursorAt(&list[of.size-1].Duty), of.bind)
	}
	for i := range list {
		c := s.callbackMessage(&list[i], query.Now)
		if err := s.addNotes(ctx, list[i].Attempts, c.GetAttempts()); err != nil {
			return nil, err
		}
		res.Callbacks = append(res.Callbacks, c)
	}
	return res, nil
}

// cursorAt writes the place of a callback into a page token.
func cursorAt(d *Duty) []string {
	return []string{strconv.FormatInt(d.DueTime.UnixMicro(), 10), d.Complaint, number(d.Cycle)}
}

// position reads what cursorAt wrote; nil for the first page.
func position(cursor []string) (*CallbackPosition, error) {
	if cursor == nil {
		return nil, nil
	}
	if len(cursor) != 3 {
		return nil, page.ErrToken
	}
	due, err := strconv.ParseInt(cursor[0], 10, 64)
	if err != nil {
		return nil, page.ErrToken
	}
	cycle, err := strconv.ParseInt(cursor[2], 10, 32)
	if err != nil {
		return nil, page.ErrToken
	}
	return &CallbackPosition{DueTime: time.UnixMicro(due).UTC(), Complaint: cursor[1], Cycle: int32(cycle)}, nil
}
