package remedy

import (
	"context"
	"strconv"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// ListPlaybooks lists the policy's playbooks, in its order (REM-2). Errors: PAGE_TOKEN_INVALID.
func (s *Service) ListPlaybooks(_ context.Context, req *remedyv1.ListPlaybooksRequest) (*remedyv1.ListPlaybooksResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	// A page that was begun under another policy does not go on under this one.
	bind := "playbooks\x00" + s.deps.Policy.Version()
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	all, from := s.deps.Playbooks.Playbooks(), 0
	if cursor != nil {
		if from, err = strconv.Atoi(cursor[0]); err != nil || len(cursor) != 1 || from < 0 || from > len(all) {
			return nil, page.ErrToken
		}
	}
	resp := &remedyv1.ListPlaybooksResponse{}
	to := min(from+int(size), len(all))
	resp.Playbooks = all[from:to]
	if to < len(all) {
		resp.NextPageToken = s.deps.Pages.Encode([]string{strconv.Itoa(to)}, bind)
	}
	return resp, nil
}
