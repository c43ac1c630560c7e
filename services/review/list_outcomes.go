package review

import (
	"context"
	"errors"
	"strconv"
	"time"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// GetOutcome reads a version of a record, the last one if none is named. Those who do not handle complaints get it without its words (API-4). Errors:
// RESOURCE_NOT_FOUND.
func (s *Service) GetOutcome(ctx context.Context, req *reviewv1.GetOutcomeRequest) (*reviewv1.Outcome, error) {
	complaint, cycle := outcomeIDs(req.GetName())
	o, err := s.deps.Outcomes.Outcome(ctx, complaint, cycle, req.GetVersion())
	if errors.Is(err, ErrUnknown) {
		return nil, s.outcomeNotFound(ctx, req)
	}
	if err != nil {
		return nil, err
	}
	return s.reader(ctx).outcome(ctx, &o)
}

// outcomeNotFound says what there is instead of a version that there is not.
func (s *Service) outcomeNotFound(ctx context.Context, req *reviewv1.GetOutcomeRequest) error {
	if req.GetVersion() == 0 {
		return notFound(req.GetName())
	}
	complaint, cycle := outcomeIDs(req.GetName())
	last, err := s.deps.Outcomes.Outcome(ctx, complaint, cycle, 0)
	if errors.Is(err, ErrUnknown) {
		return notFound(req.GetName())
	}
	if err != nil {
		return err
	}
	return versionNotFound(req.GetName(), req.GetVersion(), last.Version)
}

// ListOutcomes lists records, the latest end first. Those who do not handle complaints get them without their words (API-4). Errors:
// FILTER_INVALID, PAGE_TOKEN_INVALID, INVALID_FIELD.
func (s *Service) ListOutcomes(ctx context.Context, req *reviewv1.ListOutcomesRequest) (*reviewv1.ListOutcomesResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	query := OutcomeQuery{Filter: req.GetFilter(), AllVersions: req.GetAllVersions(), Limit: int(size) + 1}
	if id, ok := complaintID(req.GetParent()); ok && id != "-" {
		query.Complaint = id
	}
	bind := "outcomes\x00" + query.Complaint + "\x00" + strconv.FormatBool(query.AllVersions) + "\x00" + query.Filter
	at, id, err := s.after(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	if id != "" {
		sequence, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return nil, page.ErrToken
		}
		query.After = &OutcomePosition{EndTime: at, Sequence: sequence}
	}
	list, err := s.deps.Outcomes.Outcomes(ctx, query)
	if err != nil {
		return nil, err
	}
	resp := &reviewv1.ListOutcomesResponse{}
	if len(list) == query.Limit {
		list = list[:size]
		last := list[size-1]
		resp.NextPageToken = s.deps.Pages.Encode(place(last.Facts.EndTime, strconv.FormatInt(last.Sequence, 10)), bind)
	}
	reader := s.reader(ctx)
	for i := range list {
		m, err := reader.outcome(ctx, &list[i])
		if err != nil {
			return nil, err
		}
		resp.Outcomes = append(resp.Outcomes, m)
	}
	return resp, nil
}

// place is where a page ends that is ordered by a time and an id.
func place(at time.Time, id string) []string {
	return []string{strconv.FormatInt(at.UnixMicro(), 10), id}
}

// after reads such a place from a token; the id is empty for the first page.
func (s *Service) after(token, bind string) (at time.Time, id string, err error) {
	cursor, err := s.deps.Pages.Decode(token, bind)
	if err != nil || cursor == nil {
		return time.Time{}, "", err
	}
	if len(cursor) != 2 {
		return time.Time{}, "", page.ErrToken
	}
	micros, err := strconv.ParseInt(cursor[0], 10, 64)
	if err != nil {
		return time.Time{}, "", page.ErrToken
	}
	return time.UnixMicro(micros).UTC(), cursor[1], nil
}
