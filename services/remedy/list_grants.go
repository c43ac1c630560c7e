package remedy

import (
	"context"
	"strconv"
	"time"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// ListGrants lists what was decided alone, the oldest first (APPR-4). Errors: FILTER_INVALID, PAGE_TOKEN_INVALID, INVALID_FIELD.
func (s *Service) ListGrants(ctx context.Context, req *remedyv1.ListGrantsRequest) (*remedyv1.ListGrantsResponse, error) {
	query, bind, err := s.ledgerPage("grants", req)
	if err != nil {
		return nil, err
	}
	list, err := s.deps.Ledger.Grants(ctx, query)
	if err != nil {
		return nil, err
	}
	resp := &remedyv1.ListGrantsResponse{}
	if len(list) == query.Limit {
		list = list[:query.Limit-1]
		last := list[len(list)-1]
		resp.NextPageToken = s.deps.Pages.Encode(place(last.Grant.Time, last.Complaint+"/"+last.ID), bind)
	}
	reader := s.reader(ctx)
	for i := range list {
		m, err := reader.message(ctx, Complaint{}, &list[i])
		if err != nil {
			return nil, err
		}
		resp.Remedies = append(resp.Remedies, m)
	}
	return resp, nil
}

// paged is a call that lists what the ledger knows.
type paged interface {
	GetFilter() string
	GetPageSize() int32
	GetPageToken() string
}

// ledgerPage is what to read for a page, one more than asked for, and what the page's token is bound to.
func (s *Service) ledgerPage(what string, req paged) (LedgerQuery, string, error) {
	query := LedgerQuery{Filter: req.GetFilter(), Digits: s.rules.Digits}
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return query, "", err
	}
	query.Limit = int(size) + 1
	bind := what + "\x00" + req.GetFilter()
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil || cursor == nil {
		return query, bind, err
	}
	if len(cursor) != 2 {
		return query, bind, page.ErrToken
	}
	at, err := strconv.ParseInt(cursor[0], 10, 64)
	if err != nil {
		return query, bind, page.ErrToken
	}
	query.After = &LedgerPosition{Time: time.UnixMicro(at).UTC(), ID: cursor[1]}
	return query, bind, nil
}

// place writes a position into a page token.
func place(at time.Time, id string) []string {
	return []string{strconv.FormatInt(at.UnixMicro(), 10), id}
}
