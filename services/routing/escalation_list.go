package routing

import (
	"context"
	"strconv"
	"time"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// ListOpenEscalations lists what is before the ladder and not resolved, the oldest first.
func (s *Service) ListOpenEscalations(
	ctx context.Context, req *routingv1.ListOpenEscalationsRequest,
) (*routingv1.ListOpenEscalationsResponse, error) {
	query := OpenQuery{Filter: req.GetFilter()}
	if req.GetMine() {
		query.Recipient = agentID(actor(ctx))
	}
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	bind := "escalations\x00" + query.Recipient + "\x00" + query.Filter
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	if query.After, err = placeOf(cursor); err != nil {
		return nil, err
	}
	query.Limit = int(size) + 1 // One more than asked for tells whether there is another page.
	list, err := s.deps.Ladder.OpenEscalations(ctx, query)
	if err != nil {
		return nil, err
	}
	resp := &routingv1.ListOpenEscalationsResponse{}
	if len(list) > int(size) {
		list = list[:size]
		last := list[size-1]
		resp.NextPageToken = s.deps.Pages.Encode([]string{
			strconv.FormatInt(last.Escalation.CreateTime.UnixMicro(), 10), last.Complaint.ID, last.Escalation.ID,
		}, bind)
	}
	for _, e := range list {
		resp.Escalations = append(resp.Escalations, escalationProto(e.Complaint, e.Escalation))
	}
	return resp, nil
}

// placeOf reads the place that a page token tells; nil for the first page.
func placeOf(cursor []string) (*Place, error) {
	if len(cursor) == 0 {
		return nil, nil //nolint:nilnil // The first page begins nowhere.
	}
	if len(cursor) == 3 {
		if micros, err := strconv.ParseInt(cursor[0], 10, 64); err == nil {
			return &Place{CreateTime: time.UnixMicro(micros).UTC(), Complaint: cursor[1], ID: cursor[2]}, nil
		}
	}
	return nil, errs.Invalid(errorv1.Reason_PAGE_TOKEN_INVALID.String(), "page_token", "The page token is of another list.")
}
