package review

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/review/pages"
)

// GetReview reads a review. Errors: RESOURCE_NOT_FOUND.
func (s *Service) GetReview(ctx context.Context, req *reviewv1.GetReviewRequest) (*reviewv1.Review, error) {
	return s.review(ctx, strings.TrimPrefix(req.GetName(), "reviews/"), req.GetVersion())
}

// RenderReview writes a review as a page or a table. Errors: RESOURCE_NOT_FOUND.
func (s *Service) RenderReview(ctx context.Context, req *reviewv1.RenderReviewRequest) (*reviewv1.RenderReviewResponse, error) {
	made, err := s.review(ctx, strings.TrimPrefix(req.GetName(), "reviews/"), req.GetVersion())
	if err != nil {
		return nil, err
	}
	resp := &reviewv1.RenderReviewResponse{}
	if req.GetFormat() == reviewv1.RenderReviewRequest_TABLE {
		resp.ContentType = "text/csv; charset=utf-8"
		resp.Content, err = pages.Table(made)
	} else {
		resp.ContentType = "text/html; charset=utf-8"
		resp.Content, err = pages.Page(made, s.zone, cmp.Or(req.GetLanguageCode(), s.deps.Policy.Proto().GetLanguages().GetFallback()))
	}
	return resp, err
}

// ListReviews lists reviews in their highest versions, the latest period first. Errors: PAGE_TOKEN_INVALID.
func (s *Service) ListReviews(ctx context.Context, req *reviewv1.ListReviewsRequest) (*reviewv1.ListReviewsResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	query := PeriodQuery{Kind: req.GetKind(), Limit: int(size) + 1}
	bind := "reviews\x00" + query.Kind.String()
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	if cursor != nil {
		if len(cursor) != 2 {
			return nil, page.ErrToken
		}
		at, err := strconv.ParseInt(cursor[0], 10, 64)
		if err != nil {
			return nil, page.ErrToken
		}
		query.After = &PeriodPosition{StartTime: time.UnixMicro(at).UTC(), ID: cursor[1]}
	}
	rows, err := s.deps.Reviews.Reviews(ctx, query)
	if err != nil {
		return nil, err
	}
	resp := &reviewv1.ListReviewsResponse{}
	if len(rows) == query.Limit {
		rows = rows[:size]
		last := rows[size-1]
		resp.NextPageToken = s.deps.Pages.Encode([]string{strconv.FormatInt(last.StartTime.UnixMicro(), 10), last.ID}, bind)
	}
	for i := range rows {
		made := &reviewv1.Review{}
		err = errors.Join(err, proto.Unmarshal(rows[i].Kept, made))
		resp.Reviews = append(resp.Reviews, made)
	}
	return resp, err
}
