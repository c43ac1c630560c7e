package remedy

import (
	"context"
	"strconv"
	"time"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// ListRemedies lists what was proposed for a complaint, oldest first. Those who do not handle complaints get it without its words
// (API-4). Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, PAGE_TOKEN_INVALID.
func (s *Service) ListRemedies(ctx context.Context, req *remedyv1.ListRemediesRequest) (*remedyv1.ListRemediesResponse, error) {
	complaint, err := s.known(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	bind := "remedies\x00" + complaint.ID
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	after, err := position(cursor)
	if err != nil {
		return nil, err
	}
	// One more than asked for tells whether there is another page.
	list, err := s.deps.Store.Remedies(ctx, Query{Complaint: complaint.ID, After: after, Limit: int(size) + 1})
	if err != nil {
		return nil, err
	}
	resp := &remedyv1.ListRemediesResponse{}
	if len(list) > int(size) {
		list = list[:size]
		resp.NextPageToken = s.deps.Pages.Encode(cursorAt(&list[size-1]), bind)
	}
	reader := s.reader(ctx)
	for i := range list {
		m, err := reader.message(ctx, complaint, &list[i])
		if err != nil {
			return nil, err
		}
		resp.Remedies = append(resp.Remedies, m)
	}
	return resp, nil
}

// cursorAt writes the place of a remedy into a page token.
func cursorAt(r *Remedy) []string {
	return []string{strconv.FormatInt(r.CreateTime.UnixMicro(), 10), r.ID}
}

// position reads what cursorAt wrote; nil for the first page.
func position(cursor []string) (*Position, error) {
	if cursor == nil {
		return nil, nil
	}
	if len(cursor) != 2 {
		return nil, page.ErrToken
	}
	created, err := strconv.ParseInt(cursor[0], 10, 64)
	if err != nil {
		return nil, page.ErrToken
	}
	return &Position{CreateTime: time.UnixMicro(created).UTC(), ID: cursor[1]}, nil
}
